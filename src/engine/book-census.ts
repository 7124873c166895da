// @hot
/**
 * How many books of each feed are kept, and how many are not to be trusted. A feed can have 16,384
 * instruments: each call looks at a slice, and what a whole pass has found is published at its end.
 */

import { BOOK_STALE } from "../book/flags.ts";
import type { Instruments } from "../book/instruments.ts";
import type { FeedBlock } from "../feed/feed-block.ts";
import {
  HP_FEED__BOOKS_KEPT_W,
  HP_FEED__BOOKS_STALE_W,
  HP_FEED__BOOKS_UNTRUSTED_W,
} from "../ffi/layout.ts";
import type { BookHealth } from "../risk/switch.ts";

/** Books of one call: microseconds of a turn, and few calls for a whole feed. */
export const CENSUS_SLICE = 1024;

export class BookCensus {
  /** Books over capacity or inexact, as of the last whole pass. */
  full = 0;
  private readonly instruments: Instruments;
  private readonly health: BookHealth;
  private readonly blocks: readonly FeedBlock[];
  private readonly kept: Int32Array;
  private readonly stale: Int32Array;
  private readonly untrusted: Int32Array;
  private next = 0;
  private fullSoFar = 0;

  /** `blocks`: by feed; none = nobody reads them. */
  constructor(instruments: Instruments, health: BookHealth, blocks: readonly FeedBlock[]) {
    this.instruments = instruments;
    this.health = health;
    this.blocks = blocks;
    const bytes = 4 * Math.max(1, blocks.length);
    this.kept = new Int32Array(new ArrayBuffer(bytes));
    this.stale = new Int32Array(new ArrayBuffer(bytes));
    this.untrusted = new Int32Array(new ArrayBuffer(bytes));
  }

  /** Looks at the next slice. */
  step(): void {
    const count = this.instruments.count;
    const feed = this.instruments.feed;
    const end = Math.min(count, this.next + CENSUS_SLICE);
    for (let i = this.next; i < end; i++) this.look(i, feed[i]!);
    this.next = end;
    if (end === count) this.publish();
  }

  private look(instrument: number, feed: number): void {
    this.kept[feed]! += 1;
    const flags = this.health.bookFlags(instrument);
    if (flags === 0) return;
    this.untrusted[feed]! += 1;
    if ((flags & BOOK_STALE) !== 0) this.stale[feed]! += 1;
    // One that waits for a snapshot is late, not at its end.
    if ((flags & ~BOOK_STALE) !== 0) this.fullSoFar++;
  }

  private publish(): void {
    for (let f = 0; f < this.blocks.length; f++) {
      const words = this.blocks[f]!.words;
      words[HP_FEED__BOOKS_STALE_W] = this.stale[f]!;
      words[HP_FEED__BOOKS_UNTRUSTED_W] = this.untrusted[f]!;
      words[HP_FEED__BOOKS_KEPT_W] = this.kept[f]!;
    }
    this.full = this.fullSoFar;
    this.fullSoFar = 0;
    this.next = 0;
    this.kept.fill(0);
    this.stale.fill(0);
    this.untrusted.fill(0);
  }
}
