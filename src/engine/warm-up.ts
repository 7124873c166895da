/**
 * Warm-up: the shadow, a second path built of the same classes, run on synthetic packets and a venue
 * that answers itself, before the live path starts and, a turn at a time, while the market is quiet.
 * It shares the instrument table and nothing else: no book, slot, random number or record of the
 * live path is touched.
 */

import { Instruments } from "../book/instruments.ts";
import { ManualClock } from "../core/clock.ts";
import { FEED_LIVE } from "../core/codes.ts";
import { createNullJournal } from "../journal/null-journal.ts";
import { GateSwitch, type KillSwitch } from "../risk/switch.ts";
import type { StrategyDefinition } from "../strategy/api.ts";
import type { EngineOptions } from "./options.ts";
import { buildPath, type Path, privateFigures } from "./path.ts";
import { Shadow } from "./shadow.ts";
import { ShadowVenue } from "./shadow-venue.ts";
import { makeWarmPackets } from "./warm-packets.ts";
import { WarmPort } from "./warm-port.ts";

const TX_BYTES = 1 << 16;
/** Price around which the shadow's books move, currency; lowered until an order of one lot passes. */
const WARM_PRICE = 100;

export interface ShadowOptions {
  options: EngineOptions;
  sessionStartS: number;
  strategies: { definition: StrategyDefinition; params: unknown }[];
}

export function makeShadow(o: ShadowOptions): Shadow {
  const { options } = o;
  const instruments = new Instruments(options.instruments);
  const clock = new ManualClock(1);
  const figures = privateFigures();
  const gateSwitch = new GateSwitch();
  gateSwitch.armed = true;
  gateSwitch.guardAlive = true;
  const kill: KillSwitch = { kill: () => {} };
  const ports = options.feeds.map((feed, f) => {
    const own = new Instruments(options.instruments.filter((d) => d.feed === f));
    return new WarmPort(makeWarmPackets(own, warmPrice(options), f + 1), feed.lines.length);
  });
  const path: Path = buildPath({
    options,
    instruments,
    clock,
    journal: createNullJournal(options.index),
    counters: figures.counters,
    ports,
    recoveries: options.feeds.map(() => null),
    feedBlocks: options.feeds.map(() => figures.feedBlock()),
    streams: options.sessions.map(
      (s) => new ShadowVenue(TX_BYTES, "FIX.4.4", s.senderCompId, s.targetCompId),
    ),
    sessionBlocks: options.sessions.map(() => undefined),
    sequences: options.sessions.map(() => ({ nextOut: 1, nextIn: 1 })),
    epoch: 1,
    sessionStartS: o.sessionStartS,
    gateSwitch,
    kill,
    strategies: o.strategies,
    latency: figures.latency,
    wire: figures.wire,
    turn: figures.turn,
    isShadow: true,
  });
  for (const session of path.sessions) session.start();
  path.host.onStart();
  return new Shadow(path, clock, ports, figures.counters);
}

/** Runs the shadow `turns` times. True when every feed came to life and an order was sent. */
export function warmUp(shadow: Shadow, turns: number): void {
  for (let i = 0; i < turns; i++) shadow.turn();
}

export function isFeedLive(path: Path): boolean {
  return path.market.feedState.every((state) => state === FEED_LIVE);
}

function warmPrice(options: EngineOptions): number {
  let price = WARM_PRICE;
  for (const d of options.instruments) {
    price = Math.min(price, options.risk.maxOrderNotional / (10 * d.lot * d.multiplier));
  }
  const unit = options.instruments[0]?.priceUnit ?? 0.01;
  return Math.max(100 * unit, Math.round(price / unit) * unit);
}
