// @hot
/**
 * The messages of one OUCH session in its send arena, each as a SoupBinTCP packet of its own: fixed
 * parts are written once, an order patches the rest.
 *
 *   base: | O: U packet, enter order | U: replace | X: cancel | Q: account query |
 *
 * Behind the fixed part of an order stand the tags that are always sent (Firm), then MinQty and
 * PostOnly where the order asks for them; the lengths of packet and appendage are patched with them.
 */
import type { Instruments } from "../book/instruments.ts";
import {
  ORDER_FOK,
  ORDER_IOC,
  ORDER_POST_ONLY,
  ORDER_SHORT,
  ORDER_SHORT_EXEMPT,
} from "../core/codes.ts";
import { SOUP_HEADER_BYTES, SOUP_UNSEQUENCED, writeSoupHeader } from "../net/soup/soup-packets.ts";
import type { OuchOrderTerms } from "./options.ts";
import { OUCH_ID_BYTES, writeOuchId } from "./ouch-id.ts";
import { OUCH_CANCEL, OUCH_ENTER, OUCH_QUERY, OUCH_REPLACE, writeU32 } from "./wire.ts";

const TEMPLATE_BYTES = 128;
/** Bytes of the send arena that the templates of a session take. */
export const OUCH_TEMPLATES_BYTES = 4 * TEMPLATE_BYTES;
/** Shares must be fewer. */
export const OUCH_QUANTITY_MAX = 999_999;
/** Highest limit, 1/10000: what lies above is refused, or means a market order. */
const PRICE_MAX = 1_999_999_900;
const SYMBOL_BYTES = 8;

const O_FIXED = 47;
const O_REF = 1;
const O_SIDE = 5;
const O_QUANTITY = 6;
const O_SYMBOL = 10;
const O_PRICE = 18;
const O_TIME_IN_FORCE = 26;
const O_CLORDID = 31;
const U_FIXED = 40;
const U_ORIG = 1;
const U_REF = 5;
const U_QUANTITY = 9;
const U_PRICE = 13;
const U_TIME_IN_FORCE = 21;
const U_CLORDID = 24;
const X_FIXED = 9;
const X_REF = 1;
const X_QUANTITY = 5;
const Q_FIXED = 1;

const TAG_FIRM = 2;
const TAG_MIN_QTY = 3;
const TAG_POST_ONLY = 12;
const POST_ONLY = 0x50;
const IMMEDIATE = 0x33;
const BUY = 0x42;
const SELL = 0x53;
const SELL_SHORT = 0x54;
const SELL_SHORT_EXEMPT = 0x45;
const FOUR = 10_000;

export class OuchTemplates {
  readonly tx: Uint8Array;
  /** The packet encoded last: tx[start .. start + length). */
  start = 0;
  length = 0;
  /** By instrument: 1/10000 currency per price unit. */
  readonly scale: Float64Array;
  private readonly symbols: Uint8Array;
  private readonly ours: Uint8Array;
  private readonly count: number;
  private readonly enterAt: number;
  private readonly replaceAt: number;
  private readonly cancelAt: number;
  private readonly queryAt: number;
  private readonly idAt: number;
  private readonly timeInForce: number;
  /** Bytes of the tags that every order has. */
  private readonly fixedTags: number;

  /** base: offset of OUCH_TEMPLATES_BYTES in tx. Throws one sentence for what OUCH can't tell. */
  constructor(
    tx: Uint8Array,
    base: number,
    instruments: Instruments,
    session: number,
    idPrefix: string,
    terms: OuchOrderTerms,
  ) {
    this.tx = tx;
    this.enterAt = base + SOUP_HEADER_BYTES;
    this.replaceAt = this.enterAt + TEMPLATE_BYTES;
    this.cancelAt = this.replaceAt + TEMPLATE_BYTES;
    this.queryAt = this.cancelAt + TEMPLATE_BYTES;
    this.idAt = idPrefix.length;
    this.timeInForce = terms.timeInForce.charCodeAt(0);
    this.fixedTags = terms.firm === "" ? 0 : 6;
    this.writeFixed(idPrefix, terms);
    const n = Math.max(1, instruments.count);
    this.count = instruments.count;
    this.scale = new Float64Array(new ArrayBuffer(8 * n));
    this.ours = new Uint8Array(new ArrayBuffer(n));
    this.symbols = new Uint8Array(new ArrayBuffer(SYMBOL_BYTES * n)).fill(0x20);
    for (let i = 0; i < instruments.count; i++) {
      if (instruments.session[i] !== session) continue;
      this.ours[i] = 1;
      this.scale[i] = scaleOf(instruments, i);
      const symbol = instruments.definitions[i]!.orderSymbol;
      for (let k = 0; k < symbol.length; k++) {
        this.symbols[SYMBOL_BYTES * i + k] = symbol.charCodeAt(k);
      }
    }
  }

  /** True when the instrument trades on this session. */
  trades(instrument: number): boolean {
    return instrument >= 0 && instrument < this.count && this.ours[instrument] === 1;
  }

  /** True when the price is one that OUCH takes for a limit. */
  canTell(instrument: number, px: number): boolean {
    return px > 0 && px * this.scale[instrument]! <= PRICE_MAX;
  }

