import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { carriedSequences, recordCarried } from "../../../src/engine/carry-over.ts";
import type { EngineOptions } from "../../../src/engine/options.ts";
import { listsFile } from "../../../src/engine/restore.ts";
import * as L from "../../../src/ffi/layout.ts";
import type { ScheduleOptions } from "../../../src/fix/session/schedule.ts";
import { realFiles } from "../../../src/journal/files.ts";
import { recover } from "../../../src/journal/recover.ts";
import { makeDrain, makeRing, writeWords } from "../journal/kit.ts";
import { optionsOf } from "./rig.ts";

const root = mkdtempSync(join(tmpdir(), "carry-over-"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Sunday evening to Friday, Chicago: one session a week. */
const WEEK: ScheduleOptions = {
  timezone: "America/Chicago",
  start: "17:00",
  end: "16:00",
  startDay: "sun",
  endDay: "fri",
  nonStop: false,
  resetAtStart: true,
};
const at = (text: string) => Date.parse(text) / 1000;
const WEDNESDAY = at("2026-11-18T15:00:00Z");
const THURSDAY = at("2026-11-19T15:00:00Z");
const NEXT_MONDAY = at("2026-11-23T15:00:00Z");

function options(schedule: ScheduleOptions | null, names = ["venue"]): EngineOptions {
  const base = optionsOf()[0]!;
  return { ...base, sessions: names.map((name) => ({ ...base.sessions[0]!, name, schedule })) };
}

/** A date's folder as an engine leaves it: its lists, and a journal whose last word is these numbers. */
function journalOf(
  date: string,
  startS: number,
  sessions: Record<string, { nextOut: number; nextIn: number; atS: number } | null>,
): string {
  const directory = join(root, date);
  mkdirSync(directory, { recursive: true });
  const names = Object.keys(sessions);
  const lists = { instruments: [], sessions: names, start_s: startS };
  writeFileSync(join(directory, listsFile(0)), JSON.stringify(lists));
  const ring = makeRing(65_536);
  names.forEach((name, index) => {
    const numbers = sessions[name];
    if (!numbers) return;
    const words = new Array<number>(L.HP_JR_SESSION_SIZE / 4).fill(0);
    words[L.HP_JR_SESSION__SESSION_W] = index;
    words[L.HP_JR_SESSION__NEXT_OUT_W] = numbers.nextOut;
    words[L.HP_JR_SESSION__NEXT_IN_W] = numbers.nextIn;
    writeWords(ring.journal, L.HP_JR_SESSION_RESET, words, (numbers.atS - startS) * 1e9);
  });
  const drain = makeDrain(ring.buffer, realFiles, { directory });
  drain.poll();
  drain.close();
  return directory;
}

const wednesday = (nextOut = 1205, nextIn = 998) =>
  journalOf("2026-11-18", at("2026-11-18T05:00:00Z"), {
    venue: { nextOut, nextIn, atS: WEDNESDAY },
  });
const today = (date = "2026-11-19") => join(root, date);

describe("Numbers of a session that goes on over the session date", () => {
  test("are those of the date before", () => {
    wednesday();
    expect(carriedSequences(today(), options(WEEK), THURSDAY)).toEqual([
      { session: 0, nextOut: 1205, nextIn: 998 },
    ]);
  });

  test("begin again when its hours have ended in between", () => {
    wednesday();
    expect(carriedSequences(today("2026-11-23"), options(WEEK), NEXT_MONDAY)).toEqual([]);
  });

  test("begin again without hours, as each session date does", () => {
    wednesday();
    expect(carriedSequences(today(), options(null), THURSDAY)).toEqual([]);
  });

  test("are looked for by the session's name, over dates on which it did not speak", () => {
    wednesday();
    journalOf("2026-11-19", at("2026-11-19T05:00:00Z"), { other: null, venue: null });
    const found = carriedSequences(today("2026-11-20"), options(WEEK, ["new", "venue"]), THURSDAY);
    expect(found).toEqual([{ session: 1, nextOut: 1205, nextIn: 998 }]);
  });

  test("are taken on the first start of a date only", () => {
    wednesday();
    mkdirSync(today());
    writeFileSync(join(today(), listsFile(0)), JSON.stringify({ instruments: [], sessions: [] }));
    expect(carriedSequences(today(), options(WEEK), THURSDAY)).toEqual([]);
  });

  test("are none where nothing was ever traded", () => {
    expect(carriedSequences(today(), options(WEEK), THURSDAY)).toEqual([]);
  });

  test("stand at the beginning of the new date's journal, for every later start", () => {
    const ring = makeRing(65_536);
    recordCarried(ring.journal, [{ session: 1, nextOut: 7, nextIn: 9 }], 5e9);
    mkdirSync(today(), { recursive: true });
    const drain = makeDrain(ring.buffer, realFiles, { directory: today() });
    drain.poll();
    drain.close();
    const { sessions } = recover({ directory: today(), engine: 0 });
    expect(sessions[1]).toEqual({ nextOut: 7, nextIn: 9, lastNs: 5e9 });
    expect(sessions[0]).toEqual({ nextOut: 1, nextIn: 1 });
  });
});
