/**
 * Hands a snapshot to the engine in slices (feed/slices.ts), through the feed's recovery ring. The
 * engine takes them between two packets of its lines, so a slice is small, and so that none is lost
 * the ring is never asked to take what it has no room for: whoever brings messages asks hasRoom()
 * first, and lets its server wait.
 */
import {
  SLICE_ABANDON,
  SLICE_BEGIN,
  SLICE_BYTES_MAX,
  SLICE_END,
  SLICE_HEADER_BYTES,
  SLICE_KIND,
  SLICE_MESSAGES,
  SLICE_SEQUENCE,
  SLICE_SESSION,
} from "../../feed/slices.ts";

/** Longest message that a slice can hold. */
export const SLICE_MESSAGE_BYTES_MAX = SLICE_BYTES_MAX - SLICE_HEADER_BYTES - 2;
/** Room for slices that one message can cause: the one that is full, its own, and the end. */
const SLICES_AHEAD = 3;

export interface SliceRing {
  /** True when the ring surely takes `count` more packets of `bytes` bytes. */
  hasRoom(count: number, bytes: number): boolean;
  /** False when it did not. */
  send(slice: Uint8Array): boolean;
}

export class SliceWriter {
  /** Messages of this snapshot so far. */
  messages = 0;
  private readonly ring: SliceRing;
  private readonly slice = new Uint8Array(SLICE_BYTES_MAX);
  private readonly view = new DataView(this.slice.buffer);
  private length = SLICE_HEADER_BYTES;
  private isBegun = false;
  private owesAbandon = false;

  constructor(ring: SliceRing) {
    this.ring = ring;
  }

  /** A snapshot has begun and is neither ended nor abandoned. */
  get isUnderWay(): boolean {
    return this.isBegun;
  }

  /** True when begin(), one message() or end() will fit. */
  hasRoom(): boolean {
    return !this.owesAbandon && this.ring.hasRoom(SLICES_AHEAD, SLICE_BYTES_MAX);
  }

  /** session: ten bytes, as in hp_feed. */
  begin(session: Uint8Array): void {
    this.clear(SLICE_BEGIN);
    this.slice.set(session.subarray(0, 10), SLICE_SESSION);
    this.send();
    this.isBegun = true;
    this.messages = 0;
    this.clear(SLICE_MESSAGES);
  }

  /** bytes[at, at + length): at most SLICE_MESSAGE_BYTES_MAX. */
  message(bytes: Uint8Array, at: number, length: number): void {
    if (this.length + 2 + length > SLICE_BYTES_MAX) this.flush();
    const { slice } = this;
    slice[this.length] = length >>> 8;
    slice[this.length + 1] = length & 0xff;
    slice.set(bytes.subarray(at, at + length), this.length + 2);
    this.length += 2 + length;
    this.messages++;
  }

  /** sequence: the first live message to apply. */
  end(sequence: number): void {
    this.flush();
    this.clear(SLICE_END);
    this.view.setFloat64(SLICE_SEQUENCE, sequence, true);
    this.send();
    this.isBegun = false;
  }

  /** Tells the engine that no more will come; when the ring is full, poll() does. */
  abandon(): void {
    if (!this.isBegun) return;
    this.isBegun = false;
    this.owesAbandon = true;
    this.poll();
  }

  /** Sends what the full ring did not take before. */
  poll(): void {
    if (!this.owesAbandon || !this.ring.hasRoom(1, SLICE_HEADER_BYTES)) return;
    this.clear(SLICE_ABANDON);
    this.send();
    this.owesAbandon = false;
  }

  private flush(): void {
    if (this.length > SLICE_HEADER_BYTES) this.send();
    this.clear(SLICE_MESSAGES);
  }

  private clear(kind: number): void {
    this.slice.fill(0, 0, SLICE_HEADER_BYTES);
    this.slice[SLICE_KIND] = kind;
    this.length = SLICE_HEADER_BYTES;
  }

  private send(): void {
    if (this.ring.send(this.slice.subarray(0, this.length))) return;
    throw new Error("the recovery ring took no slice though it had room for one");
  }
}
