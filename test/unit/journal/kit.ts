/** What the journal tests share: rings, a writer of records, and a disk that can be filled or broken. */
import * as L from "../../../src/ffi/layout.ts";
import { type DrainOptions, RingDrain } from "../../../src/journal/drain.ts";
import type { JournalFiles } from "../../../src/journal/files.ts";
import { RingJournal } from "../../../src/journal/ring-journal.ts";
import { layoutRing, ringBytes } from "../../../src/journal/ring-layout.ts";

export interface TestRing {
  buffer: ArrayBuffer;
  journal: RingJournal;
  counters: Float64Array;
}

export function makeRing(dataBytes = 4096, nextNumber = 1, epoch = 1, startCursor = 0): TestRing {
  const buffer = new ArrayBuffer(ringBytes(dataBytes));
  layoutRing(buffer, { dataBytes, engine: 0, epoch, nextNumber });
  const header = new Int32Array(buffer, 0, L.HP_JOURNAL_DATA / 4);
  header[L.HP_JOURNAL__HEAD_W] = startCursor;
  header[L.HP_JOURNAL__TAIL_W] = startCursor;
  const counters = new Float64Array(new ArrayBuffer(8 * L.HP_COUNTERS_MAX));
  return { buffer, journal: new RingJournal({ buffer, engine: 0, counters }), counters };
}

export function setTail(buffer: ArrayBuffer, tail: number): void {
  new Int32Array(buffer)[L.HP_JOURNAL__TAIL_W] = tail;
}

/** Writes a record whose body is given as words; false when the ring is full. */
export function writeWords(
  journal: RingJournal,
  type: number,
  body: readonly number[],
  timeNs = 0,
): boolean {
  const at = journal.begin(type, body.length * 4);
  if (at < 0) return false;
  for (let i = 0; i < body.length; i++) journal.words[at + i] = body[i]!;
  journal.commit(timeNs);
  return true;
}

export const sent = (journal: RingJournal, msgSeq: number, session = 0): boolean =>
  writeWords(journal, L.HP_JR_SENT, [session, msgSeq, 0, 100], msgSeq);

export function intent(
  journal: RingJournal,
  options: { msgSeq: number; slot?: number; generation?: number; kind?: number; fix?: string },
): boolean {
  const fix = Buffer.from(options.fix ?? "", "latin1");
  const at = journal.begin(L.HP_JR_INTENT, L.HP_JR_INTENT_SIZE + fix.length);
  if (at < 0) return false;
  const body = [
    options.kind ?? L.HP_INTENT_NEW,
    0,
    options.msgSeq,
    options.slot ?? 0,
    options.generation ?? 1 << 20,
    0,
    3,
    1,
    100,
    5000,
    0,
    fix.length,
  ];
  for (let i = 0; i < body.length; i++) journal.words[at + i] = body[i]!;
  journal.bytes.set(fix, at * 4 + L.HP_JR_INTENT_SIZE);
  journal.commit(options.msgSeq);
  return true;
}

export function exec(
  journal: RingJournal,
  o: {
    msgSeq: number;
    event: number;
    slot?: number;
    generation?: number;
    cum?: number;
    leaves?: number;
    orderQty?: number;
  },
): boolean {
  const body = new Array<number>(L.HP_JR_EXEC_SIZE / 4).fill(0);
  body[L.HP_JR_EXEC__MSG_SEQ_W] = o.msgSeq;
  body[L.HP_JR_EXEC__SLOT_W] = o.slot ?? 0;
  body[L.HP_JR_EXEC__GENERATION_W] = o.generation ?? 1 << 20;
  body[L.HP_JR_EXEC__EVENT_W] = o.event;
  body[L.HP_JR_EXEC__CUM_QTY_W] = o.cum ?? 0;
  body[L.HP_JR_EXEC__LEAVES_QTY_W] = o.leaves ?? 0;
  body[L.HP_JR_EXEC__ORDER_QTY_W] = o.orderQty ?? 0;
  return writeWords(journal, L.HP_JR_EXEC, body);
}

