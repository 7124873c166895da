/** What an engine leaves behind when it stops: last books, positions and figures, as plain data. */
import type { BookLevels } from "../book/levels.ts";
import type { EngineOptions } from "./options.ts";
import type { Path } from "./path.ts";

export interface EngineReport {
  name: string;
  books: { symbol: string; feed: string; levels: BookLevels; flags: string }[];
  positions: { symbol: string; qty: number; realized: number; unrealized: number; fees: number }[];
  feeds: { name: string; state: number; nextSeq: number; highSeq: number }[];
  openOrders: number;
  /** (bucket, count) pairs of the latency histogram (core/histogram.ts). */
  latency: number[];
  /** Sentence of a strategy that threw, "" = none. */
  fault: string;
}

export function reportOf(path: Path, options: EngineOptions, latency: Uint32Array): EngineReport {
  const { instruments, market, positions } = path;
  const definitions = instruments.definitions;
  return {
    name: options.name,
    books: definitions.map((d, i) => {
      const books = path.books[d.feed]!;
      return {
        symbol: d.feedSymbol,
        feed: options.feeds[d.feed]!.name,
        levels: books.levels(i),
        flags: books.describeFlags(i),
      };
    }),
    positions: definitions
      .map((d, i) => ({
        symbol: d.symbol,
        qty: positions.qty[i]!,
        realized: positions.realized(i),
        unrealized: positions.unrealized(i),
        fees: positions.fees(i),
      }))
      .filter((_, i) => definitions[i]!.session >= 0),
    feeds: path.feeds.map((feed, f) => ({
      name: options.feeds[f]!.name,
      state: market.feedState[f]!,
      nextSeq: feed.nextSeq,
      highSeq: feed.highSeq,
    })),
    openOrders: path.orders.table.liveCount,
    latency: [...latency].flatMap((count, bucket) => (count > 0 ? [bucket, count] : [])),
    fault: path.host.fault(),
  };
}
