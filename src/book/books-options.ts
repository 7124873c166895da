import type { InstrumentDefinition, Instruments } from "./instruments.ts";
import type { MarketEvents } from "./market-events.ts";
import type { StatusColumns } from "./status-columns.ts";

export interface BooksOptions {
  /** Index of the feed: only instruments with this feed are kept here. */
  feed: number;
  /** With "*", its capacity bounds the instruments that R messages add. */
  instruments: Instruments;
  /** Orders of all books together. */
  maxOrders: number;
  /** Price levels of all books together. */
  maxLevels: number;
  /** Trades of one packet handed to strategies. Default 1024. */
  maxTrades?: number;
  /** "*": definition for a symbol that R announced, or null to leave it out. Absent: no new ones. */
  wildcard?: Wildcard;
  /** The feed may begin in the middle: orders that nothing told of are no news. Default false. */
  isPartial?: boolean;
  /** Pre-market and after-hours count as open. Default false. */
  extendedHours?: boolean;
  /** Market code of operational halts (h) that concern us. Default "Q", Nasdaq. */
  market?: string;
  /** Shared by the books of an engine. Absent: columns of its own. */
  columns?: StatusColumns;
  events: MarketEvents;
  /** hp_engine.counters */
  counters: Float64Array;
}

/** Called once per symbol, off the order path; may allocate. */
export type Wildcard = (feedSymbol: string, roundLot: number) => InstrumentDefinition | null;
