import type { Wildcard } from "./books-options.ts";
import type { Instruments } from "./instruments.ts";
import type { MarketEvents } from "./market-events.ts";
import type { StatusColumns } from "./status-columns.ts";

export interface BboBooksOptions {
  /** Index of the feed: only instruments with this feed are kept here. */
  feed: number;
  /** With "*", its capacity bounds the series that come up. */
  instruments: Instruments;
  /** Trades of one packet handed to strategies. Default 1024. */
  maxTrades?: number;
  /** "*": definition for a series (its OSI symbol), or null to leave it out. Absent: no new ones. */
  wildcard?: Wildcard;
  /** Shared by the books of an engine. Absent: columns of its own. */
  columns?: StatusColumns;
  events: MarketEvents;
  /** hp_engine.counters */
  counters: Float64Array;
}
