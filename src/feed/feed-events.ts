/** What a feed handler tells the engine. Called on the path: numbers only, no allocation. */
export interface FeedEvents {
  /** The feed's FEED_* state changed. Comes before the books of the same packet are shown. */
  onFeed(feed: number, state: number): void;
  /**
   * A session begins, the first one too: sequences restart, so books, locates and statuses of the
   * feed must be cleared before this returns.
   */
  onSession(feed: number): void;
}
