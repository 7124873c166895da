/**
 * Control's end of the capture ring: the tape to a file of its own, the packets on it to a pcapng
 * beside it. Files are one pair per run of an engine. Whoever takes over from a killed control cuts
 * the pair back to what the ring knows to be written, and goes on there.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { packetBlockBytes, pcapngHead, writePacketBlock } from "../../net/capture/pcapng-writer.ts";
import { SLICE_LINE } from "../../net/desc.ts";
import { errorCode } from "../files.ts";
import {
  TAPE_BURST,
  TAPE_CLOCK,
  TAPE_DEVICES,
  TAPE_HEADER_BYTES,
  TAPE_PACKET,
  TAPE_PAD,
  TAPE_START,
  TAPE_START_EPOCH,
  TAPE_START_JSON,
  TAPE_START_WORDS,
  TAPE_WALL,
} from "./entries.ts";
import {
  encodeTapeHead,
  type TapeHead,
  type TapeLines,
  tapeLines,
  tapeNames,
} from "./tape-head.ts";
import {
  readDone,
  TAPE_RING_HEADER,
  type TapeDone,
  TR_ENGINE,
  TR_HEAD,
  TR_LOST,
  TR_SIZE,
  writeDone,
} from "./tape-ring.ts";

export interface TapeDrainOptions {
  /** A capture ring (isTapeRing). */
  buffer: ArrayBuffer;
  directory: string;
  nowMs(): number;
  log?(sentence: string): void;
}

/** A packet whose time, that of the burst, is not known yet. */
interface Waiting {
  line: number;
  source: number;
  rxNs: number;
  bytes: Uint8Array;
}

/** Bytes of the ring taken at a time. */
const BATCH_BYTES = 1 << 22;
const RETRY_MS = 1000;
/** In front of a packet's bytes, in the ring and on disk. */
const PACKET_FIELDS = 16;

export class TapeDrain {
  private readonly o: TapeDrainOptions;
  private readonly header: Int32Array;
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly bytes: Uint8Array;
  private readonly engine: number;
  private done: TapeDone;
  private files: FilePair | null = null;
  private retryAtMs = 0;
  private isTold = false;
  private isLossTold = false;

  constructor(options: TapeDrainOptions) {
    const { buffer } = options;
    this.o = options;
    this.header = new Int32Array(buffer, 0, TAPE_RING_HEADER / 4);
    const size = this.header[TR_SIZE]!;
    this.words = new Int32Array(buffer, TAPE_RING_HEADER, size >> 2);
    this.doubles = new Float64Array(buffer, TAPE_RING_HEADER, size >> 3);
    this.bytes = new Uint8Array(buffer, TAPE_RING_HEADER, size);
    this.engine = this.header[TR_ENGINE]!;
    this.done = readDone(buffer);
  }

  /** Writes what is there, a bounded part of it; true when something was. Never throws. */
  poll(): boolean {
    const now = this.o.nowMs();
    this.tellLoss();
    if (now < this.retryAtMs) return false;
    return this.write(false);
  }

  /** Writes all there is; false when the disk refuses. */
  flush(): boolean {
    this.tellLoss();
    while (this.write(false));
    while (this.write(true));
    this.files?.close();
    this.files = null;
    return this.done.tail === Atomics.load(this.header, TR_HEAD);
  }

  private write(isLast: boolean): boolean {
    const head = Atomics.load(this.header, TR_HEAD);
    if (head === this.done.tail) return false;
    try {
      const files = this.files ?? this.openFiles();
      const before = this.done.tail;
      const tail = this.take(files, head, isLast);
      if (tail === before) return false;
      this.isTold = false;
      return true;
    } catch (error) {
      this.files?.close();
      this.files = null;
      this.retryAtMs = this.o.nowMs() + RETRY_MS;
      if (!this.isTold)
        this.o.log?.(`capture of engine ${this.engine}: ${(error as Error).message}`);
      this.isTold = true;
      return false;
    }
  }

  /** The pair that is being written, as far as it counts; a new one begins at START. */
  private openFiles(): FilePair {
    const files = new FilePair(this.o.directory, this.engine);
    this.files = files;
    if (this.done.epoch !== 0) files.reopen(this.done);
    return files;
  }

