/** What Onload adds to streams, and their options, on the fake shim. */
import { fromCString } from "../core/c-string.ts";
import type { FakeMemory } from "./fake-memory.ts";
import type { FakeNetwork } from "./fake-network.ts";
import { FakePipe } from "./fake-pipe.ts";
import type { FakeStream } from "./fake-stream.ts";
import {
  HP_EAGAIN,
  HP_EINVAL,
  HP_ENOENT,
  HP_ENOTACCEL,
  HP_OK,
  HP_STACK_NAME_MAX,
  HP_STAMP_KERNEL,
  HP_STAMP_NIC,
  HP_STAMP_NONE,
  HP_TCP_ACCELERATE,
  HP_TCP_CONFIG__ADDRESS_W,
  HP_TCP_CONFIG__BUSY_POLL_US_W,
  HP_TCP_CONFIG__DEVICE,
  HP_TCP_CONFIG__DEVICE_N,
  HP_TCP_CONFIG__FLAGS_W,
  HP_TCP_CONFIG__KEEP_IDLE_S_W,
  HP_TCP_CONFIG__PORT_W,
  HP_TCP_CONFIG__REFUSED_W,
  HP_TCP_CONFIG_SIZE,
  HP_TCP_DELEGATE_CODES,
  HP_TCP_DELEGATE_OTHER,
  HP_TCP_DELEGATED,
  HP_TCP_FLAGS,
  HP_TCP_MUST,
  HP_TCP_REFUSED_BUSY_POLL,
  HP_TCP_REFUSED_KEEPALIVE,
  HP_TCP_STAMPS,
  HP_TCP_STAMPS__RX_NS_D,
  HP_TCP_STAMPS__RX_SOURCE,
  HP_TCP_STAMPS__TX_BYTES_D,
  HP_TCP_STAMPS__TX_NS_D,
  HP_TCP_STAMPS__TX_SOURCE,
  HP_TCP_STAMPS_SIZE,
  HP_TCP_UP,
} from "./layout.ts";

/** libonload as a test wants it: FakeNetwork.onload. */
export class FakeOnload {
  isPresent = true;
  /** False: every connection stays with the kernel. */
  accelerates = true;
  knowsWarm = true;
  /** Code of preparing a delegated send. */
  delegateCode = 0;
  /** What was called, in order: as the double (native/standin) has it in its log. */
  readonly calls: string[] = [];
}

/** Ethernet, IP and TCP with the timestamp option. The fake writes none: zeros. */
const HEADERS = 66;
const SEGMENT_MAX = 1448;
/** Of Linux. */
const KEEP_IDLE_S_MAX = 32_767;

/** The words of an hp_tcp_config, checked as C checks them, or a negative status. */
function readConfig(network: FakeNetwork, at: number): Uint32Array | number {
  if (!(at > 0) || at % 4 !== 0) return HP_EINVAL;
  const { buffer, offset } = network.memory.at(at);
  const words = new Uint32Array(buffer, offset, HP_TCP_CONFIG_SIZE / 4);
  words[HP_TCP_CONFIG__REFUSED_W] = 0;
  if ((words[HP_TCP_CONFIG__FLAGS_W]! & ~HP_TCP_FLAGS) !== 0) return HP_EINVAL;
  const name = new Uint8Array(buffer, offset + HP_TCP_CONFIG__DEVICE, HP_TCP_CONFIG__DEVICE_N);
  const end = name.indexOf(0);
  const device = end < 0 ? "?" : new TextDecoder().decode(name.subarray(0, end));
  if (device !== "" && !network.interfaces.has(device)) return HP_ENOENT;
  if (words[HP_TCP_CONFIG__BUSY_POLL_US_W] !== 0 && !network.allowsBusyPoll)
    words[HP_TCP_CONFIG__REFUSED_W] = HP_TCP_REFUSED_BUSY_POLL;
  if (words[HP_TCP_CONFIG__KEEP_IDLE_S_W]! > KEEP_IDLE_S_MAX)
    words[HP_TCP_CONFIG__REFUSED_W]! |= HP_TCP_REFUSED_KEEPALIVE;
  return words;
}

