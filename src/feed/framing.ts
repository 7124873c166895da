/** What a frame brings. */
export const FRAME_DATA = 0;
/** Nothing but the next sequence number. */
export const FRAME_HEARTBEAT = 1;
/** End of the session; `seq` is one past its last message. */
export const FRAME_END = 2;
/** Sequence numbers begin anew: the next one is `seq`. */
export const FRAME_RESTART = 3;
/** Not numbered: nothing for the sequencer. */
export const FRAME_UNNUMBERED = 4;

/**
 * How a protocol packs messages into datagrams: what the sequencer must know of it, and no more. A
 * datagram is one frame or several, each with a header that says which sequence numbers it brings.
 * What is numbered (messages, packets, blocks) is the protocol's affair.
 *
 * On the path: numbers only, no allocation. Faults are counted here (FEED_BAD_HEADER,
 * FEED_BAD_BLOCK, FEED_TRAILING, FEED_BAD_SEQUENCE ...).
 */
export interface Framing {
  /** Of the frame that read() looked at last: FRAME_*. */
  readonly kind: number;
  /** Sequence number of its first message; of a frame without messages, the next one to come. */
  readonly seq: number;
  /** One past its last message; seq when it has none. */
  readonly end: number;
  /** Its bytes, header included: the next frame of the datagram begins behind them. */
  readonly size: number;
  /** Name of its session in three words, zeros where sessions have no names. */
  readonly session0: number;
  readonly session1: number;
  readonly session2: number;
  /** False: sessions have no names. A new one is told by FRAME_END, silence and low numbers. */
  readonly namesSessions: boolean;
  /** Set by apply() at a message that ends the session: one past it. 0 or absent = none did. */
  endsAt?: number;
  /** The frame read last is sent again by the venue: its low number is no new session. */
  readonly isResent?: boolean;
  /**
   * Reads the header at `offset`; `length` bytes of the datagram are left. False: no frame, or
   * another feed's; it is counted, and the rest of the datagram is left alone.
   */
  read(view: DataView, bytes: Uint8Array, offset: number, length: number): boolean;
  /** True when the messages of the frame read last fill it exactly; else counted. */
  isWellFormed(view: DataView, bytes: Uint8Array, offset: number, length: number): boolean;
  /**
   * Hands the messages of a well-formed frame to the decoder, but for the first `skip`. `offset` and
   * `length` are the frame's own, which may have been held meanwhile: nothing is left of read().
   */
  apply(view: DataView, bytes: Uint8Array, offset: number, length: number, skip: number): void;
}
