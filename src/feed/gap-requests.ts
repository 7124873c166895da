// @hot
/**
 * The open gap of a feed: publishes its first hole in the feed's block for control to ask for,
 * repeats it when nothing comes, and gives up when nothing ever does.
 */
import { FEED_GAPS, FEED_GIVE_UPS, FEED_LOST_MESSAGES, FEED_REQUESTS } from "./counters.ts";
import { BLOCK_GAP_FROM, BLOCK_GAP_SEQ, BLOCK_GAP_TO, type FeedBlock } from "./feed-block.ts";

/** After giving up, requests are repeated this many times more slowly. */
export const LOST_REQUEST_FACTOR = 16;

export class GapRequests {
  isOpen = false;
  /** Nothing came of the requests; they go on, slowly. */
  gaveUp = false;
  /** One past the hole that was asked for last. */
  to = 0;
  /** Gaps opened, messages given up. */
  count = 0;
  lost = 0;
  private readonly timeoutNs: number;
  private readonly fruitlessMax: number;
  private readonly block: FeedBlock;
  private readonly counters: Float64Array;
  private fruitless = 0;
  private timerNs = 0;

  constructor(timeoutNs: number, fruitlessMax: number, block: FeedBlock, counters: Float64Array) {
    this.timeoutNs = timeoutNs;
    this.fruitlessMax = fruitlessMax;
    this.block = block;
    this.counters = counters;
  }

  open(from: number, to: number, nowNs: number): void {
    this.isOpen = true;
    this.gaveUp = false;
    this.fruitless = 0;
    this.count++;
    this.counters[FEED_GAPS]! += 1;
    this.publish(from, to, nowNs);
    if (this.fruitlessMax === 0) this.giveUp(from);
  }

  /** A hole that nobody is asked for: counted as lost at once. */
  skip(from: number, to: number): void {
    this.count++;
    this.lost += to - from;
    this.counters[FEED_GAPS]! += 1;
    this.counters[FEED_LOST_MESSAGES]! += to - from;
  }

  /** Messages of the hole came. */
  progress(nowNs: number): void {
    this.fruitless = 0;
    this.gaveUp = false;
    this.timerNs = nowNs;
  }

  /** True when the last request is overdue: publish() is next. `from`: first message missing. */
  overdue(from: number, nowNs: number): boolean {
    const wait = this.timeoutNs * (this.gaveUp ? LOST_REQUEST_FACTOR : 1);
    if (nowNs - this.timerNs < wait) return false;
    this.fruitless++;
    if (!this.gaveUp && this.fruitless >= this.fruitlessMax) this.giveUp(from);
    return true;
  }

  publish(from: number, to: number, nowNs: number): void {
    this.to = to;
    this.timerNs = nowNs;
    this.counters[FEED_REQUESTS]! += 1;
    this.announce(from, to);
  }

  close(): void {
    this.isOpen = false;
    this.gaveUp = false;
    this.to = 0;
    this.announce(0, 0);
  }

  private giveUp(from: number): void {
    this.gaveUp = true;
    // The hole that was asked for last may have been filled, and another one not asked for yet.
    const missing = Math.max(0, this.to - from);
    this.lost += missing;
    this.counters[FEED_GIVE_UPS]! += 1;
    this.counters[FEED_LOST_MESSAGES]! += missing;
  }

  /** Bounds first, then the number that says they are new. */
  private announce(from: number, to: number): void {
    const block = this.block;
    block.doubles[BLOCK_GAP_FROM] = from;
    block.doubles[BLOCK_GAP_TO] = to;
    Atomics.store(block.words, BLOCK_GAP_SEQ, block.words[BLOCK_GAP_SEQ]! + 1);
  }
}
