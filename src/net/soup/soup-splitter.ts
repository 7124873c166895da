// @hot
/**
 * Finds the packets in the bytes of a SoupBinTCP stream, wherever TCP has cut it. It keeps no
 * bytes: who reads the stream keeps what is left over and gives it again with more behind it.
 *
 *   let at = from;
 *   let type = splitter.next(bytes, at, to);
 *   while (type > 0) {
 *     ... type, splitter.payloadAt, splitter.payloadLength ...
 *     at = splitter.end;
 *     type = splitter.next(bytes, at, to);
 *   }
 *   // bytes[at, to) stay for the next time; type is SOUP_PARTIAL or SOUP_FAULT
 */
import { SOUP_HEADER_BYTES } from "./soup-packets.ts";

/** The packet is not all there yet. */
export const SOUP_PARTIAL = 0;
/** No SoupBinTCP: a packet without a type, or longer than `payloadMax`. The stream is lost. */
export const SOUP_FAULT = -1;

export class SoupSplitter {
  /** Of the packet found last: where its payload is in the bytes given, and how long. */
  payloadAt = 0;
  payloadLength = 0;
  /** One past the packet found last. */
  end = 0;
  private readonly payloadMax: number;

  /** payloadMax: longest payload that is taken, 0 to 65,534; the reader's buffer must hold it. */
  constructor(payloadMax: number) {
    this.payloadMax = payloadMax;
  }

  /**
   * Looks at bytes[from, to), which begin with a packet. Returns its type (an ASCII code, never 0),
   * SOUP_PARTIAL or SOUP_FAULT. A length that is too large is refused as soon as it is read.
   */
  next(bytes: Uint8Array, from: number, to: number): number {
    if (to - from < 2) return SOUP_PARTIAL;
    const length = bytes[from]! * 256 + bytes[from + 1]!;
    if (length === 0 || length - 1 > this.payloadMax) return SOUP_FAULT;
    if (to - from < 2 + length) return SOUP_PARTIAL;
    const type = bytes[from + 2]!;
    if (type === 0) return SOUP_FAULT;
    this.payloadAt = from + SOUP_HEADER_BYTES;
    this.payloadLength = length - 1;
    this.end = from + 2 + length;
    return type;
  }
}