  /** Entries up to `head` or a batch; the new tail. */
  private take(files: FilePair, head: number, isLast: boolean): number {
    const mask = this.bytes.length - 1;
    let at = this.done.tail;
    /** Behind the last entry that can be written with its time. */
    let whole = at;
    /** Nothing more comes of this run: what waits for a clock waits in vain. */
    let isOver = isLast;
    while (at !== head && ((at - this.done.tail) | 0) < BATCH_BYTES) {
      const from = at & mask;
      const length = this.words[from >>> 2]!;
      if (length < TAPE_HEADER_BYTES || (length & 7) !== 0 || from + length > this.bytes.length) {
        throw new Error(`its ring is damaged: an entry of ${length} bytes`);
      }
      const type = this.words[(from >>> 2) + 1]! & 0xffff;
      if (type === TAPE_START && at !== this.done.tail) {
        isOver = true;
        break;
      }
      if (type === TAPE_START) this.start(files, from);
      if (type !== TAPE_PAD) this.entry(files, type, from, length);
      at = (at + length) | 0;
      if (!files.isWaiting) {
        whole = at;
        files.mark();
      }
    }
    if (whole !== at && isOver) {
      files.settle(files.clockNs);
      files.mark();
      whole = at;
    }
    files.commit();
    this.done = { tail: whole, ...files.done() };
    writeDone(this.o.buffer, this.done);
    return whole;
  }

  private start(files: FilePair, from: number): void {
    const at = (from + TAPE_HEADER_BYTES) >>> 2;
    const length = this.words[at + TAPE_START_JSON]!;
    const json = from + TAPE_HEADER_BYTES + 4 * TAPE_START_WORDS;
    files.create(this.words[at + TAPE_START_EPOCH]!, this.bytes.slice(json, json + length));
  }

  private entry(files: FilePair, type: number, from: number, length: number): void {
    const body = from + TAPE_HEADER_BYTES;
    if (type === TAPE_PACKET) {
      const index = this.words[(from >>> 2) + 1]! >>> 16;
      const size = this.words[body >>> 2]!;
      const rxNs = this.doubles[(body >>> 3) + 1]!;
      const bytes = this.bytes.slice(body + PACKET_FIELDS, body + PACKET_FIELDS + size);
      files.packet(index, rxNs, bytes);
      files.tapeShort(this.bytes.subarray(from, body + PACKET_FIELDS));
      return;
    }
    if (type === TAPE_BURST) {
      files.burst(this.words[(from >>> 2) + 1]! >>> 16, this.words[body >>> 2]!);
    }
    if (type === TAPE_WALL) files.wallOffsetNs = this.doubles[body >>> 3]!;
    if (type === TAPE_CLOCK) files.settle(this.doubles[body >>> 3]!);
    files.tape(this.bytes.subarray(from, from + length));
  }

  private tellLoss(): void {
    const isLost = Atomics.load(this.header, TR_LOST) !== 0;
    if (isLost && !this.isLossTold) {
      this.o.log?.(
        `capture of engine ${this.engine}: its ring was full, nothing more of this run is recorded; raise [journal] capture_ring_mib`,
      );
    }
    this.isLossTold = isLost;
  }
}

/** Both files of one run, and what is to go into them. */
class FilePair {
  wallOffsetNs = 0;
  clockNs = 0;
  /** A burst's packets wait for its clock: they, and the burst, can't be written yet. */
  isWaiting = false;
  private epoch = 0;
  private source = 0;
  private readonly directory: string;
  private readonly engine: number;
  private tapeFd = -1;
  private packetFd = -1;
  private tapeBytes = 0;
  private packetBytes = 0;
  private head: TapeHead | undefined;
  private lines: TapeLines = { interfaces: [], firstOf: [] };
  private readonly tapeParts: Uint8Array[] = [];
  private readonly packetParts: Uint8Array[] = [];
  /** Parts of the tape that may be written, and the wall offset behind them. */
  private settledParts = 0;
  private settledWallNs = 0;
  private readonly waiting: Waiting[] = [];

  constructor(directory: string, engine: number) {
    this.directory = directory;
    this.engine = engine;
  }

  /** What is on disk. */
  done(): Omit<TapeDone, "tail"> {
    const { epoch, packetBytes, settledWallNs, tapeBytes } = this;
    return { epoch, tapeBytes, packetBytes, wallOffsetNs: settledWallNs };
  }

  create(epoch: number, json: Uint8Array): void {
    this.close();
    this.epoch = epoch;
    const names = tapeNames(this.engine, epoch);
    this.tapeFd = this.open(names.tape, "w");
    this.packetFd = this.open(names.packets, "w");
    this.tapeBytes = 0;
    this.packetBytes = 0;
    this.wallOffsetNs = 0;
    this.clockNs = 0;
    this.use(json);
    this.tapeParts.push(encodeTapeHead(json));
    this.packetParts.push(pcapngHead(this.lines.interfaces));
  }

