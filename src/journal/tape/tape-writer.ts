// @hot
/**
 * The engine's end of the capture ring. Entries of a turn are written as they come; what an input is
 * (a packet, bytes of a socket, a command) is shown to the reader at once, readings of the clock and
 * the like only once the turn turns out to have done something. A turn that did nothing is taken back.
 *
 * The path never waits for control: when the ring is full, the tape ends, and the word `lost` says so.
 */
import {
  DESC_DOUBLES,
  DESC_FEED,
  DESC_FLAGS,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
} from "../../net/desc.ts";
import type { Port } from "../../net/port.ts";
import {
  TAPE_BURST,
  TAPE_CLOCK,
  TAPE_CONTROL,
  TAPE_DURABLE,
  TAPE_END,
  TAPE_FULL,
  TAPE_GUARD,
  TAPE_HEADER_BYTES,
  TAPE_PACKET,
  TAPE_PAD,
  TAPE_ROOM,
  TAPE_START,
  TAPE_START_ARM_SEEN,
  TAPE_START_EPOCH,
  TAPE_START_HEAD,
  TAPE_START_IS_RESTART,
  TAPE_START_JSON,
  TAPE_START_NUMBER,
  TAPE_START_RING,
  TAPE_START_WORDS,
  TAPE_TCP_RECEIVED,
  TAPE_TURN,
  TAPE_WALL,
} from "./entries.ts";
import {
  TAPE_RING_HEADER,
  TR_ENDED,
  TR_HEAD,
  TR_LOST,
  TR_SIZE,
  TR_SLOT,
  TR_SLOT_WORDS,
  TR_SLOTS,
} from "./tape-ring.ts";

const NO_ROOM = -1;
/** Words of a packet in front of its bytes. */
const PACKET_WORDS = 4;

export class TapeWriter {
  /** Questions put to the journal in this turn (TAPE_ROOM). */
  asked = 0;
  /** Something other than packets came in in this turn. */
  hasNews = false;
  private readonly header: Int32Array;
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly bytes: Uint8Array;
  private readonly size: number;
  private readonly mask: number;
  /** Cursors, bytes modulo 2^32: shown to the reader, written so far, given back by the reader. */
  private head: number;
  private at: number;
  private tail: number;
  private isKept = false;
  private isLost = false;
  private readonly isPrivate: boolean;

  /**
   * `buffer`: laid out by layoutTapeRing; goes on behind what is in it. isPrivate: nobody reads it, and
   * what is in it is thrown away: the shadow's, which warms the code that runs live.
   */
  constructor(buffer: ArrayBuffer, isPrivate = false) {
    this.isPrivate = isPrivate;
    const header = new Int32Array(buffer, 0, TAPE_RING_HEADER / 4);
    const size = header[TR_SIZE]!;
    this.header = header;
    this.words = new Int32Array(buffer, TAPE_RING_HEADER, size >> 2);
    this.doubles = new Float64Array(buffer, TAPE_RING_HEADER, size >> 3);
    this.bytes = new Uint8Array(buffer, TAPE_RING_HEADER, size);
    this.size = size;
    this.mask = size - 1;
    this.head = Atomics.load(header, TR_HEAD);
    this.at = this.head;
    this.tail = this.head;
    this.renewTail();
    Atomics.store(header, TR_LOST, 0);
    Atomics.store(header, TR_ENDED, 0);
  }

  /**
   * The engine begins: the cursors of its journal ring, what it was started with, and what it is
   * (tape-head.ts, as JSON). @cold
   */
  start(
    epoch: number,
    number: number,
    journalHead: number,
    journalBytes: number,
    armSeen: number,
    isRestart: boolean,
    json: Uint8Array,
  ): void {
    const at = this.entry(TAPE_START, 0, 4 * TAPE_START_WORDS + json.length);
    if (at < 0) return;
    this.words[at + TAPE_START_EPOCH] = epoch;
    this.words[at + TAPE_START_NUMBER] = number;
    this.words[at + TAPE_START_HEAD] = journalHead;
    this.words[at + TAPE_START_RING] = journalBytes;
    this.words[at + TAPE_START_ARM_SEEN] = armSeen;
    this.words[at + TAPE_START_IS_RESTART] = isRestart ? 1 : 0;
    this.words[at + TAPE_START_JSON] = json.length;
    this.words[at + TAPE_START_JSON + 1] = 0;
    this.bytes.set(json, (at + TAPE_START_WORDS) << 2);
    this.show();
  }

  /** A turn begins; one that nobody kept is gone. cursor: of OrderPoll. */
  begin(turn: number, cursor: number): void {
    this.at = this.head;
    this.isKept = false;
    this.asked = 0;
    this.hasNews = false;
    const at = this.entry(TAPE_TURN, 0, 16);
    if (at < 0) return;
    this.doubles[at >> 1] = turn;
    this.words[at + 2] = cursor;
    this.words[at + 3] = 0;
  }

  /** The turn is over; `keeps`: it belongs on the tape though nothing came in. */
  end(keeps: boolean): void {
    if (keeps && !this.isKept) this.show();
  }

  /** The engine has stopped in good order. @cold */
  finish(): void {
    if (this.entry(TAPE_END, 0, 0) >= 0) this.show();
    Atomics.store(this.header, TR_ENDED, 1);
  }

