import type { BookLevels } from "./levels.ts";
import type { BookView } from "./view.ts";

/** The books of one feed, as engine, gate and reports see them, whatever the feed's protocol. */
export interface FeedBooks {
  /** The instrument's book, always the same object. */
  view(instrument: number): BookView;
  /** BOOK_*; 0 = the book may be trusted. */
  flags(instrument: number): number;
  /** The flags for people, "" when there are none. */
  describeFlags(instrument: number): string;
  /** Every level, best first. */
  levels(instrument: number): BookLevels;
  /** Orders or entries that rest in all books of the feed. */
  liveOrders(): number;
  /** True when the feed has said anything of the instrument this session. */
  isSeen(instrument: number): boolean;
  /** What nothing was told of counts as open until something is. */
  assumeTrading(): void;
  /** A new session of the feed: books empty, statuses unknown. */
  clear(): void;
}
