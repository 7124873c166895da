/** From the words of the command line to an exit code. Never throws. */

import { nearest } from "../config/nearest.ts";
import { HAIRPIN_VERSION } from "../core/version.ts";
import { parseFlags } from "./args.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import { generalHelp, verbHelp } from "./help.ts";
import type { Io } from "./io.ts";
import { PipeClosed } from "./io.ts";
import { hiddenVerb } from "./processes.ts";
import type { Verb } from "./verb.ts";
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
  if (word === "help" || word === "--help" || word === "-h") return help(rest[0], io);
  const verb = find(word === "--version" ? "version" : word);
  const parsed = parseFlags(rest, verb.flags, verb.operands);
  if (parsed.flags.help === true) return help(verb.name, io);
  return verb.run(parsed, io);
}

function help(word: string | undefined, io: Io): number {
  io.out(word === undefined ? generalHelp(VERBS, HAIRPIN_VERSION) : verbHelp(find(word)));
  return EXIT_OK;
}

function find(word: string): Verb {
  const verb = VERBS.find((v) => v.name === word);
  if (verb !== undefined) return verb;
  const near = nearest(
    word,
    VERBS.map((v) => v.name),
  );
  const hint = near === undefined ? "`hairpin help` lists them" : `did you mean ${near}?`;
  throw new CliError(EXIT_USAGE, `there is no verb "${word}"; ${hint}`);
}
