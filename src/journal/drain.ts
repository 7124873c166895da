/**
 * Control's end of the journal ring: takes new records, proves them, appends them to segment files,
 * makes them durable, and only then gives the ring's bytes back.
 *
 *   ring:   tail = durable        written              head
 *           |....on disk, synced..|...on disk...........|...not yet taken
 *
 * Because the tail waits for fsync, whatever the disk did with bytes that were not synced can be
 * written again from the ring. A failing disk sets hp_journal.broken (the engine denies new orders)
 * and is tried again; nothing is lost while the ring has room.
 */

import { join } from "node:path";
import { systemReason } from "../core/system-error.ts";
import {
  HP_EINVAL,
  HP_JOURNAL__BROKEN_W,
  HP_JOURNAL__DURABLE_W,
  HP_JOURNAL__HEAD_W,
  HP_JOURNAL__TAIL_W,
  HP_JOURNAL_DATA,
  HP_JR_PAD,
  HP_RECORD__NUMBER_W,
} from "../ffi/layout.ts";
import { lastMade, noteDrained } from "./drained.ts";
import { errorStatus, type JournalFiles, realFiles } from "./files.ts";
import { JournalRecord, SCAN_OK, SCAN_TEXTS, scanRecord } from "./record.ts";
import { ringState } from "./ring-layout.ts";
import {
  encodeSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
  segmentName,
} from "./segment.ts";

/** fsync after every batch, or every so many milliseconds. */
export type Durability = "always" | { intervalMs: number };

export interface DrainOptions {
  /** The hp_journal segment. */
  buffer: ArrayBuffer;
  /** Folder of the session date; made when missing. */
  directory: string;
  /** Written into each segment's header; engine and epoch come from the ring. */
  header: Pick<SegmentHeader, "configHash" | "sessionStartS" | "date">;
  durable: Durability;
  /** A new segment begins when this one would grow beyond it. */
  segmentBytes: number;
  /** Milliseconds, monotonic. */
  nowMs(): number;
  files?: JournalFiles;
  /** Each record once, in order, after it was written. Must not throw. */
  onRecord?(record: JournalRecord): void;
  /** One sentence when the disk fails, when it works again, and when a record is corrupt. */
  log?(sentence: string): void;
}

export const DRAIN_BATCH_BYTES_MAX = 1 << 20;
export const DRAIN_RETRY_MS = 100;

export interface DrainStats {
  records: number;
  bytes: number;
  segments: number;
  syncs: number;
  failures: number;
  /** 0, or the status code in hp_journal.broken. */
  broken: number;
  /** Sentence of the last failure, "" when there was none. */
  lastError: string;
  /** Number of the last record on disk, 0 when this drain has taken none. */
  lastNumber: number;
}

export class RingDrain {
  readonly stats: DrainStats = {
    records: 0,
    bytes: 0,
    segments: 0,
    syncs: 0,
    failures: 0,
    broken: 0,
    lastError: "",
    lastNumber: 0,
  };
  private readonly options: DrainOptions;
  private readonly files: JournalFiles;
  private readonly header: Int32Array;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly engine: number;
  private readonly record = new JournalRecord();
  /** Cursors, bytes modulo 2^32. */
  private written: number;
  private durable: number;
  /** Number expected next at `written` and at `durable`; -1 = take what comes. */
  private expected = -1;
  private expectedDurable = -1;
  /** Number of the last record handed to onRecord: a rewritten record is not shown twice. */
  private shown = -1;
  private fd = -1;
  /** Grows with each segment opened: descriptors are used again, this is not. */
  private opened = 0;
  private path = "";
  private fileBytes = 0;
  private fileBytesDurable = 0;
  private nextIndex = -1;
  private isSyncing = false;
  private syncedAtMs: number;
  private retryAtMs = 0;
  private isHalted = false;

  constructor(options: DrainOptions) {
    const state = ringState(options.buffer);
    if (typeof state === "string") throw new Error(`journal ring ${state}`);
    this.options = options;
    this.files = options.files ?? realFiles;
    this.header = new Int32Array(options.buffer, 0, HP_JOURNAL_DATA / 4);
    this.words = new Int32Array(options.buffer, HP_JOURNAL_DATA, state.dataBytes / 4);
    this.bytes = new Uint8Array(options.buffer, HP_JOURNAL_DATA, state.dataBytes);
    this.engine = state.engine;
    this.written = state.tail;
    this.durable = state.tail;
    this.stats.broken = state.broken;
    this.syncedAtMs = options.nowMs();
    this.record.attach(this.bytes, "ring");
    Atomics.store(this.header, HP_JOURNAL__DURABLE_W, state.tail | 0);
  }

