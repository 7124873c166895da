// @hot
/**
 * Whole rounds of a snapshot loop, by line: packets are numbered from 1 in each round, and each report
 * says how many there are. What a whole round does not tell of has had no update this week, so that
 * its book is empty; without this it would wait for a snapshot that never comes.
 */
const LINES_MAX = 16;
const NONE = -1;

export class SnapshotLoops {
  /** By line: the packet that comes next, 0 = a hole; reports so far; their oldest packet. */
  private readonly next = new Float64Array(LINES_MAX);
  private readonly count = new Float64Array(LINES_MAX);
  private readonly oldest = new Float64Array(LINES_MAX);
  private readonly round = new Int32Array(LINES_MAX);
  /** By line and instrument: the round that told of it. */
  private readonly told: Int32Array;
  private readonly instruments: number;
  private line = NONE;
  private isCounted = false;

  constructor(instruments: number) {
    this.instruments = instruments;
    this.told = new Int32Array(new ArrayBuffer(4 * LINES_MAX * instruments));
  }

  clear(): void {
    this.next.fill(0);
  }

  packet(line: number, seq: number): void {
    this.isCounted = false;
    this.line = line < LINES_MAX ? line : NONE;
    if (this.line === NONE) return;
    if (seq === 1) {
      this.count[line] = 0;
      this.oldest[line] = Number.POSITIVE_INFINITY;
      this.round[line]! += 1;
    } else if (seq !== this.next[line]) {
      this.next[line] = 0;
      return;
    }
    this.next[line] = seq + 1;
    this.isCounted = true;
  }

  /**
   * A report; total 0: what it tells does not count, nor does the round. The oldest packet of the round
   * when it is the last one of it, else -1.
   */
  report(instrument: number, total: number, lastSeq: number): number {
    const line = this.line;
    if (!this.isCounted) return NONE;
    if (total === 0) {
      this.next[line] = 0;
      this.isCounted = false;
      return NONE;
    }
    if (instrument >= 0) this.told[line * this.instruments + instrument] = this.round[line]!;
    this.count[line]! += 1;
    this.oldest[line] = Math.min(this.oldest[line]!, lastSeq);
    return this.count[line] === total ? this.oldest[line]! : NONE;
  }

  /** Its reports were not known to be its own until now: rounds under way do not say that it has none. */
  join(instrument: number): void {
    for (let line = 0; line < LINES_MAX; line++) {
      this.told[line * this.instruments + instrument] = this.round[line]!;
    }
  }

  /** True when the round that has just ended told of the instrument. */
  isTold(instrument: number): boolean {
    return this.told[this.line * this.instruments + instrument] === this.round[this.line];
  }
}
