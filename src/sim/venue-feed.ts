/**
 * What the exchange needs of a feed, whatever its protocol: a writer that is told what happens, in
 * the order in which it happens; a clock turn; and somebody to ask for what was missed.
 */
import type { LineCounters } from "./lossy-line.ts";
import type { TradingState } from "./matching.ts";
import type { VenueOrder } from "./price-levels.ts";
import type { RecoveryFaults } from "./recovery-faults.ts";
import type { FixPeer, FixTransport, Reply } from "./transport.ts";

/** Told what the matching engine does. Quantities of orders are already those after it. */
export interface FeedWriter {
  /** The day begins: every symbol is presented. */
  open(): void;
  close(): void;
  /** An order is displayed, with what is left of it. */
  rested(order: VenueOrder): void;
  executed(maker: VenueOrder, taker: VenueOrder, px: number, qty: number, match: number): void;
  /** One side of an auction's match: not printable, since the cross is printed as a whole. */
  executedAt(order: VenueOrder, px: number, qty: number, match: number): void;
  cross(symbol: number, px: number, qty: number, match: number): void;
  broken(symbol: number, px: number, qty: number, match: number): void;
  /** This much less, in its place. */
  reduced(order: VenueOrder, qty: number): void;
  /** `ref`: the reference it had. */
  deleted(order: VenueOrder, ref: number): void;
  /** It lost its place; `order.ref` is new. */
  moved(order: VenueOrder, oldRef: number): void;
  status(symbol: number, state: TradingState): void;
  shortRestriction(symbol: number, restricted: boolean): void;
}

export interface RecoveryCounters {
  requests: number;
  answered: number;
  messages: number;
  /** Not answered on purpose: loss, or refusing. */
  dropped: number;
  /** Wrong length, session or unit. */
  malformed: number;
  /** Asked for what is not there (any more, or yet). */
  unavailable: number;
}

export function noRecoveries(): RecoveryCounters {
  return { requests: 0, answered: 0, messages: 0, dropped: 0, malformed: 0, unavailable: 0 };
}

/** Whoever has what a receiver missed. */
export interface FeedRecovery {
  readonly counters: RecoveryCounters;
  /** True: nobody is answered, and loops of snapshots stand still. */
  refusing: boolean;
  /** A datagram of somebody who asks; absent where nobody asks by UDP. */
  onRequest?(bytes: Uint8Array, reply: Reply): void;
  /** A TCP connection of somebody who asks (gap request proxy); absent where nobody does. */
  accept?(transport: FixTransport): FixPeer;
  /** What its TCP servers do wrong; absent where there are none. */
  readonly faults?: RecoveryFaults;
  /** A TCP connection of somebody who wants the whole book (GLIMPSE). */
  acceptGlimpse?(transport: FixTransport): FixPeer;
  /** A TCP connection of somebody who wants the whole book (spin); absent where nobody does. */
  acceptSpin?(transport: FixTransport): FixPeer;
}

export interface VenueFeed {
  readonly writer: FeedWriter;
  readonly recovery: FeedRecovery;
  /** Name of the session, empty where sessions have none. */
  readonly session: string;
  /** Number that the next message, or packet where packets are numbered, gets. */
  readonly nextSequence: number;
  /** By line. */
  counters(): LineCounters[];
  /** An event is over: what it put on the feed goes out. */
  flush(nowNs: number): void;
  /** Flushes, and sends what is due by the clock. */
  poll(nowNs: number): void;
  /** Ends the session; poll() repeats the notice where the protocol has one. */
  endSession(nowNs: number): void;
}
