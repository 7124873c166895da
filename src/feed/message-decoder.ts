/** Takes the messages of one feed, in sequence order, each exactly once. */
export interface MessageDecoder {
  /** One message: `length` bytes at `offset` of the arena. Must not read outside them or throw. */
  decode(view: DataView, bytes: Uint8Array, offset: number, length: number): void;
  /**
   * End of a packet. `shown` is false inside a known gap: what changed is kept and shown at the
   * end of the first packet after it.
   */
  flush(shown: boolean): void;
}
