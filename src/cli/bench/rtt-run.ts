/** Does what `hairpin bench rtt` was asked for; tests give it a fake shim and another host. */
import type { Host } from "../../config/host.ts";
import { StatusError } from "../../core/status.ts";
import type { Shim } from "../../ffi/shim.ts";
import { STAT_BAD_CHECKSUM, STAT_KERNEL_DROPS } from "../../net/desc.ts";
import { Generator } from "../../net/meter/generator.ts";
import type { End } from "../../net/meter/open-end.ts";
import { ReceiveCounter } from "../../net/meter/receive-counter.ts";
import { Reflector } from "../../net/meter/reflector.ts";
import { RoundTripMeter } from "../../net/meter/round-trip-meter.ts";
import { styleFor } from "../../observe/style.ts";
import { formatCount } from "../../observe/units.ts";
import { EXIT_FAILED, EXIT_OK } from "../exit-codes.ts";
import { type Io, outJson } from "../io.ts";
import { awaitLink, type Ends, openEnds, openFlow, wireFlags } from "./rtt-ends.ts";
import { fault, type RttOptions } from "./rtt-options.ts";
import { loopResult, type SizeResult, sizeResult } from "./rtt-result.ts";
import { loopText } from "./rtt-text.ts";

/** Code must be compiled before it is measured, and before its thread is pinned. */
const WARM_UP_NS = 300e6;
/** What has not come back by then is lost. */
const DRAIN_NS = 200e6;

/** The exit code. Throws CliError, one sentence. */
export function runRtt(shim: Shim, host: Host, o: RttOptions, json: boolean, io: Io): number {
  const ends = openEnds(shim, host, o);
  try {
    if (o.core >= 0 && host.isIsolated(o.core) === false)
      io.err(`bench rtt: core ${o.core} is not isolated: the kernel runs other work on it, too\n`);
    const down = awaitLink(shim, ends);
    if (down !== undefined) io.err(`bench rtt: the link of ${down.device} is down\n`);
    if (o.mode === "loop") return loop(shim, ends, o, json, io);
    if (o.mode === "send") return send(shim, ends, o, json, io);
    if (o.mode === "receive") return receive(shim, ends, o, json, io);
    return reflect(shim, ends, o, json, io);
  } finally {
    ends.close();
  }
}

function loop(shim: Shim, ends: Ends, o: RttOptions, json: boolean, io: Io): number {
  const [rx, tx] = [ends.rx!, ends.tx!];
  const meter = new RoundTripMeter({
    shim,
    rx: rx.port,
    tx: tx.port,
    flow: openFlow(shim, ends, tx, o),
    stop: ends.stop,
    wireFlags: o.takesStamps ? wireFlags(rx, tx) : 0,
  });
  measure(meter, o.sizes[0]!, o.intervalNs, Math.min(WARM_UP_NS, o.seconds * 1e9));
  pin(shim, o.core);
  const sizes: SizeResult[] = [];
  for (const bytes of o.sizes) {
    if (ends.stop[0] !== 0) break;
    measure(meter, bytes, o.intervalNs, o.seconds * 1e9);
    sizes.push(sizeResult(meter, bytes));
  }
  const result = loopResult(o, ends, rx, tx, sizes, ends.stop[0] !== 0);
  if (json) outJson(io, result);
  else io.out(loopText(result, styleFor(io.isTerminal)));
  if (sizes.some((s) => s.received > 0)) return EXIT_OK;
  io.err(`bench rtt: nothing came back${backHint(ends, tx)}\n`);
  return EXIT_FAILED;
}

function measure(meter: RoundTripMeter, bytes: number, intervalNs: number, ns: number): void {
  const status = meter.measure(bytes, intervalNs, ns, DRAIN_NS);
  if (status < 0) throw portFault(status);
}

