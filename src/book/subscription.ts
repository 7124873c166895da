/**
 * Which stock locates lead to which instrument. Filled by R messages (and, after a late join, by the
 * first message of a locate that carries its symbol): a few thousand times a day, never per order.
 */
import { LOCATE_IGNORED } from "../feed/itch/itch-sink.ts";
import { type Listing, NOT_LISTED } from "./listing.ts";

const LOCATES = 65_536;

export class Subscription {
  /** By locate: instrument + 1, LOCATE_UNSEEN or LOCATE_IGNORED. */
  readonly locates = new Int32Array(new ArrayBuffer(4 * LOCATES));
  private readonly listing: Listing;

  constructor(listing: Listing) {
    this.listing = listing;
  }

  announce(locate: number, stockHi: number, stockLo: number, roundLot: number): void {
    const instrument = this.listing.find(stockHi, stockLo, roundLot);
    this.locates[locate] = instrument === NOT_LISTED ? LOCATE_IGNORED : instrument + 1;
  }
}
