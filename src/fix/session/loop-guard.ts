// @hot
/** The same again and again within this time, so many times, is a loop that two sides keep up. */
const WINDOW_NS = 10e9;
export const LOOP_REPEATS_MAX = 10;

/** Counts repeats of one thing; spread over a day they are no loop. */
export class LoopGuard {
  private count = 0;
  private firstNs = 0;

  /** One more; true when it is one too many. Counting begins anew behind it. */
  isLoop(nowNs: number): boolean {
    if (this.count === 0 || nowNs - this.firstNs > WINDOW_NS) {
      this.count = 0;
      this.firstNs = nowNs;
    }
    if (++this.count <= LOOP_REPEATS_MAX) return false;
    this.count = 0;
    return true;
  }

  forget(): void {
    this.count = 0;
  }
}
