/**
 * One channel of CME MDP 3.0, market by price: increments on the lines, a loop of snapshots and a
 * loop of instrument definitions on groups of their own. Nobody can ask for anything: a receiver
 * that has missed something waits for the next snapshot.
 */
import type { LineCounters } from "./lossy-line.ts";
import type { SideOf } from "./make-feed.ts";
import { Mdp3Publisher } from "./mdp3-publisher.ts";
import { Mdp3Writer } from "./mdp3-writer.ts";
import { type SimOptions, toVenuePx } from "./options.ts";
import type { FeedTransport, SimClock } from "./transport.ts";
import { type FeedRecovery, noRecoveries, type VenueFeed } from "./venue-feed.ts";

/** Packets of a loop in a turn. */
const PACKETS_PER_TURN = 8;
const SNAPSHOTS = 0;
const DEFINITIONS = 1;

/** A round of a loop: the next symbol, and when the next round begins. */
interface Loop {
  readonly everyNs: number;
  next: number;
  dueNs: number;
}

export class Mdp3Feed implements VenueFeed {
  readonly writer: Mdp3Writer;
  readonly recovery: FeedRecovery = { counters: noRecoveries(), refusing: false };
  readonly session = "";
  private readonly publisher: Mdp3Publisher;
  private readonly count: number;
  private readonly snapshots: Loop;
  private readonly definitions: Loop;

  constructor(options: SimOptions, clock: SimClock, transport: FeedTransport, sideOf: SideOf) {
    const { symbols, lines, snapshot, definition, channel, packetBytesMax } = options;
    const midnightMs = Math.round(clock.wallMs() - clock.nowNs() / 1e6);
    const epochNs = (nowNs: number) => BigInt(midnightMs) * 1_000_000n + BigInt(Math.floor(nowNs));
    this.count = symbols.length;
    this.snapshots = loopOf(snapshot.everyMs);
    this.definitions = loopOf(definition.everyMs);
    this.publisher = new Mdp3Publisher({
      lines,
      loops: [snapshot, definition],
      seed: options.seed,
      packetBytesMax,
      heartbeatMs: options.heartbeatMs,
      epochNs,
      transport,
    });
    this.writer = new Mdp3Writer({
      symbols: symbols.map((symbol) => symbol.symbol),
      ticks: symbols.map(({ symbol, tick }) => toVenuePx(tick, `tick of ${symbol}`)),
      channel,
      packetBytesMax,
      sideOf,
      epochNs: () => epochNs(clock.nowNs()),
      publish: (message) => this.publisher.publish(message, clock.nowNs()),
    });
  }

  get nextSequence(): number {
    return this.publisher.nextSequence;
  }

  counters(): LineCounters[] {
    return this.publisher.counters();
  }

  flush(nowNs: number): void {
    this.writer.finish();
    this.publisher.flush(nowNs);
  }

  poll(nowNs: number): void {
    this.flush(nowNs);
    this.publisher.poll(nowNs);
    const lastSeq = this.publisher.nextSequence - 1;
    this.turn(this.definitions, DEFINITIONS, nowNs, (symbol) => this.writer.definition(symbol));
    if (this.recovery.refusing) {
      this.snapshots.next = 0;
      return;
    }
    this.turn(this.snapshots, SNAPSHOTS, nowNs, (symbol) => {
      this.recovery.counters.messages++;
      return this.writer.snapshot(symbol, lastSeq);
    });
  }

  /** The protocol has no end of session: statuses say that the day is over, and heartbeats go on. */
  endSession(nowNs: number): void {
    this.flush(nowNs);
  }

  private turn(
    loop: Loop,
    index: number,
    nowNs: number,
    make: (symbol: number) => Uint8Array,
  ): void {
    if (loop.next === 0 && nowNs < loop.dueNs) return;
    if (loop.next === 0) loop.dueNs = nowNs + loop.everyNs;
    const to = Math.min(this.count, loop.next + PACKETS_PER_TURN);
    for (; loop.next < to; loop.next++) {
      this.publisher.sendLoop(index, loop.next + 1, make(loop.next), nowNs);
    }
    if (loop.next === this.count) loop.next = 0;
  }
}

function loopOf(everyMs: number): Loop {
  return { everyNs: everyMs * 1e6, next: 0, dueNs: 0 };
}
