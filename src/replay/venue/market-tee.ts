/** The captured market as both sides hear of it: the venue first, then the strategies. */
import type { Instruments } from "../../book/instruments.ts";
import type { MarketListener } from "../../engine/market.ts";
import type { ReplayVenue } from "./venue.ts";

export class MarketTee implements MarketListener {
  constructor(
    private readonly strategies: MarketListener,
    private readonly venues: readonly ReplayVenue[],
    private readonly instruments: Instruments,
  ) {}

  onBook(instrument: number, changed: number): void {
    this.venueOf(instrument)?.market.onBook(instrument);
    this.strategies.onBook(instrument, changed);
  }

  onTrade(instrument: number, px: number, qty: number, aggressor: number): void {
    this.venueOf(instrument)?.market.onTrade(instrument, px, qty, aggressor);
    this.strategies.onTrade(instrument, px, qty, aggressor);
  }

  onStatus(instrument: number, status: number): void {
    this.strategies.onStatus(instrument, status);
  }

  onFeed(feed: number, state: number): void {
    this.strategies.onFeed(feed, state);
  }

  /** Undefined for an instrument that is only watched. */
  private venueOf(instrument: number): ReplayVenue | undefined {
    return this.venues[this.instruments.session[instrument]!];
  }
}
