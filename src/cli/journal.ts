/** `hairpin journal`: what was sent, what came back, and whether the record is whole. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { anyHost } from "../config/any-host.ts";
import { checkConfig } from "../config/load.ts";
import { formatRecord, recordToJson } from "../journal/fields.ts";
import { projectInMemory } from "../journal/query.ts";
import { enginesIn } from "../journal/reader.ts";
import type { JournalRecord } from "../journal/record.ts";
import { RECORD_TYPE_NAMES } from "../journal/record.ts";
import { combinedHash, dateDirectory, walkJournal } from "../journal/verify.ts";
import { formatTable } from "../observe/table.ts";
import { messageText } from "../ouch/message-text.ts";
import { reportProblems } from "./check.ts";
import { CliError, EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { outJson } from "./io.ts";
import { nameRows } from "./journal-names.ts";
import { defineVerb } from "./verb.ts";

const VIEWS = ["summary", "records", "orders", "executions", "sessions", "denials"] as const;
const TYPES = RECORD_TYPE_NAMES.filter((name) => name !== "pad");

export const journalVerb = defineVerb({
  name: "journal",
  summary: "Reads the journal: a summary with its hash, single records, or tables of orders.",
  operands: { usage: "[CONFIG|FOLDER]", min: 0, max: 1 },
  flags: {
    view: { type: "choice", choices: VIEWS, default: "summary", text: "What to print." },
    date: { type: "text", value: "YYYY-MM-DD", text: "Session date; the latest without it." },
    engine: { type: "whole", min: 0, max: 7, text: "Only records of this engine, by its index." },
    type: { type: "choice", choices: TYPES, text: "Only records of this type." },
    from: { type: "whole", min: 0, max: 0xffffffff, default: 0, text: "From this record number." },
    limit: { type: "whole", min: 1, max: 1e9, default: 1e9, text: "At most so many rows." },
    sql: { type: "text", value: "QUERY", text: "A query over the tables, instead of a view." },
  },
  details:
    "Without an operand it reads ./journal. Reads only what is on disk; a running appliance is not disturbed. Exit code 1 when a record is corrupt or missing.",
  async run({ flags, operands }, io) {
    const directory = findDirectory(operands[0], flags.date, io);
    if (flags.sql !== undefined) return printQuery(directory, flags.sql, flags, io);
    if (flags.view === "summary") return printSummary(directory, flags.json, io);
    if (flags.view === "records") return printRecords(directory, flags, io);
    const order = flags.view === "sessions" ? "engine, session" : "engine, time_ns";
    return printQuery(directory, `SELECT * FROM ${flags.view} ORDER BY ${order}`, flags, io);
  },
});

function findDirectory(operand: string | undefined, date: string | undefined, io: Io): string {
  let root = operand ?? "journal";
  if (root.endsWith(".toml")) {
    const result = checkConfig(root, { host: anyHost });
    if (result.config === undefined) {
      reportProblems(result, io);
      throw new CliError(
        EXIT_CONFIG,
        "the config names the journal folder; give the folder itself",
      );
    }
    root = result.config.journal.dir;
  }
  if (!existsSync(root) || !statSync(root).isDirectory()) {
    throw new CliError(EXIT_FAILED, `there is no journal folder ${resolve(root)}`);
  }
  if (enginesIn(root).length > 0) return root;
  const compact = date?.replaceAll("-", "");
  const directory = dateDirectory(root, compact);
  if (directory === null) {
    const what = date === undefined ? "no session date" : `no session date ${date}`;
    throw new CliError(EXIT_FAILED, `${what} in ${resolve(root)}`);
  }
  return directory;
}

function printSummary(directory: string, json: boolean, io: Io): number {
  const types = new Map<string, number>();
  const summaries = walkJournal(directory, (record) => {
    const name = RECORD_TYPE_NAMES[record.type] ?? String(record.type);
    types.set(name, (types.get(name) ?? 0) + 1);
  });
  const isSound = summaries.every((s) => s.isSound);
  const hash = combinedHash(summaries);
  const records = summaries.reduce((sum, s) => sum + s.records, 0);
  if (json) {
    outJson(io, {
      directory,
      records,
      hash,
      isSound,
      types: Object.fromEntries(types),
      engines: summaries,
    });
  } else {
    io.out(`${directory}: ${records} records, ${isSound ? "sound" : "NOT SOUND"}, hash ${hash}\n`);
    const rows = [...types].map(([name, count]) => [name, String(count)]);
    if (rows.length > 0) io.out(`\n${formatTable(["type", "records"], rows)}\n`);
    for (const s of summaries) {
      for (const stop of s.stops) {
        io.err(
          `engine ${s.engine}: ${stop.kind} at ${stop.source}:${stop.offset}: ${stop.reason}\n`,
        );
      }
    }
  }
  return isSound ? EXIT_OK : EXIT_FAILED;
}

interface RecordFlags {
  json: boolean;
  engine: number | undefined;
  type: string | undefined;
  from: number;
  limit: number;
}

function printRecords(directory: string, flags: RecordFlags, io: Io): number {
  let count = 0;
  // A write for each record would cost more than all the rest.
  let pending = flags.json ? "[" : "";
  const visit = (record: JournalRecord) => {
    if (count >= flags.limit || record.number < flags.from) return;
    if (flags.engine !== undefined && record.engine !== flags.engine) return;
    if (flags.type !== undefined && RECORD_TYPE_NAMES[record.type] !== flags.type) return;
    const comma = count++ === 0 ? "" : ",";
    if (flags.json) pending += `${comma}\n${JSON.stringify(recordToJson(record, messageText))}`;
    else pending += `${formatRecord(record, messageText)}\n`;
    if (pending.length < PENDING_MAX) return;
    io.out(pending);
    pending = "";
  };
  const summaries = walkJournal(directory, visit);
  io.out(flags.json ? `${pending}\n]\n` : pending);
  return summaries.every((s) => s.isSound) ? EXIT_OK : EXIT_FAILED;
}

function printQuery(directory: string, sql: string, flags: RecordFlags, io: Io): number {
  const projection = projectInMemory(directory);
  let rows: Record<string, unknown>[];
  try {
    rows = projection.query(sql).slice(0, flags.limit);
  } catch (error) {
    throw new CliError(EXIT_USAGE, `--sql: ${error instanceof Error ? error.message : error}`);
  } finally {
    projection.close();
  }
  if (flags.engine !== undefined) rows = rows.filter((r) => r.engine === flags.engine);
  rows = nameRows(directory, rows);
  if (flags.json) outJson(io, rows);
  else if (rows.length > 0) {
    const head = Object.keys(rows[0]!);
    io.out(
      `${formatTable(
        head,
        rows.map((r) => head.map((k) => String(r[k] ?? ""))),
      )}\n`,
    );
  }
  return EXIT_OK;
}

const PENDING_MAX = 65_536;