/** A disk in memory. `room` = bytes left; `syncError` and `writeError` = codes to fail with. */
export class MemoryDisk implements JournalFiles {
  /** Segments. */
  readonly data = new Map<string, Uint8Array>();
  /** Files written by replace(). */
  readonly notes = new Map<string, Uint8Array>();
  replaceError = "";
  room = Number.POSITIVE_INFINITY;
  writeError = "";
  syncError = "";
  createError = "";
  /** Longest write taken at once. */
  writeMax = Number.POSITIVE_INFINITY;
  syncs = 0;
  /** Files read whole. */
  readonly reads: string[] = [];
  /** Callbacks of syncLater, run by settle(). */
  later: (() => void)[] = [];
  private readonly open = new Map<number, string>();
  private nextFd = 10;

  makeDirectory(): void {}
  create(path: string): number {
    if (this.createError !== "") throw failure(this.createError);
    if (this.data.has(path)) throw failure("EEXIST");
    this.data.set(path, new Uint8Array(0));
    this.open.set(this.nextFd, path);
    return this.nextFd++;
  }
  write(fd: number, bytes: Uint8Array, position: number): number {
    if (this.writeError !== "") throw failure(this.writeError);
    const path = this.open.get(fd)!;
    const old = this.data.get(path)!;
    const growth = Math.max(0, position + bytes.length - old.length);
    const taken = Math.min(bytes.length - Math.max(0, growth - this.room), this.writeMax);
    if (taken <= 0) throw failure("ENOSPC");
    this.room -= Math.max(0, position + taken - old.length);
    const grown = new Uint8Array(Math.max(old.length, position + taken));
    grown.set(old);
    grown.set(bytes.subarray(0, taken), position);
    this.data.set(path, grown);
    return taken;
  }
  truncate(fd: number, length: number): void {
    const path = this.open.get(fd)!;
    this.data.set(path, this.data.get(path)!.slice(0, length));
  }
  sync(): void {
    this.syncs++;
    if (this.syncError !== "") throw failure(this.syncError);
  }
  syncLater(_fd: number, done: (error: Error | null) => void): void {
    const code = this.syncError;
    this.later.push(() => done(code === "" ? null : failure(code)));
  }
  settle(): void {
    for (const run of this.later.splice(0)) run();
  }
  syncDirectory(): void {}
  close(fd: number): void {
    this.open.delete(fd);
  }
  remove(path: string): void {
    this.data.delete(path);
  }
  replace(path: string, text: string): void {
    if (this.replaceError !== "") throw failure(this.replaceError);
    if (this.room < text.length) throw failure("ENOSPC");
    this.notes.set(path, new TextEncoder().encode(text));
  }
  list(path: string): string[] {
    return [...this.data.keys(), ...this.notes.keys()]
      .filter((name) => name.startsWith(`${path}/`))
      .map((name) => name.slice(path.length + 1));
  }
  read(path: string, bytesMax?: number): Uint8Array {
    const bytes = this.data.get(path) ?? this.notes.get(path);
    if (bytes === undefined) throw failure("ENOENT");
    if (bytesMax === undefined) this.reads.push(path);
    return bytes.slice(0, bytesMax);
  }
}

export function failure(code: string): Error {
  return Object.assign(new Error(`${code}: as the test wants it`), { code });
}

export const DIRECTORY = "/journal/20261120";

export function makeDrain(
  buffer: ArrayBuffer,
  disk: JournalFiles,
  options: Partial<DrainOptions> & { clock?: { ms: number } } = {},
): RingDrain {
  const { clock = { ms: 0 }, ...rest } = options;
  return new RingDrain({
    buffer,
    directory: DIRECTORY,
    header: { configHash: 7, sessionStartS: 1_763_600_000, date: "20261120" },
    durable: "always",
    segmentBytes: 1 << 20,
    nowMs: () => clock.ms,
    files: disk,
    ...rest,
  });
}
