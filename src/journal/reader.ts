/**
 * Reads a journal back: the segment files of a session date in order, then what a killed run left
 * in the ring. A torn end is normal (a crash); anything else that stops a file is reported with its
 * file and offset, and reading goes on with the next file when its numbers follow on.
 */
import { join } from "node:path";
import {
  HP_JOURNAL_DATA,
  HP_JR_PAD,
  HP_RECORD__CHECK_W,
  HP_RECORD__NUMBER_W,
} from "../ffi/layout.ts";
import { type Drained, drainedName, parseDrainedName, readDrained } from "./drained.ts";
import { type JournalFiles, realFiles } from "./files.ts";
import { JournalRecord, SCAN_OK, SCAN_TEXTS, scanRecord } from "./record.ts";
import { ringState } from "./ring-layout.ts";
import { SeenChecks } from "./seen-checks.ts";
import {
  decodeSegmentHeader,
  parseSegmentName,
  SEGMENT_HEADER_BYTES,
  segmentIndices,
  segmentName,
} from "./segment.ts";

export interface JournalSource {
  /** Folder of the session date; may be missing. */
  directory: string;
  engine: number;
  /** The hp_journal segment of a killed run: what it holds behind its tail is read last. */
  ring?: ArrayBuffer;
  files?: JournalFiles;
  /** Begin behind this record: files that end before it are not even opened. */
  afterNumber?: number;
  /** For recover(): end before this record. */
  beforeNumber?: number;
}

/** Where reading a file (or the ring) stopped before its end, or what was missing. */
export interface ReadStop {
  source: string;
  offset: number;
  /** The last number read before it, 0 = none. */
  afterNumber: number;
  reason: string;
  /**
   * "torn": the end of a file was cut by a crash, and what follows continues without a hole.
   * "corrupt": a record or header is bad. "gap": numbers are missing.
   */
  kind: "torn" | "corrupt" | "gap";
}

export class JournalReader {
  /** Filled while records are read. */
  readonly stops: ReadStop[] = [];
  records = 0;
  lastNumber = 0;
  private readonly source: JournalSource;
  private readonly files: JournalFiles;
  /** Checks of the records read: a number that comes again must be the same record. */
  private readonly seen = new SeenChecks();
  /** Stops at a number that stands for two records: nothing found later makes that good. */
  private readonly conflicts = new Set<ReadStop>();

  constructor(source: JournalSource) {
    this.source = source;
    this.files = source.files ?? realFiles;
    this.lastNumber = source.afterNumber ?? 0;
  }

  /**
   * Every record once, in the order of its number. The record object is reused. Records written
   * twice (after a failed fsync, or a crash between disk and tail) come once; two different records
   * of one number are damage.
   */
  *read(): Generator<JournalRecord, void, void> {
    const { directory, engine, ring } = this.source;
    // Before the list: a journal that is being written may get another segment at any moment.
    const drained = readDrained(this.files, directory, engine);
    const indices = segmentIndices(this.files.list(directory), engine);
    const paths = indices.map((index) => join(directory, segmentName(engine, index)));
    for (const path of paths.slice(this.firstNeeded(paths))) yield* this.readSegment(path);
    if (ring !== undefined) yield* this.readRing(ring);
    this.settle();
    if (drained !== null) this.checkEnd(drained, indices.at(-1) ?? 0);
  }

  /** What was on disk once has to be there: a crash does not take away what was synced. */
  private checkEnd(drained: Drained | string, lastIndex: number): void {
    const { directory, engine } = this.source;
    if (typeof drained === "string") {
      this.stop(join(directory, drainedName(engine)), 0, drained, "corrupt");
    } else if (lastIndex < drained.segments) {
      const path = join(directory, segmentName(engine, drained.segments));
      this.stop(path, 0, "the file is missing, and it was there", "gap");
    } else if (((drained.number - this.lastNumber) | 0) > 0) {
      const path = join(directory, segmentName(engine, lastIndex));
      const reason = `records up to number ${drained.number} were on disk, the last one there is ${this.lastNumber}`;
      const last = this.stops.at(-1);
      this.stop(path, last?.source === path ? last.offset : 0, reason, "gap");
    }
  }

  /** Index of the last file that begins at or before the first record wanted. */
  private firstNeeded(paths: readonly string[]): number {
    if (this.lastNumber === 0) return 0;
    for (let i = paths.length - 1; i > 0; i--) {
      try {
        const header = decodeSegmentHeader(this.files.read(paths[i]!, SEGMENT_HEADER_BYTES));
        if (typeof header !== "string" && header.firstNumber <= this.lastNumber + 1) return i;
      } catch {
        // Reading all of it will tell what is wrong.
      }
    }
    return 0;
  }

  private *readSegment(path: string): Generator<JournalRecord, void, void> {
    let bytes: Uint8Array;
    try {
      bytes = aligned(this.files.read(path));
    } catch (error) {
      this.stop(
        path,
        0,
        `can't be read: ${error instanceof Error ? error.message : error}`,
        "corrupt",
      );
      return;
    }
    const header = decodeSegmentHeader(bytes);
    if (typeof header === "string") {
      this.stop(path, 0, header, bytes.length < SEGMENT_HEADER_BYTES ? "torn" : "corrupt");
      return;
    }
    yield* this.readRecords(bytes, path, SEGMENT_HEADER_BYTES, bytes.length & ~3, false);
  }