  /** One round: take, write, sync when due. Returns the records taken. Never throws. */
  poll(): number {
    const now = this.options.nowMs();
    if (this.isHalted || now < this.retryAtMs) return 0;
    const before = this.stats.records;
    try {
      this.take();
      const failing = this.stats.broken !== 0;
      if (this.written !== this.durable && (failing || this.options.durable === "always")) {
        this.syncNow();
      } else if (this.isSyncDue(now)) {
        this.syncLater(now);
      }
      if (failing && this.written === this.durable && !this.isHalted) this.setBroken(0, "");
    } catch (error) {
      this.fail(error, "write");
    }
    return this.stats.records - before;
  }

  /** Takes and syncs all there is; true when the ring is empty and everything is on disk. */
  flush(): boolean {
    if (this.isHalted) return false;
    try {
      while (this.take() > 0);
      if (this.written !== this.durable) this.syncNow();
    } catch (error) {
      this.fail(error, "write");
      return false;
    }
    if (this.isHalted) return false;
    if (this.stats.broken !== 0) this.setBroken(0, "");
    return this.durable === Atomics.load(this.header, HP_JOURNAL__HEAD_W);
  }

  /** True when the ring holds a record that can't be: nothing more is taken from it. */
  isCorrupt(): boolean {
    return this.isHalted;
  }

  /** Closes the segment. Call flush first. */
  close(): void {
    if (this.fd >= 0) {
      this.quietly(() => this.files.close(this.fd));
      // Only what is synced is noted: a flush that failed leaves expectedDurable behind.
      const { expectedDurable } = this;
      if (expectedDurable >= 0) this.quietly(() => this.note(this.nextIndex - 1, expectedDurable));
    }
    this.fd = -1;
  }

  /** Takes runs of records up to the head, at most DRAIN_BATCH_BYTES_MAX. Returns bytes taken. */
  private take(): number {
    const head = Atomics.load(this.header, HP_JOURNAL__HEAD_W);
    const start = this.written;
    const mask = this.bytes.length - 1;
    while (this.written !== head && ((this.written - start) | 0) < DRAIN_BATCH_BYTES_MAX) {
      const from = this.written & mask;
      const left = (head - this.written) | 0;
      const to = this.provedRun(from, Math.min(left, this.bytes.length - from));
      if (to > from) this.writeRun(from, to);
      if (this.isHalted) break;
      const at = to & mask;
      if (to < this.bytes.length && this.written !== head && this.isPad(at)) {
        this.written = (this.written + this.words[at >>> 2]!) | 0;
      }
    }
    return (this.written - start) | 0;
  }

  /** End of the run of good records in [from, from + limit), up to a pad, a bad one or a batch. */
  private provedRun(from: number, limit: number): number {
    const end = from + limit;
    let at = from;
    let number = this.expected;
    while (at < end && at - from < DRAIN_BATCH_BYTES_MAX) {
      if (this.isPad(at))
        return this.isPadSound(at, end) ? at : this.corrupt(at, "a pad that lies");
      const found = scanRecord(this.words, at, end);
      if (found !== SCAN_OK) return this.corrupt(at, SCAN_TEXTS[found]!);
      const has = this.words[(at >>> 2) + HP_RECORD__NUMBER_W]! >>> 0;
      if (number >= 0 && has !== number) {
        return this.corrupt(at, `number ${has} where ${number} was due`);
      }
      number = (has + 1) >>> 0;
      at += this.words[at >>> 2]!;
    }
    return at;
  }

  private isPad(at: number): boolean {
    return (this.words[(at >>> 2) + 1]! & 0xffff) === HP_JR_PAD;
  }

  private isPadSound(at: number, end: number): boolean {
    const length = this.words[at >>> 2]!;
    return at + length === this.bytes.length && at + length <= end;
  }

  /** A record in the ring that can't be: keep everything as it is for a person, deny new orders. */
  private corrupt(at: number, what: string): number {
    this.isHalted = true;
    this.stats.failures++;
    this.setBroken(HP_EINVAL, `journal ring of engine ${this.engine}, byte ${at}: ${what}`);
    return at;
  }

  private writeRun(from: number, to: number): void {
    const length = to - from;
    const isFull = this.fd >= 0 && this.fileBytes + length > this.options.segmentBytes;
    if (isFull && this.fileBytes > SEGMENT_HEADER_BYTES) this.finishSegment();
    if (this.fd < 0) this.openSegment(this.words[(from >>> 2) + HP_RECORD__NUMBER_W]! >>> 0);
    this.writeAll(this.bytes.subarray(from, to), this.fileBytes);
    this.fileBytes += length;
    this.written = (this.written + length) | 0;
    for (let at = from; at < to; at += this.words[at >>> 2]!) this.show(at);
  }

  private show(at: number): void {
    const number = this.words[(at >>> 2) + HP_RECORD__NUMBER_W]! >>> 0;
    this.expected = (number + 1) >>> 0;
    if (this.shown >= 0 && ((number - this.shown) | 0) <= 0) return;
    this.shown = number;
    this.stats.records++;
    this.stats.bytes += this.words[at >>> 2]!;
    this.stats.lastNumber = number;
    this.record.moveTo(at, this.words[at >>> 2]!);
    this.options.onRecord?.(this.record);
  }

