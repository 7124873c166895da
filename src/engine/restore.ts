/**
 * Puts an engine back to where its journal says it was. The journal speaks of instruments and
 * sessions by index and of prices in units, so their lists are noted beside it on the first start of
 * a session date; later starts may only add to their ends, and change nothing that positions and P&L
 * are reckoned with.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Instruments } from "../book/instruments.ts";
import type { Clock } from "../core/clock.ts";
import {
  HP_JR_START,
  HP_JR_STATE__CONFIG_HASH_W,
  HP_JR_STATE__DETAIL_W,
  HP_JR_STATE__KILL_W,
  HP_JR_STATE__STATE_W,
  HP_JR_STATE_SIZE,
  HP_RECORD_SIZE,
  HP_STATE_STARTING,
} from "../ffi/layout.ts";
import { errorCode, writeFileDurably } from "../journal/files.ts";
import type { Journal } from "../journal/journal.ts";
import type { JournalSource } from "../journal/reader.ts";
import type { JournalRecord } from "../journal/record.ts";
import { type RecoveredSession, recover } from "../journal/recover.ts";
import type { DropCopy } from "../order/drop-copy/drop-copy.ts";
import type { Orders } from "../order/orders.ts";
import type { EngineOptions } from "./options.ts";

export interface Restored {
  sequences: RecoveredSession[];
  isKilled: boolean;
  /**
   * No run of this session date got as far as its START record: start-of-day positions are to be put
   * in, before it is written.
   */
  isFirstStart: boolean;
  /** Hands every record to the order side and the drop copies, oldest first. */
  replay(
    orders: Orders,
    dropCopies?: readonly DropCopy[],
    sessions?: readonly RestoredSession[],
  ): void;
}

/** A session that keeps more than its numbers, as one by OUCH does. */
export interface RestoredSession {
  readonly index: number;
  restore?(type: number, words: Int32Array, at: number): void;
}

/** File of an engine's lists, in the folder of the session date. */
export function listsFile(engine: number): string {
  return `lists-${engine}.json`;
}

/** Names of instruments and sessions by their indices in the journal. */
export interface JournalLists {
  instruments: string[];
  sessions: string[];
  /** By instrument. Lists of an earlier version have none, or fewer. */
  terms?: InstrumentTerms[];
  /** Start of the session date, Unix seconds: what the journal's times count from. */
  start_s?: number;
}

/** Config keys that say what the numbers of an instrument in the journal are worth. */
export interface InstrumentTerms {
  price_unit: number;
  multiplier: number;
  /** A fill's fee is not in its record: another fee would change the P&L of fills already made. */
  maker_fee: number;
  taker_fee: number;
}

const TERM_KEYS = ["price_unit", "multiplier", "maker_fee", "taker_fee"] as const;

export function restorePath(
  directory: string,
  options: EngineOptions,
  instruments: Instruments,
  sessionStartS?: number,
): Restored {
  const lists: JournalLists = {
    instruments: instruments.definitions.map((d) => d.symbol),
    sessions: options.sessions.map((s) => s.name),
    terms: instruments.definitions.map((d) => ({
      price_unit: d.priceUnit,
      multiplier: d.multiplier,
      maker_fee: d.makerFee,
      taker_fee: d.takerFee,
    })),
    ...(sessionStartS === undefined ? {} : { start_s: sessionStartS }),
  };
  checkLists(join(directory, listsFile(options.index)), directory, lists);
  return restoreFrom({ directory, engine: options.index }, options);
}

/** What the records of `source` say. Throws one sentence when they can't be trusted. */
export function restoreFrom(source: JournalSource, options: EngineOptions): Restored {
  let starts = 0;
  const state = recover(source, {
    onRecord: (record) => {
      if (record.type === HP_JR_START) starts++;
    },
  });
  const bad = state.stops.find((stop) => stop.kind !== "torn");
  if (bad !== undefined) {
    throw new Error(
      `the journal can't be trusted: ${bad.source} at byte ${bad.offset} (${bad.reason}); nothing was started. See docs/operating/recovery.md`,
    );
  }
  return {
    sequences: options.sessions.map((_, s) => state.sessions[s]!),
    isKilled: state.isKilled,
    isFirstStart: starts === 0,
    replay(orders, dropCopies = [], sessions = []) {
      const scratch = new Scratch();
      recover(source, {
        onRecord: (record) => {
          scratch.load(record);
          orders.restore(record.type, scratch.words, 0, scratch.doubles);
          for (const copy of dropCopies) copy.restore(record.type, scratch.words, 0);
          for (const session of sessions) session.restore?.(record.type, scratch.words, 0);
        },
      });
      const refused = orders.finishRestore();
      if (refused > 0) {
        throw new Error(
          `${refused} records of the journal in ${source.directory} do not fit this engine (fewer order slots, or other instruments?); nothing was started`,
        );
      }
    },
  };
}

