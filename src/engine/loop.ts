// @hot
/**
 * One turn of the engine, run to completion: feeds first, then (every Nth turn, or when the feeds
 * are idle) order sessions, timers and the control block. Nothing here waits or allocates.
 *
 *   burst -> onPacket* -> release        per feed; the time is taken once per burst
 *   recovery ring                        while the feed has a gap, and every Nth turn
 *   sessions, feeds' timers, orders, strategies' timers, commands
 *
 * The same class runs the shadow: its ports play warm-up packets and its streams answer themselves.
 */
import type { Clock } from "../core/clock.ts";
import { FEED_GAP, FEED_LOST } from "../core/codes.ts";
import type { Histogram } from "../core/histogram.ts";
import type { MoldUdp64 } from "../feed/moldudp64.ts";
import type { FixSession } from "../fix/session/session.ts";
import type { TapeWriter } from "../journal/tape/tape-writer.ts";
import { DESC_DOUBLES, DESC_RX_NS } from "../net/desc.ts";
import type { Port } from "../net/port.ts";
import type { DropCopy } from "../order/drop-copy/drop-copy.ts";
import type { Orders } from "../order/orders.ts";
import type { StrategyHost } from "../strategy/host.ts";
import {
  ENGINE_IDLE_TURNS,
  ENGINE_PACKETS,
  ENGINE_PORT_ERRORS,
  ENGINE_RECOVERY_PACKETS,
} from "./counters.ts";

export interface LoopOptions {
  clock: Clock;
  /** One per feed; recoveries: null where there is no re-request server. */
  ports: readonly Port[];
  recoveries: readonly (Port | null)[];
  feeds: readonly MoldUdp64[];
  sessions: readonly FixSession[];
  /** Absent: none. */
  dropCopies?: readonly DropCopy[];
  orders: Orders;
  host: StrategyHost;
  counters: Float64Array;
  turnHistogram: Histogram;
  /** Sessions are polled every so many turns, a power of two. */
  tcpPollTurns: number;
  /** Absent: what comes in is not recorded. */
  tape?: TapeWriter;
}

/** Idle turns between two polls of the sessions: a recv that finds nothing costs as much as a burst. */
const IDLE_TURNS_MASK = 3;

export class EngineLoop {
  turns = 0;
  /** Turns that served sessions and timers. */
  serves = 0;
  /** Clock at the last packet, and now (once per burst or idle turn). */
  packetNs = 0;
  nowNs = 0;
  private readonly clock: Clock;
  private readonly ports: readonly Port[];
  private readonly recoveries: readonly (Port | null)[];
  private readonly feeds: readonly MoldUdp64[];
  private readonly sessions: readonly FixSession[];
  private readonly dropCopies: readonly DropCopy[];
  private readonly orders: Orders;
  private readonly host: StrategyHost;
  private readonly counters: Float64Array;
  private readonly turnHistogram: Histogram;
  private readonly tcpMask: number;
  private readonly tape: TapeWriter | null;

  constructor(options: LoopOptions) {
    this.clock = options.clock;
    this.ports = options.ports;
    this.recoveries = options.recoveries;
    this.feeds = options.feeds;
    this.sessions = options.sessions;
    this.dropCopies = options.dropCopies ?? [];
    this.orders = options.orders;
    this.host = options.host;
    this.counters = options.counters;
    this.turnHistogram = options.turnHistogram;
    this.tcpMask = options.tcpPollTurns - 1;
    this.tape = options.tape ?? null;
  }

  /** Packets taken in this turn. */
  turn(): number {
    const turn = ++this.turns;
    let packets = 0;
    let startNs = 0;
    for (let f = 0; f < this.ports.length; f++) {
      const n = this.burst(this.ports[f]!, this.feeds[f]!, 2 * f);
      if (packets === 0) startNs = this.nowNs;
      packets += n;
      const recovery = this.recoveries[f]!;
      if (recovery !== null && (turn & 15) === 0) {
        const state = this.feeds[f]!.state;
        if (state === FEED_GAP || state === FEED_LOST || (turn & 1023) === 0) {
          const recovered = this.burst(recovery, this.feeds[f]!, 2 * f + 1);
          if (recovered > 0) this.counters[ENGINE_RECOVERY_PACKETS]! += recovered;
          if (packets === 0) startNs = this.nowNs;
          packets += recovered;
        }
      }
    }
    if (packets > 0) {
      this.turnHistogram.record(this.clock.now() - startNs);
      if ((turn & this.tcpMask) === 0) this.serve();
      return packets;
    }
    this.counters[ENGINE_IDLE_TURNS]!++;
    if ((turn & IDLE_TURNS_MASK) === 0) this.serve();
    return 0;
  }

  /** Takes what a port has; source: as on the tape. The time and the receive stamp count for every order of the burst. */
  private burst(port: Port, feed: MoldUdp64, source: number): number {
    const n = port.rxBurst();
    if (n !== 0 && this.tape !== null) this.tape.burst(source, port, n);
    if (n <= 0) {
      if (n < 0) this.counters[ENGINE_PORT_ERRORS]!++;
      return 0;
    }
    const now = this.clock.now();
    this.nowNs = now;
    this.packetNs = now;
    this.host.nowNs = now;
    for (let i = 0; i < n; i++) {
      this.hold(now, port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!);
      feed.onPacket(port, i, now);
      this.release(now);
    }
    port.rxRelease();
    this.counters[ENGINE_PACKETS]! += n;
    return n;
  }

  /** Orders gather until release() and leave in one send; they answer this packet, 0 = none. */
  private hold(burstNs: number, rxNs: number): void {
    for (let s = 0; s < this.sessions.length; s++) this.sessions[s]!.hold(burstNs, rxNs);
  }

  private release(nowNs: number): void {
    for (let s = 0; s < this.sessions.length; s++) this.sessions[s]!.release(nowNs);
  }

  /** Sessions, timers of feeds, orders and strategies. */
  private serve(): void {
    this.serves++;
    const now = this.clock.now();
    this.nowNs = now;
    this.host.nowNs = now;
    this.hold(0, 0);
    for (let s = 0; s < this.sessions.length; s++) this.sessions[s]!.poll(now);
    for (let f = 0; f < this.feeds.length; f++) this.feeds[f]!.poll(now);
    this.orders.poll(now);
    for (let c = 0; c < this.dropCopies.length; c++) this.dropCopies[c]!.poll(now);
    this.host.poll(now);
    this.release(now);
  }
}
