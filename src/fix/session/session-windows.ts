// @hot
/**
 * The hours of a session as numbers: no date and no zone on the path. Times are ns since the start
 * of the session date by the wall: clock.now() + clock.wallOffsetNs, as SendingTime is.
 */
import { Schedule, type ScheduleOptions } from "./schedule.ts";

/** Windows are laid out this far ahead: as long as the clock is exact (core/clock.ts). */
const AHEAD_S = 104 * 86_400;
/** And this far back: the last record of a journal may lie in an earlier session. */
const BACK_S = 8 * 86_400;
const NS_PER_S = 1e9;

export class SessionWindows {
  /** Ascending; openNs[i] <= t < closeNs[i]. */
  private readonly openNs: Float64Array;
  private readonly closeNs: Float64Array;
  /** Two sessions number their messages apart; else every moment belongs to session 0. */
  private readonly resets: boolean;

  /**
   * `schedule` null: always open, one session. `sessionStartS`: the clock's zero, Unix seconds; from
   * it alone the windows follow, in a replay too. Throws one sentence when the schedule is wrong.
   */
  constructor(schedule: ScheduleOptions | null, sessionStartS: number) {
    const hours = schedule === null ? null : new Schedule(schedule);
    this.resets = hours?.resets ?? false;
    const windows = hours === null ? [ALWAYS] : windowsOf(hours, sessionStartS);
    this.openNs = Float64Array.from(windows, (w) => (w.openS - sessionStartS) * NS_PER_S);
    this.closeNs = Float64Array.from(windows, (w) => (w.closeS - sessionStartS) * NS_PER_S);
  }

  /** True within the hours. */
  isOpen(wallNs: number): boolean {
    const at = this.last(wallNs);
    return at >= 0 && wallNs < this.closeNs[at]!;
  }

  /**
   * Number of the session that a moment belongs to: the last one opened by then. Moments of different
   * numbers have sequence numbers of their own. -1 is long before the start.
   */
  sessionOf(wallNs: number): number {
    return this.resets ? this.last(wallNs) : 0;
  }

  /** End of the hours that hold a moment, ns; the moment itself when it lies outside of them. */
  closesNs(wallNs: number): number {
    const at = this.last(wallNs);
    return at < 0 ? wallNs : Math.max(wallNs, this.closeNs[at]!);
  }

  /** Next opening after a moment, ns; Infinity when there is none. */
  opensNs(wallNs: number): number {
    const next = this.last(wallNs) + 1;
    return next < this.openNs.length ? this.openNs[next]! : Infinity;
  }

  /** Index of the last window opened at or before; -1 = none. Nothing is kept between calls. */
  private last(wallNs: number): number {
    const openNs = this.openNs;
    let low = 0;
    let high = openNs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (openNs[middle]! <= wallNs) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

const ALWAYS = { openS: -Infinity, closeS: Infinity };

/** @cold */
function windowsOf(schedule: Schedule, sessionStartS: number) {
  const toS = sessionStartS + AHEAD_S;
  const out = [schedule.windowAt(sessionStartS - BACK_S)];
  for (;;) {
    const next = schedule.nextWindow(out.at(-1)!.openS);
    if (next.openS > toS) return out;
    out.push(next);
  }
}
