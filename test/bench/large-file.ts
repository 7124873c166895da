/**
 * A length-prefixed ITCH 5.0 file of any size, the same for a count: orders in 100 symbols that come,
 * trade, change and go, with as many resting as a busy venue's feed has. Written in pieces, so that
 * its size is no matter.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { Random } from "../../src/sim/random.ts";

const SYMBOLS = 100;
/** Orders that rest when it has got going. */
const RESTING = 60_000;
const PIECE_BYTES = 1 << 22;
const MESSAGE_BYTES_MAX = 64;
const OPEN_NS = 9.5 * 3600e9;
const STEP_NS = 1000;
const TWO_32 = 2 ** 32;
/** Prices around 100.00, in cents of 0.0001. */
const MID = 1_000_000;
const TICK = 100;

/** Writes `count` messages to a new file at `path`; returns its bytes. */
export function writeLargeFile(path: string, count: number): number {
  const writer = new Writer(path);
  const flow = new Flow(writer);
  flow.directory();
  while (writer.messages < count) flow.step();
  return writer.close();
}

class Writer {
  messages = 0;
  readonly bytes = Buffer.alloc(PIECE_BYTES);
  /** Behind the type of the message at hand. */
  at = 0;
  private readonly fd: number;
  private written = 0;
  private timeNs = OPEN_NS;

  constructor(path: string) {
    this.fd = openSync(path, "wx");
  }

  /** Length, type, locate, tracking number, time; the fields follow by their offsets. */
  begin(type: string, length: number, locate: number): number {
    if (this.at > PIECE_BYTES - MESSAGE_BYTES_MAX) this.flush();
    const start = this.at + 2;
    this.bytes.fill(0x20, start, start + length);
    this.bytes.writeUInt16BE(length, this.at);
    this.bytes[start] = type.charCodeAt(0);
    this.bytes.writeUInt16BE(locate, start + 1);
    this.bytes.writeUInt16BE(0, start + 3);
    this.timeNs += STEP_NS;
    this.bytes.writeUInt16BE(Math.floor(this.timeNs / TWO_32), start + 5);
    this.bytes.writeUInt32BE(this.timeNs % TWO_32, start + 7);
    this.at = start + length;
    this.messages++;
    return start;
  }

  /** References stay below 2^32. */
  reference(at: number, reference: number): void {
    this.bytes.writeUInt32BE(0, at);
    this.bytes.writeUInt32BE(reference, at + 4);
  }

  close(): number {
    this.flush();
    closeSync(this.fd);
    return this.written;
  }

  private flush(): void {
    for (let from = 0; from < this.at; ) {
      from += writeSync(this.fd, this.bytes, from, this.at - from);
    }
    this.written += this.at;
    this.at = 0;
  }
}

/** Half adds; of the rest most are deletes, as on a real feed. */
class Flow {
  private readonly random = new Random(20);
  private readonly w: Writer;
  private readonly refs = new Uint32Array(2 * RESTING);
  private readonly locates = new Uint16Array(2 * RESTING);
  private readonly shares = new Uint32Array(2 * RESTING);
  private readonly mids = new Int32Array(SYMBOLS + 1).fill(MID);
  private live = 0;
  private next = 1;

  constructor(w: Writer) {
    this.w = w;
  }

  /** R of each symbol. */
  directory(): void {
    for (let locate = 1; locate <= SYMBOLS; locate++) {
      const o = this.w.begin("R", 39, locate);
      this.w.bytes.write(`SYM${locate}`.padEnd(8), o + 11, "latin1");
      this.w.bytes.writeUInt32BE(100, o + 21);
      this.w.bytes.writeUInt32BE(0, o + 34);
    }
  }

  step(): void {
    const draw = this.random.below(100);
    const mustAdd = this.live < RESTING / 2 || (draw < 47 && this.live < 2 * RESTING);
    if (mustAdd) this.add();
    else this.change(this.pick(), draw);
  }

  private add(): void {
    const locate = 1 + this.random.below(SYMBOLS);
    const side = this.random.below(2);
    const i = this.live++;
    this.locates[i] = locate;
    this.shares[i] = 100 * (1 + this.random.below(5));
    this.refs[i] = this.next;
    // The middle walks. Nothing is matched, so that books may stand crossed.
    if (this.random.below(50) === 0) this.mids[locate]! += TICK * (this.random.below(3) - 1);
    const away = TICK * (1 + Math.min(this.random.below(30), this.random.below(30)));
    const { w } = this;
    const o = w.begin("A", 36, locate);
    w.reference(o + 11, this.next++);
    w.bytes[o + 19] = side === 0 ? 0x42 : 0x53;
    w.bytes.writeUInt32BE(this.shares[i]!, o + 20);
    w.bytes.write(`SYM${locate}`.padEnd(8), o + 24, "latin1");
    w.bytes.writeUInt32BE(this.mids[locate]! + (side === 0 ? -away : away), o + 32);
  }

  /** Young orders go sooner. */
  private pick(): number {
    return Math.max(this.random.below(this.live), this.random.below(this.live));
  }

  private change(i: number, draw: number): void {
    const { w } = this;
    const locate = this.locates[i]!;
    if (draw >= 95 && this.shares[i]! > 100) {
      const o = w.begin("E", 31, locate);
      w.reference(o + 11, this.refs[i]!);
      w.bytes.writeUInt32BE(100, o + 19);
      w.reference(o + 23, w.messages);
      this.shares[i]! -= 100;
    } else if (draw >= 86) {
      const o = w.begin("U", 35, locate);
      w.reference(o + 11, this.refs[i]!);
      w.reference(o + 19, this.next);
      w.bytes.writeUInt32BE(this.shares[i]!, o + 27);
      w.bytes.writeUInt32BE(this.mids[locate]!, o + 31);
      this.refs[i] = this.next++;
    } else {
      w.reference(w.begin("D", 19, locate) + 11, this.refs[i]!);
      const last = --this.live;
      this.refs[i] = this.refs[last]!;
      this.locates[i] = this.locates[last]!;
      this.shares[i] = this.shares[last]!;
    }
  }
}
