/** What the parsers of pcap and pcapng have in common. */

/** More bytes are needed. */
export const PARSE_MORE = 0;
/** The batch is full. */
export const PARSE_FULL = 1;
/** The rest can't be read: `fault` says why. */
export const PARSE_FAULT = 2;

/** Longest frame that is believed: tcpdump's MAXIMUM_SNAPLEN. */
export const FRAME_BYTES_MAX = 262_144;

/** Takes whole frames, in file order. */
export interface FrameSink {
  /** True when no more frames can be taken now. */
  readonly isFull: boolean;
  /** A frame at `at` of the window. Time: Unix seconds, and ns on top of them. */
  frame(at: number, size: number, link: number, seconds: number, ns: number): void;
}
