/**
 * The whole path, packet in the arena to order handed to send, through the engine's own loop
 * (path-rig.ts). The figure is the engine's own: hp_engine.latency, from the clock behind the burst
 * to the clock before the send, one value an order.
 */
import { ORDER_IOC, SIDE_BUY } from "../../../src/core/codes.ts";
import type { Histogram } from "../../../src/core/histogram.ts";
import { privateFigures } from "../../../src/engine/path.ts";
import { loadShim } from "../../../src/ffi/load.ts";
import type { ShimClock } from "../../../src/ffi/shim-clock.ts";
import { defineStrategy, type StrategyContext, z } from "../../../src/strategy/api.ts";
import type { BenchCase } from "../bench-case.ts";
import { makePathRig, startClock } from "../path-rig.ts";

const PATH_NS = 250;
const WARM_TURNS = 400_000;
const TURNS = 1_000_000;
const BEST = 4;

/** Lifts the offer whenever a best price changes. */
class Lifter {
  constructor(protected readonly ctx: StrategyContext) {}

  onBook(instrument: number, changed: number): void {
    if ((changed & BEST) === 0) return;
    const ask = this.ctx.book(instrument).askPx(0);
    if (ask > 0) this.lift(instrument, ask);
  }

  protected lift(instrument: number, ask: number): void {
    this.ctx.send(instrument, SIDE_BUY, 100, ask, ORDER_IOC);
  }
}

/** The same with the clock read before and after each order. */
class TimedLifter extends Lifter {
  constructor(
    ctx: StrategyContext,
    private readonly clock: ShimClock,
    private readonly toStrategy: Histogram,
    private readonly inSend: Histogram,
  ) {
    super(ctx);
  }

  protected override lift(instrument: number, ask: number): void {
    const before = this.clock.now();
    super.lift(instrument, ask);
    this.inSend.record(this.clock.now() - before);
    this.toStrategy.record(before - this.ctx.now());
  }
}

function makeRig(isTimed: boolean) {
  const shim = loadShim();
  const { clock, sessionStartS } = startClock(shim);
  const toStrategy = privateFigures().latency;
  const inSend = privateFigures().latency;
  const lifter = defineStrategy({
    params: z.object({}),
    create: (ctx) => (isTimed ? new TimedLifter(ctx, clock, toStrategy, inSend) : new Lifter(ctx)),
  });
  const rig = makePathRig(shim, clock, sessionStartS, lifter);
  return { turn: rig.turn, latency: rig.latency, toStrategy, inSend };
}

function measured(what: "latency" | "toStrategy" | "inSend"): Uint32Array {
  const rig = makeRig(what !== "latency");
  const { buckets } = rig[what];
  for (let i = 0; i < WARM_TURNS; i++) rig.turn();
  buckets.fill(0);
  for (let i = 0; i < TURNS; i++) rig.turn();
  if (buckets.every((count) => count === 0)) {
    throw new Error("the path of the bench sent no order: there is nothing to measure");
  }
  return buckets;
}

export function pathCases(): BenchCase[] {
  return [
    {
      name: "whole path: packet in the arena to order handed to send",
      budgetNs: PATH_NS,
      note: "journal and two clock readings included; the socket is a pipe in memory",
      make: () => ({ events: () => measured("latency") }),
    },
    {
      name: "of the whole path: packet in the arena to the strategy",
      note: "a packet has one to eight messages",
      make: () => ({ events: () => measured("toStrategy") }),
    },
    {
      name: "of the whole path: the strategy's send()",
      note: "gate, slot, FIX, journal; a clock reading included",
      make: () => ({ events: () => measured("inSend") }),
    },
  ];
}