  clock(ns: number): void {
    this.double(TAPE_CLOCK, ns);
    if (this.isKept) this.show();
  }

  wall(offsetNs: number): void {
    this.double(TAPE_WALL, offsetNs);
    this.note();
  }

  /** What rxBurst of a port gave, 0 excepted; source: as in TAPE_BURST. */
  burst(source: number, port: Port, n: number): void {
    this.value(TAPE_BURST, source, n, 0);
    for (let i = 0; i < n; i++) this.packet(port, i);
    this.show();
  }

  /** A result of a socket; keeps the turn unless it is one that changes nothing. */
  tcp(type: number, handle: number, result: number, keeps: boolean): void {
    this.value(type, handle, result, 0);
    if (keeps) this.note();
    else if (this.isKept) this.show();
  }

  /** `n` bytes were received into from[offset, offset + n), or the status n. */
  received(handle: number, n: number, from: DataView, offset: number): void {
    const length = n > 0 ? n : 0;
    const at = this.entry(TAPE_TCP_RECEIVED, handle, 8 + length);
    if (at < 0) return;
    this.words[at] = n;
    this.words[at + 1] = 0;
    this.copy(at + 2, from, offset, length);
    this.note();
  }

  control(kill: number, arm: number, disarm: number, stop: number): void {
    const at = this.entry(TAPE_CONTROL, 0, 16);
    if (at < 0) return;
    this.words[at] = kill;
    this.words[at + 1] = arm;
    this.words[at + 2] = disarm;
    this.words[at + 3] = stop;
    this.note();
  }

  guard(isAlive: boolean): void {
    if (this.entry(TAPE_GUARD, isAlive ? 1 : 0, 0) >= 0) this.note();
  }

  room(hasRoom: boolean): void {
    this.value(TAPE_ROOM, 0, hasRoom ? 1 : 0, this.asked);
    this.note();
  }

  full(): void {
    this.value(TAPE_FULL, 0, 0, this.asked);
    this.note();
  }

  durable(cursor: number): void {
    this.value(TAPE_DURABLE, 0, cursor, this.asked);
    this.note();
  }

  private packet(port: Port, i: number): void {
    const d = i * DESC_WORDS;
    const length = port.desc[d + DESC_LENGTH]!;
    // Where a port is that of one feed, its descriptors say feed 0 (takePortTables).
    const line = port.desc[d + DESC_LINE]! | (port.desc[d + DESC_FEED]! << 8);
    const at = this.entry(TAPE_PACKET, line, 4 * PACKET_WORDS + length);
    if (at < 0) return;
    this.words[at] = length;
    this.words[at + 1] = port.desc[d + DESC_FLAGS]!;
    this.doubles[(at >> 1) + 1] = port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!;
    this.copy(at + PACKET_WORDS, port.view, port.desc[d + DESC_OFFSET]!, length);
  }

  private double(type: number, value: number): void {
    const at = this.entry(type, 0, 8);
    if (at >= 0) this.doubles[at >> 1] = value;
  }

  private value(type: number, index: number, value: number, more: number): void {
    const at = this.entry(type, index, 8);
    if (at < 0) return;
    this.words[at] = value;
    this.words[at + 1] = more;
  }

  /** Word by word, the rest by bytes. */
  private copy(at: number, from: DataView, offset: number, length: number): void {
    const words = length >> 2;
    for (let k = 0; k < words; k++) this.words[at + k] = from.getInt32(offset + 4 * k, true);
    const start = (at + words) << 2;
    for (let k = 4 * words; k < length; k++) {
      this.bytes[start + k - 4 * words] = from.getUint8(offset + k);
    }
  }

  /** Word index of the body of a new entry; NO_ROOM when the tape has ended. */
  private entry(type: number, index: number, bodyBytes: number): number {
    if (this.isLost) return NO_ROOM;
    const total = (TAPE_HEADER_BYTES + bodyBytes + 7) & ~7;
    const from = this.at & this.mask;
    const pad = this.size - from < total ? this.size - from : 0;
    if (this.size - ((this.at - this.tail) | 0) < total + pad) {
      this.renewTail();
      if (this.size - ((this.at - this.tail) | 0) < total + pad) return this.lose();
    }
    if (pad !== 0) {
      this.words[from >>> 2] = pad;
      this.words[(from >>> 2) + 1] = TAPE_PAD;
    }
    const word = pad !== 0 ? 0 : from >>> 2;
    this.words[word] = total;
    this.words[word + 1] = type | (index << 16);
    this.at = (this.at + pad + total) | 0;
    return word + 2;
  }

  private lose(): number {
    this.isLost = true;
    // What was shown of the turn stands; what was not is left out, and nothing follows.
    Atomics.store(this.header, TR_LOST, 1);
    return NO_ROOM;
  }

  private note(): void {
    this.hasNews = true;
    this.show();
  }

  private show(): void {
    this.isKept = true;
    if (this.isLost) return;
    this.head = this.at;
    Atomics.store(this.header, TR_HEAD, this.head);
  }

  private renewTail(): void {
    if (this.isPrivate) {
      this.tail = this.head;
      return;
    }
    const slot = Atomics.load(this.header, TR_SLOT) & 1;
    this.tail = this.header[TR_SLOTS + slot * TR_SLOT_WORDS]!;
  }
}
