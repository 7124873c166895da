import { expect, test } from "bun:test";
import { BOOK_FULL, BOOK_INEXACT, BOOK_STALE } from "../../../src/book/flags.ts";
import { Instruments } from "../../../src/book/instruments.ts";
import { BookCensus, CENSUS_SLICE } from "../../../src/engine/book-census.ts";
import { heapFeedBlock } from "../../../src/feed/feed-block.ts";
import * as L from "../../../src/ffi/layout.ts";
import { definition } from "../../support/market.ts";

function counted(count: number) {
  const instruments = new Instruments(
    Array.from({ length: count }, (_, i) => ({ ...definition(`I${i}`), feed: i % 2 })),
  );
  const flags = new Int32Array(count);
  const blocks = [heapFeedBlock(), heapFeedBlock()];
  const census = new BookCensus(instruments, { bookFlags: (i) => flags[i]! }, blocks);
  const published = () =>
    blocks.map(({ words }) => [
      words[L.HP_FEED__BOOKS_KEPT_W]!,
      words[L.HP_FEED__BOOKS_STALE_W]!,
      words[L.HP_FEED__BOOKS_UNTRUSTED_W]!,
    ]);
  return { flags, census, published };
}

test("counts by feed; a book with two flags is one book", () => {
  const { flags, census, published } = counted(5);
  flags[0] = BOOK_STALE;
  flags[2] = BOOK_STALE | BOOK_INEXACT;
  flags[3] = BOOK_FULL;
  census.step();
  expect(published()).toEqual([
    [3, 2, 2],
    [2, 0, 1],
  ]);
  expect(census.full).toBe(2);
  flags.fill(0);
  census.step();
  expect(published()).toEqual([
    [3, 0, 0],
    [2, 0, 0],
  ]);
  expect(census.full).toBe(0);
});

test("publishes when all slices of a pass have been looked at, and not before", () => {
  const { flags, census, published } = counted(2 * CENSUS_SLICE + 2);
  flags[0] = BOOK_STALE;
  flags[2 * CENSUS_SLICE] = BOOK_STALE;
  census.step();
  census.step();
  expect(published()[0]).toEqual([0, 0, 0]);
  census.step();
  expect(published()).toEqual([
    [CENSUS_SLICE + 1, 2, 2],
    [CENSUS_SLICE + 1, 0, 0],
  ]);
});

test("a feed without instruments keeps none", () => {
  const { census, published } = counted(0);
  census.step();
  expect(published()).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
});
