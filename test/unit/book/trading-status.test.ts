import { expect, test } from "bun:test";
import { BOOK_UNKNOWN_STATUS } from "../../../src/book/counters.ts";
import {
  STATUS_CLOSED,
  STATUS_HALTED,
  STATUS_LULD_AUCTION,
  STATUS_PAUSED,
  STATUS_QUOTATION,
  STATUS_SHORT_RESTRICTED,
  STATUS_TRADING,
  STATUS_UNKNOWN,
} from "../../../src/core/codes.ts";
import { itch } from "../../support/itch-bytes.ts";
import { definition, type Market, market } from "../../support/market.ts";

const STOCK = { stock_locate: 1, stock: "AAPL" };

function start(options = {}): Market {
  const m = market([definition("AAPL", 0.01)], options);
  m.feed(itch("R", { ...STOCK, round_lot_size: 100 }));
  return m;
}

function status(m: Market, type: string, fields: Record<string, number | string>): number {
  m.feed(itch(type, type === "S" ? fields : { ...STOCK, ...fields }));
  return m.books.status[0]!;
}

const state = (m: Market, code: string) => status(m, "H", { trading_state: code });
const event = (m: Market, code: string) => status(m, "S", { event_code: code });

test("is unknown after R until the first H, then what H says", () => {
  const m = start();
  expect(m.books.status[0]).toBe(STATUS_UNKNOWN);
  expect(state(m, "T")).toBe(STATUS_TRADING);
  expect(state(m, "H")).toBe(STATUS_HALTED);
  expect(state(m, "P")).toBe(STATUS_PAUSED);
  expect(state(m, "Q")).toBe(STATUS_QUOTATION);
  expect(state(m, "x")).toBe(STATUS_UNKNOWN);
  expect(m.counters[BOOK_UNKNOWN_STATUS]).toBe(1);
});

test("tells once per packet, and only what changed", () => {
  const m = start();
  state(m, "H");
  state(m, "T");
  m.books.flush(true);
  state(m, "T");
  m.books.flush(true);
  expect(m.log.statuses).toEqual([[0, STATUS_TRADING]]);
});

test("carries the Reg SHO restriction until Y lifts it", () => {
  const m = start();
  state(m, "T");
  const restricted = STATUS_TRADING | STATUS_SHORT_RESTRICTED;
  expect(status(m, "Y", { reg_sho_action: "1" })).toBe(restricted);
  expect(status(m, "Y", { reg_sho_action: "2" })).toBe(restricted);
  expect(state(m, "H")).toBe(STATUS_HALTED | STATUS_SHORT_RESTRICTED);
  expect(status(m, "Y", { reg_sho_action: "0" })).toBe(STATUS_HALTED);
  expect(status(m, "Y", { reg_sho_action: "?" })).toBe(STATUS_HALTED | STATUS_SHORT_RESTRICTED);
});

test("carries the LULD collar, bounds moved inwards to whole units, until trading resumes", () => {
  const m = start();
  state(m, "P");
  const collar = { upper_auction_collar_price: 12_399, lower_auction_collar_price: 12_001 };
  expect(status(m, "J", collar)).toBe(STATUS_PAUSED | STATUS_LULD_AUCTION);
  expect([m.books.collarLower[0], m.books.collarUpper[0]]).toEqual([121, 123]);
  m.books.flush(true);
  status(m, "J", { ...collar, lower_auction_collar_price: 11_000 });
  m.books.flush(true);
  const paused = STATUS_PAUSED | STATUS_LULD_AUCTION;
  expect(m.log.statuses).toEqual([
    [0, paused],
    [0, paused],
  ]);
  expect(state(m, "T")).toBe(STATUS_TRADING);
  expect([m.books.collarLower[0], m.books.collarUpper[0]]).toEqual([0, 0]);
});

test("an operational halt of this market halts until it is lifted; another market's does not", () => {
  const m = start();
  state(m, "T");
  const halt = (market_code: string, operational_halt_action: string) =>
    status(m, "h", { market_code, operational_halt_action });
  expect(halt("B", "H")).toBe(STATUS_TRADING);
  expect(halt("Q", "H")).toBe(STATUS_HALTED);
  expect(state(m, "T")).toBe(STATUS_HALTED);
  expect(halt("Q", "T")).toBe(STATUS_TRADING);
});

test("is closed outside market hours, whatever H says, and H's word stays for the opening", () => {
  const m = start();
  expect(state(m, "T")).toBe(STATUS_TRADING);
  expect(event(m, "O")).toBe(STATUS_CLOSED);
  expect(event(m, "S")).toBe(STATUS_CLOSED);
  expect(event(m, "Q")).toBe(STATUS_TRADING);
  expect(event(m, "M")).toBe(STATUS_CLOSED);
  expect(state(m, "H")).toBe(STATUS_CLOSED);
});

test("with extended hours is open from S to E", () => {
  const m = start({ extendedHours: true });
  state(m, "T");
  expect(event(m, "O")).toBe(STATUS_CLOSED);
  for (const code of ["S", "Q", "M"]) expect(event(m, code)).toBe(STATUS_TRADING);
  expect(event(m, "E")).toBe(STATUS_CLOSED);
  expect(event(m, "C")).toBe(STATUS_CLOSED);
});
