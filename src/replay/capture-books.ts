/** The books of a capture: at its end, or at a time of day. */
import { BOOK_INSTRUMENTS_FULL } from "../book/counters.ts";
import { BOOK_CSV_HEADER, type BookLevel } from "../book/levels.ts";
import { localSecond } from "../core/zone.ts";
import { FEED_BAD_LENGTH, FEED_UNKNOWN_TYPE } from "../feed/counters.ts";
import type { MessageDecoder } from "../feed/message-decoder.ts";
import type { CapturePort } from "../net/capture/capture-port.ts";
import {
  DESC_DOUBLES,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
} from "../net/desc.ts";
import { CaptureFeed, type Hole, type Refusal } from "./capture-feed.ts";
import { eachFrame } from "./each-frame.ts";
import { eachPacket } from "./each-packet.ts";
import { FramePort } from "./frame-port.ts";
import { itch50 } from "./protocols/itch50.ts";
import {
  type CaptureBook,
  type CaptureBookSet,
  type CaptureBooksOptions,
  type CaptureProtocol,
  type Frame,
  ROLE_LIVE,
} from "./protocols/protocol.ts";
import { SideLines } from "./side-lines.ts";
import { sumRefusals } from "./space-stats.ts";
import { Spaces } from "./spaces.ts";

const COUNTERS = 256;
const DAY_S = 86_400;
const ZONE = "America/New_York";

export interface PlayOptions extends CaptureBooksOptions {
  /** Default ITCH 5.0. */
  protocol?: CaptureProtocol;
  /** By line: its feed, for protocols whose packets do not tell. */
  groups?: readonly number[];
}

/** One sequence space: its feed and its books. */
interface Space {
  name: string;
  feed: CaptureFeed;
  books: CaptureBookSet;
  counters: Float64Array;
  /** What the feed takes. */
  port: FramePort;
}

export class CaptureBooks {
  readonly protocol: CaptureProtocol;
  /** Time of the last message that was applied, ns since midnight Eastern time. */
  lastNs = 0;
  /** Messages later than `atNs` were met. */
  isAtReached = false;
  /** Packets that are not of the protocol; of one with a single feed, that one refuses them. */
  foreign = 0;
  /** Packets of snapshots and definitions that belong to one of several channels, or to none. */
  unusedLoops = 0;
  private readonly options: PlayOptions;
  private readonly atNs: number;
  private readonly spaces: (Space | undefined)[] = [];
  private mixed: string | undefined;
  private usesLoops = false;
  private order: () => number[] = () => [0];

  constructor(options: PlayOptions) {
    this.options = options;
    this.protocol = options.protocol ?? itch50();
    this.atNs = options.atNs ?? Number.POSITIVE_INFINITY;
  }

  /** Plays the capture to its end, or to `atNs`. */
  async play(port: CapturePort): Promise<void> {
    if (this.protocol.spaceWord === "") await this.playOne(port);
    else await this.playSpaces(port);
    if (this.isAtReached) return;
    for (const { feed } of this.shown()) feed.finish();
  }

  /** Those of the spaces that have shown up, in their order. */
  shown(): Space[] {
    return this.order().flatMap((index) => this.spaces[index] ?? []);
  }

  *rows(): Generator<CaptureBook> {
    for (const { books } of this.shown()) yield* books.rows();
  }

  get fault(): string | undefined {
    if (this.mixed !== undefined) return this.mixed;
    return this.shown().find(({ feed }) => feed.fault !== undefined)?.feed.fault;
  }

  get sessions(): number {
    return Math.max(0, ...this.shown().map(({ feed }) => feed.sessions));
  }

  /** Of the first feed. */
  get firstSeq(): number {
    return this.shown()[0]?.feed.firstSeq ?? 0;
  }

  get nextSeq(): number {
    return this.shown()[0]?.feed.nextSeq ?? 1;
  }

  get messages(): number {
    return this.shown().reduce((sum, { feed }) => sum + feed.messages, 0);
  }

