// @hot
/**
 * One turn of the shadow: packets into its port, a turn of its loop, an order of the drill, answers
 * of its venue. Its clock is the real one, made faster, so that timers and cooldowns pass.
 */
import type { ShimClock } from "../ffi/shim-clock.ts";
import type { Drill } from "./drill.ts";
import type { Path } from "./path.ts";
import type { Recording } from "./recording.ts";
import type { ShadowMarket } from "./shadow-market.ts";
import type { WarmFeeder } from "./warm-feeder.ts";

/** A venue of the shadow, by whichever protocol: answers what was sent since the last call. */
export interface ShadowPeer {
  serve(): void;
}

export class Shadow {
  readonly path: Path;
  private readonly clock: ShimClock;
  private readonly feeders: readonly WarmFeeder[];
  private readonly markets: readonly ShadowMarket[];
  private readonly venues: readonly ShadowPeer[];
  private readonly drill: Drill;
  private readonly recording: Recording | null;

  /** `recording`: of the shadow's own, when the live path has one; else null. */
  constructor(
    path: Path,
    clock: ShimClock,
    feeders: readonly WarmFeeder[],
    markets: readonly ShadowMarket[],
    venues: readonly ShadowPeer[],
    drill: Drill,
    recording: Recording | null = null,
  ) {
    this.path = path;
    this.clock = clock;
    this.feeders = feeders;
    this.markets = markets;
    this.venues = venues;
    this.drill = drill;
    this.recording = recording;
  }

  turn(): void {
    const now = this.clock.now();
    for (let f = 0; f < this.feeders.length; f++) this.feeders[f]!.feed(now);
    for (let m = 0; m < this.markets.length; m++) this.markets[m]!.serve();
    if (this.recording !== null) this.recording.beginTurn(this.path.loop.turns + 1);
    this.path.loop.turn();
    if (this.recording !== null) this.recording.endTurn();
    if (this.venues.length > 0) this.drill.step();
    for (let v = 0; v < this.venues.length; v++) this.venues[v]!.serve();
  }
}
