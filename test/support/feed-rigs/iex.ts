/** IEX DEEP and TOPS: nobody is asked. A book of DEEP stays stale, one of TOPS heals at its next quote. */
import { level, quote, segment, TOPS } from "../iex-bytes.ts";
import { drawFrom, packetsOf, type Rig, SYMBOLS } from "./rig.ts";

const STEPS = 150;
/** So many that a few packets do not quote them all. */
const TOPS_SYMBOLS = Array.from({ length: 16 }, (_, k) => `T${k}`);

function deepMessages(seed: number): Uint8Array[] {
  const draw = drawFrom(seed);
  const there = new Set<string>();
  return Array.from({ length: STEPS }, () => {
    const side = draw(2) === 0 ? "8" : "5";
    const px = 10_000 * (side === "8" ? 100 - draw(6) : 101 + draw(6));
    const symbol = SYMBOLS[draw(SYMBOLS.length)]!;
    const key = `${symbol} ${side} ${px}`;
    // Only a level that is there can be taken away: else the book doubts what it knows.
    const size = 100 * draw(5) || (there.has(key) ? 0 : 100);
    if (size === 0) there.delete(key);
    else there.add(key);
    return level(side, symbol, size, px);
  });
}

function topsQuote(symbol: string, draw: (n: number) => number): Uint8Array {
  const bid = 10_000 * (100 - draw(6));
  const ask = 10_000 * (101 + draw(6));
  return quote(symbol, [100 * (1 + draw(9)), bid], [100 * (1 + draw(9)), ask]);
}

function topsMessages(seed: number): Uint8Array[] {
  const draw = drawFrom(seed);
  const some = Array.from({ length: STEPS }, () =>
    topsQuote(TOPS_SYMBOLS[draw(TOPS_SYMBOLS.length)]!, draw),
  );
  // The last words of each symbol: what heals is no news.
  return [...some, ...TOPS_SYMBOLS.map((symbol) => topsQuote(symbol, drawFrom(seed + 1)))];
}

export const deepRig: Rig = {
  name: "IEX DEEP",
  options: { protocol: "deep" },
  packets: (seed) => packetsOf(deepMessages(seed), drawFrom(seed + 7), (n, m) => segment(n, m)),
  heartbeat: (seq) => segment(seq),
  heals: false,
};

export const topsRig: Rig = {
  name: "IEX TOPS",
  options: { protocol: "tops" },
  symbols: TOPS_SYMBOLS,
  packets: (seed) =>
    packetsOf(topsMessages(seed), drawFrom(seed + 7), (n, m) => segment(n, m, { protocol: TOPS })),
  heartbeat: (seq) => segment(seq, [], { protocol: TOPS }),
  healing: (seed, packets) => {
    const next = packets.at(-1)!.end;
    const quotes = TOPS_SYMBOLS.map((symbol) => topsQuote(symbol, drawFrom(seed + 1)));
    return [{ line: 0, bytes: segment(next, quotes, { protocol: TOPS }) }];
  },
};
