/** `hairpin fix dictionary FILE`: what a FIX dictionary holds, or what is wrong with it. */

import {
  type Dictionary,
  DictionaryError,
  type DictionaryProblem,
  formatDictionaryProblem,
  loadDictionary,
  loadSessionDictionary,
} from "../../fix/dictionary/load.ts";
import { type DictionarySummary, summarize } from "../../fix/dictionary/summary.ts";
import { formatTable } from "../../observe/table.ts";
import { EXIT_FAILED, EXIT_OK } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { outJson } from "../io.ts";
import { defineVerb } from "../verb.ts";

export const fixDictionaryVerb = defineVerb({
  name: "fix dictionary",
  summary: "Checks a FIX dictionary and prints what it holds, or what is wrong and on which line.",
  operands: { usage: "FILE", min: 1, max: 1 },
  flags: {
    transport: {
      type: "text",
      value: "FILE",
      text: "Joins FILE to this transport dictionary, as a FIXT.1.1 session does.",
    },
    overlay: { type: "text", value: "FILE", text: "Puts this venue overlay over it." },
  },
  details:
    "FILE is the path of an .xml file in the QuickFIX format, or the name of a built-in dictionary: FIX42, FIX44, FIX50SP2 or FIXT11. An overlay is checked together with the base that it names. Exit code 1 when there is an error; warnings leave a dictionary usable.",
  async run({ flags, operands }, io) {
    const { transport, overlay, json } = flags;
    try {
      const dictionary =
        transport === undefined && overlay === undefined
          ? loadDictionary(operands[0]!)
          : loadSessionDictionary({
              application: operands[0]!,
              ...(transport === undefined ? {} : { transport }),
              ...(overlay === undefined ? {} : { overlay }),
            });
      printDictionary(dictionary, json, io);
      return EXIT_OK;
    } catch (error) {
      if (!(error instanceof DictionaryError)) throw error;
      printFaults(error, json, io);
      return EXIT_FAILED;
    }
  },
});

function printDictionary(dictionary: Dictionary, json: boolean, io: Io): void {
  const summary = summarize(dictionary);
  if (json) {
    outJson(io, { ok: true, ...summary, problems: dictionary.warnings });
    return;
  }
  for (const warning of dictionary.warnings) io.err(`${formatDictionaryProblem(warning)}\n`);
  io.out(describe(summary));
}

function describe(s: DictionarySummary): string {
  const session = s.hasSessionLayer
    ? `BeginString ${s.beginString}`
    : "no session layer: that is in a transport dictionary, FIXT11";
  const applVerId = s.applVerId === "" ? "" : `, ApplVerID ${s.applVerId}`;
  const rows = s.messages.map((m) => [
    m.msgType,
    m.name,
    m.admin ? "admin" : "app",
    String(m.fields),
    String(m.required),
    String(m.groups),
  ]);
  const counts = `${s.messages.length} messages, ${s.fields} fields, ${s.groups} groups, ${s.components} components, ${s.dataFields} data fields`;
  return [
    `${s.name}: ${s.version}${applVerId}, ${session}`,
    counts,
    "",
    formatTable(["type", "message", "category", "fields", "required", "groups"], rows),
    "",
  ].join("\n");
}

function printFaults(error: DictionaryError, json: boolean, io: Io): void {
  const problems: readonly DictionaryProblem[] = error.problems;
  if (json) {
    outJson(io, { ok: false, message: error.message, problems, dropped: error.dropped });
    return;
  }
  if (problems.length === 0) {
    io.err(`hairpin: ${error.message}\n`);
    return;
  }
  for (const problem of problems) io.err(`${formatDictionaryProblem(problem)}\n`);
  if (error.dropped > 0) io.err(`and ${error.dropped} more\n`);
  io.err(`${error.errors} ${error.errors === 1 ? "error" : "errors"}\n`);
}
