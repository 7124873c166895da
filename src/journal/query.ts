/**
 * The journal as SQL tables, for people and pages: orders, executions, sessions, denials. A
 * projection and no more: the records on disk are the truth, so a database that is missing, locked
 * or corrupt is filled again from them, in slices, and never holds the drain up.
 */
import { Database, type Statement } from "bun:sqlite";
import { rmSync } from "node:fs";
import { type JournalFiles, realFiles } from "./files.ts";
import { enginesIn, JournalReader } from "./reader.ts";
import type { JournalRecord } from "./record.ts";
import { PROJECTION_SCHEMA, PROJECTION_VERSION, projectRecord, STATEMENTS } from "./tables.ts";

export interface ProjectionOptions {
  /** Database file, or ":memory:". */
  path: string;
  /** Segment folder of the session date. */
  directory: string;
  /** Milliseconds, monotonic. */
  nowMs(): number;
  files?: JournalFiles;
  log?(sentence: string): void;
}

export const PROJECTION_SLICE_RECORDS = 2000;
export const PROJECTION_COMMIT_MS = 200;
export const PROJECTION_RETRY_MS = 1000;

export class Projection {
  /** Sentence of the last failure, "" when all is well. */
  lastError = "";
  private readonly options: ProjectionOptions;
  private db: Database | null = null;
  private statements: Record<string, Statement> = {};
  private inTransaction = false;
  /** Last record number projected, by engine. */
  private readonly applied = new Map<number, number>();
  private pass: Generator<JournalRecord, void, void> | null = null;
  /** True when records may be on disk that are not in the tables. */
  private isBehind = true;
  private retryAtMs = 0;
  private commitAtMs = 0;

  constructor(options: ProjectionOptions) {
    this.options = options;
  }

  /** A drained record, in order. One that does not follow on is fetched from disk by poll(). */
  add(record: JournalRecord): void {
    if (this.db === null || this.isBehind) {
      this.isBehind = true;
      return;
    }
    this.guarded(() => this.apply(record));
  }

  /** Opens, catches up by one slice, commits. Call every millisecond or so; never throws. */
  poll(): void {
    const now = this.options.nowMs();
    if (now < this.retryAtMs) return;
    this.guarded(() => {
      if (this.db === null) this.open();
      if (this.isBehind || this.pass !== null) this.catchUp();
      if (this.inTransaction && now >= this.commitAtMs) this.commit();
    });
  }

  /** True when everything seen is in the tables and committed. */
  isCaughtUp(): boolean {
    return this.db !== null && !this.isBehind && this.pass === null && !this.inTransaction;
  }

  /** Catches up completely: at the end of a run, and for tests. False when the database refuses. */
  finish(): boolean {
    for (let round = 0; round < 1 << 20 && !this.isCaughtUp(); round++) {
      this.retryAtMs = 0;
      this.commitAtMs = 0;
      const failed = this.lastError;
      this.poll();
      if (this.db === null && this.lastError !== "" && failed !== "") return false;
    }
    return this.isCaughtUp();
  }

  /** Rows of a query over the tables; commits first. Throws on bad SQL. */
  query(sql: string): Record<string, unknown>[] {
    if (this.db === null) throw new Error(`journal database: ${this.lastError || "not open"}`);
    this.commit();
    return this.db.query(sql).all() as Record<string, unknown>[];
  }

  close(): void {
    this.guarded(() => this.commit());
    this.drop();
  }

