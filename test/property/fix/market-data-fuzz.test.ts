/** Market data messages with anything in them: no exception, no book that can't be, and a way back. */
import { expect, test } from "bun:test";
import { BOOK_STALE } from "../../../src/book/flags.ts";
import { MD_ENTRIES, MD_SNAPSHOTS } from "../../../src/fix/market-data/counters.ts";
import { mulberry } from "../../e2e/helpers/mulberry.ts";
import { change, MarketDataRig, quote } from "../../support/market-data.ts";

/** Messages per test; HAIRPIN_FUZZ multiplies them. */
const MESSAGES = 20_000 * Number(process.env["HAIRPIN_FUZZ"] ?? 1);
const TAGS = [55, 83, 262, 268, 269, 270, 271, 278, 279, 280, 290, 326, 346, 2446, 1, 99999];
const VALUES = ["", "0", "1", "2", "3", "4", "5", "9", "J", "-1", "100.01", "100.00", "100.005"];
const MORE = ["99999999999", "1e5", "AAPL", "MSFT", "NONE", "b1", "b2", "a1", "x".repeat(300), "."];

function bodyOf(random: () => number, request: string): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const entry = () =>
    [
      `279=${pick(["0", "1", "2", "3", "4", "5", "7", ""])}|`,
      `269=${pick(["0", "1", "2", "J", "4", ""])}|`,
      `55=${pick(["AAPL", "MSFT", "NONE"])}|`,
      `270=${random() < 0.8 ? `100.0${Math.floor(random() * 9)}` : pick(VALUES)}|`,
      `271=${random() < 0.8 ? Math.floor(random() * 9) : pick(VALUES)}|`,
      `278=${pick(MORE)}|`,
      random() < 0.3 ? `290=${pick(VALUES)}|` : "",
      random() < 0.1 ? `83=${Math.floor(random() * 40)}|` : "",
      random() < 0.1 ? `${pick(TAGS)}=${pick([...VALUES, ...MORE])}|` : "",
    ]
      .filter((_, k) => k === 0 || random() < 0.9)
      .join("");
  const count = Math.floor(random() * 5);
  const said = random() < 0.9 ? String(count) : pick([...VALUES, ...MORE]);
  const id = random() < 0.8 ? `262=${request}|` : "";
  const symbol = random() < 0.8 ? `55=${pick(["AAPL", "MSFT"])}|` : "";
  const entries = Array.from({ length: count }, entry).join("");
  return `${id}${symbol}268=${said}|${entries}`;
}

function checkBooks(rig: MarketDataRig): void {
  for (let i = 0; i < 2; i++) {
    const { bids, asks } = rig.books.levels(i);
    for (const [levels, sign] of [
      [bids, -1],
      [asks, 1],
    ] as const) {
      levels.forEach((level, k) => {
        expect(level.px).toBeGreaterThan(0);
        expect(level.qty).toBeGreaterThan(0);
        if (k > 0) expect(sign * (level.px - levels[k - 1]!.px)).toBeGreaterThan(0);
      });
    }
  }
}

for (const [entries, style] of [
  ["price", "each"],
  ["price", "all"],
  ["id", "each"],
] as const) {
  test(`any W, X, Y or f leaves books that can be, entries by ${entries}, asked for ${style}`, () => {
    const random = mulberry(77);
    const rig = new MarketDataRig({
      request: { entries, style, depth: 6, timeoutNs: 1e6, retries: 1_000_000 },
      maxLevels: 64,
    }).up();
    for (let n = 0; n < MESSAGES; n++) {
      const symbol = random() < 0.5 ? "AAPL" : "MSFT";
      const type = ["W", "X", "X", "X", "X", "f", "Y"][
        Math.floor(random() * (n % 97 === 0 ? 7 : 6))
      ]!;
      rig.message(type, bodyOf(random, rig.requestOf(symbol)));
      // A good snapshot now and then: a feed that waits for ever reads nothing.
      if (random() < 0.3) rig.snapshot(symbol, [quote("0", "100.00", 5, `278=${symbol}${n}|`)]);
      rig.poll(1);
      if (rig.sent.length > 100) rig.sent.splice(0, 50);
      if (n % 20 === 0) checkBooks(rig);
      if (n % 500 === 0) {
        rig.down();
        rig.up();
      }
    }
    expect(rig.count(MD_ENTRIES)).toBeGreaterThan(MESSAGES / 20);
    expect(rig.count(MD_SNAPSHOTS)).toBeGreaterThan(MESSAGES / 100);
    rig.down();
    rig.up();
    rig.poll();
    for (const symbol of ["AAPL", "MSFT"]) {
      expect(rig.flags(symbol)).toBe(BOOK_STALE);
      const quotes = [quote("0", "100.01", 5, "278=q1|"), quote("1", "100.02", 6, "278=q2|")];
      rig.snapshot(
        symbol,
        quotes.map((q) => q.replace("278=q", `278=${symbol}`)),
      );
      expect(rig.flags(symbol)).toBe(0);
      const { bids, asks } = rig.books.levels(rig.instruments.find(symbol));
      expect([bids[0]!.px, bids[0]!.qty, asks[0]!.px, asks[0]!.qty]).toEqual([10001, 5, 10002, 6]);
    }
    rig.update([change("1", "0", "100.01", 9, "55=AAPL|278=AAPL1|")]);
    expect(rig.books.levels(0).bids[0]!.qty).toBe(9);
  });
}
