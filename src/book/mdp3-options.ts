import type { Mdp3Definition } from "../feed/mdp3/mdp3-sink.ts";
import type { InstrumentDefinition, Instruments } from "./instruments.ts";
import type { MarketEvents } from "./market-events.ts";
import type { StatusColumns } from "./status-columns.ts";

export interface Mdp3BooksOptions {
  /** Index of the feed: only instruments with this feed are kept here. */
  feed: number;
  /** With "*", its capacity bounds the instruments that definitions add. */
  instruments: Instruments;
  /** MessagePlans.exponents of the decoder. */
  exponents: readonly number[];
  /** Levels of a side at most. Default 10, the deepest book of the venue. */
  depth?: number;
  /** Orders of all books by order together; 0 or absent = none are kept. */
  maxOrders?: number;
  /** Price levels of all books by order together. Default maxOrders. */
  maxLevels?: number;
  /** Updates that wait for snapshots, of all instruments together (32 bytes each). Default 65536. */
  keptUpdates?: number;
  /**
   * For captures that begin in the middle and bring no snapshots: updates are applied to books that
   * begin empty. They stay stale. Default false.
   */
  beginsLoose?: boolean;
  /** Trades of one event handed to strategies. Default 1024. */
  maxTrades?: number;
  /** "*": the instrument of a definition, or null to leave it out. Absent: no new ones. */
  wildcard?: Mdp3Wildcard;
  /** "*" where nothing is defined: the instrument of a bare SecurityID. Absent: left out. */
  undefinedAs?: (securityId: number) => InstrumentDefinition | null;
  /** Shared by the books of an engine. Absent: columns of its own. */
  columns?: StatusColumns;
  events: MarketEvents;
  /** hp_engine.counters */
  counters: Float64Array;
}

/** Called once per definition, off the order path; may allocate. See displayIncrement. */
export type Mdp3Wildcard = (definition: Mdp3Definition) => InstrumentDefinition | null;
