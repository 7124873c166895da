/** From the words of the command line to an exit code. Never throws. */

import { nearest } from "../config/nearest.ts";
import { shown } from "../core/shown.ts";
import { HAIRPIN_VERSION } from "../core/version.ts";
import { parseFlags } from "./args.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import { generalHelp, verbHelp } from "./help.ts";
import type { Io } from "./io.ts";
import { PipeClosed } from "./io.ts";
import { hiddenVerb } from "./processes.ts";
import type { Verb } from "./verb.ts";
import { subWord } from "./verb.ts";
import { VERBS } from "./verbs.ts";

export async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await runWords(argv, io);
  } catch (error) {
    if (error instanceof PipeClosed) return EXIT_OK;
    if (error instanceof CliError) {
      io.err(`hairpin: ${error.message}\n`);
      return error.exitCode;
    }
    io.err(`hairpin: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return EXIT_FAILED;
  }
}

async function runWords(argv: readonly string[], io: Io): Promise<number> {
  const [word, ...rest] = argv;
  if (word === undefined) {
    io.err(generalHelp(VERBS, HAIRPIN_VERSION));
    return EXIT_USAGE;
  }
  const hidden = hiddenVerb(word);
  if (hidden !== undefined) return hidden(rest);
  if (word === "help" || word === "--help" || word === "-h") return help(rest, io);
  const verb = find(word === "--version" ? "version" : word, VERBS);
  const sub = rest[0];
  if (verb.verbs.length > 0 && sub !== undefined && !sub.startsWith("-")) {
    return runVerb(find(sub, verb.verbs, verb), rest.slice(1), io);
  }
  return runVerb(verb, rest, io);
}

function runVerb(verb: Verb, words: readonly string[], io: Io): number | Promise<number> {
  const parsed = parseFlags(words, verb.flags, verb.operands);
  if (parsed.flags.help === true) return help(verb.name.split(" "), io);
  return verb.run(parsed, io);
}

function help(words: readonly string[], io: Io): number {
  const [word, sub] = words;
  if (word === undefined) io.out(generalHelp(VERBS, HAIRPIN_VERSION));
  else {
    const verb = find(word, VERBS);
    const isSub = verb.verbs.length > 0 && sub !== undefined;
    io.out(verbHelp(isSub ? find(sub, verb.verbs, verb) : verb));
  }
  return EXIT_OK;
}

/** The verb of a word; `within` is the verb whose sub-verbs are searched. */
function find(word: string, verbs: readonly Verb[], within?: Verb): Verb {
  const verb = verbs.find((v) => subWord(v) === word);
  if (verb !== undefined) return verb;
  const near = nearest(word, verbs.map(subWord));
  if (within !== undefined) {
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    const allowed = verbs.map(subWord).join(", ");
    const text = `${within.name} has no verb "${shown(word)}"; allowed: ${allowed}${hint}`;
    throw new CliError(EXIT_USAGE, text);
  }
  const hint = near === undefined ? "`hairpin help` lists them" : `did you mean ${near}?`;
  throw new CliError(EXIT_USAGE, `there is no verb "${shown(word)}"; ${hint}`);
}
