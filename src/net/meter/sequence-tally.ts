// @hot
/**
 * Which of the datagrams 0, 1, 2, ... came, which twice, and which behind a later one. A window
 * remembers the last TALLY_WINDOW numbers, each in its place modulo that.
 */

export const TALLY_WINDOW = 1 << 20;
const MASK = TALLY_WINDOW - 1;

export class SequenceTally {
  distinct = 0;
  duplicates = 0;
  /** Came after one with a higher number (RFC 4737). */
  reordered = 0;
  /** So far behind that the window had forgotten them: not counted as come. */
  late = 0;
  /** Highest number so far plus 1. */
  next = 0;
  /** Number plus 1 that was last in each place; 0 = none. Numbers are below 2^32 - 1. */
  private readonly seen = new Uint32Array(TALLY_WINDOW);

  reset(): void {
    this.distinct = 0;
    this.duplicates = 0;
    this.reordered = 0;
    this.late = 0;
    this.next = 0;
    this.seen.fill(0);
  }

  /** True when it is new. */
  note(sequence: number): boolean {
    const place = sequence & MASK;
    const known = this.seen[place]!;
    if (known === sequence + 1) {
      this.duplicates++;
      return false;
    }
    if (known > sequence + 1) {
      this.late++;
      return false;
    }
    this.seen[place] = sequence + 1;
    this.distinct++;
    if (sequence < this.next) this.reordered++;
    else this.next = sequence + 1;
    return true;
  }
}
