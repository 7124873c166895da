// @hot
import type { Clock } from "../core/clock.ts";
import { HP_CONTROL__WALL_OFFSET_NS_D, HP_CONTROL__WALL_SEQ_W } from "./layout.ts";
import type { Shim } from "./shim.ts";

/** Readings of the wall offset that may be torn before the old one is kept until the next turn. */
const TRIES_MAX = 4;
const ORIGIN = 0;
const SPEED = 1;

/**
 * The TSC clock. `refresh()` takes over the wall offset that control slews, a few times a second.
 *
 * The shadow that warms the path up has a clock of this same class whose time runs faster
 * (accelerate), so that rate windows and timers come round within a short warm-up.
 */
export class ShimClock implements Clock {
  wallOffsetNs = 0;
  /**
   * Origin and speed: doubles in an array, so that a live clock's whole numbers and a shadow's
   * fractions look the same to the compiler.
   */
  private readonly scale = new Float64Array(new ArrayBuffer(16));
  private readonly shim: Shim;
  private readonly words: Int32Array | null;
  private readonly doubles: Float64Array | null;

  /** `control`: hp_control as words and doubles; without it the wall offset stays 0. */
  constructor(shim: Shim, control?: { words: Int32Array; doubles: Float64Array }) {
    this.shim = shim;
    this.words = control?.words ?? null;
    this.doubles = control?.doubles ?? null;
    this.scale[SPEED] = 1;
  }

  now(): number {
    const origin = this.scale[ORIGIN]!;
    return (this.shim.hp_clock_ns() - origin) * this.scale[SPEED]! + origin;
  }

  /** From `originNs` on, time moves by `speed` ns in each ns. Before the first now(). */
  accelerate(originNs: number, speed: number): void {
    this.scale[ORIGIN] = originNs;
    this.scale[SPEED] = speed;
  }

  /** Reads hp_control.wall_offset_ns under its sequence lock. */
  refresh(): void {
    const words = this.words;
    const doubles = this.doubles;
    if (words === null || doubles === null) return;
    for (let i = 0; i < TRIES_MAX; i++) {
      const before = Atomics.load(words, HP_CONTROL__WALL_SEQ_W);
      const offset = doubles[HP_CONTROL__WALL_OFFSET_NS_D]!;
      if ((before & 1) === 0 && Atomics.load(words, HP_CONTROL__WALL_SEQ_W) === before) {
        this.wallOffsetNs = offset;
        return;
      }
    }
  }
}

/** Control's side of the lock: publishes a wall offset. @cold */
export function publishWallOffset(
  control: { words: Int32Array; doubles: Float64Array },
  offsetNs: number,
): void {
  Atomics.add(control.words, HP_CONTROL__WALL_SEQ_W, 1);
  control.doubles[HP_CONTROL__WALL_OFFSET_NS_D] = offsetNs;
  Atomics.add(control.words, HP_CONTROL__WALL_SEQ_W, 1);
}