/** `open`: a stream of these flags on a connection; the others: as in fake-stream.ts. */
export function onloadFunctions(
  network: FakeNetwork,
  open: (address: number, port: number, flags: number) => number,
  streamOf: (handle: number) => FakeStream | undefined,
  notStream: (handle: number) => number,
) {
  const { memory } = network;
  let stack = "";
  const call = (text: string) => network.onload?.calls.push(text);
  return {
    hp_tcp_open_with: (at: number) => {
      if (!(at > 0) || at % 4 !== 0) return HP_EINVAL;
      const view = memory.view(at, HP_TCP_CONFIG_SIZE);
      const address = view.getInt32(4 * HP_TCP_CONFIG__ADDRESS_W, true);
      const port = view.getUint32(4 * HP_TCP_CONFIG__PORT_W, true);
      if (port < 1 || port > 65535 || address === 0) return HP_EINVAL;
      const config = readConfig(network, at);
      if (typeof config === "number") return config;
      call(`socket on "${stack}"`);
      return open(address, port, config[HP_TCP_CONFIG__FLAGS_W]!);
    },
    hp_tcp_probe: (at: number) => {
      const config = readConfig(network, at);
      return typeof config === "number" ? config : HP_OK;
    },
    hp_tcp_stamps_read: (stream: number, out: number) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      if (!(out > 0) || (s.flags & HP_TCP_STAMPS) === 0) return HP_EINVAL;
      writeStamps(memory, s, out);
      return HP_OK;
    },

    hp_onload_present: () => (network.onload?.isPresent === true ? 1 : 0),
    hp_onload_stack: (name: Uint8Array) => {
      const text = fromCString(name);
      if (text.length > HP_STACK_NAME_MAX) return HP_EINVAL;
      if (network.onload === null) return HP_ENOENT;
      call(`set_stackname ${text === "" ? "NULL" : text}`);
      stack = text;
      return HP_OK;
    },
    hp_onload_spin: (on: number) => {
      if (network.onload === null) return HP_ENOENT;
      call(`thread_set_spin ${on === 0 ? 0 : 1}`);
      return HP_OK;
    },
    hp_onload_accelerated: (stream: number) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      return drives(network, s) ? 1 : 0;
    },
    hp_tcp_warm: (stream: number, offset: number, length: number) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      if (s.tx === 0 || offset < 0 || length < 1) return HP_EINVAL;
      const { state } = s.connection;
      if (state !== HP_TCP_UP || s.isComingUp) return state >= 0 ? HP_EAGAIN : state;
      if (!s.canWarm) return HP_EAGAIN;
      call(`send warm ${length}`);
      return length;
    },
    ...delegateFunctions(network, streamOf, notStream),
  };
}

