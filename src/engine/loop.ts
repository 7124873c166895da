// @hot
/**
 * One turn of the engine, run to completion: feeds first, then (every Nth turn, or when the feeds
 * are idle) order sessions, timers and the control block. Nothing here waits or allocates.
 *
 *   burst -> onPacket* -> release        per device, per feed; the time is taken once per burst
 *   recovery ring                        while the feed has a gap, and every Nth turn
 *   sessions, feeds' timers, orders, strategies' timers, commands
 *
 * The same class runs the shadow: its ports play warm-up packets and its streams answer themselves.
 */
import type { Clock } from "../core/clock.ts";
import { FEED_GAP, FEED_LOST } from "../core/codes.ts";
import type { Histogram } from "../core/histogram.ts";
import type { FeedHandler, PacketFeed } from "../feed/feed-handler.ts";
import { HP_EGONE } from "../ffi/layout.ts";
import type { FixMarketData } from "../fix/market-data/application.ts";
import { TAPE_DEVICES, TAPE_LINK_DOWN, TAPE_LINK_UP } from "../journal/tape/entries.ts";
import type { TapeWriter } from "../journal/tape/tape-writer.ts";
import { DESC_DOUBLES, DESC_FEED, DESC_RX_NS, DESC_WORDS, STAT_LINK } from "../net/desc.ts";
import type { Port } from "../net/port.ts";
import type { DropCopy } from "../order/drop-copy/drop-copy.ts";
import type { EngineSession } from "../order/engine-session.ts";
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
  /** Ports of network devices: each packet says which feed it is for. Absent: none. */
  devices?: readonly Port[];
  /** Of each device: which lines come by it. */
  deviceLines?: readonly (readonly { feed: number; line: number }[])[];
  /** Of each device: what its link says counts. */
  deviceLinks?: readonly boolean[];
  /** One per feed, null: it comes by a session or a device; recoveries: null without a re-request server. */
  ports: readonly (Port | null)[];
  recoveries: readonly (Port | null)[];
  feeds: readonly FeedHandler[];
  /** Sessions that feeds come by, and the feeds among `feeds` that they bring. */
  marketSessions?: readonly EngineSession[];
  marketFeeds?: readonly FixMarketData[];
  sessions: readonly EngineSession[];
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
const NO_SESSIONS: readonly EngineSession[] = [];
const NO_FEEDS: readonly FixMarketData[] = [];
const NO_DEVICES: readonly Port[] = [];
const NO_LINES: readonly (readonly { feed: number; line: number }[])[] = [];

export class EngineLoop {
  turns = 0;
  /** Turns that served sessions and timers. */
  serves = 0;
  /** Clock at the last packet, and now (once per burst or idle turn). */
  packetNs = 0;
  nowNs = 0;
  private readonly clock: Clock;
  private readonly devices: readonly Port[];
  private readonly deviceLines: readonly (readonly { feed: number; line: number }[])[];
  /** By device: 1 = it has disappeared, or its link is down, and its feeds know. */
  private readonly isGone: Uint8Array;
  private readonly isDown: Uint8Array;
  /** By device: 1 = its link counts. */
  private readonly hasLink: Uint8Array;
  private readonly ports: readonly (Port | null)[];
  private readonly recoveries: readonly (Port | null)[];
  private readonly feeds: readonly FeedHandler[];
  private readonly packetFeeds: readonly (PacketFeed | null)[];
  private readonly marketSessions: readonly EngineSession[];
  private readonly marketFeeds: readonly FixMarketData[];
  private readonly sessions: readonly EngineSession[];
  private readonly dropCopies: readonly DropCopy[];
  private readonly orders: Orders;
  private readonly host: StrategyHost;
  private readonly counters: Float64Array;
  private readonly turnHistogram: Histogram;
  private readonly tcpMask: number;
  private readonly idleMask: number;
  private readonly tape: TapeWriter | null;

