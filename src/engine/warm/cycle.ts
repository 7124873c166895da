/** The story that every protocol of warm-up tells: an opening, then a cycle of orders and halts. */
import type { InstrumentDefinition, Instruments } from "../../book/instruments.ts";
import type { WarmPackets } from "./packets.ts";
import { Walk, type WarmScribe } from "./walk.ts";

/** Writes the story in the packets of a protocol. */
export interface WarmAuthor extends WarmScribe {
  /** Packets that are there. */
  readonly count: number;
  /** The day begins: every instrument is presented and trades. */
  open(definitions: readonly InstrumentDefinition[]): void;
  /** Halted, or trading again. */
  status(i: number, isTrading: boolean): void;
  /** Short sales are restricted, or no longer. */
  shortSales(i: number, isRestricted: boolean): void;
  /** End of a packet; nothing when it would be empty. */
  flush(): void;
  /** Two packets that change nothing: a feed without instruments plays a cycle, too. */
  nothing(): void;
  /** Books are empty: whatever else must be as it was after the opening. */
  close(definitions: readonly InstrumentDefinition[]): void;
  finish(prologue: number): WarmPackets;
}

const STEPS_PER_CYCLE = 1500;
const INSTRUMENTS_MAX = 4;

/** `price` is the currency price around which the books move. */
export function warmCycle(
  author: WarmAuthor,
  instruments: Instruments,
  price: number,
  seed: number,
): WarmPackets {
  const random = randomFrom(seed);
  const definitions = instruments.definitions.slice(0, INSTRUMENTS_MAX);
  author.open(definitions);
  author.flush();
  const prologue = author.count;
  const walks = definitions.map((_, i) => new Walk(author, instruments, i, price, random));
  for (let n = 0; n < STEPS_PER_CYCLE; n++) {
    const k = Math.floor(random() * walks.length);
    const walk = walks[k];
    if (walk === undefined) break;
    if (n % 500 === 250) {
      author.status(k, false);
      author.flush();
      author.status(k, true);
      author.shortSales(k, n <= 700);
    }
    walk.step();
    if (random() < 0.7) author.flush();
  }
  for (const walk of walks) walk.clear();
  if (walks.length === 0) author.nothing();
  author.close(definitions);
  author.flush();
  return author.finish(prologue);
}

/** Small deterministic generator (mulberry32): uniform in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Price in 1/10000 of currency, as ITCH and PITCH have it, of that many of a price's units. */
export function decimalPrice(instruments: Instruments, i: number, units: number): number {
  const px = (units * instruments.feedDivisor[i]!) / instruments.feedFactor[i]!;
  return Math.max(1, Math.round(px));
}
