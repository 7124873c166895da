/**
 * A day on an OPRA line in small: exchanges quote series, OPRA says with each quote what becomes of the
 * best bid and offer. What it says is worked out here from all quotes, which the receiver does not
 * have. Same seed, same bytes.
 */
import {
  type Appendage,
  control,
  lastSale,
  longQuote,
  type OpraSeries,
  opraBlock,
  osi,
  type Quote,
  shortQuote,
} from "./opra-bytes.ts";

export interface Best {
  participant: string;
  /** Cents. */
  px: number;
  size: number;
}

export interface OpraDay {
  /** In order; sequences from 1. */
  blocks: Uint8Array[];
  messages: number;
  series: OpraSeries[];
  /** By OSI symbol: at the end. */
  best: Map<string, BestOfSeries>;
  /** By block: what is the best from it on, of the series that it names in quotes. */
  changes: Map<string, BestOfSeries>[];
}

export interface BestOfSeries {
  bid: Best | null;
  offer: Best | null;
}

interface Side {
  px: number;
  size: number;
}

const PARTICIPANTS = [..."ABCDEHIMNPQTUXZ"];
const ROOTS = ["AMZN", "SPY", "F", "SPXW", "BRKB", "AMZN1"];
/** Bytes of a block, as OPRA bounds them. */
const BLOCK_BYTES_MAX = 1000;
const MESSAGES_MAX = 20;
/** A long quote with two appendages. */
const MESSAGE_BYTES_MAX = 63;

/** What is said of the bid and of the offer, to the indicator. */
const INDICATORS: Record<string, string> = {
  "same same": "A",
  "same quote": "B",
  "same other": "C",
  "same none": "D",
  "quote same": "E",
  "quote quote": "F",
  "quote other": "G",
  "quote none": "H",
  "none same": "I",
  "none quote": "J",
  "none other": "K",
  "none none": "L",
  "other same": "M",
  "other quote": "N",
  "other other": "O",
  "other none": "P",
};

/** `seed` to numbers in [0, 1). */
export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Different series: roots in turn, calls and puts, strikes going up. */
export function makeSeries(count: number): OpraSeries[] {
  return Array.from({ length: count }, (_, i) => ({
    root: ROOTS[i % ROOTS.length]!,
    expires: ["231229", "240119", "240621"][Math.floor(i / ROOTS.length) % 3]!,
    side: i % 2 === 0 ? "C" : "P",
    strike: 20 + Math.floor(i / 6) * 2.5 + (i % 7 === 0 ? 0.25 : 0),
  }));
}

class Market {
  readonly best = new Map<string, BestOfSeries>();
  /** Since they were last taken away. */
  changes = new Map<string, BestOfSeries>();
  private readonly quotes = new Map<string, Map<string, { bid: Side; offer: Side }>>();

  constructor(private readonly random: () => number) {}

  /** The next message of a series: mostly a quote, now and then a sale. */
  next(series: OpraSeries): Uint8Array {
    const symbol = osi(series);
    // Some series are quoted by one exchange, some by all.
    const exchanges = PARTICIPANTS.slice(
      0,
      1 + (Math.floor(series.strike * 3) % PARTICIPANTS.length),
    );
    const participant = this.pick(exchanges);
    if (this.random() < 0.02) {
      const volume = 1 + this.below(50);
      return lastSale(series, { participant, type: "I", code: "B", px: 100, volume });
    }
    const all = this.quotes.get(symbol) ?? new Map<string, { bid: Side; offer: Side }>();
    this.quotes.set(symbol, all);
    const mine = this.renew(all.get(participant), this.fair(series));
    all.set(participant, mine);
    const before = this.best.get(symbol) ?? { bid: null, offer: null };
    const bid = bestOf(all, "bid", before.bid);
    const offer = bestOf(all, "offer", before.offer);
    this.best.set(symbol, { bid, offer });
    this.changes.set(symbol, { bid, offer });
    const saidBid = said(before.bid, bid, participant);
    const saidOffer = said(before.offer, offer, participant);
    const appendages: Appendage[] = [];
    if (saidBid === "other") appendages.push({ ...bid!, code: "B" });
    if (saidOffer === "other") appendages.push({ ...offer!, code: "B" });
    return this.encode({
      participant,
      indicator: INDICATORS[`${saidBid} ${saidOffer}`]!,
      series,
      bid: mine.bid.px,
      bidSize: mine.bid.size,
      offer: mine.offer.px,
      offerSize: mine.offer.size,
      appendages,
    });
  }

