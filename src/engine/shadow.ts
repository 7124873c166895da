// @hot
/** One turn of the shadow: time moves by a fixed step, far enough to end the gaps it plays. */
import type { ManualClock } from "../core/clock.ts";
import type { Path } from "./path.ts";
import type { WarmPort } from "./warm-port.ts";

/** Time per turn: long enough that rate tokens grow back, short enough that nothing goes stale. */
const STEP_NS = 300_000;
/** While a packet is held back: past any reorder window. */
const GAP_STEP_NS = 20_000_000;

export class Shadow {
  readonly path: Path;
  /** Its own counters: what warm-up reached. */
  readonly counters: Float64Array;
  private readonly clock: ManualClock;
  private readonly ports: readonly WarmPort[];

  constructor(path: Path, clock: ManualClock, ports: readonly WarmPort[], counters: Float64Array) {
    this.path = path;
    this.clock = clock;
    this.ports = ports;
    this.counters = counters;
  }

  turn(): void {
    let step = STEP_NS;
    for (let p = 0; p < this.ports.length; p++) {
      if (this.ports[p]!.holdsBack() !== 0) step = GAP_STEP_NS;
    }
    this.clock.timeNs += step;
    this.path.loop.turn();
  }
}
