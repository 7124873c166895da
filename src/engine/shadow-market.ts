// @hot
/**
 * The other end of the shadow's market data session: takes its requests and tells books that walk, a
 * message at each turn, so that warm-up runs the way from a FIX market data message to an order with
 * real bytes. Now and then a number of the series is left out, and a snapshot is asked for again.
 */
import type { Instruments } from "../book/instruments.ts";
import { toUnits } from "../book/instruments.ts";
import { MessageBuilder } from "../fix/codec/builder.ts";
import { frameBounds } from "../fix/codec/framing.ts";
import { TagIndex } from "../fix/codec/tag-index.ts";
import { messageBytes } from "../fix/codec/text.ts";
import type { RequestOptions } from "../fix/market-data/options.ts";
import { symbolsOfFeed } from "../fix/market-data/symbols.ts";
import type { SymbolTable } from "../fix/order/symbol-table.ts";
import type { PipePeer } from "../net/pipe-peer.ts";

const BYTES = 1 << 16;
const ID_BYTES_MAX = 64;
/** Levels of each side at most, at one tick from each other; the walk strays so many ticks. */
const DEPTH_MAX = 8;
const STRAY_TICKS = 20;
/** Instruments whose books walk. */
const WALKING_MAX = 4;
const JUMP_EVERY = 4096;
const NO_INSTRUMENT_FOUND = 0xffffffff;

export interface ShadowMarketOptions {
  peer: PipePeer;
  beginString: string;
  senderCompId: string;
  targetCompId: string;
  instruments: Instruments;
  feed: number;
  request: RequestOptions;
  /** Currency price around which the books move. */
  price: number;
  seed: number;
}

export class ShadowMarket {
  private readonly peer: PipePeer;
  private readonly beginString: string;
  private readonly header: Uint8Array;
  private readonly instruments: Instruments;
  private readonly symbols: SymbolTable;
  private readonly names: string[];
  private readonly byId: boolean;
  private readonly isFull: boolean;
  private readonly depth: number;
  private readonly incoming = new Uint8Array(new ArrayBuffer(BYTES));
  private readonly sent = new Uint8Array(new ArrayBuffer(BYTES));
  private sentBytes = 0;
  private readonly tags = new TagIndex(BYTES >> 3);
  private readonly b = new MessageBuilder(new Uint8Array(new ArrayBuffer(BYTES)));
  /** MDReqID (262) of the last request that goes on. */
  private readonly id = new Uint8Array(new ArrayBuffer(ID_BYTES_MAX));
  private readonly idLength: Int32Array;
  private readonly ids: Uint8Array[];
  /** Instruments that walk; price in the middle and one tick, units. */
  private readonly walking: Int32Array;
  private readonly base: Int32Array;
  private readonly middle: Int32Array;
  private readonly tick: Int32Array;
  /** 10^-decimals of the price in one unit. */
  private readonly scale: Int32Array;
  private readonly rptSeq: Int32Array;
  private seq = 1;
  private updates = 0;
  private state: number;

  constructor(o: ShadowMarketOptions) {
    const { instruments } = o;
    const n = instruments.capacity;
    this.peer = o.peer;
    this.beginString = o.beginString;
    this.header = messageBytes(
      `49=${o.targetCompId}|56=${o.senderCompId}|52=20260101-00:00:00.000|`,
    );
    this.instruments = instruments;
    this.symbols = symbolsOfFeed(instruments, o.feed);
    this.names = instruments.definitions.map((d) => d.feedSymbol);
    this.byId = o.request.entries === "id";
    this.isFull = o.request.update === "full";
    const wanted = o.request.depth;
    this.depth = wanted === 0 ? DEPTH_MAX : Math.min(wanted, DEPTH_MAX);
    this.state = (o.seed * 2 + 1) | 0;
    const own = instruments.definitions.flatMap((d, i) => (d.feed === o.feed ? [i] : []));
    this.walking = Int32Array.from(own.slice(0, WALKING_MAX));
    const column = () => new Int32Array(new ArrayBuffer(4 * n));
    this.base = column();
    this.middle = column();
    this.tick = column();
    this.scale = column();
    this.rptSeq = column();
    this.idLength = column();
    this.ids = Array.from({ length: n }, () => new Uint8Array(new ArrayBuffer(ID_BYTES_MAX)));
    for (const i of own) {
      const { priceUnit } = instruments.definitions[i]!;
      const px = toUnits(o.price, priceUnit);
      const middle = Number.isNaN(px) ? 1000 : px;
      const tick = instruments.tickAt(i, middle);
      const ticks = Math.max(2 * (STRAY_TICKS + DEPTH_MAX), Math.round(middle / tick));
      this.tick[i] = tick;
      this.base[i] = ticks * tick;
      this.middle[i] = ticks * tick;
      this.scale[i] = Math.round(priceUnit * 10 ** instruments.priceDecimals[i]!);
    }
  }