function delegateFunctions(
  network: FakeNetwork,
  streamOf: (handle: number) => FakeStream | undefined,
  notStream: (handle: number) => number,
) {
  const { memory } = network;
  const refuse = (s: FakeStream, code: number) => {
    s.delegated[code] = s.delegated[code]! + 1;
    return HP_EAGAIN;
  };
  return {
    hp_tcp_delegate_begin: (
      stream: number,
      offset: number,
      length: number,
      frame: number,
      capacity: number,
    ) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      const { connection: c } = s;
      const isSane = s.tx !== 0 && offset >= 0 && length >= 1 && frame > 0 && capacity >= 1;
      if (!isSane) return HP_EINVAL;
      if (c.state !== HP_TCP_UP || s.isComingUp) return c.state >= 0 ? HP_EAGAIN : c.state;
      if (!s.drives || c instanceof FakePipe) return refuse(s, HP_TCP_DELEGATE_OTHER);
      const code = network.onload!.delegateCode;
      if (code !== 0 || capacity < HEADERS) {
        const known = code > 0 && code < HP_TCP_DELEGATE_OTHER;
        return refuse(s, code === 0 ? 2 : known ? code : HP_TCP_DELEGATE_OTHER);
      }
      if (length > SEGMENT_MAX || HEADERS + length > capacity)
        return refuse(s, HP_TCP_DELEGATE_OTHER);
      refuse(s, 0);
      memory.bytes(frame, HEADERS).fill(0);
      memory.bytes(frame + HEADERS, length).set(memory.bytes(s.tx + offset, length));
      s.reserved = { offset, length };
      c.state = HP_TCP_DELEGATED;
      return HEADERS + length;
    },
    hp_tcp_delegate_end: (stream: number, sent: number) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      const { connection: c, reserved } = s;
      if (reserved === undefined || c instanceof FakePipe) return c.state < 0 ? c.state : HP_EINVAL;
      if (sent !== 0 && sent !== reserved.length) return HP_EINVAL;
      s.reserved = undefined;
      if (c.state < 0) return sent === 0 ? c.state : sent;
      c.state = HP_TCP_UP;
      if (sent === 0) return HP_EAGAIN;
      // On the wire already: that the peer has little room is of no matter.
      c.toPeer.push(memory.bytes(s.tx + reserved.offset, sent));
      return sent;
    },
    hp_tcp_delegate_count: (stream: number, code: number) => {
      const s = streamOf(stream);
      if (s === undefined) return notStream(stream);
      return code < 0 || code >= HP_TCP_DELEGATE_CODES ? HP_EINVAL : s.delegated[code]!;
    },
  };
}

/** What C does once a connect has succeeded (hp_tcp_came_up). */
export function comeUp(network: FakeNetwork, s: FakeStream): void {
  s.isComingUp = false;
  if ((s.flags & HP_TCP_ACCELERATE) === 0 || s.connection instanceof FakePipe) return;
  s.drives = drives(network, s);
  if (!s.drives && (s.flags & HP_TCP_MUST) !== 0) {
    s.connection.shutdown();
    s.connection.state = HP_ENOTACCEL;
    return;
  }
  s.canWarm = s.drives && network.onload!.knowsWarm;
  if (s.drives) network.onload!.calls.push("fd_check_feature");
}

function drives(network: FakeNetwork, s: FakeStream): boolean {
  if (s.connection instanceof FakePipe || network.onload === null) return false;
  network.onload.calls.push("fd_stat");
  return network.onload.accelerates;
}

/** Bytes went out or came in: their stamps, when somebody asked for any. */
export function stampSent(network: FakeNetwork, s: FakeStream, count: number): void {
  if ((s.flags & HP_TCP_STAMPS) === 0 || count <= 0) return;
  s.txBytes += count;
  s.txNs = (network.timeNs ?? 0) + network.wallOffsetNs;
}

export function stampReceived(network: FakeNetwork, s: FakeStream, count: number): void {
  if ((s.flags & HP_TCP_STAMPS) === 0 || count <= 0) return;
  s.rxNs = (network.timeNs ?? 0) + network.wallOffsetNs;
  s.hasReceived = true;
}

function writeStamps(memory: FakeMemory, s: FakeStream, out: number): void {
  const view = memory.view(out, HP_TCP_STAMPS_SIZE);
  const source = s.drives ? HP_STAMP_NIC : HP_STAMP_KERNEL;
  view.setFloat64(8 * HP_TCP_STAMPS__RX_NS_D, s.rxNs, true);
  view.setFloat64(8 * HP_TCP_STAMPS__TX_NS_D, s.txNs, true);
  view.setFloat64(8 * HP_TCP_STAMPS__TX_BYTES_D, s.txBytes, true);
  view.setInt32(HP_TCP_STAMPS__RX_SOURCE, s.hasReceived ? source : HP_STAMP_NONE, true);
  view.setInt32(HP_TCP_STAMPS__TX_SOURCE, s.txBytes > 0 ? source : HP_STAMP_NONE, true);
}
