/** IEX DEEP 1.0 and TOPS 1.6: segments of IEX-TP. */
import { IexBooks } from "../../book/iex-books.ts";
import { FEED_UNIT_ITCH, Instruments } from "../../book/instruments.ts";
import { FRAME_UNNUMBERED } from "../../feed/framing.ts";
import { IexDecoder } from "../../feed/iex/iex.ts";
import { describeIex, IEX_MESSAGES } from "../../feed/iex/iex-fields.ts";
import {
  IEXTP_CHANNEL,
  IEXTP_COUNT,
  IEXTP_DEEP_1_0,
  IEXTP_HEADER_BYTES,
  IEXTP_PAYLOAD,
  IEXTP_PROTOCOL,
  IEXTP_SEQUENCE,
  IEXTP_SESSION,
  IEXTP_TOPS_1_6,
  IEXTP_VERSION,
  IexTpFraming,
} from "../../feed/iex/iextp-framing.ts";
import { latin } from "./bytes.ts";
import { bookRow, NO_EVENTS, watchedInstrument } from "./instruments.ts";
import {
  type CaptureBook,
  type CaptureBookSet,
  type CaptureBooksOptions,
  type CaptureProtocol,
  FITS_NOT,
  FITS_SURELY,
  type Frame,
  type ProtocolWatch,
} from "./protocol.ts";

type Feed = "deep" | "tops";

const TITLES: Record<Feed, string> = { deep: "IEX DEEP 1.0", tops: "IEX TOPS 1.6" };
const PROTOCOLS: Record<Feed, number> = { deep: IEXTP_DEEP_1_0, tops: IEXTP_TOPS_1_6 };
/** More than IEX lists. */
const INSTRUMENTS_MAX = 32_768;
const COUNTERS = 256;

export function iex(feed: Feed): CaptureProtocol {
  const messages = IEX_MESSAGES.filter((m) => m.feeds === "both" || m.feeds === feed);
  const runs = new Runs(feed);
  return {
    name: feed,
    title: TITLES[feed],
    numbers: "messages",
    spaceWord: "channel",
    isByDestination: false,
    bodyAt: IEXTP_HEADER_BYTES,
    isCsvInUnits: true,
    misfitHint: "",
    lateText: "levels of before are not in the books",
    types: messages.map((m) => m.type),
    looksLike: (view, bytes, offset, stop) =>
      segmentFits(PROTOCOLS[feed], view, bytes, offset, stop) ? FITS_SURELY : FITS_NOT,
    readFrame: (frame, view, bytes, at, stop) => runs.readFrame(frame, view, bytes, at, stop),
    eachMessage(view, _bytes, frame, visit) {
      const stop = frame.at + frame.size;
      let at = frame.at + IEXTP_HEADER_BYTES;
      for (let k = 0; at < stop; k++) {
        const length = view.getUint16(at, true);
        if (!visit(at + 2, length, k)) return false;
        at += 2 + length;
      }
      return true;
    },
    headOf: (view, _bytes, frame, k) => ({
      session: view.getUint32(frame.at + IEXTP_SESSION, true),
      channel: frame.space,
      seq: frame.seq + k,
    }),
    typeOf: (_view, bytes, at, length) => (length === 0 ? "" : latin(bytes, at, 1)),
    describe: (_view, bytes, at, length) => describeIex(bytes, at, length),
    codeOf: (_view, bytes, at) => bytes[at]!,
    typeOfCode(code) {
      const type = String.fromCharCode(code);
      return { type, name: messages.find((m) => m.type === type)?.name ?? "unknown" };
    },
    framing: (decoder, counters, channel) => new IexTpFraming({ decoder, counters, feed, channel }),
    watch: () => new RestartWatch(),
    books: (options, counters) => new IexBookSet(feed, options, counters),
  };
}

/** Header, payload length and blocks agree. */
function segmentFits(
  protocol: number,
  view: DataView,
  bytes: Uint8Array,
  offset: number,
  stop: number,
): boolean {
  if (stop - offset < IEXTP_HEADER_BYTES || bytes[offset] !== IEXTP_VERSION) return false;
  if (view.getUint16(offset + IEXTP_PROTOCOL, true) !== protocol) return false;
  let at = offset + IEXTP_HEADER_BYTES;
  if (at + view.getUint16(offset + IEXTP_PAYLOAD, true) !== stop) return false;
  for (let k = view.getUint16(offset + IEXTP_COUNT, true); k > 0; k--) {
    if (at + 2 > stop) return false;
    at += 2 + view.getUint16(at, true);
  }
  return at === stop;
}

/** Reads frames in the order of the capture: a session may begin anew under its old number. */
class Runs {
  private readonly feed: Feed;
  private readonly byChannel = new Map<number, IexTpFraming>();

  constructor(feed: Feed) {
    this.feed = feed;
  }

  readFrame(frame: Frame, view: DataView, bytes: Uint8Array, at: number, stop: number): boolean {
    const channel = view.getUint32(at + IEXTP_CHANNEL, true);
    let framing = this.byChannel.get(channel);
    if (framing === undefined) {
      const counters = new Float64Array(COUNTERS);
      const decoder = { decode: () => {}, flush: () => {} };
      framing = new IexTpFraming({ decoder, counters, feed: this.feed, channel });
      this.byChannel.set(channel, framing);
    }
    frame.at = at;
    frame.size = stop - at;
    frame.space = channel;
    frame.messages = view.getUint16(at + IEXTP_COUNT, true);
    const isRead = framing.read(view, bytes, at, stop - at);
    frame.isNumbered = isRead && framing.kind !== FRAME_UNNUMBERED;
    frame.seq = Number(view.getBigUint64(at + IEXTP_SEQUENCE, true));
    frame.end = frame.seq + frame.messages;
    if (isRead) frame.session = `${framing.session0 >>> 0}.${framing.session2}`;
    return true;
  }
}

/** Counts where the sequence begins anew under the session's old number, and where sessions change. */
class RestartWatch implements ProtocolWatch {
  private readonly sessions = new Map<number, string>();
  private restarts = 0;

  frame(_view: DataView, _bytes: Uint8Array, frame: Frame): void {
    const before = this.sessions.get(frame.space);
    if (before !== undefined && before !== frame.session) this.restarts++;
    this.sessions.set(frame.space, frame.session);
  }

  figures() {
    const text =
      "sequence gaps, each a new beginning of the sequence; what was lost before it, nothing tells";
    return [{ name: "sequence_gaps", value: this.restarts, text }];
  }
}

class IexBookSet implements CaptureBookSet {
  readonly decoder: IexDecoder;
  private readonly books: IexBooks;
  private readonly instruments = new Instruments([], INSTRUMENTS_MAX);

  constructor(feed: Feed, options: CaptureBooksOptions, counters: Float64Array) {
    const { symbols, maxOrders } = options;
    this.books = new IexBooks({
      protocol: feed,
      feed: 0,
      instruments: this.instruments,
      maxLevels: maxOrders,
      wildcard: (symbol) =>
        symbols?.has(symbol) === false ? null : watchedInstrument(symbol, FEED_UNIT_ITCH),
      events: NO_EVENTS,
      counters,
    });
    this.decoder = new IexDecoder({ feed, sink: this.books, counters });
  }

  clear(): void {
    this.books.clear();
  }

  /** As the feed brought them. */
  *rows(): Generator<CaptureBook> {
    for (let i = 0; i < this.instruments.count; i++) {
      if (this.books.isSeen(i)) yield bookRow(this.instruments, this.books, i, "", "none");
    }
  }
}
