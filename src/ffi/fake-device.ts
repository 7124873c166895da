/** The packet backends of the fake shim: one, under every name. */
import { fromCString } from "../core/c-string.ts";
import { type FakeFrameLine, findPayload, udpFrame } from "./fake-frame.ts";
import { place } from "./fake-handles.ts";
import type { FakeNetwork } from "./fake-network.ts";
import * as L from "./layout.ts";
import type { PortDriver, PortDriverName } from "./port-driver.ts";

const ARENA_FRAMES = 2 * L.HP_BURST_MAX;
const QUEUE_FRAMES = 1024;

interface Arrived {
  payload: Uint8Array;
  line: FakeFrameLine;
  flags: number;
  rxNs: number;
}

interface Flow {
  address: number;
  port: number;
  sourceAddress: number;
  sourcePort: number;
}

/** One open Port on a fake device. */
export class FakeDevice {
  private readonly queue: Arrived[] = [];
  private readonly flows: Flow[] = [];
  private sentNs = 0;
  isGone = false;

  private constructor(
    private readonly network: FakeNetwork,
    readonly name: string,
    readonly receiveQueue: number,
    private readonly config: DataView,
    private readonly lines: FakeFrameLine[],
    private readonly arena: Uint8Array,
    private readonly desc: DataView,
    readonly stats: Float64Array,
    private readonly played: Uint32Array | undefined,
  ) {}

  /** A port, or a negative status code, with the reason in `info`. */
  static open(network: FakeNetwork, config: number, info: number): FakeDevice | number {
    if (config === 0 || info === 0) return L.HP_EINVAL;
    const { memory } = network;
    const view = memory.view(config, L.HP_PORT_CONFIG_SIZE);
    const out = memory.view(info, L.HP_PORT_INFO_SIZE);
    const name = text(view, L.HP_PORT_CONFIG__DEVICE, L.HP_PORT_CONFIG__DEVICE_N);
    const desc = view.getFloat64(L.HP_PORT_CONFIG__DESC, true);
    const stats = view.getFloat64(L.HP_PORT_CONFIG__STATS, true);
    const played = view.getFloat64(L.HP_PORT_CONFIG__PLAYED, true);
    const frameSize = view.getUint32(L.HP_PORT_CONFIG__FRAME_SIZE, true);
    const queue = view.getUint32(L.HP_PORT_CONFIG__QUEUE, true);
    if (!(desc > 0 && stats > 0) || frameSize < 128 || frameSize > 16_384) return L.HP_EINVAL;
    const lines = played === 0 ? readLines(view) : [];
    if (lines === undefined) return L.HP_EINVAL;
    if (played === 0 && !network.devices.has(name)) {
      tell(out, `there is no device ${name}`);
      return L.HP_ENOENT;
    }
    for (const other of network.openDevices) {
      if (other.name !== name || other.receiveQueue !== queue || played !== 0) continue;
      tell(out, `queue ${queue} of ${name} is in use`);
      return L.HP_EBUSY;
    }
    const size = played === 0 ? ARENA_FRAMES * frameSize : 0;
    const arena = new ArrayBuffer(size);
    out.setFloat64(L.HP_PORT_INFO__ARENA, size === 0 ? 0 : memory.addressOf(arena), true);
    out.setFloat64(L.HP_PORT_INFO__ARENA_SIZE, size, true);
    out.setUint32(L.HP_PORT_INFO__MTU, 9000, true);
    out.setInt32(L.HP_PORT_INFO__NUMA_NODE, -1, true);
    const statsAt = memory.at(stats);
    const device = new FakeDevice(
      network,
      name,
      queue,
      view,
      lines,
      new Uint8Array(arena),
      memory.view(desc, L.HP_BURST_MAX * L.HP_RX_DESC_SIZE),
      new Float64Array(statsAt.buffer, statsAt.offset, L.HP_PORT_STATS_SIZE / 8),
      played === 0 ? undefined : words(network, played),
    );
    device.stats[L.HP_PORT_STATS__LINK_D] = 1;
    if (played === 0) network.openDevices.add(device);
    return device;
  }

