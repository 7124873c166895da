/**
 * Packets of warm-up in OPRA blocks (Pillar output 6.3.a): quotes that are the best, with both sides,
 * and sales. A block's checksum follows its number.
 */
import type { InstrumentDefinition, Instruments } from "../../book/instruments.ts";
import { type SeriesWords, seriesWords } from "../../feed/opra/series-text.ts";
import { warmCycle } from "./cycle.ts";
import { LevelAuthor, SIDES } from "./level-author.ts";
import { WarmPackets } from "./packets.ts";

const HEADER = 21;
const SEQUENCE = 6;
const CHECKSUM = 19;
/** Far enough from 2^32 for a cycle. */
const SEQUENCE_MAX = 4_000_000_000;
/** Denominators: three decimals of strikes, four of premiums. */
const THOUSAND = "C";
const TEN_THOUSAND = "D";
const U16_MAX = 0xffff;
const SPACE = 0x20;

export function makeOpraPackets(
  instruments: Instruments,
  price: number,
  seed: number,
): WarmPackets {
  return warmCycle(new OpraAuthor(instruments), instruments, price, seed);
}

class OpraAuthor extends LevelAuthor {
  private messages: Uint8Array[] = [];
  private readonly series: SeriesWords[];
  /** Type of the next quote, by instrument: trading or halted. */
  private readonly types: string[];

  constructor(instruments: Instruments) {
    super(instruments);
    this.series = instruments.definitions.map((d) => seriesWords(d.feedSymbol) ?? [0, 0, 0]);
    this.types = instruments.definitions.map(() => " ");
  }

  open(definitions: readonly InstrumentDefinition[]): void {
    this.messages.push(control("C"));
    this.flush();
    definitions.forEach((_, i) => {
      this.status(i, true);
    });
  }

  close(): void {}

  nothing(): void {
    this.messages.push(control("H"));
    this.flush();
    this.messages.push(control("H"));
  }

  status(i: number, isTrading: boolean): void {
    this.types[i] = isTrading ? " " : "T";
    this.dirty.add(i);
    this.step();
  }

  finish(prologue: number): WarmPackets {
    const numbers = { at: SEQUENCE, isLittle: false, snapshotAt: 0, sumAt: CHECKSUM };
    return new WarmPackets(this.packets, prologue, { ...numbers, bytes: 4, max: SEQUENCE_MAX });
  }

  protected write(): void {
    for (const { i, shares, px } of this.sales) this.messages.push(this.sale(i, shares, px));
    for (const i of this.dirty) this.messages.push(this.quote(i));
    const { messages } = this;
    if (messages.length === 0) return;
    this.messages = [];
    const body = messages.reduce((n, m) => n + m.length, HEADER);
    const bytes = new Uint8Array(body + (body & 1));
    const view = new DataView(bytes.buffer);
    bytes[0] = 6;
    view.setUint16(1, bytes.length);
    bytes[3] = "O".charCodeAt(0);
    bytes[4] = SPACE;
    bytes[10] = messages.length;
    let at = HEADER;
    for (const message of messages) {
      bytes.set(message, at);
      at += message.length;
    }
    this.packets.push({ bytes, messages: 1 });
  }

  /** In the short form where it fits: cents, and strikes of tenths. */
  private quote(i: number): Uint8Array {
    const [bid, ask] = SIDES.map((side) => this.levels(i, side)[0] ?? { px: 0, qty: 0 });
    const indicator = bid!.qty === 0 ? (ask!.qty === 0 ? "L" : "J") : ask!.qty === 0 ? "H" : "F";
    const [word0, word1, strike] = this.series[i]!;
    const isShort =
      word1 >>> 24 === SPACE &&
      fitsShort(strike) &&
      [bid!, ask!].every(({ px, qty }) => fitsShort(px) && qty <= U16_MAX);
    const bytes = message(isShort ? "q" : "k", this.types[i]!, indicator, isShort ? 29 : 43);
    const view = new DataView(bytes.buffer);
    if (isShort) {
      view.setUint32(12, word0);
      view.setUint32(16, (word1 << 8) >>> 0);
      view.setUint16(19, strike / 100);
      view.setUint16(21, bid!.px / 100);
      view.setUint16(23, bid!.qty);
      view.setUint16(25, ask!.px / 100);
      view.setUint16(27, ask!.qty);
      return bytes;
    }
    this.writeSeries(view, i);
    view.setUint8(26, TEN_THOUSAND.charCodeAt(0));
    view.setInt32(27, bid!.px);
    view.setUint32(31, bid!.qty);
    view.setInt32(35, ask!.px);
    view.setUint32(39, ask!.qty);
    return bytes;
  }

  private sale(i: number, shares: number, px: number): Uint8Array {
    const bytes = message("a", "I", " ", 43);
    const view = new DataView(bytes.buffer);
    this.writeSeries(view, i);
    view.setUint32(26, shares);
    view.setUint8(30, TEN_THOUSAND.charCodeAt(0));
    view.setInt32(31, px);
    return bytes;
  }

  /** 12 symbol[5], 17 reserved, 18 month, day, year, 21 denominator, 22 strike */
  private writeSeries(view: DataView, i: number): void {
    const [word0, word1, strike] = this.series[i]!;
    view.setUint32(12, word0);
    view.setUint8(16, word1 >>> 24);
    view.setUint8(18, word1 >>> 16);
    view.setUint8(19, word1 >>> 8);
    view.setUint8(20, word1);
    view.setUint8(21, THOUSAND.charCodeAt(0));
    view.setUint32(22, strike);
  }
}

/** True for a number of hundredths of the short form's unit that it can hold. */
function fitsShort(value: number): boolean {
  return value % 100 === 0 && value / 100 <= U16_MAX;
}

/** 0 participant, 1 category, 2 type, 3 indicator, 4 transaction id, 8 reference */
function message(category: string, type: string, indicator: string, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const participant = category === "H" ? "O" : "C";
  const head = participant + category + type + indicator;
  for (let k = 0; k < head.length; k++) bytes[k] = head.charCodeAt(k);
  return bytes;
}

/** C start of the day, H no known one: it tells nothing. */
function control(type: string): Uint8Array {
  return message("H", type, " ", 12);
}
