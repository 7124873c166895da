/**
 * The books of one CME channel in a capture. Instruments are those that definitions bring, and those
 * that updates name without one: then prices are as on the wire, and the unit is the finest that the
 * first price leaves room for.
 */
import { type InstrumentDefinition, Instruments } from "../../book/instruments.ts";
import { Mdp3Books } from "../../book/mdp3-books.ts";
import { displayIncrement } from "../../book/mdp3-units.ts";
import { FEED_BAD_LENGTH } from "../../feed/counters.ts";
import {
  ROLE_DEFINITION as DEFINITION,
  Mdp3Decoder,
  ROLE_SNAPSHOT as SNAPSHOT,
} from "../../feed/mdp3/mdp3.ts";
import { describeMdp3, type Mdp3Group, MESSAGE_HEADER_BYTES } from "../../feed/mdp3/mdp3-fields.ts";
import type { Mdp3Definition } from "../../feed/mdp3/mdp3-sink.ts";
import { MessagePlans } from "../../feed/mdp3/message-plans.ts";
import { applyMessages } from "../../feed/mdp3/packet-framing.ts";
import type { SbeField, SbeSchema } from "../../feed/mdp3/sbe-schema.ts";
import { MSG_TEMPLATE } from "../../feed/mdp3/wire.ts";
import { bookRow, NO_EVENTS, watchedInstrument } from "./instruments.ts";
import {
  type CaptureBook,
  type CaptureBookSet,
  type CaptureBooksOptions,
  type Frame,
  ROLE_SNAPSHOT,
} from "./protocol.ts";

const INSTRUMENTS_MAX = 16_384;
/** Of an instrument whose first update has no price. */
const UNIT = 1e-4;
const DECIMALS_MAX = 9;
/** Lines of a capture may be of different times: no snapshot is too far ahead. */
const LIVE_UNKNOWN = Number.POSITIVE_INFINITY;
/** Prices may grow by half before they no longer fit. */
const UNITS_MAX = 0x7fffffff / 1.5;

export class Mdp3BookSet implements CaptureBookSet {
  readonly decoder: NotingDecoder;
  private readonly books: NamingBooks;
  private readonly instruments = new Instruments([], INSTRUMENTS_MAX);
  /** SecurityID by instrument. */
  private readonly ids: number[] = [];
  private readonly symbols: ReadonlySet<string> | undefined;
  private readonly counters: Float64Array;

  /** Throws SbeSchemaError when books can't be made by the schema. */
  constructor(schema: SbeSchema, options: CaptureBooksOptions, counters: Float64Array) {
    this.symbols = options.symbols;
    this.counters = counters;
    this.books = new NamingBooks({
      feed: 0,
      instruments: this.instruments,
      exponents: new MessagePlans(schema).exponents,
      beginsLoose: true,
      wildcard: (definition) => this.define(definition),
      undefinedAs: (securityId) => this.adopt(securityId),
      events: NO_EVENTS,
      counters,
    });
    this.decoder = new NotingDecoder(schema, this.books, counters);
  }

  get unread(): number {
    return this.decoder.undescribed + this.counters[FEED_BAD_LENGTH]!;
  }

  clear(): void {
    this.books.clear();
  }

  side(role: number, view: DataView, bytes: Uint8Array, frame: Frame, line: number): void {
    const { decoder } = this;
    const isSnapshot = role === ROLE_SNAPSHOT;
    decoder.sidePacket(isSnapshot ? SNAPSHOT : DEFINITION, line, frame.seq, LIVE_UNKNOWN);
    applyMessages(decoder, view, bytes, frame.at, frame.size);
    decoder.flush(true);
  }

  /** By SecurityID, as the channel brought them; implied levels beside the others. */
  *rows(): Generator<CaptureBook> {
    for (let i = 0; i < this.instruments.count; i++) {
      if (!this.books.isSeen(i)) continue;
      const id = this.ids[i]!;
      const row = bookRow(this.instruments, this.books, i, id, "levels");
      const implied = this.books.impliedLevels(i);
      const hasImplied = implied.bids.length + implied.asks.length > 0;
      const symbol = this.books.names.get(id) ?? row.symbol;
      yield { ...row, symbol, ...(hasImplied ? { implied } : {}) };
    }
  }

  private define(definition: Mdp3Definition): InstrumentDefinition | null {
    const { securityId, symbol } = definition;
    return this.add(securityId, symbol, displayIncrement(definition) ?? UNIT);
  }

  /** Named by its number; the message at hand tells a price of it. */
  private adopt(securityId: number): InstrumentDefinition | null {
    const price = this.decoder.priceOf(securityId);
    return this.add(securityId, String(securityId), price === undefined ? UNIT : unitOf(price));
  }

  private add(securityId: number, symbol: string, priceUnit: number): InstrumentDefinition | null {
    const { symbols } = this;
    const isWanted = symbols?.has(symbol) ?? true;
    if (!isWanted && symbols?.has(String(securityId)) !== true) return null;
    this.ids[this.instruments.count] = securityId;
    return watchedInstrument(symbol, priceUnit);
  }
}

/** The finest power of ten that leaves room. */
function unitOf(price: number): number {
  for (let decimals = DECIMALS_MAX; decimals > 0; decimals--) {
    if (Math.abs(price) * 10 ** decimals <= UNITS_MAX) return Number(`1e-${decimals}`);
  }
  return 1;
}

/** Books that remember how definitions name what updates had named by number. */
class NamingBooks extends Mdp3Books {
  readonly names = new Map<number, string>();

  override onDefinition(definition: Mdp3Definition): void {
    this.names.set(definition.securityId, definition.symbol);
    super.onDefinition(definition);
  }
}

/** A decoder that can be asked about the message at hand. */
class NotingDecoder extends Mdp3Decoder {
  /** Messages of templates that the schema does not have. */
  undescribed = 0;
  private readonly fields: SbeSchema;
  private bytes: Uint8Array = new Uint8Array();
  private at = 0;
  private length = 0;

  constructor(schema: SbeSchema, sink: Mdp3Books, counters: Float64Array) {
    super({ schema, sink, counters });
    this.fields = schema;
  }

  override decode(view: DataView, bytes: Uint8Array, at: number, length: number): void {
    this.bytes = bytes;
    this.at = at;
    this.length = length;
    const template = length < MESSAGE_HEADER_BYTES ? -1 : view.getUint16(at + MSG_TEMPLATE, true);
    if (!this.fields.messages.has(template)) this.undescribed++;
    super.decode(view, bytes, at, length);
  }

  /** The first price of a security in the message; undefined when it tells none. */
  priceOf(securityId: number): number | undefined {
    const record = describeMdp3(this.fields, this.bytes, this.at, this.length);
    if (record === undefined) return undefined;
    const message = this.fields.messages.get(record.t)!;
    const isOfRoot = record["SecurityID"] === securityId;
    for (const { name, fields } of message.groups) {
      for (const entry of (record[name] ?? []) as Mdp3Group[]) {
        if (!isOfRoot && entry["SecurityID"] !== securityId) continue;
        const price = firstPrice(entry, fields);
        if (price !== undefined) return price;
      }
    }
    return isOfRoot ? firstPrice(record, message.fields) : undefined;
  }
}

function firstPrice(entry: Mdp3Group, fields: readonly SbeField[]): number | undefined {
  for (const { name, type } of fields) {
    const mantissa = entry[name];
    if (type.exponent === undefined || mantissa === null || mantissa === undefined) continue;
    return Number(`${mantissa}e${type.exponent}`);
  }
  return undefined;
}