  /** A frame comes in. */
  receive(frame: Uint8Array, rxNs: number): void {
    const frameSize = this.config.getUint32(L.HP_PORT_CONFIG__FRAME_SIZE, true);
    const flags = this.config.getUint32(L.HP_PORT_CONFIG__FLAGS, true);
    const checks = (flags & L.HP_PORT_NO_CHECKSUM) === 0;
    const found = findPayload(frame, Math.min(frame.length, frameSize), this.lines, checks);
    if (typeof found === "string") this.stats[FAULTS[found]]! += 1;
    else if (this.queue.length >= QUEUE_FRAMES) this.stats[L.HP_PORT_STATS__KERNEL_DROPS_D]! += 1;
    else this.queue.push({ ...found, payload: found.payload.slice(), rxNs });
  }

  burst(): number {
    if (this.isGone) return L.HP_EGONE;
    const { stats } = this;
    const count =
      this.played === undefined ? this.takeQueue() : Math.min(this.played[0]!, L.HP_BURST_MAX);
    if (this.played !== undefined) this.played[0] = 0;
    for (let i = 0; i < count; i++) {
      const at = i * L.HP_RX_DESC_SIZE;
      stats[L.HP_PORT_STATS__BYTES_D]! += this.desc.getUint32(at + L.HP_RX_DESC__LENGTH, true);
    }
    stats[L.HP_PORT_STATS__POLLS_D]! += 1;
    stats[L.HP_PORT_STATS__PACKETS_D]! += count;
    return count;
  }

  flow(address: number): number {
    if (this.flows.length === L.HP_TX_FLOWS_MAX) return L.HP_ENOSPC;
    const view = this.network.memory.view(address, L.HP_TX_FLOW_SIZE);
    const own = this.config.getUint32(L.HP_PORT_CONFIG__ADDRESS, true);
    const port = view.getUint32(L.HP_TX_FLOW__PORT, true);
    if (port < 1 || port > 65_535) return L.HP_EINVAL;
    this.flows.push({
      address: view.getUint32(L.HP_TX_FLOW__ADDRESS, true),
      port,
      sourceAddress: view.getUint32(L.HP_TX_FLOW__SOURCE_ADDRESS, true) || own,
      sourcePort: view.getUint32(L.HP_TX_FLOW__SOURCE_PORT, true),
    });
    return this.flows.length - 1;
  }

  send(flow: number, offset: number, length: number): number {
    const tx = this.config.getFloat64(L.HP_PORT_CONFIG__TX, true);
    const room = this.config.getUint32(L.HP_PORT_CONFIG__TX_SIZE, true);
    if (tx === 0 || offset < 0 || length < 0 || offset + length > room) return L.HP_EINVAL;
    const bytes = this.network.memory.bytes(tx, room).slice(offset, offset + length);
    const to = this.flows[flow];
    if (flow !== L.HP_TX_RAW && to === undefined) return L.HP_EINVAL;
    const frame = to === undefined ? bytes : udpFrame(sourceOf(to), to, bytes);
    this.stats[L.HP_PORT_STATS__TX_PACKETS_D]! += 1;
    this.stats[L.HP_PORT_STATS__TX_BYTES_D]! += frame.length;
    this.sentNs = this.network.timeNs ?? 0;
    this.network.transmit(this, frame);
    return L.HP_OK;
  }

  stamp(): number {
    return this.sentNs;
  }

  close(): void {
    this.network.openDevices.delete(this);
  }

  private takeQueue(): number {
    const { desc } = this;
    let count = 0;
    let at = 0;
    while (count < L.HP_BURST_MAX) {
      const next = this.queue.shift();
      if (next === undefined) return count;
      this.arena.set(next.payload, at);
      const out = count++ * L.HP_RX_DESC_SIZE;
      const stamp = next.rxNs !== 0 ? L.HP_RX_STAMP_NIC : 0;
      desc.setUint32(out + L.HP_RX_DESC__OFFSET, at, true);
      desc.setUint32(out + L.HP_RX_DESC__LENGTH, next.payload.length, true);
      desc.setUint32(out + L.HP_RX_DESC__FLAGS, next.flags | stamp, true);
      desc.setUint32(out + L.HP_RX_DESC__LINE, next.line.line, true);
      desc.setUint32(out + L.HP_RX_DESC__FEED, next.line.feed, true);
      desc.setFloat64(out + L.HP_RX_DESC__RX_NS, next.rxNs, true);
      if ((next.flags & L.HP_RX_TRUNCATED) !== 0) this.stats[L.HP_PORT_STATS__TRUNCATED_D]! += 1;
      at += next.payload.length;
    }
    return count;
  }
}

