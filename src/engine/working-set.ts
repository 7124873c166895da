// @hot
/**
 * What the live path reads, kept near: while the market is quiet, a few of its cache lines are read
 * each turn, round and round. The shadow keeps code warm, but it has tables of its own, and drives
 * the live ones out of the caches and out of the page tables' cache. Nothing is written.
 */

/** Lines read in a turn: less than 0.1 us when they are near. */
export const LINES_A_TURN = 32;
const LINE_WORDS = 16;

export class WorkingSet {
  /** Cache lines in all. */
  readonly lineCount: number;
  /** Nobody looks at it; a read whose value goes nowhere would not be made. */
  readings = 0;
  private readonly arrays: readonly Int32Array[];
  private array = 0;
  private word = 0;

  /** `arrays`: none empty. See arrays-of.ts. */
  constructor(arrays: readonly Int32Array[]) {
    this.arrays = arrays;
    let lines = 0;
    for (let i = 0; i < arrays.length; i++) lines += Math.ceil(arrays[i]!.length / LINE_WORDS);
    this.lineCount = lines;
  }

  touch(): void {
    if (this.arrays.length === 0) return;
    let words = this.arrays[this.array]!;
    let at = this.word;
    let sum = this.readings;
    for (let i = 0; i < LINES_A_TURN; i++) {
      sum = (sum + words[at]!) | 0;
      at += LINE_WORDS;
      if (at < words.length) continue;
      at = 0;
      this.array = this.array + 1 === this.arrays.length ? 0 : this.array + 1;
      words = this.arrays[this.array]!;
    }
    this.word = at;
    this.readings = sum;
  }
}
