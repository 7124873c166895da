/** The ports that `hairpin bench rtt` measures through, opened in order and closed in the reverse one. */
import type { Host } from "../../config/host.ts";
import { Arena } from "../../core/arena.ts";
import { expectOk } from "../../core/status.ts";
import { HP_EAGAIN, HP_RX_STAMP_KERNEL, HP_RX_STAMP_NIC } from "../../ffi/layout.ts";
import type { Shim } from "../../ffi/shim.ts";
import { formatEndpoint } from "../../net/address.ts";
import { STAT_LINK } from "../../net/desc.ts";
import { type End, type EndOptions, endBytes, openEnd } from "../../net/meter/open-end.ts";
import { STAMP_ADDRESS, STAMP_MAC, STAMP_PORT } from "../../net/meter/stamp.ts";
import type { FlowOptions } from "../../net/transmitter.ts";
import { EXIT_FAILED } from "../exit-codes.ts";
import { fault, PAYLOAD_MAX, type RttOptions } from "./rtt-options.ts";

const LINK_WAIT_NS = 5e9;
const NEIGHBOUR_WAIT_NS = 3e9;
const IP_AND_UDP = 28;
/** 198.18.0.1, of the network for benchmarks (RFC 2544): the source where the NIC has no address. */
const NOBODY = 0xc6120001;
const SIGINT = 2;
const SIGTERM = 15;

export interface Ends {
  /** The same where one port does both; undefined where nothing is received, or sent. */
  rx: End | undefined;
  tx: End | undefined;
  /** Not zero = a signal came. */
  stop: Int32Array;
  close(): void;
}

/** Throws CliError, one sentence. */
export function openEnds(shim: Shim, host: Host, o: RttOptions): Ends {
  const sessionStartS = Math.floor(Date.now() / 1000);
  if (shim.hp_clock_init(sessionStartS) < 0)
    throw fault("this processor has no invariant TSC", EXIT_FAILED);
  if (o.core >= 0 && shim.hp_core_online(o.core) !== 1)
    throw fault(`--core ${o.core}: there is no such core, or it is offline`);
  const isOne = o.rx === o.tx;
  const address = o.rx === "" ? 0 : addressOf(host, o, o.rx);
  const common = commonOptions(o, sessionStartS);
  // A socket's own datagrams come back to it, where it is in the group that it sends to.
  const hasGroup = !(isOne && o.driver === "socket" && o.mode === "loop" && o.rx !== "lo");
  const rx: EndOptions | undefined =
    o.rx === ""
      ? undefined
      : {
          ...common,
          device: o.rx,
          address,
          groups: hasGroup ? [o.group] : [],
          isUnicast: isOne && o.mode === "loop" && address !== 0 && o.rx !== "lo",
          txSize: isOne ? PAYLOAD_MAX : 0,
        };
  const tx: EndOptions | undefined =
    o.tx === "" || isOne
      ? undefined
      : {
          ...common,
          device: o.tx,
          address: addressOf(host, o, o.tx),
          groups: [],
          isUnicast: false,
          txSize: PAYLOAD_MAX,
        };
  return openAll(shim, o, rx, tx);
}

function openAll(
  shim: Shim,
  o: RttOptions,
  rx: EndOptions | undefined,
  tx: EndOptions | undefined,
): Ends {
  const wanted = [rx, tx].reduce((sum, end) => sum + (end === undefined ? 0 : endBytes(end)), 4096);
  const arena = Arena.alloc(shim, wanted);
  const opened: End[] = [];
  const stopBlock = arena.take(4);
  const stop = new Int32Array(stopBlock.buffer, stopBlock.offset, 1);
  const close = () => {
    for (const signal of [SIGINT, SIGTERM]) shim.hp_signal_restore(signal);
    for (const end of opened.splice(0).reverse()) end.port.close();
    arena.free();
  };
  const open = (options: EndOptions): End => {
    const end = openEnd(shim, arena, options);
    opened.push(end);
    return end;
  };
  try {
    for (const signal of [SIGINT, SIGTERM]) shim.hp_signal_or(signal, stopBlock.addr, 1);
    const receiver = rx === undefined ? undefined : open(rx);
    const sender = tx === undefined ? (o.tx === "" ? undefined : receiver) : open(tx);
    return { rx: receiver, tx: sender, stop, close };
  } catch (error) {
    close();
    const text = error instanceof Error ? error.message : String(error);
    throw fault(text.replace(/^(socket|packet|xdp|dpdk|exanic): /, ""), EXIT_FAILED);
  }
}