function backHint(ends: Ends, tx: End): string {
  if (ends.rx !== tx && tx.driver === "kernel")
    return ": the kernel drops what comes from an address of its own, unless the NICs are in different network namespaces";
  if (ends.rx !== tx) return `: is ${tx.device} connected to ${ends.rx!.device}?`;
  if (tx.address === 0) return `: ${tx.device} has no address to come back to; give --address`;
  return ": does `hairpin bench rtt --reflect` run at the other end?";
}

function send(shim: Shim, ends: Ends, o: RttOptions, json: boolean, io: Io): number {
  const tx = ends.tx!;
  const flow = openFlow(shim, ends, tx, o);
  pin(shim, o.core);
  const generator = new Generator(shim, tx.port, flow, ends.stop);
  const end = shim.hp_clock_ns() + o.seconds * 1e9;
  const ns = generator.send(o.count, o.sizes[0]!, o.intervalNs, end);
  if (generator.status < 0) throw portFault(generator.status);
  const { sent, refused } = generator;
  const sentPerS = ns > 0 ? (sent * 1e9) / ns : 0;
  if (json) outLine(io, { sent, refused, seconds: ns / 1e9, sentPerS });
  else io.out(`sent ${formatCount(sent)}, ${formatCount(Math.round(sentPerS))}/s\n`);
  return sent === o.count ? EXIT_OK : EXIT_FAILED;
}

function receive(shim: Shim, ends: Ends, o: RttOptions, json: boolean, io: Io): number {
  const rx = ends.rx!;
  pin(shim, o.core);
  const counter = new ReceiveCounter(shim, rx.port, o.count, ends.stop);
  // Whoever sends waits for this line: from here on nothing may be missed.
  if (json) outLine(io, { ready: true, ...deviceOf(rx) });
  else io.err(`ready: ${rx.device} ${rx.driver} ${rx.mode}\n`);
  const hasAll = counter.receive(shim.hp_clock_ns() + o.seconds * 1e9);
  if (counter.status < 0) throw portFault(counter.status);
  rx.refresh();
  const { received, first, last, duplicates, strangers } = counter;
  const missing = o.count - received;
  const drops = dropsOf(rx);
  if (json) outLine(io, { received, first, last, missing, duplicates, strangers, ...drops });
  else
    io.out(
      `received ${formatCount(received)}, missing ${formatCount(missing)}, duplicates ${formatCount(duplicates)}\n`,
    );
  return hasAll ? EXIT_OK : EXIT_FAILED;
}

function reflect(shim: Shim, ends: Ends, o: RttOptions, json: boolean, io: Io): number {
  const rx = ends.rx!;
  const sourcePort = o.driver === "socket" ? 0 : o.port;
  pin(shim, o.core);
  const reflector = new Reflector(shim, rx.port, rx.port, ends.stop, sourcePort);
  if (json) outLine(io, { ready: true, ...deviceOf(rx) });
  else io.err(`ready: ${rx.device} ${rx.driver} ${rx.mode}; a signal ends it\n`);
  const status = reflector.reflect(shim.hp_clock_ns() + o.seconds * 1e9);
  if (status < 0) throw portFault(status);
  const { received, reflected, refused, strangers } = reflector;
  if (json) outLine(io, { received, reflected, refused, strangers });
  else io.out(`received ${formatCount(received)}, sent back ${formatCount(reflected)}\n`);
  return EXIT_OK;
}

function deviceOf(end: End): object {
  const { device, driver, mode, frames } = end;
  return { device, driver, mode, frames };
}

function dropsOf(end: End): object {
  return {
    drops: end.port.stats[STAT_KERNEL_DROPS]!,
    badChecksum: end.port.stats[STAT_BAD_CHECKSUM]!,
  };
}

function pin(shim: Shim, core: number): void {
  if (core < 0) return;
  if (shim.hp_thread_pin(core) < 0) throw fault(`can't run on core ${core}`, EXIT_FAILED);
  shim.hp_process_evict(core);
}

/** One JSON object on a line of its own, at once. */
function outLine(io: Io, value: object): void {
  io.out(`${JSON.stringify(value)}\n`);
}

function portFault(status: number): Error {
  return fault(new StatusError("a port failed", status).message, EXIT_FAILED);
}