  private writeAll(bytes: Uint8Array, position: number): void {
    let done = 0;
    while (done < bytes.length) {
      const taken = this.files.write(this.fd, bytes.subarray(done), position + done);
      if (taken <= 0) throw Object.assign(new Error("the disk took no byte"), { code: "EIO" });
      done += taken;
    }
  }

  private openSegment(firstNumber: number): void {
    const { directory, header } = this.options;
    this.files.makeDirectory(directory);
    if (this.nextIndex < 0) this.nextIndex = lastMade(this.files, directory, this.engine) + 1;
    const path = join(directory, segmentName(this.engine, this.nextIndex));
    const fd = this.files.create(path);
    this.fd = fd;
    this.opened++;
    this.path = path;
    try {
      const state = ringState(this.options.buffer);
      const epoch = typeof state === "string" ? 0 : state.epoch;
      const bytes = encodeSegmentHeader({ ...header, engine: this.engine, epoch, firstNumber });
      this.writeAll(bytes, 0);
      this.files.syncDirectory(directory);
      // Last, so that a crash never leaves a note of a file that is not there.
      this.note(this.nextIndex, firstNumber);
    } catch (error) {
      this.abandon();
      this.quietly(() => this.files.remove(path));
      throw error;
    }
    this.nextIndex++;
    this.fileBytes = SEGMENT_HEADER_BYTES;
    this.fileBytesDurable = 0;
    this.stats.segments++;
  }

  /** All records below `nextNumber` are on disk. */
  private note(segments: number, nextNumber: number): void {
    const number = (nextNumber - 1) >>> 0;
    noteDrained(this.files, this.options.directory, this.engine, { segments, number });
  }

  private finishSegment(): void {
    this.syncNow();
    const fd = this.fd;
    this.fd = -1;
    this.files.close(fd);
  }

  private abandon(): void {
    const fd = this.fd;
    this.fd = -1;
    if (fd >= 0) this.quietly(() => this.files.close(fd));
  }

  private isSyncDue(now: number): boolean {
    const durable = this.options.durable;
    if (durable === "always" || this.isSyncing || this.written === this.durable) return false;
    return now - this.syncedAtMs >= durable.intervalMs;
  }

  private syncNow(): void {
    try {
      if (this.fd >= 0) this.files.sync(this.fd);
    } catch (error) {
      this.distrust();
      throw error;
    }
    this.advance(this.written, this.expected, this.fileBytes);
  }

  private syncLater(now: number): void {
    const { fd, opened, written, expected, fileBytes } = this;
    this.syncedAtMs = now;
    this.isSyncing = true;
    this.files.syncLater(fd, (error) => {
      this.isSyncing = false;
      // A segment finished or given up meanwhile was synced, or will be written again.
      if (opened !== this.opened || this.fd < 0) return;
      if (error === null) {
        this.advance(written, expected, fileBytes);
      } else {
        this.distrust();
        this.fail(error, "sync");
      }
    });
  }

  private advance(cursor: number, expected: number, fileBytes: number): void {
    this.stats.syncs++;
    if (((cursor - this.durable) | 0) <= 0) return;
    this.durable = cursor;
    this.expectedDurable = expected;
    this.fileBytesDurable = fileBytes;
    this.syncedAtMs = this.options.nowMs();
    Atomics.store(this.header, HP_JOURNAL__DURABLE_W, cursor);
    Atomics.store(this.header, HP_JOURNAL__TAIL_W, cursor);
  }

  /**
   * After a failed fsync nobody knows which bytes are on disk, and a second fsync may lie: cut the
   * file back to what was synced and write the rest again, from the ring, to a new segment.
   */
  private distrust(): void {
    if (this.fd >= 0) {
      const keep = Math.max(this.fileBytesDurable, 0);
      this.quietly(() => this.files.truncate(this.fd, keep));
    }
    this.abandon();
    this.written = this.durable;
    this.expected = this.expectedDurable;
  }

  private fail(error: unknown, what: string): void {
    this.stats.failures++;
    this.retryAtMs = this.options.nowMs() + DRAIN_RETRY_MS;
    const where = this.path === "" ? this.options.directory : this.path;
    const text = systemReason(error);
    this.setBroken(errorStatus(error), `journal ${what} to ${where} failed: ${text}`);
  }

  private setBroken(status: number, sentence: string): void {
    const changed = this.stats.broken !== status;
    this.stats.broken = status;
    Atomics.store(this.header, HP_JOURNAL__BROKEN_W, status);
    if (sentence !== "") this.stats.lastError = sentence;
    if (!changed) return;
    this.options.log?.(sentence === "" ? "journal: the disk works again" : sentence);
  }

  private quietly(action: () => void): void {
    try {
      action();
    } catch {
      // The failure that led here has been reported; this one adds nothing.
    }
  }
}