function commonOptions(o: RttOptions, sessionStartS: number) {
  return {
    driver: o.driver === "exanic-sim" ? ("exanic" as const) : o.driver,
    netmask: o.netmask,
    port: o.port,
    bytesMax: o.mode === "loop" || o.mode === "send" ? Math.max(...o.sizes) : 0,
    frames: o.driver === "socket" ? 0 : o.frames,
    flags: o.flags,
    busyPollUs: o.busyPollUs,
    core: o.core,
    sessionStartS,
    extra: o.extra,
  };
}

/** Ours on a device: as told, or as its interface has it; 0 = none. Sockets can't do without. */
function addressOf(host: Host, o: RttOptions, device: string): number {
  const known = o.address !== 0 ? o.address : host.interfaceAddress(device);
  if (known !== undefined) return known;
  if (o.driver !== "socket") return 0;
  if (!host.hasInterface(device)) throw fault(`there is no interface ${device}`, EXIT_FAILED);
  throw fault(
    `${device} has no IPv4 address: \`ip addr add ADDRESS/PREFIX dev ${device}\``,
    EXIT_FAILED,
  );
}

/** A flow to the group, with the way back written into what is sent. */
export function openFlow(shim: Shim, ends: Ends, tx: End, o: RttOptions): number {
  const view = tx.port.txView;
  const bytes = Math.max(...o.sizes);
  if (tx.mtu > 0 && bytes + IP_AND_UDP > tx.mtu)
    throw fault(
      `--sizes: ${bytes} bytes of payload do not fit the MTU ${tx.mtu} of ${tx.device}`,
      EXIT_FAILED,
    );
  view.setUint32(STAMP_ADDRESS, ends.rx === tx ? tx.address : 0);
  view.setUint16(STAMP_PORT, o.port);
  for (const [i, part] of tx.mac.split(":").entries())
    view.setUint8(STAMP_MAC + i, Number.parseInt(part, 16) || 0);
  const to: FlowOptions = {
    address: o.group,
    port: o.port,
    sourceAddress: tx.address === 0 ? NOBODY : tx.address,
    // A socket's own port may be taken by the one that receives.
    sourcePort: o.driver === "socket" ? 0 : o.port,
  };
  const end = shim.hp_clock_ns() + NEIGHBOUR_WAIT_NS;
  for (;;) {
    const flow = tx.port.flow(to);
    if (flow >= 0) return flow;
    if (flow !== HP_EAGAIN || shim.hp_clock_ns() > end || ends.stop[0] !== 0)
      try {
        expectOk(flow, `can't send to ${formatEndpoint(o.group, o.port)}`, shim.hp_last_errno());
      } catch (error) {
        throw fault((error as Error).message, EXIT_FAILED);
      }
    poll(ends);
  }
}

/** Until the link of every end is up, or not told; the end whose link did not come up in time. */
export function awaitLink(shim: Shim, ends: Ends): End | undefined {
  const late = shim.hp_clock_ns() + LINK_WAIT_NS;
  for (;;) {
    const down = [ends.rx, ends.tx].find((end) => {
      end?.refresh();
      return end !== undefined && end.port.stats[STAT_LINK] === 0 && end.driver !== "kernel";
    });
    if (down === undefined || shim.hp_clock_ns() > late || Atomics.load(ends.stop, 0) !== 0)
      return down;
    // A driver may see its link only while it is polled.
    for (let i = 0; i < 1000; i++) poll(ends);
  }
}

function poll(ends: Ends): void {
  for (const end of [ends.rx, ends.tx])
    if (end !== undefined && end.port.rxBurst() > 0) end.port.rxRelease();
}

/** HP_RX_STAMP_* that a receive stamp must have for the transmit stamps to go with it; 0 = none goes. */
export function wireFlags(rx: End, tx: End): number {
  if (tx.stampsTx === "none" || tx.stampsTx !== rx.stampsRx) return 0;
  return tx.stampsTx === "card" ? HP_RX_STAMP_NIC : HP_RX_STAMP_KERNEL;
}
