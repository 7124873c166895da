/**
 * Sequence numbers over the change of the session date: where a session's hours say that it is still
 * the same one, they go on from the journal of an earlier date. On the first start of a date only;
 * from then on the numbers are in its own journal.
 */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  HP_JR_SESSION__MSG_TYPE_W,
  HP_JR_SESSION__NEXT_IN_W,
  HP_JR_SESSION__NEXT_OUT_W,
  HP_JR_SESSION__SESSION_W,
  HP_JR_SESSION_RESET,
  HP_JR_SESSION_SIZE,
} from "../ffi/layout.ts";
import { Schedule } from "../fix/session/schedule.ts";
import type { Journal } from "../journal/journal.ts";
import { type RecoveredState, recover } from "../journal/recover.ts";
import type { EngineOptions, SessionOptions } from "./options.ts";
import { listsFile, readLists } from "./restore.ts";

/** Session dates that are looked back: the longest hours are a week. */
const DATES_BACK = 10;
const NS_PER_S = 1e9;

/** Numbers of one session, by its index in the engine. */
export interface CarriedSession {
  session: number;
  nextOut: number;
  nextIn: number;
}

/**
 * `directory`: the journal of the session date; `nowS`: Unix seconds. Throws one sentence when an
 * earlier journal that is needed can't be read.
 */
export function carriedSequences(
  directory: string,
  options: EngineOptions,
  nowS: number,
): CarriedSession[] {
  if (existsSync(join(directory, listsFile(options.index)))) return [];
  const carried: CarriedSession[] = [];
  const journals = new Map<string, RecoveredState>();
  options.sessions.forEach((session, index) => {
    if (session.schedule === null) return;
    const schedule = new Schedule(session.schedule);
    for (const earlier of earlierDates(directory)) {
      const found = lastNumbers(earlier, session, options.index, journals);
      if (found === undefined) continue;
      if (!schedule.sameNumbers(found.lastS, nowS)) return;
      carried.push({ session: index, nextOut: found.nextOut, nextIn: found.nextIn });
      return;
    }
  });
  return carried;
}

/** Notes them in the journal of the new date, as its first records. */
export function recordCarried(
  journal: Journal,
  carried: readonly CarriedSession[],
  nowNs: number,
): void {
  for (const { session, nextOut, nextIn } of carried) {
    const at = journal.begin(HP_JR_SESSION_RESET, HP_JR_SESSION_SIZE);
    if (at < 0) throw new Error("the journal ring is full at the start: control does not drain it");
    journal.words.fill(0, at, at + HP_JR_SESSION_SIZE / 4);
    journal.words[at + HP_JR_SESSION__SESSION_W] = session;
    journal.words[at + HP_JR_SESSION__MSG_TYPE_W] = 0;
    journal.words[at + HP_JR_SESSION__NEXT_OUT_W] = nextOut;
    journal.words[at + HP_JR_SESSION__NEXT_IN_W] = nextIn;
    journal.commit(nowNs);
  }
}

/** Folders of earlier session dates beside `directory`, the newest first. */
function earlierDates(directory: string): string[] {
  const parent = dirname(directory);
  const date = basename(directory);
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .filter((name) => /^\d{4}-?\d{2}-?\d{2}$/.test(name) && name < date)
    .sort()
    .slice(-DATES_BACK)
    .reverse()
    .map((name) => join(parent, name));
}

/** undefined when the session did not speak on that date. */
function lastNumbers(
  directory: string,
  { name }: SessionOptions,
  engine: number,
  journals: Map<string, RecoveredState>,
) {
  const lists = readLists(join(directory, listsFile(engine)));
  const index = lists?.sessions.indexOf(name) ?? -1;
  if (index < 0 || lists?.start_s === undefined) return undefined;
  const state = journals.get(directory) ?? recover({ directory, engine });
  journals.set(directory, state);
  const bad = state.stops.find((stop) => stop.kind !== "torn");
  if (bad !== undefined) {
    throw new Error(
      `the sequence numbers of session ${name} go on from ${directory}, which can't be trusted: ${bad.source} at byte ${bad.offset} (${bad.reason}); nothing was started. See docs/operating/recovery.md`,
    );
  }
  const found = state.sessions[index]!;
  if (found.lastNs === undefined) return undefined;
  return { ...found, lastS: lists.start_s + found.lastNs / NS_PER_S };
}