  /** Goes on with a pair of which so many bytes count. */
  reopen({ epoch, packetBytes, tapeBytes, wallOffsetNs }: TapeDone): void {
    this.epoch = epoch;
    this.wallOffsetNs = wallOffsetNs;
    this.settledWallNs = wallOffsetNs;
    const names = tapeNames(this.engine, epoch);
    this.tapeFd = this.open(names.tape, "r+");
    this.packetFd = this.open(names.packets, "r+");
    fs.ftruncateSync(this.tapeFd, tapeBytes);
    fs.ftruncateSync(this.packetFd, packetBytes);
    this.tapeBytes = tapeBytes;
    this.packetBytes = packetBytes;
    const front = Buffer.alloc(16);
    fs.readSync(this.tapeFd, front, 0, 16, 0);
    const json = Buffer.alloc(front.readUInt32LE(8));
    fs.readSync(this.tapeFd, json, 0, json.length, 16);
    this.use(json);
  }

  tape(entry: Uint8Array): void {
    this.tapeParts.push(entry.slice());
  }

  /** A packet entry without its bytes. */
  tapeShort(entry: Uint8Array): void {
    const short = entry.slice();
    new DataView(short.buffer).setUint32(0, short.length, true);
    this.tapeParts.push(short);
  }

  /** `count` packets of a source follow; a status below 0 has none. */
  burst(source: number, count: number): void {
    this.source = source;
    this.isWaiting = count > 0;
  }

  packet(line: number, rxNs: number, bytes: Uint8Array): void {
    this.waiting.push({ line, source: this.source, rxNs, bytes });
  }

  /** The clock was read: that is when the waiting packets were taken. */
  settle(clockNs: number): void {
    this.clockNs = clockNs;
    for (const one of this.waiting) this.writePacket(one);
    this.waiting.length = 0;
    this.isWaiting = false;
  }

  /** Everything so far may be written. */
  mark(): void {
    this.settledParts = this.tapeParts.length;
    this.settledWallNs = this.wallOffsetNs;
  }

  /**
   * Writes; what waits for a clock is dropped, and taken from the ring again. The packets go first: a
   * tape that a kill cut off has all of its own.
   */
  commit(): void {
    this.tapeParts.length = this.settledParts;
    this.waiting.length = 0;
    this.isWaiting = false;
    this.packetBytes += writeAll(this.packetFd, Buffer.concat(this.packetParts), this.packetBytes);
    this.tapeBytes += writeAll(this.tapeFd, Buffer.concat(this.tapeParts), this.tapeBytes);
    this.tapeParts.length = 0;
    this.packetParts.length = 0;
    this.settledParts = 0;
  }

  close(): void {
    for (const fd of [this.tapeFd, this.packetFd]) if (fd >= 0) fs.closeSync(fd);
    this.tapeFd = -1;
    this.packetFd = -1;
  }

  private use(json: Uint8Array): void {
    this.head = JSON.parse(Buffer.from(json).toString()) as TapeHead;
    this.lines = tapeLines(this.head);
  }

  private writePacket({ line, source, rxNs, bytes }: Waiting): void {
    const { firstOf, interfaces } = this.lines;
    const isOfDevice = source >= TAPE_DEVICES;
    const first = firstOf[isOfDevice ? 2 * (line >> 8) : source]!;
    // A recovery's packets carry a line above all lines.
    const isRecovery = !isOfDevice && (source & 1) === 1;
    const index = first + (isRecovery ? +(line === SLICE_LINE) : line & 255);
    const sinceNs = rxNs !== 0 ? rxNs : this.clockNs + this.wallOffsetNs;
    const timeNs = BigInt(this.head!.sessionStartS) * 1_000_000_000n + BigInt(Math.round(sinceNs));
    const block = new Uint8Array(packetBlockBytes(bytes.length));
    writePacketBlock(new DataView(block.buffer), 0, index, interfaces[index]!, timeNs, bytes);
    this.packetParts.push(block);
  }

  private open(name: string, flags: string): number {
    const path = join(this.directory, name);
    try {
      return fs.openSync(path, flags, 0o600);
    } catch (error) {
      throw new Error(`can't open ${path}: ${errorCode(error) ?? (error as Error).message}`);
    }
  }
}

/** Bytes written: all of them. */
function writeAll(fd: number, bytes: Uint8Array, position: number): number {
  let done = 0;
  while (done < bytes.length) {
    const taken = fs.writeSync(fd, bytes, done, bytes.length - done, position + done);
    if (taken <= 0) throw new Error("the disk took no byte");
    done += taken;
  }
  return done;
}
