/** `hairpin check CONFIG`: what a config means, and everything wrong with it. */
import { hoursText } from "../config/hours-text.ts";
import type { LoadOptions, LoadResult } from "../config/load.ts";
import { checkConfig } from "../config/load.ts";
import type { Problem } from "../config/problem.ts";
import { formatProblem, keyText, sortProblems } from "../config/problem.ts";
import type { Config } from "../config/schema.ts";
import { sessionDate } from "../config/session-date.ts";
import { OUCH } from "../config/session-protocol.ts";
import { formatTable } from "../observe/table.ts";
import { runDirectory } from "./appliance.ts";
import { EXIT_CONFIG, EXIT_OK } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { outJson } from "./io.ts";
import { strategyProblemsApart } from "./strategy-check.ts";
import { defineVerb } from "./verb.ts";

export const checkVerb = defineVerb({
  name: "check",
  summary: "Prints what a config means, and everything that is wrong with it.",
  operands: { usage: "CONFIG", min: 1, max: 1 },
  details:
    "Defaults are filled in, references and paths resolved. Cores, interfaces and files are looked up on this machine. Nothing is started.",
  async run({ flags, operands }, io) {
    const result = await checkToStart(operands[0]!);
    const { config, problems } = result;
    if (flags.json) outJson(io, { ok: config !== undefined, config, problems });
    else {
      reportProblems(result, io);
      if (result.config !== undefined) io.out(describe(result.config, Date.now()));
    }
    return result.config === undefined ? EXIT_CONFIG : EXIT_OK;
  },
});

/** The config, and the strategies that it names: their files are loaded, their params checked. */
export async function checkAll(file: string, options: LoadOptions = {}): Promise<LoadResult> {
  const result = checkConfig(file, options);
  if (result.config === undefined) return result;
  const problems = [...result.problems];
  for (const [i, strategy] of result.config.strategy.entries()) {
    for (const message of await strategyProblemsApart(strategy.uses, strategy.params)) {
      const key = message.match(/: params\.(\w+)/)?.[1];
      const path = key === undefined ? ["strategy", i, "uses"] : ["strategy", i, "params", key];
      problems.push({
        severity: "error",
        ...result.originOf(path),
        key: keyText(path),
        message,
      });
    }
  }
  if (problems.length === result.problems.length) return result;
  return { problems: sortProblems(problems), originOf: result.originOf };
}

/** The same, and whether the engines can start with it here: what their sessions are made of. */
export async function checkToStart(file: string): Promise<LoadResult> {
  const result = await checkAll(file);
  if (result.config === undefined) return result;
  const { sessionProblems } = await import("../engine/check-sessions.ts");
  const { engineOptions } = await import("../engine/from-config.ts");
  const { startS } = dateOf(result.config, Date.now());
  // Addresses are looked up at the start itself: no engine fails by one.
  const found = engineOptions(result.config, () => 0).flatMap((o) => sessionProblems(o, startS));
  if (found.length === 0) return result;
  const errors = found.map(({ session, key, message }): Problem => {
    const path = ["session", session, ...key];
    return { severity: "error", ...result.originOf(path), key: keyText(path), message };
  });
  const problems = sortProblems([...result.problems, ...errors]);
  return { problems, originOf: result.originOf };
}

/** Problems, one a line, to stderr, and a count when there are errors. */
export function reportProblems(result: LoadResult, io: Io): void {
  for (const problem of result.problems) io.err(`${formatProblem(problem)}\n`);
  const errors = result.problems.filter((p) => p.severity === "error").length;
  if (errors > 0) io.err(`${errors} ${errors === 1 ? "error" : "errors"}\n`);
}

function describe(c: Config, nowMs: number): string {
  const a = c.appliance;
  const session = dateOf(c, nowMs);
  const start = new Date(session.startS * 1000).toISOString();
  const out = [
    `appliance ${a.name}: session date ${session.date} (from ${start}), ClOrdIDs ${a.prefix}...`,
    `journal ${c.journal.dir}, durable ${c.journal.durable}; run folder ${runDirectory(c)}`,
    "",
    ...tableOf(
      ["engine", "core", "arm", "feeds", "sessions", "strategies"],
      c.engine.map((e) => [
        e.name,
        e.core === undefined ? "not pinned" : String(e.core),
        e.arm,
        namesOn(c.feed, e.name),
        namesOn(c.session, e.name),
        namesOn(c.strategy, e.name),
      ]),
    ),
    ...tableOf(
      ["feed", "protocol", "lines or session", "re-request", "snapshot", "subscribe"],
      c.feed.map((f) => [
        f.name,
        [
          f.protocol,
          f.unit ?? f.channel ?? "",
          f.protocol === "pitch" ? (f.edition ?? "us-equities") : "",
        ]
          .join(" ")
          .trim(),
        f.protocol === "fix"
          ? `session ${f.session}`
          : f.lines.map((l) => `${l.group}:${l.port}@${l.interface}`).join(" "),
        f.rerequest?.address ?? "none",
        f.snapshot?.address ?? "none",
        f.subscribe === "*" ? "all" : `${f.subscribe.length} symbols`,
      ]),
    ),
    ...tableOf(
      ["session", "use", "protocol", "address", "tcp", "sender", "target", "dictionary", "hours"],
      c.session.map((s) => [
        s.name,
        s.use,
        s.protocol,
        s.address,
        s.accelerate === "onload" ? "onload" : "kernel",
        ...(s.protocol === OUCH
          ? ["none", "none", "none"]
          : [s.sender_comp_id, s.target_comp_id, s.dictionary]),
        hoursText(s.schedule),
      ]),
    ),
    ...instrumentTable(c),
    ...tableOf(
      ["strategy", "engine", "uses", "instruments"],
      c.strategy.map((s) => [s.name, s.engine, s.uses, listed(s.instruments)]),
    ),
    ...tableOf(
      ["limit", "value"],
      Object.entries(c.risk)
        .filter(([, v]) => typeof v !== "object")
        .map(([k, v]) => [k, String(v)]),
    ),
  ];
  return `${out.join("\n").trimEnd()}\n`;
}

function dateOf({ appliance: a }: Config, nowMs: number) {
  const { timezone, session_date, roll } = a;
  return sessionDate({ nowMs, timezone, sessionDate: session_date, roll });
}

function instrumentTable(c: Config): string[] {
  const shown = c.instrument.slice(0, SHOWN_MAX);
  const rows = shown.map((i) => [
    i.symbol,
    i.feed,
    i.session === "" ? "none" : i.session,
    String(i.price_unit),
    i.ticks.map((t) => `${t.from}:${t.tick}`).join(" "),
    String(i.lot),
    String(i.multiplier),
    i.currency,
    String(i.position),
  ]);
  const out = tableOf(
    ["instrument", "feed", "session", "unit", "ticks", "lot", "multiplier", "currency", "position"],
    rows,
  );
  const rest = c.instrument.length - shown.length;
  return rest > 0 ? [...out.slice(0, -1), `... and ${rest} more`, ""] : out;
}

/** The table and an empty line; nothing when it has no rows. */
function tableOf(head: string[], rows: string[][]): string[] {
  return rows.length === 0 ? [] : [formatTable(head, rows), ""];
}

function namesOn(entries: readonly { name: string; engine: string }[], engine: string): string {
  return listed(entries.filter((e) => e.engine === engine).map((e) => e.name)) || "none";
}

function listed(names: readonly string[]): string {
  return names.length <= 8 ? names.join(" ") : `${names.slice(0, 8).join(" ")} ... ${names.length}`;
}

const SHOWN_MAX = 40;
