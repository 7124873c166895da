// @hot
/** What a feed has done so far: by line, and for the feed's block. */
import { FEED_DUPLICATES, FEED_MESSAGES, FEED_RECOVERED } from "./counters.ts";
import {
  BLOCK_DUPLICATES,
  BLOCK_GAPS,
  BLOCK_LAST_NS,
  BLOCK_LOST,
  BLOCK_MESSAGES,
  BLOCK_NEXT_SEQ,
  BLOCK_PACKETS_A,
  BLOCK_PACKETS_B,
  BLOCK_RECOVERED,
  BLOCK_STALE_NS,
  type FeedBlock,
} from "./feed-block.ts";

export class FeedFigures {
  /** By line; index lineCount = all re-request lines together. */
  readonly linePackets: Float64Array;
  /** First copies: how often the line led. */
  readonly lineLed: Float64Array;
  readonly lineLastNs: Float64Array;
  /** When a live line spoke last. */
  lastNs = 0;
  private readonly lineCount: number;
  private readonly block: FeedBlock;
  private readonly counters: Float64Array;
  private messages = 0;
  private recovered = 0;
  private duplicates = 0;
  /** By line: 1 = nothing can come by it. */
  private readonly isGone: Uint8Array;
  private goneCount = 0;
  private isDown = false;
  private downNs = 0;
  private downSinceNs = 0;

  constructor(lineCount: number, block: FeedBlock, counters: Float64Array) {
    this.lineCount = lineCount;
    this.block = block;
    this.counters = counters;
    this.linePackets = new Float64Array(new ArrayBuffer(8 * (lineCount + 1)));
    this.lineLed = new Float64Array(new ArrayBuffer(8 * (lineCount + 1)));
    this.lineLastNs = new Float64Array(new ArrayBuffer(8 * (lineCount + 1)));
    this.isGone = new Uint8Array(lineCount);
  }

  /** No packet comes by this line: its device is gone, or its link down. */
  lose(line: number): void {
    if (this.isGone[line] !== 0) return;
    this.isGone[line] = 1;
    this.goneCount++;
  }

  /** The link is back. */
  regain(line: number): void {
    if (this.isGone[line] === 0) return;
    this.isGone[line] = 0;
    this.goneCount--;
  }

  /** Nothing can come by any line. */
  isCutOff(): boolean {
    return this.goneCount === this.lineCount;
  }

  /** Nobody has spoken for so long, or nobody is left who could. */
  isSilent(nowNs: number, staleNs: number): boolean {
    return this.isCutOff() || nowNs - this.lastNs >= staleNs;
  }

  applied(messages: number, line: number): void {
    this.messages += messages;
    this.counters[FEED_MESSAGES]! += messages;
    if (line !== this.lineCount) return;
    this.recovered += messages;
    this.counters[FEED_RECOVERED]! += messages;
  }

  duplicate(): void {
    this.duplicates++;
    this.counters[FEED_DUPLICATES]! += 1;
  }

  /** The feed's state changed. Down = gap, stale or lost; stale_ns is the time spent down. */
  turned(isDown: boolean, nowNs: number): void {
    if (isDown === this.isDown) return;
    if (this.isDown) this.downNs += nowNs - this.downSinceNs;
    this.isDown = isDown;
    this.downSinceNs = nowNs;
  }

  /** Copies the figures into the block. */
  commit(nextSeq: number, gaps: number, lost: number, nowNs: number): void {
    const out = this.block.doubles;
    out[BLOCK_NEXT_SEQ] = nextSeq;
    out[BLOCK_MESSAGES] = this.messages;
    out[BLOCK_GAPS] = gaps;
    out[BLOCK_RECOVERED] = this.recovered;
    out[BLOCK_LOST] = lost;
    out[BLOCK_STALE_NS] = this.downNs + (this.isDown ? nowNs - this.downSinceNs : 0);
    out[BLOCK_PACKETS_A] = this.linePackets[0]!;
    out[BLOCK_PACKETS_B] = this.lineCount > 1 ? this.linePackets[1]! : 0;
    out[BLOCK_DUPLICATES] = this.duplicates;
    out[BLOCK_LAST_NS] = this.lastNs;
  }
}
