/** `hairpin fix decode [FILE|-]`: the FIX messages of a log, made readable. */
import { createReadStream, statSync } from "node:fs";
import { shown } from "../../core/shown.ts";
import { Decoder } from "../../fix/decode/decoder.ts";
import { LogDictionaries } from "../../fix/decode/dictionaries.ts";
import { LogScanner } from "../../fix/decode/log-scanner.ts";
import { messageJson, messageText } from "../../fix/decode/render.ts";
import { DictionaryError } from "../../fix/dictionary/model.ts";
import { formatCount } from "../../observe/units.ts";
import { BatchedOut } from "../batched.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { defineVerb } from "../verb.ts";

interface Counts {
  messages: number;
  garbled: number;
  shown: number;
}

export const fixDecodeVerb = defineVerb({
  name: "fix decode",
  summary: "Prints the FIX messages of a log with names of tags and values, groups indented.",
  operands: { usage: "[FILE|-]", min: 0, max: 1 },
  flags: {
    dictionary: {
      type: "text",
      value: "NAME|FILE|DIR",
      text: "A built-in dictionary, an .xml file, or a folder of FIX44.xml and the like; without it, the built-in one of each message's version.",
    },
    type: {
      type: "list",
      value: "TYPE",
      text: "Only messages of this MsgType, or of this name: 8 or ExecutionReport. A dictionary or the log must have it, or it begins with U.",
    },
  },
  details:
    "FILE is a log of any size; - or nothing is stdin. Messages are found by 8=FIX, whatever stands before them on their line; fields end with SOH, with | or with ^A. Messages whose length or checksum is wrong are shown as GARBLED, with the reason; what is longer than 1 MiB is cut there, and says so. The version of a FIXT.1.1 message is its ApplVerID, else the DefaultApplVerID of its session's Logon, else FIX 5.0 SP2. --json prints one array.",
  async run({ flags, operands }, io) {
    const dictionaries = openDictionaries(flags.dictionary, flags.type);
    const decoder = new Decoder(dictionaries);
    const out = new BatchedOut(io);
    const seen = new Set<string>();
    const counts: Counts = { messages: 0, garbled: 0, shown: 0 };
    const scanner = new LogScanner((found) => {
      const message = decoder.decode(found);
      counts.messages++;
      if (message.garbled !== "") counts.garbled++;
      if (flags.type.length > 0) {
        if (!flags.type.includes(message.type) && !flags.type.includes(message.name)) return;
      }
      seen.add(message.type);
      counts.shown++;
      if (!flags.json) out.add(messageText(message));
      else out.add(`${counts.shown === 1 ? "" : ","}\n${messageJson(message)}`);
    });
    if (flags.json) out.add("[");
    try {
      for await (const chunk of input(operands[0] ?? "-")) {
        scanner.push(chunk);
        // A log that is still being written is shown as it grows.
        out.flush();
      }
      scanner.end();
    } catch (error) {
      if (error instanceof DictionaryError) throw new CliError(EXIT_FAILED, error.message);
      throw error;
    }
    if (flags.json) out.add("\n]\n");
    out.flush();
    tell(counts, dictionaries, operands[0] ?? "-", io);
    if (counts.messages === 0) return EXIT_FAILED;
    for (const type of flags.type) {
      const isUser = type.startsWith("U");
      if (isUser || seen.has(type) || dictionaries.knows(type)) continue;
      throw new CliError(EXIT_USAGE, `${noSuchType(type)}; nor has the log`);
    }
    return EXIT_OK;
  },
});

const PATH_SHOWN_MAX = 250;
/** What may be a MsgType that no dictionary has: those of FIX have one or two characters, and one
 * that begins with U is for whatever two parties agree on. */
const MSG_TYPE = /^(.{1,2}|U.{0,3})$/;

function openDictionaries(from: string | undefined, types: readonly string[]): LogDictionaries {
  try {
    const dictionaries = new LogDictionaries(from);
    for (const type of types) {
      if (MSG_TYPE.test(type) || dictionaries.knows(type)) continue;
      throw new CliError(EXIT_USAGE, noSuchType(type));
    }
    return dictionaries;
  } catch (error) {
    if (error instanceof DictionaryError) throw new CliError(EXIT_FAILED, error.message);
    throw error;
  }
}

function noSuchType(type: string): string {
  return `--type: no dictionary has a message "${shown(type)}"; allowed: a MsgType or a name, e.g. 8 or ExecutionReport`;
}

/** Bytes of a file or of stdin, a piece at a time. */
function input(path: string): AsyncIterable<Uint8Array> {
  if (path === "-") return Bun.stdin.stream() as unknown as AsyncIterable<Uint8Array>;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new CliError(EXIT_FAILED, `${shown(path, PATH_SHOWN_MAX)}: there is no such file`);
  if (stat.isDirectory())
    throw new CliError(EXIT_FAILED, `${shown(path, PATH_SHOWN_MAX)}: it is a folder, not a log`);
  return createReadStream(path, { highWaterMark: 1 << 16 });
}

function tell(counts: Counts, dictionaries: LogDictionaries, path: string, io: Io): void {
  const from = path === "-" ? "stdin" : path;
  if (counts.messages === 0) {
    io.err(`${from}: there is no FIX message in it: none begins with 8=FIX and a field's end\n`);
    return;
  }
  const shown = counts.shown === counts.messages ? "" : `, ${formatCount(counts.shown)} shown`;
  const garbled = counts.garbled === 0 ? "" : `, ${formatCount(counts.garbled)} garbled`;
  io.err(`messages: ${formatCount(counts.messages)}${shown}${garbled}\n`);
  for (const version of dictionaries.missing) {
    io.err(`no dictionary for ${version}: --dictionary names a file or a folder that has it\n`);
  }
}