  constructor(options: LoopOptions) {
    this.clock = options.clock;
    this.devices = options.devices ?? NO_DEVICES;
    this.deviceLines = options.deviceLines ?? NO_LINES;
    this.isGone = new Uint8Array(this.devices.length);
    this.isDown = new Uint8Array(this.devices.length);
    this.hasLink = new Uint8Array(this.devices.length);
    for (let d = 0; d < this.devices.length; d++) {
      this.hasLink[d] = options.deviceLinks?.[d] === false ? 0 : 1;
    }
    this.ports = options.ports;
    this.recoveries = options.recoveries;
    this.feeds = options.feeds;
    this.packetFeeds = options.feeds.map((f) => ("onPacket" in f ? (f as PacketFeed) : null));
    this.marketSessions = options.marketSessions ?? NO_SESSIONS;
    this.marketFeeds = options.marketFeeds ?? NO_FEEDS;
    // Without a port all that comes in comes by sessions.
    const hasPort = this.devices.length > 0 || options.ports.some((port) => port !== null);
    this.idleMask = hasPort ? IDLE_TURNS_MASK : 0;
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
    for (let d = 0; d < this.devices.length; d++) {
      const n = this.burstOfDevice(this.devices[d]!, d);
      if (packets === 0) startNs = this.nowNs;
      packets += n;
    }
    for (let f = 0; f < this.ports.length; f++) {
      const feed = this.packetFeeds[f]!;
      if (feed === null) continue;
      const port = this.ports[f]!;
      if (port !== null) {
        const n = this.burst(port, feed, 2 * f);
        if (packets === 0) startNs = this.nowNs;
        packets += n;
      }
      const recovery = this.recoveries[f]!;
      if (recovery !== null && (turn & 15) === 0) {
        const state = feed.state;
        if (state === FEED_GAP || state === FEED_LOST || (turn & 1023) === 0) {
          const recovered = this.burst(recovery, feed, 2 * f + 1);
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
    if ((turn & this.idleMask) === 0) this.serve();
    return 0;
  }

  /** Takes what a port has; source: as on the tape. The time and the receive stamp count for every order of the burst. */
  private burst(port: Port, feed: PacketFeed, source: number): number {
    const n = port.rxBurst();
    if (n <= 0) {
      if (n < 0) this.counters[ENGINE_PORT_ERRORS]!++;
      return 0;
    }
    if (this.tape !== null) this.tape.burst(source, port, n);
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

  /** The same, where each packet says which feed it is for. */
  private burstOfDevice(port: Port, device: number): number {
    const n = this.hasTurned(port, device) ? this.linkNews(device) : port.rxBurst();
    if (n <= 0) {
      if (n < 0) this.failed(port, device, n);
      return 0;
    }
    if (this.tape !== null) this.tape.burst(device + TAPE_DEVICES, port, n);
    const now = this.clock.now();
    this.nowNs = now;
    this.packetNs = now;
    this.host.nowNs = now;
    for (let i = 0; i < n; i++) {
      this.hold(now, port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!);
      this.packetFeeds[port.desc[i * DESC_WORDS + DESC_FEED]!]!.onPacket(port, i, now);
      this.release(now);
    }
    port.rxRelease();
    this.counters[ENGINE_PACKETS]! += n;
    return n;
  }

  /** True when the link of a device is not what its feeds know. Another thread renews it. */
  private hasTurned(port: Port, device: number): boolean {
    const isDown = port.stats[STAT_LINK] === 0 ? 1 : 0;
    return isDown !== this.isDown[device] && this.hasLink[device] !== 0;
  }

  private linkNews(device: number): number {
    return this.isDown[device] !== 0 ? TAPE_LINK_UP : TAPE_LINK_DOWN;
  }

  /**
   * A device that has disappeared, or whose link is down, is told to its feeds, once, before anything
   * else is done: a book that nobody feeds any more must not wait for stale_ms. It is on the tape: what
   * follows depends on it.
   */
  private failed(port: Port, device: number, status: number): void {
    if (status > TAPE_LINK_DOWN) this.counters[ENGINE_PORT_ERRORS]!++;
    if (status === HP_EGONE && this.isGone[device] === 0) this.isGone[device] = 1;
    else if (status === TAPE_LINK_DOWN) this.isDown[device] = 1;
    else if (status === TAPE_LINK_UP) this.isDown[device] = 0;
    else return;
    if (this.tape !== null) this.tape.burst(device + TAPE_DEVICES, port, status);
    const lines = this.deviceLines[device];
    if (lines === undefined) return;
    const isLost = this.isGone[device] !== 0 || this.isDown[device] !== 0;
    for (let i = 0; i < lines.length; i++) {
      const figures = this.packetFeeds[lines[i]!.feed]!.figures;
      if (isLost) figures.lose(lines[i]!.line);
      else figures.regain(lines[i]!.line);
    }
    this.serve();
  }

  /** Orders gather until release() and leave in one send; they answer this packet, 0 = none. */
  private hold(burstNs: number, rxNs: number): void {
    for (let s = 0; s < this.sessions.length; s++) this.sessions[s]!.hold(burstNs, rxNs);
  }

  private release(nowNs: number): void {
    for (let s = 0; s < this.sessions.length; s++) this.sessions[s]!.release(nowNs);
  }

  /** Orders that answer what comes in here have this poll as their burst. */
  private pollMarket(now: number): void {
    this.hold(now, 0);
    for (let s = 0; s < this.marketSessions.length; s++) this.marketSessions[s]!.poll(now);
    let heard = false;
    for (let f = 0; f < this.marketFeeds.length; f++) {
      if (this.marketFeeds[f]!.figures.lastNs === now) heard = true;
    }
    if (!heard) return;
    this.packetNs = now;
    this.turnHistogram.record(this.clock.now() - now);
  }

  /** Sessions, timers of feeds, orders and strategies. */
  private serve(): void {
    this.serves++;
    const now = this.clock.now();
    this.nowNs = now;
    this.host.nowNs = now;
    if (this.marketSessions.length > 0) this.pollMarket(now);
    this.hold(0, 0);
    for (let s = 0; s < this.sessions.length; s++) this.sessions[s]!.poll(now);
    for (let f = 0; f < this.feeds.length; f++) this.feeds[f]!.poll(now);
    this.orders.poll(now);
    for (let c = 0; c < this.dropCopies.length; c++) this.dropCopies[c]!.poll(now);
    this.host.poll(now);
    this.release(now);
  }
}