  /** Returns the offset where it stopped. */
  private *readRecords(
    bytes: Uint8Array,
    source: string,
    from: number,
    end: number,
    hasPads: boolean,
  ): Generator<JournalRecord, number, void> {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
    const record = new JournalRecord();
    record.attach(bytes, source);
    let at = from;
    while (at < end) {
      if (hasPads && (words[(at >>> 2) + 1]! & 0xffff) === HP_JR_PAD) return at;
      const found = scanRecord(words, at, end);
      if (found !== SCAN_OK) {
        // A crash tears what was written last: a good record behind a bad one tells of damage.
        const isDamage = this.hasRecordBehind(words, at, end);
        this.stop(source, at, SCAN_TEXTS[found]!, isDamage ? "corrupt" : "torn");
        return at;
      }
      const length = words[at >>> 2]!;
      const number = words[(at >>> 2) + HP_RECORD__NUMBER_W]! >>> 0;
      if (this.isNew(number, words[(at >>> 2) + HP_RECORD__CHECK_W]!, source, at)) {
        record.moveTo(at, length);
        yield record;
      }
      at += length;
    }
    return at;
  }

  private *readRing(buffer: ArrayBuffer): Generator<JournalRecord, void, void> {
    const state = ringState(buffer);
    if (typeof state === "string") {
      this.stop("ring", 0, state, "corrupt");
      return;
    }
    const bytes = new Uint8Array(buffer, HP_JOURNAL_DATA, state.dataBytes);
    const words = new Int32Array(buffer, HP_JOURNAL_DATA, state.dataBytes >>> 2);
    const mask = state.dataBytes - 1;
    let cursor = state.tail;
    while (cursor !== state.head) {
      const from = cursor & mask;
      const end = Math.min(from + ((state.head - cursor) >>> 0), state.dataBytes);
      const stops = this.stops.length;
      const at = yield* this.readRecords(bytes, "ring", from, end, true);
      if (this.stops.length !== stops && at < end) return;
      cursor = (cursor + (at - from)) >>> 0;
      if (at < end) {
        const pad = words[at >>> 2]!;
        if (at + pad !== state.dataBytes) {
          this.stop("ring", at, "a pad that lies", "corrupt");
          return;
        }
        cursor = (cursor + pad) >>> 0;
      }
    }
  }

  private hasRecordBehind(words: Int32Array, at: number, end: number): boolean {
    for (let next = at + 8; next < end; next += 8) {
      if (scanRecord(words, next, end) !== SCAN_OK) continue;
      const number = words[(next >>> 2) + HP_RECORD__NUMBER_W]! >>> 0;
      if (number > this.lastNumber) return true;
    }
    return false;
  }

  private isNew(number: number, check: number, source: string, at: number): boolean {
    if (this.lastNumber > 0 && ((number - this.lastNumber) | 0) <= 0) {
      if (!this.seen.isSame(number, check)) this.conflict(number, source, at);
      return false;
    }
    if (number !== (this.lastNumber + 1) >>> 0) {
      const reason = `number ${number} follows ${this.lastNumber}`;
      this.stop(source, at, reason, "gap");
    }
    this.records++;
    this.lastNumber = number;
    this.seen.add(number, check);
    return true;
  }

  /** One stop per file tells it: all behind it may differ too. */
  private conflict(number: number, source: string, at: number): void {
    for (const stop of this.conflicts) if (stop.source === source) return;
    const reason = `number ${number} is there twice, with different content: two runs wrote into this folder`;
    this.conflicts.add(this.stop(source, at, reason, "corrupt"));
  }

  private stop(source: string, offset: number, reason: string, kind: ReadStop["kind"]): ReadStop {
    const stop = { source, offset, afterNumber: this.lastNumber, reason, kind };
    this.stops.push(stop);
    return stop;
  }

  /** A bad record whose successor was found elsewhere lost nothing: call it torn. */
  private settle(): void {
    for (let i = 0; i < this.stops.length; i++) {
      const stop = this.stops[i]!;
      if (stop.kind !== "corrupt" || this.conflicts.has(stop)) continue;
      const next = this.stops.slice(i + 1).find((later) => later.kind === "gap");
      const continued = this.lastNumber > stop.afterNumber;
      if (continued && next?.afterNumber !== stop.afterNumber) stop.kind = "torn";
    }
  }
}

/** True when nothing is lost or unreadable: torn ends are fine. */
export function isSound(stops: readonly ReadStop[]): boolean {
  return stops.every((stop) => stop.kind === "torn");
}

/** Engines that have segments in a folder, or had, ascending. */
export function enginesIn(directory: string, files: JournalFiles = realFiles): number[] {
  const engines = new Set<number>();
  for (const name of files.list(directory)) {
    const engine = parseSegmentName(name)?.engine ?? parseDrainedName(name);
    if (engine !== null) engines.add(engine);
  }
  return [...engines].sort((a, b) => a - b);
}

/** Session dates (YYYYMMDD) under a journal folder, ascending. */
export function datesIn(root: string, files: JournalFiles = realFiles): string[] {
  return files
    .list(root)
    .filter((name) => /^\d{8}$/.test(name))
    .sort();
}

function aligned(bytes: Uint8Array): Uint8Array {
  if ((bytes.byteOffset & 7) === 0) return bytes;
  return new Uint8Array(bytes);
}
