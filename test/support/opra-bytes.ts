/**
 * OPRA messages and blocks as bytes (Pillar output 6.3.a), written field after field: the decoder's
 * tables are not used here.
 */

export interface OpraSeries {
  root: string;
  /** yymmdd */
  expires: string;
  side: "C" | "P";
  /** Dollars. */
  strike: number;
}

/** As `feed_symbol` names it. */
export function osi({ root, expires, side, strike }: OpraSeries): string {
  return `${root}${expires}${side}${String(Math.round(strike * 1000)).padStart(8, "0")}`;
}

export interface Head {
  participant?: string;
  type?: string;
  indicator?: string;
  transaction?: number;
  reference?: number;
}

/** A price as the wire has it. */
export interface WirePrice {
  code: string;
  px: number;
}

export interface Appendage extends WirePrice {
  participant: string;
  size: number;
}

export interface Quote extends Head {
  series: OpraSeries;
  /** Of strike and premiums, where the form has them. Default C and B. */
  strikeCode?: string;
  code?: string;
  bid: number;
  bidSize: number;
  offer: number;
  offerSize: number;
  /** In the order in which they follow. */
  appendages?: Appendage[];
}

class Writer {
  private readonly bytes: number[] = [];

  text(value: string, size: number): this {
    for (const character of value.padEnd(size, " ").slice(0, size)) {
      this.bytes.push(character.charCodeAt(0));
    }
    return this;
  }
  uint(value: number | bigint, size: number): this {
    const wide = BigInt(value);
    for (let i = size - 1; i >= 0; i--) this.bytes.push(Number((wide >> BigInt(8 * i)) & 255n));
    return this;
  }
  end(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

function begin(category: string, head: Head): Writer {
  return new Writer()
    .text(head.participant ?? "C", 1)
    .text(category, 1)
    .text(head.type ?? " ", 1)
    .text(head.indicator ?? " ", 1)
    .uint(head.transaction ?? 7, 4)
    .uint(head.reference ?? 9, 4);
}

const LETTERS = { C: "ABCDEFGHIJKL", P: "MNOPQRSTUVWX" };
const DIVISORS: Record<string, number> = { A: 10, B: 100, C: 1000, D: 10_000, I: 1 };

function expiration(writer: Writer, { expires, side }: OpraSeries): Writer {
  return writer
    .text(LETTERS[side][Number(expires.slice(2, 4)) - 1]!, 1)
    .uint(Number(expires.slice(4, 6)), 1)
    .uint(Number(expires.slice(0, 2)), 1);
}

/** Symbol, reserved byte, expiration, strike: of a d f k. */
function longSeries(writer: Writer, series: OpraSeries, code = "C"): Writer {
  writer.text(series.root, 5).uint(0, 1);
  const strike = Math.round(series.strike * (DIVISORS[code] ?? 1));
  return expiration(writer, series).text(code, 1).uint(strike, 4);
}

function appended(writer: Writer, appendages: readonly Appendage[] = []): Uint8Array {
  for (const { participant, code, px, size } of appendages) {
    writer.text(participant, 1).text(code, 1).uint(px, 4).uint(size, 4);
  }
  return writer.end();
}

/** k */
export function longQuote(quote: Quote): Uint8Array {
  const writer = longSeries(begin("k", quote), quote.series, quote.strikeCode)
    .text(quote.code ?? "B", 1)
    .uint(quote.bid, 4)
    .uint(quote.bidSize, 4)
    .uint(quote.offer, 4)
    .uint(quote.offerSize, 4);
  return appended(writer, quote.appendages);
}

/** q: prices in cents. */
export function shortQuote(quote: Quote): Uint8Array {
  const writer = expiration(begin("q", quote).text(quote.series.root, 4), quote.series)
    .uint(Math.round(quote.series.strike * 10), 2)
    .uint(quote.bid, 2)
    .uint(quote.bidSize, 2)
    .uint(quote.offer, 2)
    .uint(quote.offerSize, 2);
  return appended(writer, quote.appendages);
}

/** a */
export function lastSale(
  series: OpraSeries,
  sale: Head & WirePrice & { volume: number; tradeId?: number },
): Uint8Array {
  return longSeries(begin("a", sale), series)
    .uint(sale.volume, 4)
    .text(sale.code, 1)
    .uint(sale.px, 4)
    .uint(sale.tradeId ?? 0, 4)
    .uint(0, 4)
    .end();
}

/** d */
export function openInterest(series: OpraSeries, volume: number, head: Head = {}): Uint8Array {
  return longSeries(begin("d", head), series).uint(volume, 4).end();
}

/** f, of cents. */
export function summary(
  series: OpraSeries,
  day: { volume: number; openInterest: number; prices: number[]; underlying: bigint },
): Uint8Array {
  const [open = 0, high = 0, low = 0, last = 0, change = 0, bid = 0, offer = 0] = day.prices;
  const writer = longSeries(begin("f", {}), series).uint(day.volume, 4).uint(day.openInterest, 4);
  writer.text("B", 1);
  for (const px of [open, high, low, last, change]) writer.uint(px, 4);
  return writer.text("C", 1).uint(day.underlying, 8).uint(bid, 4).uint(offer, 4).end();
}

/** R */
export function seriesMapping(series: OpraSeries, line: number, code = "C"): Uint8Array {
  const strike = Math.round(series.strike * (DIVISORS[code] ?? 1));
  return expiration(begin("R", {}).text(series.root, 5), series)
    .text(code, 1)
    .uint(strike, 4)
    .uint(line, 2)
    .text("", 128)
    .end();
}

/** Y, of type space. */
export function indexValue(symbol: string, { code, px }: WirePrice): Uint8Array {
  return begin("Y", {}).text(symbol, 5).uint(0, 1).text(code, 1).uint(px, 4).uint(0, 4).end();
}

/** Y, of type I. */
export function indexQuote(symbol: string, code: string, bid: number, offer: bigint): Uint8Array {
  const writer = begin("Y", { type: "I" }).text(symbol, 5).uint(0, 1).text(code, 1);
  return writer.uint(bid, 4).uint(offer, 8).end();
}

/** H, of OPRA itself. */
export function control(type: string, head: Head = {}): Uint8Array {
  return begin("H", { participant: "O", ...head, type }).end();
}

/** C */
export function administrative(text: string): Uint8Array {
  return begin("C", { participant: "O" }).uint(text.length, 2).text(text, text.length).end();
}

export interface BlockOptions {
  /** Default " ". */
  retransmission?: string;
  session?: number;
  version?: number;
  feed?: string;
  seconds?: number;
  nanoseconds?: number;
  /** What the header says, when it shall not be the truth. */
  count?: number;
  size?: number;
  checksum?: number;
}

/** A block; its sum is made by adding byte after byte. */
export function opraBlock(
  seq: number,
  messages: readonly Uint8Array[],
  options: BlockOptions = {},
): Uint8Array {
  const bare = messages.reduce((n, m) => n + m.length, 21);
  const size = bare + (bare % 2);
  const header = new Writer()
    .uint(options.version ?? 6, 1)
    .uint(options.size ?? size, 2)
    .text(options.feed ?? "O", 1)
    .text(options.retransmission ?? " ", 1)
    .uint(options.session ?? 0, 1)
    .uint(seq, 4)
    .uint(options.count ?? messages.length, 1)
    .uint(options.seconds ?? 1_701_291_404, 4)
    .uint(options.nanoseconds ?? 0, 4)
    .uint(0, 2)
    .end();
  const bytes = new Uint8Array(size);
  bytes.set(header);
  let at = 21;
  for (const message of messages) {
    bytes.set(message, at);
    at += message.length;
  }
  let sum = 0;
  for (const byte of bytes) sum += byte;
  const checksum = options.checksum ?? sum % 65_536;
  bytes[19] = checksum >> 8;
  bytes[20] = checksum & 255;
  return bytes;
}
