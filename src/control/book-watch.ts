/** One sentence in the log when books of a feed become stale or unfit, and one when all are sound again. */
import type { ControlBlock } from "../core/control-block.ts";
import {
  HP_FEED__BOOKS_KEPT_W,
  HP_FEED__BOOKS_STALE_W,
  HP_FEED__BOOKS_UNTRUSTED_W,
} from "../ffi/layout.ts";

/** The books of a feed, as they were counted last. */
export interface BookCounts {
  kept: number;
  /** Those that wait for a snapshot, or for what heals them. */
  stale: number;
  /** Those with any flag: stale, over capacity, inexact. */
  untrusted: number;
}

/** A feed whose books come and go is told of so often: each loss makes some stale for a moment. */
const PAUSE_MS = 60_000;
/** Books that nothing was told of yet are stale: a feed gets so long to tell. */
const START_MS = 10_000;

export class BookWatch {
  /** By feed: books to be told of are told from then on; 0 = none was counted yet. */
  private readonly fromMs: number[];
  /** All were sound once: the start is over. */
  private readonly hasBegun: boolean[];
  private readonly isTold: boolean[];

  constructor(
    private readonly control: ControlBlock,
    private readonly names: readonly string[],
    private readonly nowMs: () => number,
    private readonly log: (sentence: string) => void,
  ) {
    this.fromMs = names.map(() => 0);
    this.hasBegun = names.map(() => false);
    this.isTold = names.map(() => false);
  }

  poll(): void {
    for (let f = 0; f < this.names.length; f++) this.look(f);
  }

  private look(feed: number): void {
    const counts = bookCounts(this.control.feed(feed).words);
    if (counts.kept === 0) return;
    const now = this.nowMs();
    if (this.fromMs[feed] === 0) this.fromMs[feed] = now + START_MS;
    if (counts.untrusted === 0 && !this.hasBegun[feed]) {
      this.hasBegun[feed] = true;
      this.fromMs[feed] = now;
    }
    if (counts.untrusted > 0 === this.isTold[feed]) return;
    const name = this.names[feed]!;
    if (counts.untrusted === 0) {
      this.isTold[feed] = false;
      this.log(`feed ${name}: all ${counts.kept} books are sound again`);
    } else if (now >= this.fromMs[feed]!) {
      this.isTold[feed] = true;
      this.fromMs[feed] = now + PAUSE_MS;
      this.log(`feed ${name}: ${bookText(counts)}; orders on their instruments are denied`);
    }
  }
}

export function bookCounts(words: Int32Array): BookCounts {
  return {
    kept: Atomics.load(words, HP_FEED__BOOKS_KEPT_W),
    stale: Atomics.load(words, HP_FEED__BOOKS_STALE_W),
    untrusted: Atomics.load(words, HP_FEED__BOOKS_UNTRUSTED_W),
  };
}

/** "3 of 40 books stale, 1 full or inexact"; "" when all are sound. */
export function bookText({ kept, stale, untrusted }: BookCounts): string {
  const unfit = untrusted - stale;
  if (stale === 0) return unfit === 0 ? "" : `${unfit} of ${kept} books full or inexact`;
  return `${stale} of ${kept} books stale${unfit === 0 ? "" : `, ${unfit} full or inexact`}`;
}
