/** Messages in a packet for which reading ahead pays: fewer hide each other's misses as it is. */
export const AHEAD_MESSAGES_MIN = 6;

/** Takes the messages of one feed, in sequence order, each exactly once. */
export interface MessageDecoder {
  /** One message: `length` bytes at `offset` of the arena. Must not read outside them or throw. */
  decode(view: DataView, bytes: Uint8Array, offset: number, length: number): void;
  /**
   * End of a packet. `shown` is false inside a known gap: what changed is kept and shown at the
   * end of the first packet after it.
   */
  flush(shown: boolean): void;
  /**
   * Optional: the messages from..to-1 will never come (a feed that nobody can be asked for: see
   * SequencerOptions.onHole). What they may have changed is not to be trusted until it is known anew.
   */
  onLoss?(from: number, to: number): void;
  /**
   * Optional: true once after messages showed that the books are wrong though none was lost. The feed
   * asks for a snapshot, where there is one.
   */
  takesDoubt?(): boolean;
  /**
   * Optional: `count` messages, each behind its u16 length, from `offset` on are about to come. Reads
   * what they will need from memory, all at once rather than one after the other; changes nothing.
   */
  readAhead?(view: DataView, bytes: Uint8Array, offset: number, count: number): void;
}