  private open(): void {
    const db = new Database(this.options.path, { create: true });
    this.db = db;
    db.run("PRAGMA busy_timeout = 20");
    db.run("PRAGMA journal_mode = WAL");
    db.run("PRAGMA synchronous = OFF");
    const version = (db.query("PRAGMA user_version").get() as { user_version: number })
      .user_version;
    if (version !== 0 && version !== PROJECTION_VERSION) {
      throw Object.assign(new Error(`database of version ${version}`), { code: "SQLITE_CORRUPT" });
    }
    for (const sql of PROJECTION_SCHEMA) db.run(sql);
    db.run(`PRAGMA user_version = ${PROJECTION_VERSION}`);
    this.statements = {};
    for (const [name, sql] of Object.entries(STATEMENTS)) this.statements[name] = db.prepare(sql);
    this.applied.clear();
    for (const row of db.query("SELECT engine, number FROM progress").all() as Progress[]) {
      this.applied.set(row.engine, row.number);
    }
    this.isBehind = true;
  }

  private catchUp(): void {
    if (this.pass === null) {
      this.isBehind = false;
      this.pass = this.readAll();
    }
    for (let i = 0; i < PROJECTION_SLICE_RECORDS; i++) {
      const next = this.pass.next();
      if (next.done === true) {
        this.pass = null;
        return;
      }
      this.apply(next.value, true);
    }
  }

  private *readAll(): Generator<JournalRecord, void, void> {
    const { directory } = this.options;
    const files = this.options.files ?? realFiles;
    for (const engine of enginesIn(directory, files)) {
      const afterNumber = this.applied.get(engine) ?? 0;
      yield* new JournalReader({ directory, engine, files, afterNumber }).read();
    }
  }

  /** `isFromDisk`: a hole in the numbers is then a fact, and no sign of being behind. */
  private apply(record: JournalRecord, isFromDisk = false): void {
    const engine = record.engine;
    const last = this.applied.get(engine) ?? 0;
    const number = record.number;
    if (number <= last) return;
    if (!isFromDisk && number !== last + 1) {
      this.isBehind = true;
      return;
    }
    if (!this.inTransaction) {
      this.db!.run("BEGIN IMMEDIATE");
      this.inTransaction = true;
      this.commitAtMs = this.options.nowMs() + PROJECTION_COMMIT_MS;
    }
    projectRecord(record, (name, ...values) => {
      this.statements[name]!.run(...values);
    });
    this.applied.set(engine, number);
  }

  private commit(): void {
    if (!this.inTransaction || this.db === null) return;
    for (const [engine, number] of this.applied) this.statements["progress"]!.run(engine, number);
    this.db.run("COMMIT");
    this.inTransaction = false;
  }

  private guarded(action: () => void): void {
    try {
      action();
      if (this.db !== null) this.lastError = "";
    } catch (error) {
      this.drop();
      this.isBehind = true;
      this.retryAtMs = this.options.nowMs() + PROJECTION_RETRY_MS;
      const text = error instanceof Error ? error.message : String(error);
      const sentence = `journal database ${this.options.path}: ${text}; it will be filled again`;
      if (sentence !== this.lastError) this.options.log?.(sentence);
      this.lastError = sentence;
      if (isCorrupt(error)) this.remove();
    }
  }

  private remove(): void {
    for (const suffix of ["", "-wal", "-shm"]) {
      try {
        rmSync(this.options.path + suffix, { force: true });
      } catch {
        // Tried again with the next failure.
      }
    }
    this.retryAtMs = 0;
  }

  private drop(): void {
    const db = this.db;
    this.db = null;
    this.pass = null;
    this.inTransaction = false;
    this.statements = {};
    this.applied.clear();
    try {
      db?.close();
    } catch {
      // A database that can't even be closed is left to the collector.
    }
  }
}

interface Progress {
  engine: number;
  number: number;
}

function isCorrupt(error: unknown): boolean {
  const code = String((error as { code?: unknown } | null)?.code ?? "");
  return code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB");
}

/** A projection in memory, complete: for `hairpin journal` when no database can be read. */
export function projectInMemory(directory: string, files?: JournalFiles): Projection {
  const projection = new Projection({
    path: ":memory:",
    directory,
    nowMs: () => performance.now(),
    ...(files === undefined ? {} : { files }),
  });
  projection.finish();
  return projection;
}
