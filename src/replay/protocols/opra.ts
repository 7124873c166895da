/** OPRA (Pillar output): one block a datagram, one number a block. */
import { BboBooks } from "../../book/bbo-books.ts";
import { Instruments } from "../../book/instruments.ts";
import { BLOCK_HEADER_BYTES, BlockFraming, hasItsSum } from "../../feed/opra/block-framing.ts";
import { OpraDecoder, opraSizeAt } from "../../feed/opra/opra.ts";
import { describeOpra, OPRA_MESSAGES } from "../../feed/opra/opra-fields.ts";
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
  type ProtocolWatch,
} from "./protocol.ts";

const VERSION = 6;
const DATA_FEED = 0x4f; // 'O'
/** Of a block: see block-framing.ts. */
const SIZE = 1;
const FEED = 3;
const SESSION = 5;
const SEQUENCE = 6;
const COUNT = 10;
/** Categories. */
const CONTROL = 0x48; // 'H'
const ADMINISTRATIVE = 0x43; // 'C'
/** Y of type I has a layout of its own. */
const INDEX_QUOTE = 0x5949;
/** Of one line, of which there are about a hundred. */
const INSTRUMENTS_MAX = 32_768;
/** Premiums with more decimals can't be held: the book says that it is inexact. */
const PRICE_UNIT = 0.0001;

export function opra(): CaptureProtocol {
  return {
    name: "opra",
    title: "OPRA",
    numbers: "blocks",
    spaceWord: "line",
    isByDestination: true,
    isCsvInUnits: false,
    misfitHint: "",
    lateText: "a side of a series is known from the first quote on that tells it",
    types: [...new Set(OPRA_MESSAGES.map((m) => m.category))],
    looksLike: blockFits,
    readFrame,
    eachMessage(view, _bytes, frame, visit) {
      const stop = frame.at + frame.size;
      let at = frame.at + BLOCK_HEADER_BYTES;
      for (let k = 0; k < frame.messages; k++) {
        const size = opraSizeAt(view, at, stop - at);
        if (!visit(at, size, k)) return false;
        at += size;
      }
      return true;
    },
    bodyAt: BLOCK_HEADER_BYTES,
    hasItsSum: (view, frame) => hasItsSum(view, frame.at, frame.size),
    isCommon: (view, bytes, frame) => isCommon(view, bytes, frame),
    headOf: (view, _bytes, frame) => ({
      session: view.getUint8(frame.at + SESSION),
      seq: frame.seq,
    }),
    typeOf: (_view, bytes, at, length) => (length < 2 ? "" : latin(bytes, at + 1, 1)),
    describe: (_view, bytes, at, length) => describeOpra(bytes, at, length),
    codeOf: (view, bytes, at) =>
      view.getUint16(at + 1) === INDEX_QUOTE ? INDEX_QUOTE : bytes[at + 1]!,
    typeOfCode(code) {
      const isIndex = code === INDEX_QUOTE;
      const type = String.fromCharCode(isIndex ? code >>> 8 : code);
      const known = OPRA_MESSAGES.find((m) => m.category === type && (m.type === "I") === isIndex);
      return { type, name: known?.name ?? "unknown" };
    },
    framing: (decoder, counters) => new BlockFraming({ decoder, counters }),
    watch: () => new SumWatch(),
    books: (options, counters) => new OpraBookSet(options, counters),
  };
}

function readFrame(
  frame: Frame,
  view: DataView,
  bytes: Uint8Array,
  at: number,
  stop: number,
): boolean {
  frame.at = at;
  frame.size = stop - at;
  frame.messages = bytes[at + COUNT]!;
  frame.seq = view.getUint32(at + SEQUENCE);
  frame.end = frame.seq + 1;
  return true;
}

/** Size, count and messages agree, but for a pad byte; surely when the checksum does, too. */
function blockFits(view: DataView, bytes: Uint8Array, offset: number, stop: number): number {
  const length = stop - offset;
  if (length < BLOCK_HEADER_BYTES || bytes[offset] !== VERSION) return FITS_NOT;
  if (bytes[offset + FEED] !== DATA_FEED || view.getUint16(offset + SIZE) !== length) {
    return FITS_NOT;
  }
  let at = offset + BLOCK_HEADER_BYTES;
  for (let k = bytes[offset + COUNT]!; k > 0; k--) {
    const size = opraSizeAt(view, at, stop - at);
    if (size === 0 || at + size > stop) return FITS_NOT;
    at += size;
  }
  if (at !== stop && (at + 1 !== stop || (length & 1) !== 0)) return FITS_NOT;
  return hasItsSum(view, offset, length) ? FITS_SURELY : FITS_WEAKLY;
}

/** Nothing but control and administrative messages, of which lines may bring the same. */
function isCommon(view: DataView, bytes: Uint8Array, frame: Frame): boolean {
  const stop = frame.at + frame.size;
  let at = frame.at + BLOCK_HEADER_BYTES;
  for (let k = 0; k < frame.messages; k++) {
    const category = bytes[at + 1];
    if (category !== CONTROL && category !== ADMINISTRATIVE) return false;
    at += opraSizeAt(view, at, stop - at);
  }
  return true;
}

/** Checksums of all lines. */
class SumWatch implements ProtocolWatch {
  private good = 0;
  private bad = 0;

  frame(view: DataView, _bytes: Uint8Array, frame: Frame): void {
    if (hasItsSum(view, frame.at, frame.size)) this.good++;
    else this.bad++;
  }

  figures() {
    return [
      { name: "checksums", value: this.good, text: "blocks whose checksum is right" },
      { name: "bad_checksums", value: this.bad, text: "blocks whose checksum is wrong" },
    ];
  }
}

class OpraBookSet implements CaptureBookSet {
  readonly decoder: OpraDecoder;
  private readonly books: BboBooks;
  private readonly instruments = new Instruments([], INSTRUMENTS_MAX);

  constructor(options: CaptureBooksOptions, counters: Float64Array) {
    const { symbols } = options;
    this.books = new BboBooks({
      feed: 0,
      instruments: this.instruments,
      wildcard: (series) =>
        symbols?.has(series) === false ? null : watchedInstrument(series, PRICE_UNIT),
      events: NO_EVENTS,
      counters,
    });
    this.decoder = new OpraDecoder({ sink: this.books, counters });
  }

  clear(): void {
    this.books.clear();
  }

  /** By OSI symbol, as the line brought them. */
  *rows(): Generator<CaptureBook> {
    for (let i = 0; i < this.instruments.count; i++) {
      if (this.books.isSeen(i)) yield bookRow(this.instruments, this.books, i, "", "none");
    }
  }
}
