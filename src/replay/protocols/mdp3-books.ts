/**
 * The books of one CME channel in a capture. Instruments are those that definitions bring, and those
 * that updates name without one: then prices are as on the wire, and the unit is what a look at the
 * capture says.
 */
import { type InstrumentDefinition, Instruments } from "../../book/instruments.ts";
import { Mdp3Books } from "../../book/mdp3-books.ts";
import { displayIncrement } from "../../book/mdp3-units.ts";
import { WAITING } from "../../book/rpt-recovery.ts";
import { FEED_BAD_LENGTH } from "../../feed/counters.ts";
import {
  ROLE_DEFINITION as DEFINITION,
  Mdp3Decoder,
  ROLE_SNAPSHOT as SNAPSHOT,
} from "../../feed/mdp3/mdp3.ts";
import { MESSAGE_HEADER_BYTES } from "../../feed/mdp3/mdp3-fields.ts";
import type { Mdp3Definition } from "../../feed/mdp3/mdp3-sink.ts";
import { MessagePlans } from "../../feed/mdp3/message-plans.ts";
import { applyMessages } from "../../feed/mdp3/packet-framing.ts";
import type { SbeSchema } from "../../feed/mdp3/sbe-schema.ts";
import { MSG_TEMPLATE } from "../../feed/mdp3/wire.ts";
import { bookRow, NO_EVENTS, watchedInstrument } from "./instruments.ts";
import type { Mdp3Survey } from "./mdp3-survey.ts";
import {
  type CaptureBook,
  type CaptureBookSet,
  type CaptureBooksOptions,
  type Frame,
  ROLE_SNAPSHOT,
} from "./protocol.ts";

const INSTRUMENTS_MAX = 16_384;
/** Of an instrument of which no price is known. */
const UNIT = 1e-4;
/** Lines of a capture may be of different times: no snapshot is too far ahead. */
const LIVE_UNKNOWN = Number.POSITIVE_INFINITY;

export class Mdp3BookSet implements CaptureBookSet {
  readonly decoder: NotingDecoder;
  private readonly books: NamingBooks;
  private readonly instruments = new Instruments([], INSTRUMENTS_MAX);
  /** SecurityID by instrument. */
  private readonly ids: number[] = [];
  private readonly symbols: ReadonlySet<string> | undefined;
  private readonly counters: Float64Array;
  private readonly survey: Mdp3Survey;
  private readonly usesLoops: boolean;

  /** Throws SbeSchemaError when books can't be made by the schema. */
  constructor(
    schema: SbeSchema,
    survey: Mdp3Survey,
    options: CaptureBooksOptions,
    counters: Float64Array,
  ) {
    this.survey = survey;
    this.usesLoops = options.usesLoops ?? false;
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
    for (let i = 0; i < this.instruments.count; i++) this.begin(i);
  }

  /** A snapshot replaces only what waits for it: a loose book takes none that is behind its updates. */
  private begin(i: number): void {
    if (this.usesLoops && this.survey.hasSnapshot(this.ids[i]!))
      this.books.recovery.state[i] = WAITING;
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

  /** Named by its number. */
  private adopt(securityId: number): InstrumentDefinition | null {
    return this.add(securityId, String(securityId), this.survey.unitOf(securityId) ?? UNIT);
  }

  private add(securityId: number, symbol: string, priceUnit: number): InstrumentDefinition | null {
    const { symbols } = this;
    const isWanted = symbols?.has(symbol) ?? true;
    if (!isWanted && symbols?.has(String(securityId)) !== true) return null;
    this.ids[this.instruments.count] = securityId;
    if (this.instruments.count < INSTRUMENTS_MAX) this.begin(this.instruments.count);
    return watchedInstrument(symbol, priceUnit);
  }
}

/** Books that remember how definitions name what updates had named by number. */
class NamingBooks extends Mdp3Books {
  readonly names = new Map<number, string>();

  override onDefinition(definition: Mdp3Definition): void {
    this.names.set(definition.securityId, definition.symbol);
    super.onDefinition(definition);
  }
}

/** A decoder that counts what the schema does not have; of books it takes few templates. */
class NotingDecoder extends Mdp3Decoder {
  /** Messages of templates that the schema does not have. */
  undescribed = 0;
  private readonly fields: SbeSchema;

  constructor(schema: SbeSchema, sink: Mdp3Books, counters: Float64Array) {
    super({ schema, sink, counters });
    this.fields = schema;
  }

  override decode(view: DataView, bytes: Uint8Array, at: number, length: number): void {
    const template = length < MESSAGE_HEADER_BYTES ? -1 : view.getUint16(at + MSG_TEMPLATE, true);
    if (!this.fields.messages.has(template)) this.undescribed++;
    super.decode(view, bytes, at, length);
  }
}
