import { Instruments } from "../../book/instruments.ts";
import { SymbolTable } from "../order/symbol-table.ts";

/** Symbol (55) of the feed's messages to instrument: the feed symbols, which may differ from those of orders. */
export function symbolsOfFeed(instruments: Instruments, feed: number): SymbolTable {
  const definitions = instruments.definitions.map((d) => ({
    ...d,
    session: d.feed,
    orderSymbol: d.feedSymbol,
  }));
  return new SymbolTable(new Instruments(definitions, instruments.capacity), feed);
}
