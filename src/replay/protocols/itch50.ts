/** ITCH 5.0 in MoldUDP64, and in length-prefixed files, which arrive as MoldUDP64 too. */
import { Books } from "../../book/books.ts";
import { FEED_UNIT_ITCH, Instruments } from "../../book/instruments.ts";
import { ItchDecoder } from "../../feed/itch/itch.ts";
import { describeItch, ITCH_MESSAGES } from "../../feed/itch/itch-fields.ts";
import {
  MOLD_COUNT,
  MOLD_END_OF_SESSION,
  MOLD_HEADER_BYTES,
  MOLD_SEQUENCE,
  MOLD_SESSION_BYTES,
  MoldFraming,
} from "../../feed/itch/mold-framing.ts";
import { latin } from "./bytes.ts";
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
} from "./protocol.ts";

/** As many as there are locates. */
const INSTRUMENTS_MAX = 65_536;
/** ITCH 5.0: timestamp, 6 bytes at 5 of every message. */
const TIME = 5;
const TIME_END = 11;

export function itch50(): CaptureProtocol {
  return {
    name: "itch50",
    title: "MoldUDP64",
    numbers: "messages",
    spaceWord: "",
    isByDestination: false,
    isCsvInUnits: true,
    misfitHint: "",
    types: ITCH_MESSAGES.map((m) => m.type),
    looksLike: (view, _bytes, offset, stop) => moldFits(view, offset, stop),
    readFrame,
    eachMessage(view, _bytes, frame, visit) {
      const stop = frame.at + frame.size;
      let at = frame.at + MOLD_HEADER_BYTES;
      for (let k = 0; at < stop; k++) {
        const length = view.getUint16(at);
        if (!visit(at + 2, length, k)) return false;
        at += 2 + length;
      }
      return true;
    },
    headOf(view, _bytes, frame, k) {
      const seq = frame.seq + k;
      const exact = Number.isSafeInteger(seq)
        ? seq
        : view.getBigUint64(frame.at + MOLD_SEQUENCE) + BigInt(k);
      return { session: frame.session, seq: exact };
    },
    typeOf: (_view, bytes, at, length) => (length === 0 ? "" : latin(bytes, at, 1)),
    describe: (_view, bytes, at, length) => describeItch(bytes, at, length),
    codeOf: (_view, bytes, at) => bytes[at]!,
    typeOfCode(code) {
      const type = String.fromCharCode(code);
      return { type, name: ITCH_MESSAGES.find((m) => m.type === type)?.name ?? "unknown" };
    },
    framing: (decoder, counters) => new MoldFraming(decoder, counters),
    timeOf: (view, at, length) =>
      length < TIME_END ? -1 : view.getUint16(at + TIME) * 2 ** 32 + view.getUint32(at + TIME + 2),
    books: (options, counters) => new ItchBookSet(options, counters),
  };
}

/** A length-prefixed file has no sessions: see net/capture/itch-file.ts. */
function readFrame(
  frame: Frame,
  view: DataView,
  bytes: Uint8Array,
  at: number,
  stop: number,
): boolean {
  if (stop - at < MOLD_HEADER_BYTES) return false;
  const count = view.getUint16(at + MOLD_COUNT);
  frame.at = at;
  frame.size = stop - at;
  frame.session = latin(bytes, at, MOLD_SESSION_BYTES);
  frame.seq = view.getUint32(at + MOLD_SEQUENCE) * 2 ** 32 + view.getUint32(at + MOLD_SEQUENCE + 4);
  frame.messages = count === MOLD_END_OF_SESSION ? 0 : count;
  frame.end = frame.seq + frame.messages;
  return true;
}

/** Header and blocks fill the packet exactly. */
function moldFits(view: DataView, offset: number, stop: number): number {
  if (stop - offset < MOLD_HEADER_BYTES) return FITS_NOT;
  const count = view.getUint16(offset + MOLD_COUNT);
  let at = offset + MOLD_HEADER_BYTES;
  if (count !== MOLD_END_OF_SESSION) {
    for (let k = 0; k < count; k++) {
      if (at + 2 > stop) return FITS_NOT;
      at += 2 + view.getUint16(at);
    }
  }
  if (at !== stop) return FITS_NOT;
  return at > offset + MOLD_HEADER_BYTES ? FITS_SURELY : FITS_WEAKLY;
}

class ItchBookSet implements CaptureBookSet {
  readonly decoder: ItchDecoder;
  private readonly itch: Books;
  private readonly instruments = new Instruments([], INSTRUMENTS_MAX);

  constructor(options: CaptureBooksOptions, counters: Float64Array) {
    const { symbols, maxOrders } = options;
    this.itch = new Books({
      feed: 0,
      instruments: this.instruments,
      maxOrders,
      maxLevels: maxOrders,
      wildcard: (symbol) =>
        symbols?.has(symbol) === false ? null : watchedInstrument(symbol, FEED_UNIT_ITCH),
      events: NO_EVENTS,
      counters,
    });
    this.decoder = new ItchDecoder({ sink: this.itch, counters });
  }

  clear(): void {
    this.itch.clear();
  }

  /** By locate. */
  *rows(): Generator<CaptureBook> {
    const { locates } = this.itch;
    for (let locate = 0; locate < locates.length; locate++) {
      const instrument = locates[locate]! - 1;
      if (instrument < 0) continue;
      yield bookRow(this.instruments, this.itch, instrument, locate);
    }
  }
}
