/** What `hairpin bench rtt` measured, as --json prints it. */
import { type HistogramSummary, summarize } from "../../core/histogram-stats.ts";
import { HP_PORT_FAR } from "../../ffi/layout.ts";
import { formatIpv4 } from "../../net/address.ts";
import {
  STAT_BAD_CHECKSUM,
  STAT_ERRORS,
  STAT_FRAGMENTS,
  STAT_KERNEL_DROPS,
  STAT_LAPPED,
  STAT_LINK,
  STAT_MALFORMED,
  STAT_PACKETS,
  STAT_POLLS,
  STAT_SPEED_MBPS,
  STAT_STRANGERS,
  STAT_TRUNCATED,
  STAT_TX_PACKETS,
  STAT_TX_REFUSED,
} from "../../net/desc.ts";
import type { End, StampSource } from "../../net/meter/open-end.ts";
import type { RoundTripMeter } from "../../net/meter/round-trip-meter.ts";
import type { Ends } from "./rtt-ends.ts";
import type { RttOptions } from "./rtt-options.ts";

export interface SizeResult {
  /** UDP payload. */
  bytes: number;
  sent: number;
  received: number;
  lost: number;
  reordered: number;
  duplicates: number;
  /** Cut short, or of another length; they count as lost. */
  damaged: number;
  /** Sends that found no room, and were tried again. */
  refused: number;
  strangers: number;
  seconds: number;
  sentPerS: number;
  /** From before the send to after the burst that had it. */
  softwareNs: HistogramSummary;
  /** From stamp to stamp; null when nothing could be told. */
  wireNs: HistogramSummary | null;
}

export interface EndResult {
  device: string;
  driver: string;
  mode: string;
  mac: string;
  stampsRx: StampSource;
  stampsTx: StampSource;
  frames: number;
  /** Of another NUMA node than the core. */
  isFar: boolean;
  speedMbps: number;
  statistics: Record<string, number>;
}

export interface LoopResult {
  driver: string;
  group: string;
  port: number;
  /** Null = as fast as it goes. */
  ratePps: number | null;
  secondsEach: number;
  /** -1 = not pinned. */
  core: number;
  tx: EndResult;
  rx: EndResult;
  sizes: SizeResult[];
  /** Why there are no figures from stamp to stamp, or what they are worth; "" = nothing to say. */
  wireNote: string;
  /** A signal ended it early. */
  isStopped: boolean;
}

export function sizeResult(m: RoundTripMeter, bytes: number): SizeResult {
  const { tally } = m;
  return {
    bytes,
    sent: m.sent,
    received: tally.distinct,
    lost: m.sent - tally.distinct,
    reordered: tally.reordered,
    duplicates: tally.duplicates,
    damaged: m.damaged,
    refused: m.refused,
    strangers: m.strangers,
    seconds: m.sendingNs / 1e9,
    sentPerS: m.sendingNs > 0 ? (m.sent * 1e9) / m.sendingNs : 0,
    softwareNs: summaryOf(m.software.buckets, m.softwareMaxNs),
    wireNs: m.wireCount === 0 ? null : summaryOf(m.wire.buckets, m.wireMaxNs),
  };
}

/** The largest value is known exactly; a percentile, the ceiling of its bucket, is never above it. */
function summaryOf(buckets: Uint32Array, maxNs: number): HistogramSummary {
  const s = summarize(buckets);
  const [p50, p90, p99, p999] = [s.p50, s.p90, s.p99, s.p999].map((ns) => Math.min(ns, maxNs));
  return { count: s.count, p50: p50!, p90: p90!, p99: p99!, p999: p999!, max: maxNs };
}

export function loopResult(
  o: RttOptions,
  ends: Ends,
  rx: End,
  tx: End,
  sizes: SizeResult[],
  isStopped: boolean,
): LoopResult {
  rx.refresh();
  tx.refresh();
  return {
    driver: o.driver,
    group: formatIpv4(o.group),
    port: o.port,
    ratePps: o.intervalNs === 0 ? null : 1e9 / o.intervalNs,
    secondsEach: o.seconds,
    core: o.core,
    tx: endResult(tx),
    rx: endResult(rx),
    sizes,
    wireNote: o.takesStamps ? wireNote(ends, rx, tx, sizes) : "",
    isStopped,
  };
}

function endResult(end: End): EndResult {
  const { stats } = end.port;
  const statistics = Object.entries(STATISTICS).map(([name, at]) => [name, stats[at]!] as const);
  return {
    device: end.device,
    driver: end.driver,
    mode: end.mode,
    mac: end.mac,
    stampsRx: end.stampsRx,
    stampsTx: end.stampsTx,
    frames: end.frames,
    isFar: (end.flags & HP_PORT_FAR) !== 0,
    speedMbps: stats[STAT_SPEED_MBPS]!,
    statistics: Object.fromEntries(statistics),
  };
}

/** An honest word about stamps. */
function wireNote(ends: Ends, rx: End, tx: End, sizes: readonly SizeResult[]): string {
  const who = (source: StampSource) => (source === "none" ? "nobody" : `the ${source}`);
  if (tx.stampsTx === "none" || rx.stampsRx === "none")
    return `no figures from wire to wire: ${who(tx.stampsTx)} stamps what is sent, ${who(rx.stampsRx)} what is received`;
  if (tx.stampsTx !== rx.stampsRx)
    return `no figures from wire to wire: ${who(tx.stampsTx)} stamps what is sent, ${who(rx.stampsRx)} what is received, by different clocks`;
  if (sizes.every((s) => s.wireNs === null))
    return "no figures from wire to wire: no pair of stamps was told";
  if (tx.stampsTx === "card" && ends.rx !== ends.tx && !isOneCard(rx, tx))
    return "stamps are of two ports: worth as much as their clocks agree";
  return "";
}

/** Ports of an ExaNIC, "exanic0:1", share their card's clock. */
function isOneCard(a: End, b: End): boolean {
  return a.device.includes(":") && a.device.replace(/:\d$/, "") === b.device.replace(/:\d$/, "");
}

const STATISTICS = {
  packets: STAT_PACKETS,
  polls: STAT_POLLS,
  drops: STAT_KERNEL_DROPS,
  errors: STAT_ERRORS,
  truncated: STAT_TRUNCATED,
  strangers: STAT_STRANGERS,
  malformed: STAT_MALFORMED,
  fragments: STAT_FRAGMENTS,
  badChecksum: STAT_BAD_CHECKSUM,
  lapped: STAT_LAPPED,
  txPackets: STAT_TX_PACKETS,
  txRefused: STAT_TX_REFUSED,
  link: STAT_LINK,
};