  get missing(): number {
    return this.shown().reduce((sum, { feed }) => sum + feed.missing, 0);
  }

  get holes(): readonly Hole[] {
    return this.shown().find(({ feed }) => feed.missing > 0)?.feed.holes ?? [];
  }

  /** Instruments that came up when all rows were used. */
  get withoutRoom(): number {
    return this.shown().reduce((sum, { counters }) => sum + counters[BOOK_INSTRUMENTS_FULL]!, 0);
  }

  /** Messages that were not understood: of an unknown type, or another length than theirs. */
  get unread(): number {
    return this.shown().reduce(
      (sum, { books, counters }) =>
        sum + (books.unread ?? counters[FEED_UNKNOWN_TYPE]! + counters[FEED_BAD_LENGTH]!),
      0,
    );
  }

  refusals(): Refusal[] {
    return sumRefusals(this.shown().flatMap(({ feed }) => feed.refusals(this.protocol.title)));
  }

  /** Every packet is the feed's, which says itself what it does not take. */
  private async playOne(port: CapturePort): Promise<void> {
    const space = this.spaceOf(port, 0, "", 0);
    await eachPacket(port, (i) => {
      const base = i * DESC_WORDS;
      const line = port.desc[base + DESC_LINE]!;
      const nowNs = port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!;
      const offset = port.desc[base + DESC_OFFSET]!;
      space.port.show(offset, port.desc[base + DESC_LENGTH]!, line, nowNs);
      space.feed.onPacket(space.port, 0);
      return !this.isAtReached && space.feed.fault === undefined;
    });
  }

  private async playSpaces(port: CapturePort): Promise<void> {
    const spaces = new Spaces(port, this.protocol, this.options.groups);
    await spaces.look((view, bytes, frame) => this.protocol.survey?.(view, bytes, frame));
    this.order = () => spaces.order();
    const sides = new SideLines(port, this.protocol);
    await sides.look();
    // Loops may come first: there is a channel that they belong to.
    const live = sides.live().map((line) => spaces.ofLine(line));
    this.usesLoops = new Set(live).size === 1;
    for (const index of live) {
      this.spaceOf(port, index, spaces.names[index]!, 0);
    }
    const clock = new DayClock(port);
    const { foreign } = await eachFrame(port, this.protocol, (i, frame) => {
      const role = sides.of(i, frame);
      if (role !== ROLE_LIVE) {
        this.side(role, port, i, frame);
        return true;
      }
      const index = spaces.of(i, frame);
      const space = this.spaceOf(port, index, spaces.names[index]!, frame.space);
      const nowNs = port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!;
      if (this.protocol.timeOf === undefined) {
        const dayNs = clock.of(nowNs);
        if (dayNs > this.atNs) this.isAtReached = true;
        if (this.isAtReached) return false;
        this.lastNs = dayNs;
      }
      space.port.show(frame.at, frame.size, port.desc[i * DESC_WORDS + DESC_LINE]!, nowNs);
      space.feed.onPacket(space.port, 0);
      this.mixed = spaces.fault;
      return !this.isAtReached && space.feed.fault === undefined && this.mixed === undefined;
    });
    this.foreign = foreign;
  }

  /** Loops do not say which channel they are of: they are used where there is only one. */
  private side(role: number, port: CapturePort, i: number, frame: Frame): void {
    const spaces = this.spaces.filter((space) => space !== undefined);
    const [space] = spaces;
    const line = port.desc[i * DESC_WORDS + DESC_LINE]!;
    if (space === undefined || spaces.length > 1) this.unusedLoops++;
    else space.books.side?.(role, port.view, port.bytes, frame, line);
  }

  private spaceOf(port: CapturePort, index: number, name: string, key: number): Space {
    const known = this.spaces[index];
    if (known !== undefined) return known;
    const { protocol, options } = this;
    const counters = new Float64Array(new ArrayBuffer(8 * COUNTERS));
    const books = protocol.books({ ...options, usesLoops: this.usesLoops }, counters);
    const feed = new CaptureFeed({
      decoder: protocol.timeOf === undefined ? books.decoder : new Until(books.decoder, this),
      counters,
      framing: (decoder, own) => protocol.framing(decoder, own, key),
      isOneOfMany: protocol.spaceWord !== "",
      onSession: () => books.clear(),
    });
    const space = { name, feed, books, counters, port: new FramePort(port) };
    this.spaces[index] = space;
    return space;
  }

