/**
 * Keeps hp_control.wall_offset_ns (wall time minus the engine's clock) near the system's wall clock.
 * A difference is worked off slowly, so that SendingTime neither jumps nor runs backwards; only one
 * beyond STEP_NS, which no slewing would mend in reasonable time, is taken at once.
 */
import { HP_CONTROL__WALL_OFFSET_NS_D } from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { publishWallOffset } from "../ffi/shim-clock.ts";

/** 500 us per second. */
const SLEW_RATE = 500e-6;
const STEP_NS = 1e9;
const INTERVAL_NS = 100e6;

export class WallClock {
  steps = 0;
  private readonly shim: Shim;
  private readonly control: { words: Int32Array; doubles: Float64Array };
  private lastNs: number;

  constructor(shim: Shim, control: { words: Int32Array; doubles: Float64Array }) {
    this.shim = shim;
    this.control = control;
    this.lastNs = shim.hp_clock_ns();
  }

  /** Call as often as you like; it acts ten times a second. */
  poll(): void {
    const now = this.shim.hp_clock_ns();
    const elapsed = now - this.lastNs;
    if (elapsed < INTERVAL_NS) return;
    this.lastNs = now;
    const wanted = this.shim.hp_clock_wall_ns() - now;
    const current = this.control.doubles[HP_CONTROL__WALL_OFFSET_NS_D]!;
    const difference = wanted - current;
    if (Math.abs(difference) > STEP_NS) {
      this.steps++;
      publishWallOffset(this.control, wanted);
      return;
    }
    const most = elapsed * SLEW_RATE;
    publishWallOffset(this.control, current + Math.max(-most, Math.min(most, difference)));
  }
}