/** Puts a path back to where its journal ends, and begins the run. */
export function resumePath(
  path: {
    orders: Orders;
    dropCopies?: readonly DropCopy[];
    orderSessions?: readonly RestoredSession[];
  },
  restored: Restored,
  journal: Journal,
  clock: Clock,
  configHash: number,
): void {
  const { orders } = path;
  restored.replay(orders, path.dropCopies, path.orderSessions);
  // What still rests belongs to strategies of a run that is over: nobody would look after it.
  if (orders.table.liveCount > 0) orders.cancelAll();
  if (restored.isFirstStart) orders.startPositions();
  startRecord(journal, clock, configHash);
}

/** The record that says: from here on it is this run. */
export function startRecord(journal: Journal, clock: Clock, configHash: number): void {
  const at = journal.begin(HP_JR_START, HP_JR_STATE_SIZE);
  if (at < 0) throw new Error("the journal ring is full at the start: control does not drain it");
  journal.words[at + HP_JR_STATE__STATE_W] = HP_STATE_STARTING;
  journal.words[at + HP_JR_STATE__KILL_W] = 0;
  journal.words[at + HP_JR_STATE__CONFIG_HASH_W] = configHash | 0;
  journal.words[at + HP_JR_STATE__DETAIL_W] = 0;
  journal.commit(clock.now());
}

/** A record's body as aligned words. */
class Scratch {
  private readonly buffer = new ArrayBuffer(1 << 20);
  readonly words = new Int32Array(this.buffer);
  readonly doubles = new Float64Array(this.buffer);
  private readonly bytes = new Uint8Array(this.buffer);

  load(record: JournalRecord): void {
    const raw = record.raw();
    this.bytes.set(raw.subarray(HP_RECORD_SIZE, Math.min(raw.length, this.bytes.length)));
  }
}

function checkLists(file: string, directory: string, now: JournalLists): void {
  const before = readLists(file);
  for (const key of ["instruments", "sessions"] as const) {
    const old = before?.[key] ?? [];
    const wrong = old.findIndex((name, i) => now[key][i] !== name);
    if (wrong < 0) continue;
    throw new Error(
      `the config's ${key} have changed within the session date: number ${wrong + 1} was ${old[wrong]}, now it is ${now[key][wrong] ?? "missing"}; new ones may only be added at the end`,
    );
  }
  checkTerms(before?.terms ?? [], now);
  mkdirSync(directory, { recursive: true });
  if (JSON.stringify(before) !== JSON.stringify(now)) {
    writeFileDurably(file, `${JSON.stringify(now)}\n`);
  }
}

function checkTerms(before: readonly InstrumentTerms[], now: JournalLists): void {
  before.forEach((was, i) => {
    const is = now.terms![i]!;
    const key = TERM_KEYS.find((name) => is[name] !== was[name]);
    if (key === undefined) return;
    throw new Error(
      `${key} of instrument ${now.instruments[i]} has changed within the session date: it was ${was[key]}, now it is ${is[key]}; positions and P&L of the journal are reckoned with it, so it can change with the next session date only`,
    );
  });
}

/** null when there are none yet. Lists that can't be read are refused: a new start would write over them. */
export function readLists(file: string): JournalLists | null {
  let lists: Partial<JournalLists> | null;
  try {
    lists = JSON.parse(readFileSync(file, "utf8")) as Partial<JournalLists> | null;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw unreadable(file, (error as Error).message);
  }
  if (!Array.isArray(lists?.instruments) || !Array.isArray(lists.sessions)) {
    throw unreadable(file, "no lists of instruments and sessions are in it");
  }
  const { instruments, sessions, terms, start_s } = lists;
  const start = typeof start_s === "number" ? { start_s } : {};
  if (terms === undefined) return { instruments, sessions, ...start };
  const areTerms =
    Array.isArray(terms) &&
    terms.length <= instruments.length &&
    terms.every((of) => TERM_KEYS.every((key) => typeof of?.[key] === "number"));
  if (!areTerms) throw unreadable(file, "the terms of its instruments are not whole");
  return { instruments, sessions, terms, ...start };
}

function unreadable(file: string, why: string): Error {
  return new Error(
    `can't read ${file}, which says what the journal's numbers mean: ${why}; nothing was started. See docs/operating/recovery.md`,
  );
}