  /** False when the message is too late to be applied. */
  takes(view: DataView, offset: number, length: number): boolean {
    const ns = this.protocol.timeOf!(view, offset, length);
    if (ns < 0) return true;
    if (ns > this.atNs) this.isAtReached = true;
    if (this.isAtReached) return false;
    this.lastNs = ns;
    return true;
  }
}

/** Of a capture's times: ns since midnight Eastern time of the day on which it begins. */
class DayClock {
  private readonly shiftNs: number;

  constructor(port: CapturePort) {
    this.shiftNs = (localSecond(port.originS, ZONE) % DAY_S) * 1e9;
  }

  of(timeNs: number): number {
    return this.shiftNs + timeNs;
  }
}

const CSV_HEADER = "feed_id,symbol,bid_px,bid_qty,bid_n,ask_px,ask_qty,ask_n,live_orders";

/**
 * One line per book, the best level; with a depth above 1, a line per level, and its number. ITCH
 * has columns of its own, with zeros for empty sides; of the others they are empty. Prices: whole multiples of the book's unit, or decimals, as the protocol says.
 */
export function* bookCsv(
  books: Iterable<CaptureBook>,
  depth: number,
  protocol: CaptureProtocol = itch50(),
): Generator<string> {
  const isItch = protocol.name === "itch50";
  const head = isItch ? BOOK_CSV_HEADER : CSV_HEADER;
  yield depth === 1 ? head : head.replace("symbol", "symbol,level");
  for (const book of books) {
    const count = Math.min(depth, Math.max(1, book.bids.length, book.asks.length));
    for (let k = 0; k < count; k++) {
      const sides = [book.bids[k], book.asks[k]].flatMap((level) =>
        level === undefined ? (isItch ? [0, 0, 0] : ["", "", ""]) : cells(level, book, protocol),
      );
      const symbol = csvText(book.symbol);
      const place = depth === 1 ? [symbol] : [symbol, k];
      yield [book.feedId, ...place, ...sides, book.liveOrders ?? ""].join(",");
    }
  }
}

/** Quoted where it would be several cells or lines (RFC 4180). */
function csvText(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A count of -1 is not told. */
function cells(
  level: BookLevel,
  book: CaptureBook,
  protocol: CaptureProtocol,
): (number | string)[] {
  const px = protocol.isCsvInUnits ? level.px : bookPrice(level.px, book, protocol);
  return [px, level.qty, level.count < 0 ? "" : level.count];
}

/**
 * In currency or points. With the decimals of the wire, where all prices have the same; else as few
 * as tell it: the unit may be finer than any price.
 */
export function bookPrice(px: number, book: CaptureBook, protocol: CaptureProtocol): string {
  const price = (px * book.priceUnit).toFixed(book.decimals);
  return protocol.isCsvInUnits ? price : String(Number(price));
}

/** Hands messages on up to a time, and notes the last one's. */
class Until implements MessageDecoder {
  private readonly inner: MessageDecoder;
  private readonly owner: CaptureBooks;

  constructor(inner: MessageDecoder, owner: CaptureBooks) {
    this.inner = inner;
    this.owner = owner;
  }

  decode(view: DataView, bytes: Uint8Array, offset: number, length: number): void {
    if (this.owner.takes(view, offset, length)) this.inner.decode(view, bytes, offset, length);
  }

  readAhead(view: DataView, bytes: Uint8Array, offset: number, count: number): void {
    this.inner.readAhead?.(view, bytes, offset, count);
  }

  onLoss(from: number, to: number): void {
    this.inner.onLoss?.(from, to);
  }

  flush(shown: boolean): void {
    this.inner.flush(shown);
  }
}
