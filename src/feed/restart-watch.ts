// @hot
/**
 * Sessions without names (PITCH, MDP 3.0, OPRA): when a line goes back to low sequence numbers, is it
 * a late copy or a new session? A line keeps its own order but for a few packets, so it has begun anew
 *
 *   - when it falls RESTART_BACK or more behind itself,
 *   - when it has brought START_FRAMES frames and then the first one of a session, number 1,
 *   - when it comes back with anything old after the feed was silent or its session had ended.
 *
 * Two packets must say so: one damaged or very late one must not clear the books. The first is kept,
 * so that it is not lost. (A number that wraps looks the same, and is treated the same.)
 *
 * After a restart the other line may still be sending the old session: what it sends is left alone
 * until it falls back, too, or until the feed has nothing else.
 */

/** Sequence numbers that a line may fall behind itself: reordered packets, late copies. */
export const RESTART_BACK = 64;
/** The same for a line when another one has begun anew. */
const FOLLOW_BACK = 8;
/** Frames of a line behind which number 1 is no reordered first one. */
export const START_FRAMES = 3;
/** The second packet comes within so many sequence numbers of the first. */
const AGREEMENT = 1 << 16;

const NONE = -1;

export class RestartWatch {
  /** The frame that said it first, as far as it was kept: bytes, 0 = none; its numbers. */
  keptBytes = 0;
  keptSeq = 0;
  keptEnd = 0;
  readonly kept: Uint8Array;
  readonly keptView: DataView;
  private readonly restNs: number;
  /** By line: one past the highest sequence of its session, and frames that it brought. */
  private readonly lineEnd: Float64Array;
  private readonly lineFrames: Float64Array;
  /** By line: until then it may be in the session before; 0 = it is in this one. */
  private readonly oldUntilNs: Float64Array;
  private candidate = NONE;
  /** One past a frame with number 1 that came out of place, by whatever line; 0 = none did. */
  private startEnd = 0;

  constructor(lineCount: number, restNs: number, slotBytes: number) {
    this.restNs = restNs;
    this.lineEnd = new Float64Array(new ArrayBuffer(8 * lineCount));
    this.lineFrames = new Float64Array(new ArrayBuffer(8 * lineCount));
    this.oldUntilNs = new Float64Array(new ArrayBuffer(8 * lineCount));
    const buffer = new ArrayBuffer(slotBytes);
    this.kept = new Uint8Array(buffer);
    this.keptView = new DataView(buffer);
  }

  /** True for a frame of the session before, on a line that has not begun anew yet. */
  isOld(line: number, seq: number, nextSeq: number, nowNs: number, isQuiet: boolean): boolean {
    const until = this.oldUntilNs[line]!;
    if (until === 0) return false;
    // That there is a new session is known: here less will do, and what the session has is harmless.
    const isBehind = seq + FOLLOW_BACK <= this.lineEnd[line]!;
    const isOver = nowNs >= until && (isQuiet || seq <= nextSeq);
    if (!isBehind && !isOver && !this.fallsBack(line, seq)) return true;
    this.follows(line, 0);
    return false;
  }

  /** True for a frame that can't belong to this session; then confirms() says whether to believe it. */
  isBack(line: number, seq: number, end: number, nextSeq: number, isQuiet: boolean): boolean {
    // Also into a hole that is open: what is missing there is not what a new session begins with.
    if (this.fallsBack(line, seq)) {
      if (seq === 1) this.startEnd = end;
      return true;
    }
    if (this.startEnd !== 0 && seq === this.startEnd) return true;
    if (seq < nextSeq && isQuiet) return true;
    if (seq >= nextSeq) this.forget();
    if (end > this.lineEnd[line]!) this.lineEnd[line] = end;
    this.lineFrames[line]! += 1;
    return false;
  }

  /** The first such frame is remembered, the second one confirms it. */
  confirms(seq: number): boolean {
    const distance = seq - this.candidate;
    const agrees = this.candidate !== NONE && distance >= 0 && distance <= AGREEMENT;
    this.candidate = agrees ? NONE : seq;
    return agrees;
  }

  /** Keeps the first one: it belongs to the new session, if there is one. */
  keep(bytes: Uint8Array, offset: number, length: number, seq: number, end: number): void {
    this.keptBytes = 0;
    if (length > this.kept.length) return;
    for (let i = 0; i < length; i++) this.kept[i] = bytes[offset + i]!;
    this.keptBytes = length;
    this.keptSeq = seq;
    this.keptEnd = end;
  }

  /** A session begins on this line; the others follow. */
  restarted(line: number, end: number, nowNs: number): void {
    for (let k = 0; k < this.lineEnd.length; k++) {
      if (k !== line && this.lineEnd[k]! > 0) this.oldUntilNs[k] = nowNs + this.restNs;
    }
    this.forget();
    this.follows(line, end);
  }

  /** This line is in the session of now, too. */
  follows(line: number, end: number): void {
    if (line >= this.lineEnd.length) return;
    this.oldUntilNs[line] = 0;
    this.lineEnd[line] = end;
    this.lineFrames[line] = 0;
  }

  private fallsBack(line: number, seq: number): boolean {
    if (seq + RESTART_BACK <= this.lineEnd[line]!) return true;
    const isPastStart = this.lineEnd[line]! > 1 && this.lineFrames[line]! >= START_FRAMES;
    return seq === 1 && isPastStart;
  }

  private forget(): void {
    this.candidate = NONE;
    this.startEnd = 0;
    this.keptBytes = 0;
  }
}
