/** What the demo found, as the object that --json prints. */

import type { PortStatus } from "../../control/port-status.ts";
import type { ApplianceStatus } from "../../control/status.ts";
import type { HistogramSummary } from "../../core/histogram-stats.ts";
import type { SimProtocol } from "../../sim/protocols.ts";
import { EXIT_FAILED, EXIT_OK } from "../exit-codes.ts";

export interface DemoResult {
  seconds: number;
  feed: {
    protocol: SimProtocol;
    messages: number;
    gaps: number;
    recovered: number;
    /** Times the feed went silent for longer than stale_ms. */
    stale: number;
    lost: number;
    packetsA: number;
    packetsB: number;
    /** Packets that the simulator dropped, by line. */
    dropped: number[];
  };
  orders: {
    sent: number;
    acked: number;
    filled: number;
    canceled: number;
    rejected: number;
    denied: number;
    unknown: number;
  };
  /** Packet visible in the arena (rx burst returned) to order handed to send, ns. */
  latencyNs: Percentiles;
  /** Receive stamp of the packet to return of send, ns, with the source of each stamp. */
  wireToWireNs: Percentiles & { rxStamp: string; txStamp: string };
  bookMatchesVenue: boolean;
  bookLevelsCompared: number;
  /** First difference of the books, "" = none. */
  bookDifference: string;
  /** Positions and P&L agree with the venue's account of our fills. */
  accountMatchesVenue: boolean;
  accountDifference: string;
  journal: { records: number; hash: string };
  /** Who killed the appliance, by name; "guard" with its reason. Empty: nobody did. */
  killedBy: string[];
  /** Currency, after fees. */
  pnl: number;
  pnlParts: { realized: number; unrealized: number; fees: number };
  engines: {
    name: string;
    core: number;
    pinned: boolean;
    realtime: boolean;
    pages: string;
    collections: number;
    turnNs: Percentiles;
  }[];
}

/** A demo that was killed has shown nothing, however well its books agree. */
export function demoExitCode(r: DemoResult): number {
  const isGood = r.bookMatchesVenue && r.accountMatchesVenue && r.killedBy.length === 0;
  return isGood ? EXIT_OK : EXIT_FAILED;
}

export interface Percentiles {
  count: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

export function percentiles(s: HistogramSummary): Percentiles {
  return { count: s.count, p50: s.p50, p90: s.p90, p99: s.p99, p999: s.p999, max: s.max };
}

/** Where the receive stamp of wire to wire comes from. */
function stampText(port: PortStatus | undefined): string {
  const stamps = port?.stamps ?? "";
  if (stamps === "nic") return `${port!.driver}: the card's clock, when the frame came in`;
  if (stamps === "") return `${port?.driver ?? "the port"}: gives no receive stamp`;
  return port!.driver === "socket"
    ? "kernel SO_TIMESTAMPNS, when the packet entered the socket layer"
    : `kernel, when the frame entered the stack of ${port!.device}`;
}

/** The part of the result that the appliance's own status tells. */
export function figuresOf(status: ApplianceStatus) {
  const engine = status.engines[0]!;
  const feed = status.feeds[0]!;
  const sum = (name: string): number =>
    status.engines.reduce((total, e) => total + (e.counters[name] ?? 0), 0);
  const denied = status.engines.reduce(
    (total, e) =>
      total +
      Object.entries(e.counters)
        .filter(([name]) => name.startsWith("deny_"))
        .reduce((n, [, count]) => n + count, 0),
    0,
  );
  return {
    feed: {
      messages: feed.messages,
      gaps: feed.gaps,
      recovered: feed.recovered,
      stale: sum("feed_stales"),
      lost: feed.lost,
      packetsA: feed.packetsA,
      packetsB: feed.packetsB,
    },
    orders: {
      sent: sum("order_sent"),
      acked: sum("order_acked"),
      filled: sum("order_filled"),
      canceled: sum("order_canceled"),
      rejected: sum("order_rejected"),
      denied,
      // At the end nothing may rest: what is live then is of unknown fate.
      unknown: status.engines.reduce((total, e) => total + e.openOrders, 0),
    },
    latencyNs: percentiles(engine.latencyNs),
    wireToWireNs: {
      ...percentiles(engine.wireNs),
      rxStamp: stampText(status.ports[0]),
      txStamp: "software, TSC as wall time after send returned",
    },
    killedBy: status.killedBy.map((name) =>
      name === "guard" && status.guard.reason !== "" ? `guard (${status.guard.reason})` : name,
    ),
    pnl: engine.realized + engine.unrealized - engine.fees,
    pnlParts: { realized: engine.realized, unrealized: engine.unrealized, fees: engine.fees },
    engines: status.engines.map((e) => ({
      name: e.name,
      core: e.core,
      pinned: e.pinned,
      realtime: e.realtime,
      pages: e.pages,
      collections: e.collections,
      turnNs: percentiles(e.turnNs),
    })),
  };
}