  /** Answers what was sent since the last call, then moves a book. */
  serve(): void {
    this.take();
    if (this.walking.length === 0) return;
    const i = this.walking[this.draw(this.walking.length)]!;
    if (this.idLength[i] !== 0) this.step(i);
  }

  private take(): void {
    const got = this.peer.takeSent(this.incoming);
    if (got <= 0) return;
    // Behind the beginning of a message that waits for its rest.
    if (this.sentBytes + got > BYTES) this.sentBytes = 0;
    for (let k = 0; k < got; k++) this.sent[this.sentBytes++] = this.incoming[k]!;
    let from = 0;
    while (from < this.sentBytes) {
      const length = frameBounds(this.sent, from, this.sentBytes, BYTES);
      if (length === 0) break;
      if (length > 0 && this.tags.parse(this.sent, from, from + length) > 0) this.answer();
      from += length < 0 ? 0 - length : length;
    }
    this.sent.copyWithin(0, from, this.sentBytes);
    this.sentBytes -= from;
  }

  private answer(): void {
    const type = this.tags.char(35);
    if (type === 0x41) this.answerLogon();
    else if (type === 0x31) this.answerTestRequest();
    else if (type === 0x32) this.answerResend();
    else if (type === 0x56) this.answerRequest();
    else if (type === 0x65) this.answerStatus();
  }

  private answerLogon(): void {
    this.idLength.fill(0);
    const resets = this.tags.char(141) === 0x59;
    if (resets) this.seq = 1;
    this.begin("A").int(98, 0).int(108, 30);
    if (resets) this.b.char(141, 0x59);
    this.end();
  }

  private answerTestRequest(): void {
    this.begin("0");
    this.copy(112);
    this.end();
  }

  /** Everything that was lost with a connection is filled over. */
  private answerResend(): void {
    const next = this.seq;
    const from = this.tags.int(7, 1);
    this.seq = from > 0 ? from : 1;
    this.begin("4").char(123, 0x59).int(36, next);
    this.end();
    this.seq = next;
  }

  private answerRequest(): void {
    const tags = this.tags;
    const kind = tags.char(263);
    const id = tags.find(262);
    if (kind === 0x32 || id < 0 || tags.lengthAt(id) > ID_BYTES_MAX) return;
    for (let f = tags.find(55); f >= 0; f = tags.next(55, f)) {
      const found = this.symbols.find(tags.bytes, tags.offsetAt(f), tags.lengthAt(f));
      if (found !== NO_INSTRUMENT_FOUND) this.subscribe(found, id, kind);
    }
  }

  private subscribe(i: number, id: number, kind: number): void {
    const length = this.tags.lengthAt(id);
    const offset = this.tags.offsetAt(id);
    for (let k = 0; k < length; k++) this.id[k] = this.tags.bytes[offset + k]!;
    this.snapshot(i, this.id, length);
    if (kind !== 0x31) return;
    const kept = this.ids[i]!;
    for (let k = 0; k < length; k++) kept[k] = this.id[k]!;
    this.idLength[i] = length;
  }

  private answerStatus(): void {
    this.begin("f");
    this.copy(324);
    this.copy(55);
    this.b.int(326, 17);
    this.end();
  }

  private snapshot(i: number, id: Uint8Array, length: number): void {
    this.begin("W").raw(262, id, 0, length).string(55, this.names[i]!);
    this.b.int(83, this.rptSeq[i]!).int(268, 2 * this.depth);
    for (let k = 1; k <= this.depth; k++) {
      this.snapshotEntry(i, 0, k);
      this.snapshotEntry(i, 1, k);
    }
    this.end();
  }

