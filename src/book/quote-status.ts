// @hot
/**
 * Trading status of series from the types of OPRA's quotes. A series trades when at least one
 * participant's last quote is one that can be traded with. Else it is what the last quote says:
 * halted (T), paused (R, rotation), quotation only (F, I). The venue's end of day closes all series.
 */
import {
  STATUS_CLOSED,
  STATUS_HALTED,
  STATUS_PAUSED,
  STATUS_QUOTATION,
  STATUS_TRADING,
  STATUS_UNKNOWN,
} from "../core/codes.ts";
import { BBO_OPEN, BBO_SEEN, BBO_SHIFT, BBO_STATE } from "./bbo-view.ts";
import { BOOK_UNKNOWN_STATUS } from "./counters.ts";
import type { MarketQueue } from "./market-queue.ts";

/** By type of a quote: 1 = it can be traded with. X and Y: one of its sides is not firm. */
const TRADABLE = new Uint8Array(new ArrayBuffer(256));
for (let i = 0; i < " ABCOXY".length; i++) TRADABLE[" ABCOXY".charCodeAt(i)] = 1;

export class QuoteStatus {
  /** STATUS_* by instrument. */
  readonly status: Int32Array;
  closed = false;
  /** See bbo-view.ts. */
  private readonly rows: Int32Array;
  private readonly queue: MarketQueue;
  private readonly counters: Float64Array;

  constructor(status: Int32Array, rows: Int32Array, queue: MarketQueue, counters: Float64Array) {
    this.status = status;
    this.rows = rows;
    this.queue = queue;
    this.counters = counters;
  }

  /** A quote of a participant. Most say what is known: nothing is to be done then. */
  hear(instrument: number, participant: number, type: number): void {
    const open = this.rows[(instrument << BBO_SHIFT) + BBO_OPEN]!;
    if (TRADABLE[type] === 1 && (open & (1 << (participant & 31))) !== 0) return;
    this.renew(instrument, participant, type);
  }

  set(instrument: number, status: number): void {
    if (this.status[instrument] === status) return;
    this.status[instrument] = status;
    this.queue.touchStatus(instrument);
  }

  private renew(instrument: number, participant: number, type: number): void {
    const rows = this.rows;
    const base = instrument << BBO_SHIFT;
    const bit = 1 << (participant & 31);
    rows[base + BBO_STATE] = rows[base + BBO_STATE]! | BBO_SEEN;
    const open =
      TRADABLE[type] === 1 ? rows[base + BBO_OPEN]! | bit : rows[base + BBO_OPEN]! & ~bit;
    rows[base + BBO_OPEN] = open;
    let status = STATUS_TRADING;
    if (this.closed) status = STATUS_CLOSED;
    else if (open === 0) status = this.idle(type);
    this.set(instrument, status);
  }

  /** When no participant's quote can be traded with. */
  private idle(type: number): number {
    switch (type) {
      case 0x54: // T: trading halted
        return STATUS_HALTED;
      case 0x52: // R: rotation
        return STATUS_PAUSED;
      case 0x46: // F: not firm
      case 0x49: // I: indicative value
        return STATUS_QUOTATION;
      default:
        this.counters[BOOK_UNKNOWN_STATUS]! += 1;
        return STATUS_UNKNOWN;
    }
  }
}
