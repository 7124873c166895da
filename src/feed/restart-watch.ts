// @hot
/**
 * Sessions without names (PITCH, MDP 3.0, OPRA): when a line goes back to low sequence numbers, is it
 * a late copy or a new session? A line keeps its own order but for a few packets, so one that falls
 * RESTART_BACK or more behind itself has begun anew; so has one that comes back with anything old
 * after the feed was silent or its session had ended. Two packets must say so: one damaged or very
 * late one must not clear the books. (A number that wraps looks the same, and is treated the same.)
 *
 * After a restart the other line may still be sending the old session: what it sends is left alone
 * until it falls back, too, or until restNs have passed.
 */

/** Sequence numbers that a line may fall behind itself: reordered packets, late copies. */
export const RESTART_BACK = 64;
/** The second packet comes within so many sequence numbers of the first. */
const AGREEMENT = 1 << 16;

const NONE = -1;

export class RestartWatch {
  private readonly restNs: number;
  /** By line: one past the highest sequence of its session. */
  private readonly lineEnd: Float64Array;
  /** By line: until then it may be in the session before; 0 = it is in this one. */
  private readonly oldUntilNs: Float64Array;
  private candidate = NONE;

  constructor(lineCount: number, restNs: number) {
    this.restNs = restNs;
    this.lineEnd = new Float64Array(new ArrayBuffer(8 * lineCount));
    this.oldUntilNs = new Float64Array(new ArrayBuffer(8 * lineCount));
  }

  /** True for a frame of the session before, on a line that has not begun anew yet. */
  isOld(line: number, seq: number, nowNs: number): boolean {
    const until = this.oldUntilNs[line]!;
    if (until === 0) return false;
    if (nowNs >= until || seq + RESTART_BACK <= this.lineEnd[line]!) {
      this.oldUntilNs[line] = 0;
      this.lineEnd[line] = 0;
      return false;
    }
    return true;
  }

  /** True for a frame that can't belong to this session; then confirms() says whether to believe it. */
  isBack(line: number, seq: number, end: number, nextSeq: number, isQuiet: boolean): boolean {
    // Also into a hole that is open: what is missing there is not what a new session begins with.
    if (seq + RESTART_BACK <= this.lineEnd[line]!) return true;
    if (seq < nextSeq && isQuiet) return true;
    if (seq >= nextSeq) this.candidate = NONE;
    if (end > this.lineEnd[line]!) this.lineEnd[line] = end;
    return false;
  }

  /** The first such frame is remembered, the second one confirms it. */
  confirms(seq: number): boolean {
    const distance = seq - this.candidate;
    const agrees = this.candidate !== NONE && distance >= 0 && distance <= AGREEMENT;
    this.candidate = agrees ? NONE : seq;
    return agrees;
  }

  /** A session begins on this line; the others follow. */
  restarted(line: number, end: number, nowNs: number): void {
    for (let k = 0; k < this.lineEnd.length; k++) {
      if (k !== line && this.lineEnd[k]! > 0) this.oldUntilNs[k] = nowNs + this.restNs;
    }
    this.candidate = NONE;
    this.follows(line, end);
  }

  /** This line is in the session of now, too. */
  follows(line: number, end: number): void {
    if (line >= this.lineEnd.length) return;
    this.oldUntilNs[line] = 0;
    this.lineEnd[line] = end;
  }
}