  private snapshotEntry(i: number, side: number, k: number): void {
    const px = this.middle[i]! + (side === 0 ? -k : k) * this.tick[i]!;
    this.b.char(269, 0x30 + side);
    this.entryId(i, side, px);
    this.price(i, px)
      .int(271, this.quantity())
      .int(346, 1 + this.draw(9));
  }

  /** One message: quantities change, a trade, or the price moves by a tick. */
  private step(i: number): void {
    this.updates++;
    // What is left out makes the book stale: the way back is warm, too.
    if (this.updates % JUMP_EVERY === 0) this.rptSeq[i]! += 1;
    const draw = this.draw(16);
    if (this.isFull) {
      if (draw < 4) this.walk(i);
      this.rptSeq[i]! += 1;
      this.snapshot(i, this.ids[i]!, this.idLength[i]!);
      return;
    }
    const moves = draw < 4;
    this.begin("X").raw(262, this.ids[i]!, 0, this.idLength[i]!);
    this.b.int(268, moves ? 4 : 2);
    if (moves) this.move(i);
    else if (draw < 7) {
      this.trade(i);
      this.change(i);
    } else {
      this.change(i);
      this.change(i);
    }
    this.end();
  }

  /** By how much, units: it comes back when it has strayed. */
  private walk(i: number): number {
    const tick = this.tick[i]!;
    const away = (this.middle[i]! - this.base[i]!) / tick;
    const up = this.draw(2 * STRAY_TICKS) >= STRAY_TICKS + away;
    this.middle[i]! += up ? tick : 0 - tick;
    return up ? 1 : -1;
  }

  private move(i: number): void {
    const tick = this.tick[i]!;
    const before = this.middle[i]!;
    const up = this.walk(i) > 0;
    const after = this.middle[i]!;
    // The best level of the side that is passed goes, and the last one of the other.
    this.entry(i, 0x32, up ? 1 : 0, up ? before + tick : before - tick);
    this.entry(i, 0x32, up ? 0 : 1, up ? before - this.depth * tick : before + this.depth * tick);
    this.entry(i, 0x30, up ? 0 : 1, up ? after - tick : after + tick);
    this.entry(i, 0x30, up ? 1 : 0, up ? after + this.depth * tick : after - this.depth * tick);
  }

  private change(i: number): void {
    const side = this.draw(2);
    const away = (1 + this.draw(this.depth)) * this.tick[i]!;
    this.entry(i, 0x31, side, this.middle[i]! + (side === 0 ? 0 - away : away));
  }

  private trade(i: number): void {
    const side = this.draw(2);
    const px = this.middle[i]! + (side === 0 ? 0 - this.tick[i]! : this.tick[i]!);
    this.b.char(279, 0x30).char(269, 0x32).string(55, this.names[i]!);
    this.price(i, px)
      .int(271, this.quantity())
      .int(83, ++this.rptSeq[i]!);
  }

  private entry(i: number, action: number, side: number, px: number): void {
    this.b.char(279, action).char(269, 0x30 + side);
    this.entryId(i, side, px);
    this.b.string(55, this.names[i]!);
    this.price(i, px);
    if (action !== 0x32) this.b.int(271, this.quantity()).int(346, 1 + this.draw(9));
    this.b.int(83, ++this.rptSeq[i]!);
  }

  /** One entry per level: instrument, side and price name it. */
  private entryId(i: number, side: number, px: number): void {
    if (this.byId) this.b.int(278, (px * 2 + side) * this.instruments.capacity + i);
  }

  private price(i: number, px: number): MessageBuilder {
    return this.b.decimal(270, px * this.scale[i]!, this.instruments.priceDecimals[i]!);
  }

  private quantity(): number {
    return 100 * (1 + this.draw(9));
  }

  private copy(tag: number): void {
    const field = this.tags.find(tag);
    if (field < 0) return;
    this.b.raw(tag, this.tags.bytes, this.tags.offsetAt(field), this.tags.lengthAt(field));
  }

  private begin(type: string): MessageBuilder {
    return this.b.begin(this.beginString, type).int(34, this.seq).fields(this.header);
  }

  private end(): void {
    if (this.b.finish() === 0) return;
    if (this.peer.answer(this.b.bytes, this.b.start, this.b.length)) this.seq++;
  }

  /** Uniform in [0, n): xorshift32. */
  private draw(n: number): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (x >>> 0) % n;
  }
}
