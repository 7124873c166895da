/**
 * Length-prefixed ITCH (BinaryFILE): u16 big-endian and so many bytes, again and again. A zero length
 * ends the session, but some files have one before every message: those start with one.
 *
 * What comes out are MoldUDP64 packets of session "BINARYFILE", sequence from 1, on line 0, at the
 * time that their first message carries (ns since midnight).
 */
import { PacketBatch } from "./batch.ts";
import type { PacketSource } from "./source.ts";
import { noSkippedFrames } from "./udp-in-frame.ts";
import type { CaptureBytes } from "./unpack.ts";
import type { CaptureWindow } from "./window.ts";

/** ITCH messages have at most 50 bytes; relatives of ITCH somewhat more. */
const MESSAGE_BYTES_MAX = 1024;
const MESSAGE_BYTES_MIN = 11;
const HEADER_BYTES = 20;
const SEQUENCE = 10;
const COUNT = 18;
const SESSION = "BINARYFILE";
const ARENA_BYTES = 1 << 20;
const TWO_32 = 2 ** 32;

/** True when the first message may be one: a length that can be, and a letter. */
export function isItchFile(view: DataView, size: number): boolean {
  let at = 0;
  while (at + 2 <= Math.min(size, 16) && view.getUint16(at) === 0) at += 2;
  if (at + 3 > size) return false;
  const length = view.getUint16(at);
  const isLetter = /[A-Za-z]/.test(String.fromCharCode(view.getUint8(at + 2)));
  return length >= MESSAGE_BYTES_MIN && length <= MESSAGE_BYTES_MAX && isLetter;
}

export interface ItchFileOptions {
  /** Messages are put together in packets of up to so many bytes; 0 = one message a packet. */
  packetBytes: number;
}

export class ItchFileSource implements PacketSource {
  readonly kind = "ITCH file";
  readonly bytes = new Uint8Array(new ArrayBuffer(ARENA_BYTES));
  readonly view = new DataView(this.bytes.buffer);
  readonly batch = new PacketBatch();
  readonly skipped = noSkippedFrames();
  readonly originS = 0;
  fault: string | undefined;
  seen = 0;
  private readonly source: CaptureBytes;
  private readonly window: CaptureWindow;
  private readonly packetBytes: number;
  private readonly hasZeros: boolean;
  private seq = 1;
  private used = 0;
  /** Where the messages of the packet at hand begin. */
  private runFrom = 0;
  /** A zero length ended the session. */
  private isEnded = false;
  private isOver = false;

  constructor(source: CaptureBytes, window: CaptureWindow, options: ItchFileOptions) {
    this.source = source;
    this.window = window;
    this.packetBytes = options.packetBytes;
    this.hasZeros = window.view.getUint16(0) === 0;
  }

  async refill(): Promise<boolean> {
    const { batch, window } = this;
    batch.shift(batch.ready);
    this.used = 0;
    while (!this.isOver && batch.count === 0) {
      this.parse();
      if (batch.count > 0 || this.isOver) break;
      window.drop(window.pos);
      if (!(await window.more())) this.atEnd();
    }
    if (this.isEnded && batch.count === 0) await this.lookBehindEnd();
    batch.release();
    return batch.count > 0;
  }

  private parse(): void {
    const { batch, window, view } = this;
    // A packet holds one message at least, and all of it is copied in one go.
    while (!batch.isFull && this.used + HEADER_BYTES + MESSAGE_BYTES_MAX + 2 <= ARENA_BYTES) {
      const count = this.run();
      if (count === 0) return;
      const from = this.runFrom;
      const size = window.pos - from;
      const to = this.used;
      for (let i = 0; i < SESSION.length; i++) this.bytes[to + i] = SESSION.charCodeAt(i);
      view.setUint32(to + SEQUENCE, Math.floor(this.seq / TWO_32));
      view.setUint32(to + SEQUENCE + 4, this.seq % TWO_32);
      view.setUint16(to + COUNT, count);
      this.bytes.set(window.bytes.subarray(from, from + size), to + HEADER_BYTES);
      const stamp = window.view.getUint16(from + 7) * TWO_32 + window.view.getUint32(from + 9);
      batch.append(to, HEADER_BYTES + size, 0, stamp);
      this.seq += count;
      this.seen++;
      this.used = to + HEADER_BYTES + size;
    }
  }

  /** Moves pos past the messages of one packet: how many. 0: more bytes are needed, or it is over. */
  private run(): number {
    const { window } = this;
    const room = Math.min(this.packetBytes, ARENA_BYTES - this.used - HEADER_BYTES);
    this.runFrom = window.pos;
    let count = 0;
    for (;;) {
      const at = window.pos;
      if (window.ahead < 2) return count;
      const length = window.view.getUint16(at);
      if (length === 0) {
        if (count > 0) return count;
        window.pos = at + 2;
        this.runFrom = window.pos;
        if (this.hasZeros) continue;
        this.isEnded = true;
        this.isOver = true;
        return 0;
      }
      if (length > MESSAGE_BYTES_MAX || length < MESSAGE_BYTES_MIN) {
        if (count > 0) return count;
        this.fault = `message ${this.seq} at byte ${window.offsetOf(at)} claims ${length} bytes`;
        this.isOver = true;
        return 0;
      }
      if (window.ahead < 2 + length) return count;
      if (count > 0 && at + 2 + length - this.runFrom > room) return count;
      window.pos = at + 2 + length;
      count++;
    }
  }

  private async lookBehindEnd(): Promise<void> {
    const { window } = this;
    if (window.ahead === 0) {
      window.drop(window.pos);
      await window.more();
    }
    this.fault ??= this.source.fault;
    if (window.ahead === 0) return;
    this.fault = `more follows the end of the session at byte ${window.offsetOf(window.pos)}`;
  }

  private atEnd(): void {
    this.isOver = true;
    const { window } = this;
    this.fault = this.source.fault;
    if (this.fault !== undefined || window.ahead === 0) return;
    this.fault = `cut off in message ${this.seq}, which starts at byte ${window.offsetOf(window.pos)}`;
  }
}