  /** Short when it fits, as an exchange would; else long, in cents or tenths of them. */
  private encode(quote: Quote): Uint8Array {
    const { root, strike } = quote.series;
    const isShort = root.length <= 4 && Number.isInteger(strike * 10);
    if (isShort) return shortQuote(quote);
    if (this.random() < 0.5) return longQuote(quote);
    return longQuote({ ...quote, code: "C", bid: quote.bid * 10, offer: quote.offer * 10 });
  }

  /** Most quotes move one side a little; a few are withdrawn. */
  private renew(last: { bid: Side; offer: Side } | undefined, fair: number) {
    const drawn = this.random();
    if (drawn < 0.04) return { bid: { px: 0, size: 0 }, offer: { px: 0, size: 0 } };
    if (last === undefined || drawn < 0.2) {
      const width = 2 + this.below(4);
      return { bid: this.side(fair - width), offer: this.side(fair + width) };
    }
    const isBid = this.random() < 0.5;
    const side = isBid ? last.bid : last.offer;
    const isThere = side.px > 0 && drawn < 0.95;
    const px = isThere ? Math.max(1, side.px + this.below(3) - 1) : 0;
    const moved = { px, size: isThere ? 1 + this.below(400) : 0 };
    return isBid ? { bid: moved, offer: last.offer } : { bid: last.bid, offer: moved };
  }

  private side(px: number): Side {
    const isThere = px > 0 && this.random() < 0.7;
    return isThere ? { px, size: 1 + this.below(400) } : { px: 0, size: 0 };
  }

  private fair({ strike }: OpraSeries): number {
    return 50 + Math.floor(strike) + this.below(3);
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}

function bestOf(
  quotes: Map<string, { bid: Side; offer: Side }>,
  name: "bid" | "offer",
  before: Best | null,
): Best | null {
  let best: Best | null = null;
  for (const [participant, quote] of quotes) {
    const { px, size } = quote[name];
    if (px === 0 || size === 0) continue;
    const better = best === null || (name === "bid" ? px > best.px : px < best.px);
    // Of equals the one that was there before, else the first that quoted.
    const stays = best !== null && px === best.px && participant === before?.participant;
    if (better || stays) best = { participant, px, size };
  }
  return best;
}

function said(before: Best | null, now: Best | null, participant: string): string {
  if (before === null || now === null) {
    if (before === now) return "same";
    if (now === null) return "none";
  } else if (
    before.participant === now.participant &&
    before.px === now.px &&
    before.size === now.size
  ) {
    return "same";
  }
  return now!.participant === participant ? "quote" : "other";
}

export interface OpraDayOptions {
  seed: number;
  series: OpraSeries[];
  messages: number;
  /** Start of day in the first block. Default true. */
  startsDay?: boolean;
  firstSeq?: number;
}

/** `messages` messages in blocks of up to a thousand bytes. */
export function makeOpraDay(options: OpraDayOptions): OpraDay {
  const random = randomOf(options.seed);
  const market = new Market(random);
  const blocks: Uint8Array[] = [];
  let seq = options.firstSeq ?? 1;
  let pending: Uint8Array[] = [];
  let size = 21;
  const changes: OpraDay["changes"] = [];
  const close = () => {
    if (pending.length > 0) {
      blocks.push(opraBlock(seq++, pending));
      changes.push(market.changes);
      market.changes = new Map();
    }
    pending = [];
    size = 21;
  };
  if (options.startsDay ?? true) {
    pending.push(control("C"));
    close();
  }
  for (let n = 0; n < options.messages; n++) {
    const series = options.series[Math.floor(random() * options.series.length)]!;
    const isFull = size + MESSAGE_BYTES_MAX > BLOCK_BYTES_MAX || pending.length === MESSAGES_MAX;
    if (isFull || random() < 0.1) close();
    const message = market.next(series);
    pending.push(message);
    size += message.length;
  }
  close();
  const { messages, series } = options;
  return { blocks, messages, series, best: market.best, changes };
}
