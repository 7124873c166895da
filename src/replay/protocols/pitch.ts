/** Cboe Multicast PITCH: sequenced unit headers, one or several in a datagram. */
import { FEED_UNIT_ITCH, Instruments } from "../../book/instruments.ts";
import { PitchBooks } from "../../book/pitch-books.ts";
import { PitchDecoder } from "../../feed/pitch/pitch.ts";
import {
  PITCH_EDITIONS,
  type PitchEdition,
  pitchMessages,
} from "../../feed/pitch/pitch-editions.ts";
import { describePitch, PITCH_SESSION_MESSAGES } from "../../feed/pitch/pitch-fields.ts";
import {
  UNIT_COUNT,
  UNIT_HEADER_BYTES,
  UNIT_NUMBER,
  UNIT_SEQUENCE,
  UnitFraming,
} from "../../feed/pitch/unit-framing.ts";
import { bookRow, NO_EVENTS, watchedInstrument } from "./instruments.ts";
import {
  type CaptureBook,
  type CaptureBookSet,
  type CaptureBooksOptions,
  type CaptureProtocol,
  FITS_NOT,
  FITS_SURELY,
  FITS_WEAKLY,
  type Frame,
  type ProtocolSettings,
} from "./protocol.ts";

/** Of one unit: more than a venue has symbols, but for options. */
const INSTRUMENTS_MAX = 16_384;
const INSTRUMENTS_MAX_OPTIONS = 131_072;
/** Long prices have four decimals, like those of ITCH; short ones are brought to as many. */
const PRICE_UNIT = FEED_UNIT_ITCH;
/** Length and type bytes. */
const MESSAGE_BYTES_MIN = 2;
/** Of any edition: a packet is one of PITCH even when --edition does not fit it. */
const TYPES = new Set(
  [...PITCH_EDITIONS.flatMap((edition) => pitchMessages(edition)), ...PITCH_SESSION_MESSAGES].map(
    (message) => message.code,
  ),
);

export function pitch(settings: ProtocolSettings): CaptureProtocol {
  const edition = (settings.edition ?? PITCH_EDITIONS[0]) as PitchEdition;
  const messages = [...pitchMessages(edition), ...PITCH_SESSION_MESSAGES];
  const byCode = new Map(messages.map((message) => [message.code, message]));
  return {
    name: "pitch",
    title: "Cboe PITCH",
    numbers: "messages",
    spaceWord: "unit",
    isByDestination: false,
    bodyAt: UNIT_HEADER_BYTES,
    isCsvInUnits: true,
    misfitHint: "another --edition may fit",
    types: messages.map((message) => message.type),
    looksLike: unitsFit,
    judgesFrames: true,
    readFrame,
    eachMessage(_view, bytes, frame, visit) {
      const stop = frame.at + frame.size;
      let at = frame.at + UNIT_HEADER_BYTES;
      for (let k = 0; at < stop; k++) {
        const length = bytes[at]!;
        if (!visit(at, length, k)) return false;
        at += length;
      }
      return true;
    },
    headOf: (_view, _bytes, frame, k) => ({
      unit: frame.space,
      seq: frame.isNumbered ? frame.seq + k : 0,
    }),
    typeOf: (_view, bytes, at) => codeText(bytes[at + 1]!),
    describe: (_view, bytes, at, length) => describePitch(bytes, at, length, edition),
    knows(_view, bytes, at, length) {
      const message = byCode.get(bytes[at + 1]!);
      if (message === undefined) return false;
      return message.length === length || (message.isOpen === true && length > message.length);
    },
    codeOf: (_view, bytes, at) => bytes[at + 1]!,
    typeOfCode: (code) => ({ type: codeText(code), name: byCode.get(code)?.name ?? "unknown" }),
    framing: (decoder, counters, unit) =>
      new UnitFraming({
        unit,
        counters,
        decoder: {
          decode: (view, bytes, at, length) => decoder.decode(view, bytes, at, length),
          readAhead: () => {},
        },
      }),
    books: (options, counters) => new PitchBookSet(edition, options, counters),
  };
}

function codeText(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(2, "0")}`;
}

function readFrame(
  frame: Frame,
  view: DataView,
  bytes: Uint8Array,
  at: number,
  stop: number,
): boolean {
  if (stop - at < UNIT_HEADER_BYTES) return false;
  const size = view.getUint16(at, true);
  if (size < UNIT_HEADER_BYTES || at + size > stop) return false;
  frame.at = at;
  frame.size = size;
  frame.messages = bytes[at + UNIT_COUNT]!;
  frame.space = bytes[at + UNIT_NUMBER]!;
  frame.seq = view.getUint32(at + UNIT_SEQUENCE, true);
  frame.end = frame.seq + frame.messages;
  frame.isNumbered = frame.seq !== 0;
  return messagesIn(bytes, at, at + size) >= 0;
}

/**
 * How many messages of types that some edition knows a unit header has; -1 when messages do not fill
 * what is behind it.
 */
function messagesIn(bytes: Uint8Array, at: number, end: number): number {
  let known = 0;
  let next = at + UNIT_HEADER_BYTES;
  for (let left = bytes[at + UNIT_COUNT]!; left > 0; left--) {
    if (next + MESSAGE_BYTES_MIN > end || bytes[next]! < MESSAGE_BYTES_MIN) return -1;
    if (TYPES.has(bytes[next + 1]!)) known++;
    next += bytes[next]!;
  }
  return next === end ? known : -1;
}

/** Unit headers fill the packet, and messages each of them; surely when all types are known. */
function unitsFit(view: DataView, bytes: Uint8Array, offset: number, stop: number): number {
  let known = 0;
  let all = 0;
  let at = offset;
  do {
    if (at + UNIT_HEADER_BYTES > stop) return FITS_NOT;
    const end = at + view.getUint16(at, true);
    const found = end > stop ? -1 : messagesIn(bytes, at, end);
    if (found < 0) return FITS_NOT;
    known += found;
    all += bytes[at + UNIT_COUNT]!;
    at = end;
  } while (at < stop);
  return all > 0 && known === all ? FITS_SURELY : FITS_WEAKLY;
}

class PitchBookSet implements CaptureBookSet {
  readonly decoder: PitchDecoder;
  private readonly books: PitchBooks;
  private readonly instruments: Instruments;

  constructor(edition: PitchEdition, options: CaptureBooksOptions, counters: Float64Array) {
    const { symbols, maxOrders } = options;
    const room = edition === "us-options" ? INSTRUMENTS_MAX_OPTIONS : INSTRUMENTS_MAX;
    this.instruments = new Instruments([], room);
    this.books = new PitchBooks({
      feed: 0,
      instruments: this.instruments,
      maxOrders,
      maxLevels: maxOrders,
      wildcard: (symbol) =>
        symbols?.has(symbol) === false ? null : watchedInstrument(symbol, PRICE_UNIT),
      events: NO_EVENTS,
      counters,
    });
    this.decoder = new PitchDecoder({ sink: this.books, edition, counters });
  }

  clear(): void {
    this.books.clear();
  }

  /** As the unit brought them; options and futures have numbers of six letters for symbols. */
  *rows(): Generator<CaptureBook> {
    for (let i = 0; i < this.instruments.count; i++) {
      if (this.books.isSeen(i)) yield bookRow(this.instruments, this.books, i, "");
    }
  }
}
