/**
 * Who fills a feed's hole: the one who is asked for messages (a re-request server, Cboe's gap request
 * proxy) or the one who gives a snapshot of the books. At most one of them works at a time.
 *
 *   hole ─┬─ small, and in the middle ────────────────▶ messages ──┐ refused, or no answer
 *         └─ from the first message, or large ──▶ snapshot ◀───────┘
 *                                                    └── failed so many times ──▶ messages
 */
import type { FeedBlock } from "../../core/control-block.ts";
import { HP_FEED__GAP_FROM_D, HP_FEED__GAP_TO_D, HP_FEED__NEXT_SEQ_D } from "../../ffi/layout.ts";
import type { Hole } from "./snapshot-protocol.ts";

export interface HoleRouteOptions {
  feed: FeedBlock;
  /** Somebody can be asked for messages; for a snapshot. */
  hasMessages: boolean;
  hasSnapshot: boolean;
  /** Holes of more messages are bridged by a snapshot. */
  messagesMax: number;
}

export class HoleRoute {
  private readonly options: HoleRouteOptions;
  /** Who has refused this hole. */
  private refusedMessages = false;
  private refusedSnapshot = false;
  /** A snapshot is on its way. */
  private isTaken = false;

  constructor(options: HoleRouteOptions) {
    this.options = options;
  }

  get hasSnapshot(): boolean {
    return this.options.hasSnapshot;
  }

  /** As the engine tells it; to = 0: there is none. */
  hole(): Hole {
    const { doubles } = this.options.feed;
    const to = doubles[HP_FEED__GAP_TO_D]!;
    const next = doubles[HP_FEED__NEXT_SEQ_D]!;
    // What the lines have filled of it since it was told.
    const from = Math.max(doubles[HP_FEED__GAP_FROM_D]!, next < to ? next : 0);
    const isHole = from >= 1 && to > from && to <= Number.MAX_SAFE_INTEGER;
    return isHole ? { from, to } : { from: 0, to: 0 };
  }

  /** True when a snapshot is the way to fill it. */
  isForSnapshot(from: number, to: number): boolean {
    const { hasMessages, hasSnapshot, messagesMax } = this.options;
    if (!hasSnapshot || this.isTaken) return this.isTaken;
    if (!hasMessages || this.refusedMessages) return true;
    if (this.refusedSnapshot) return false;
    return from === 1 || to - from > messagesMax;
  }

  /** A snapshot begins to be fetched, or that is over. */
  take(isTaken: boolean): void {
    this.isTaken = isTaken;
  }

  messagesRefused(): void {
    this.refusedMessages = true;
    this.refusedSnapshot = false;
  }

  snapshotRefused(): void {
    this.refusedSnapshot = true;
    this.refusedMessages = false;
  }

  /** The hole is closed, or became another one. */
  forget(): void {
    this.refusedMessages = false;
    this.refusedSnapshot = false;
  }
}
