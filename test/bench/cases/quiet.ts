/**
 * The first order after a quiet market, through the engine's own loop as it turns when armed
 * (engine/turning.ts), with the shadows that keep it warm and without. Rounds of both alternate in
 * one process; each begins with traffic, of which the median is what the first order is held against.
 */

import { ORDER_IOC, SIDE_BUY } from "../../../src/core/codes.ts";
import { maxNs, percentileNs } from "../../../src/core/histogram-stats.ts";
import { workingSetOf } from "../../../src/engine/arrays-of.ts";
import type { Shadow } from "../../../src/engine/shadow.ts";
import { turnUntilDone } from "../../../src/engine/turning.ts";
import { makeShadow, warmUp } from "../../../src/engine/warm-up.ts";
import { loadShim } from "../../../src/ffi/load.ts";
import type { ShimClock } from "../../../src/ffi/shim-clock.ts";
import { defineStrategy, type StrategyContext, z } from "../../../src/strategy/api.ts";
import { spreadOf } from "../pair.ts";
import { PATH_OPTIONS } from "../path-options.ts";
import { makePathRig, startClock } from "../path-rig.ts";
import type { Study, StudyFigures } from "../study.ts";

const QUIET_S = 10;
const ROUNDS = 5;
const ROUNDS_MAX = 8 * ROUNDS;
const WARM_TURNS = 200_000;
/** Turns with traffic before each quiet. */
const BUSY_TURNS = 20_000;
const SEEDS = [1, 2];
const SLOW_MASK = 63;
/** About as often as the shadows turn. */
const SERVE_MASK = 8191;

/** One order for each packet that changes a book: the first packet after the quiet has one. */
class Eager {
  private packetNs = -1;

  constructor(private readonly ctx: StrategyContext) {}

  onBook(instrument: number): void {
    const now = this.ctx.now();
    const ask = this.ctx.book(instrument).askPx(0);
    if (ask <= 0 || now === this.packetNs) return;
    this.packetNs = now;
    this.ctx.send(instrument, SIDE_BUY, 100, ask, ORDER_IOC);
  }
}

const eager = defineStrategy({ params: z.object({}), create: (ctx) => new Eager(ctx) });

/** In the supervisor's place: ends the loop at a time. The venue goes on answering heartbeats. */
class Until {
  done = false;

  constructor(
    private readonly clock: ShimClock,
    private readonly endNs: number,
    private readonly serve: () => void,
  ) {}

  onTurn(turn: number): void {
    if ((turn & SLOW_MASK) !== 0) return;
    this.done = this.clock.now() >= this.endNs;
    if ((turn & SERVE_MASK) === 0) this.serve();
  }
}

function makeQuietRig() {
  const shim = loadShim();
  const { clock, sessionStartS } = startClock(shim);
  const rig = makePathRig(shim, clock, sessionStartS, eager);
  const strategies = [{ definition: eager, params: {} }];
  const options = PATH_OPTIONS;
  const shadows = SEEDS.map((seed) =>
    makeShadow(shim, { options, sessionStartS, strategies, seed }),
  );
  for (let i = 0; i < WARM_TURNS; i++) rig.turn();
  warmUp(shadows, WARM_TURNS);
  const { latency } = rig;
  /** Median of the orders of some traffic. */
  const busy = () => {
    latency.buckets.fill(0);
    for (let i = 0; i < BUSY_TURNS; i++) rig.turn();
    return percentileNs(latency.buckets, 0.5);
  };
  /** Ten seconds without a packet, then one: ns of its order, 0 = it led to none. */
  const firstAfterQuiet = (kept: Shadow[]) => {
    latency.buckets.fill(0);
    turnUntilDone({
      loop: rig.path.loop,
      supervisor: new Until(clock, clock.now() + QUIET_S * 1e9, rig.serve),
      shadows: kept,
      counters: rig.path.counters,
      shim,
      near: workingSetOf(rig.path.loop),
      recording: null,
      isPinned: true,
    });
    rig.feed();
    rig.path.loop.turn();
    rig.serve();
    return maxNs(latency.buckets);
  };
  return { shadows, busy, firstAfterQuiet };
}

function measureQuiet(): StudyFigures {
  const rig = makeQuietRig();
  const kept: number[] = [];
  const left: number[] = [];
  const medians: number[] = [];
  for (let round = 0; kept.length + left.length < 2 * ROUNDS; round++) {
    if (round === ROUNDS_MAX) throw new Error("after the quiet no packet leads to an order");
    const isKept = kept.length <= left.length;
    const median = rig.busy();
    const first = rig.firstAfterQuiet(isKept ? rig.shadows : []);
    // Its packet changed no book: the round says nothing.
    if (first === 0) continue;
    medians.push(median);
    (isKept ? kept : left).push(first);
  }
  const median = spreadOf(medians).p50;
  const line = (name: string, value: number, unit: string) => ({ name, value, unit });
  return [
    line("orders under way: median", median, "ns"),
    line(
      `first order after ${QUIET_S} s, kept warm: median of ${ROUNDS}`,
      spreadOf(kept).p50,
      "ns",
    ),
    line("the worst of them", Math.max(...kept), "ns"),
    line(
      `first order after ${QUIET_S} s, not kept warm: median of ${ROUNDS}`,
      spreadOf(left).p50,
      "ns",
    ),
    line("the worst of them, not kept warm", Math.max(...left), "ns"),
    line(KEPT_RATIO, spreadOf(kept).p50 / median, "x"),
    line("first order, not kept warm, over the median", spreadOf(left).p50 / median, "x"),
  ];
}

export const QUIET_STUDY = `first order after ${QUIET_S} s of quiet`;
export const KEPT_RATIO = "first order, kept warm, over the median";

export function quietStudies(): Study[] {
  return [{ name: QUIET_STUDY, note: "whole path, not pinned", run: measureQuiet }];
}
