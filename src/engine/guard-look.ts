// @hot
/** Whether the guard process watches: without it nobody would end the session of a stalled engine. */
import {
  HP_CONTROL__GUARD_BEAT_W,
  HP_CONTROL__GUARD_GENERATION_W,
  HP_CONTROL__GUARD_PID_W,
} from "../ffi/layout.ts";

export interface GuardLook {
  isAlive(nowNs: number): boolean;
  /** Changes when another guard process has taken over: it needs the sockets. */
  generation(): number;
}

/** A guard that has not moved for so long counts as absent. */
const GUARD_STALE_NS = 1e9;

export class GuardWatch implements GuardLook {
  private readonly words: Int32Array;
  private beat = 0;
  private beatNs = -GUARD_STALE_NS;

  /** `words`: hp_control. */
  constructor(words: Int32Array) {
    this.words = words;
  }

  isAlive(nowNs: number): boolean {
    const beat = Atomics.load(this.words, HP_CONTROL__GUARD_BEAT_W);
    if (beat !== this.beat) {
      this.beat = beat;
      this.beatNs = nowNs;
    }
    const isThere = Atomics.load(this.words, HP_CONTROL__GUARD_PID_W) !== 0;
    return isThere && nowNs - this.beatNs < GUARD_STALE_NS;
  }

  generation(): number {
    return Atomics.load(this.words, HP_CONTROL__GUARD_GENERATION_W);
  }
}