/** The same functions for each name. */
export function fakeDriver(network: FakeNetwork, name: PortDriverName): PortDriver {
  const ports: (FakeDevice | undefined)[] = [];
  return {
    name,
    open: (config, info) => {
      const port = FakeDevice.open(network, config, info);
      return typeof port === "number" ? port : place(ports, port);
    },
    rxBurst: (port) => ports[port]?.burst() ?? L.HP_ECLOSED,
    rxRelease: (port) => (ports[port] === undefined ? L.HP_ECLOSED : L.HP_OK),
    txFlow: (port, flow) => ports[port]?.flow(flow) ?? L.HP_ECLOSED,
    tx: (port, flow, offset, length) => ports[port]?.send(flow, offset, length) ?? L.HP_ECLOSED,
    txStamp: (port) => ports[port]?.stamp() ?? 0,
    refresh: (port) => (ports[port] === undefined ? L.HP_ECLOSED : L.HP_OK),
    close: (port) => {
      if (ports[port] === undefined) return L.HP_ECLOSED;
      ports[port].close();
      ports[port] = undefined;
      return L.HP_OK;
    },
  };
}

const FAULTS = {
  strangers: L.HP_PORT_STATS__STRANGERS_D,
  malformed: L.HP_PORT_STATS__MALFORMED_D,
  fragments: L.HP_PORT_STATS__FRAGMENTS_D,
  bad_checksum: L.HP_PORT_STATS__BAD_CHECKSUM_D,
};

function sourceOf(flow: Flow): { address: number; port: number } {
  return { address: flow.sourceAddress, port: flow.sourcePort };
}

/** Undefined when one is impossible, or two want the same packets. */
function readLines(view: DataView): FakeFrameLine[] | undefined {
  const count = view.getUint32(L.HP_PORT_CONFIG__LINE_COUNT, true);
  if (count > L.HP_PORT_LINES_MAX) return undefined;
  const lines: FakeFrameLine[] = [];
  for (let i = 0; i < count; i++) {
    const at = L.HP_PORT_CONFIG__LINE + i * L.HP_PORT_LINE_SIZE;
    const line = {
      group: view.getUint32(at + L.HP_PORT_LINE__GROUP, true),
      port: view.getUint32(at + L.HP_PORT_LINE__PORT, true),
      iface: view.getUint32(at + L.HP_PORT_LINE__IFACE, true),
      source: view.getUint32(at + L.HP_PORT_LINE__SOURCE, true),
      feed: view.getUint32(at + L.HP_PORT_LINE__FEED, true),
      line: view.getUint32(at + L.HP_PORT_LINE__LINE, true),
    };
    if (line.port < 1 || line.port > 65_535) return undefined;
    if (line.group !== 0 ? line.group >>> 28 !== 14 : line.iface === 0) return undefined;
    if (lines.some((other) => wantTheSame(other, line))) return undefined;
    lines.push(line);
  }
  return lines;
}

function wantTheSame(a: FakeFrameLine, b: FakeFrameLine): boolean {
  const isSame = a.port === b.port && (a.group || a.iface) === (b.group || b.iface);
  return isSame && (a.source === b.source || a.source === 0 || b.source === 0);
}

function words(network: FakeNetwork, address: number): Uint32Array {
  const at = network.memory.at(address);
  return new Uint32Array(at.buffer, at.offset, 1);
}

function tell(info: DataView, why: string): void {
  const bytes = new TextEncoder().encode(`${why}\0`);
  new Uint8Array(info.buffer, info.byteOffset + L.HP_PORT_INFO__WHY, bytes.length).set(bytes);
}

function text(view: DataView, at: number, room: number): string {
  return fromCString(new Uint8Array(view.buffer, view.byteOffset + at, room));
}
