/**
 * What the OPRA decoder calls. Numbers only.
 *
 * `handle` is what the sink put into `series`. A price is the wire's integer with its denominator
 * code ('A', 'B' ...); quantities are the wire's u32 read as int32: negative means 2^31 or more.
 * `participant` is the letter of an exchange.
 */
import type { SeriesTable } from "./series-table.ts";

export interface OpraSink {
  /** Series by three words. The sink owns it. */
  readonly series: SeriesTable;
  /** False: onUnseenSeries need not be called. */
  readonly takesNew: boolean;
  /** A quote, trade or open interest of a series that is not in the table: the sink may add it. */
  onUnseenSeries(word0: number, word1: number, word2: number): void;
  /** Best bid of the series; qty 0 = there is none. */
  onBid(handle: number, px: number, code: number, qty: number, participant: number): void;
  /** Best offer of the series; qty 0 = there is none. */
  onOffer(handle: number, px: number, code: number, qty: number, participant: number): void;
  /** k and q, each one, before its onBid and onOffer: the message type says how it is meant. */
  onQuoteType(handle: number, participant: number, type: number): void;
  /** k and q with an indicator that is not in the edition: best bid and offer may be anything. */
  onUnknownIndicator(handle: number): void;
  /** a. type: the sale condition, cancels among them. */
  onSale(handle: number, type: number, px: number, code: number, qty: number): void;
  /** d, and f, which repeats it. */
  onOpenInterest(handle: number, qty: number): void;
  /** R: the series is carried by this multicast line. */
  onLine(handle: number, line: number): void;
  /** H of OPRA itself: C start of day, J end of day ... */
  onControl(type: number): void;
  /** The blocks from..to-1 will never come: see MessageDecoder.onLoss. */
  onLoss(from: number, to: number): void;
  /** End of a packet: see MessageDecoder.flush. */
  flush(shown: boolean): void;
}
