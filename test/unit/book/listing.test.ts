import { expect, test } from "bun:test";
import { BOOK_INSTRUMENTS_FULL } from "../../../src/book/counters.ts";
import { Instruments } from "../../../src/book/instruments.ts";
import { LEFT_OUT_MAX, Listing, NOT_LISTED } from "../../../src/book/listing.ts";
import { symbolWords } from "../../../src/book/symbols.ts";
import { definition, newCounters } from "../../support/market.ts";

const find = (listing: Listing, symbol: string) => {
  const [high, low] = symbolWords(symbol);
  return listing.find(high, low, 100);
};

test("symbols of the config are found by their feed symbol, on their own feed alone", () => {
  const own = { ...definition("AAPL"), feedSymbol: "AAPL.X" };
  const other = { ...definition("MSFT"), feed: 1 };
  const listing = new Listing(0, new Instruments([other, own]), null, newCounters());
  expect(find(listing, "AAPL.X")).toBe(1);
  expect([find(listing, "AAPL"), find(listing, "MSFT")]).toEqual([NOT_LISTED, NOT_LISTED]);
  expect([listing.isWild, listing.leftOut]).toEqual([false, 0]);
});

test("what * leaves out is asked about once, until there are too many to remember", () => {
  let asked = 0;
  const wildcard = (symbol: string) => {
    asked++;
    return symbol.startsWith("N") ? null : definition(symbol);
  };
  const counters = newCounters();
  const listing = new Listing(0, new Instruments([], 1), wildcard, counters);
  for (let turn = 0; turn < 2; turn++) {
    for (let i = 0; i < LEFT_OUT_MAX; i++) expect(find(listing, `N${i}`)).toBe(NOT_LISTED);
  }
  expect([asked, listing.leftOut]).toEqual([LEFT_OUT_MAX, LEFT_OUT_MAX]);
  find(listing, "NMORE");
  find(listing, "NMORE");
  expect(asked).toBe(LEFT_OUT_MAX + 2);
  // Those that are wanted are still taken.
  expect(find(listing, "YES")).toBe(0);
  expect(find(listing, "YES")).toBe(0);
  expect(asked).toBe(LEFT_OUT_MAX + 3);
  expect(find(listing, "FULL")).toBe(NOT_LISTED);
  expect(counters[BOOK_INSTRUMENTS_FULL]).toBe(0);
});

test("a symbol without room is counted once", () => {
  const counters = newCounters();
  const listing = new Listing(0, new Instruments([], 1), (symbol) => definition(symbol), counters);
  expect(find(listing, "A")).toBe(0);
  for (let turn = 0; turn < 3; turn++) expect(find(listing, "B")).toBe(NOT_LISTED);
  expect(counters[BOOK_INSTRUMENTS_FULL]).toBe(1);
});
