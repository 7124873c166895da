/** One simulated market, published as ITCH, PITCH and MDP 3.0: the captures lead to the same books. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SIM_PROTOCOLS, type SimProtocol } from "../../../src/sim/protocols.ts";
import { writePackets } from "../../support/replay/generated-capture.ts";
import { runCli as run } from "../../support/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-markets-"));
const captures = Object.fromEntries(SIM_PROTOCOLS.map((p) => [p, join(folder, `${p}.pcapng`)]));
beforeAll(() => {
  for (const protocol of SIM_PROTOCOLS) {
    writePackets(captures[protocol]!, { seed: 5, ms: 400, loss: 0.3, protocol });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

type Level = { px: number; qty: number; count: number };
interface Book {
  symbol: string;
  problem: string;
  priceUnit?: number;
  bids: Level[];
  asks: Level[];
}

/** Ten levels a side of each symbol, prices in 1/10000. */
async function books(protocol: SimProtocol) {
  const { out, err, code } = await run("book", captures[protocol]!, "--json", "--depth", "10");
  expect({ err, code }).toEqual({ err: "", code: 0 });
  const all: Book[] = JSON.parse(out).books;
  const level = (unit: number) => (l: Level) => ({ ...l, px: Math.round(l.px * unit * 10_000) });
  return all
    .map(({ symbol, problem, priceUnit = 0.0001, bids, asks }) => ({
      symbol,
      problem,
      bids: bids.map(level(priceUnit)),
      asks: asks.map(level(priceUnit)),
    }))
    .sort((a, b) => a.symbol.localeCompare(b.symbol));
}

test("every protocol is known by its packets", async () => {
  for (const protocol of SIM_PROTOCOLS) {
    const { out } = await run("feed", "stats", captures[protocol]!, "--json");
    const stats = JSON.parse(out);
    expect(stats).toMatchObject({ protocol, missing: 0, foreign: 0 });
    expect(stats.lines.length).toBeGreaterThan(1);
  }
});

test("books are the same, level by level, whatever the protocol", async () => {
  const itch = await books("itch50");
  expect(itch.map((book) => book.symbol)).toEqual(["AAPL", "MSFT"]);
  for (const book of itch) expect(book.bids.length).toBeGreaterThan(5);
  expect(await books("pitch")).toEqual(itch);
  expect(await books("mdp3")).toEqual(itch);
});