  encodeNew(
    ref: number,
    slot: number,
    generation: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
  ): void {
    const tx = this.tx;
    const at = this.enterAt;
    writeU32(tx, at + O_REF, ref);
    tx[at + O_SIDE] = sideOf(side, flags);
    writeU32(tx, at + O_QUANTITY, qty);
    const from = SYMBOL_BYTES * instrument;
    for (let i = 0; i < SYMBOL_BYTES; i++) tx[at + O_SYMBOL + i] = this.symbols[from + i]!;
    this.writePrice(at + O_PRICE, px * this.scale[instrument]!);
    tx[at + O_TIME_IN_FORCE] = this.timeInForceOf(flags);
    writeOuchId(tx, at + O_CLORDID + this.idAt, slot, generation);
    this.finish(at, O_FIXED, this.fixedTags, qty, flags);
  }

  encodeReplace(
    orig: number,
    ref: number,
    slot: number,
    generation: number,
    instrument: number,
    qty: number,
    px: number,
    flags: number,
  ): void {
    const tx = this.tx;
    const at = this.replaceAt;
    writeU32(tx, at + U_ORIG, orig);
    writeU32(tx, at + U_REF, ref);
    writeU32(tx, at + U_QUANTITY, qty);
    this.writePrice(at + U_PRICE, px * this.scale[instrument]!);
    tx[at + U_TIME_IN_FORCE] = this.timeInForceOf(flags);
    writeOuchId(tx, at + U_CLORDID + this.idAt, slot, generation);
    this.finish(at, U_FIXED, 0, qty, flags);
  }

  /** quantity: the size that the order is to have in all; 0 = nothing more of it may trade. */
  encodeCancel(ref: number, quantity: number): void {
    writeU32(this.tx, this.cancelAt + X_REF, ref);
    writeU32(this.tx, this.cancelAt + X_QUANTITY, quantity);
    this.packet(this.cancelAt, X_FIXED);
  }

  encodeQuery(): void {
    this.packet(this.queryAt, Q_FIXED);
  }

  private timeInForceOf(flags: number): number {
    return (flags & (ORDER_IOC | ORDER_FOK)) !== 0 ? IMMEDIATE : this.timeInForce;
  }

  /** value: 1/10000 currency, whole. */
  private writePrice(at: number, value: number): void {
    writeU32(this.tx, at, Math.floor(value / 4294967296));
    writeU32(this.tx, at + 4, value >>> 0);
  }

  /** Adds the tags that the flags ask for. Fill or kill: immediate, and all of it at least. */
  private finish(at: number, fixed: number, tags: number, qty: number, flags: number): void {
    const tx = this.tx;
    let size = tags;
    if ((flags & ORDER_FOK) !== 0) {
      tx[at + fixed + size] = 5;
      tx[at + fixed + size + 1] = TAG_MIN_QTY;
      writeU32(tx, at + fixed + size + 2, qty);
      size += 6;
    }
    if ((flags & ORDER_POST_ONLY) !== 0) {
      tx[at + fixed + size] = 2;
      tx[at + fixed + size + 1] = TAG_POST_ONLY;
      tx[at + fixed + size + 2] = POST_ONLY;
      size += 3;
    }
    tx[at + fixed - 2] = 0;
    tx[at + fixed - 1] = size;
    this.packet(at, fixed + size);
  }

  private packet(at: number, length: number): void {
    this.start = at - SOUP_HEADER_BYTES;
    this.length = writeSoupHeader(this.tx, this.start, SOUP_UNSEQUENCED, length);
  }

  /** @cold */
  private writeFixed(idPrefix: string, terms: OuchOrderTerms): void {
    const tx = this.tx;
    const o = this.enterAt;
    tx[o] = OUCH_ENTER;
    writeText(tx, o + 27, terms.display + terms.capacity + terms.interMarketSweep + "N", 4);
    writeText(tx, o + O_CLORDID, idPrefix, OUCH_ID_BYTES);
    if (terms.firm !== "") {
      tx[o + O_FIXED] = 5;
      tx[o + O_FIXED + 1] = TAG_FIRM;
      writeText(tx, o + O_FIXED + 2, terms.firm, 4);
    }
    const u = this.replaceAt;
    tx[u] = OUCH_REPLACE;
    writeText(tx, u + 22, terms.display + terms.interMarketSweep, 2);
    writeText(tx, u + U_CLORDID, idPrefix, OUCH_ID_BYTES);
    tx[this.cancelAt] = OUCH_CANCEL;
    tx[this.queryAt] = OUCH_QUERY;
  }
}

function sideOf(side: number, flags: number): number {
  if (side > 0) return BUY;
  if ((flags & ORDER_SHORT_EXEMPT) !== 0) return SELL_SHORT_EXEMPT;
  return (flags & ORDER_SHORT) !== 0 ? SELL_SHORT : SELL;
}

/** @cold */
function writeText(tx: Uint8Array, at: number, text: string, size: number): void {
  for (let i = 0; i < size; i++) tx[at + i] = i < text.length ? text.charCodeAt(i) : 0x20;
}

/** @cold */
function scaleOf(instruments: Instruments, i: number): number {
  const { symbol, orderSymbol, priceUnit } = instruments.definitions[i]!;
  const scale = Math.round(priceUnit * FOUR);
  if (scale < 1 || scale > 1 << 21 || Math.abs(scale / FOUR - priceUnit) > 1e-9) {
    throw new Error(
      `instrument ${symbol}: price unit ${priceUnit} is no multiple of 0.0001 up to 200, and OUCH has four decimals`,
    );
  }
  if (!/^[\x21-\x7e]{1,8}$/.test(orderSymbol)) {
    throw new Error(
      `instrument ${symbol}: order symbol "${orderSymbol}"; OUCH takes 1 to 8 characters`,
    );
  }
  return scale;
}
