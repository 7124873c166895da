/** A verb of the command line: a table entry plus what it does. One file each. */
import type { FlagTable, Operands, Parsed } from "./args.ts";
import { COMMON_FLAGS } from "./args.ts";
import { CliError, EXIT_USAGE } from "./exit-codes.ts";
import type { Io } from "./io.ts";

export interface Verb {
  /** Words of the command line: "check"; of a sub-verb both, "fix decode". */
  name: string;
  /** One line for the list of verbs. */
  summary: string;
  operands: Operands;
  flags: FlagTable;
  /** Further paragraphs of the help. */
  details: string;
  /** Sub-verbs, in the order in which the help lists them; empty for a plain verb. */
  verbs: readonly Verb[];
  /** Returns the exit code. */
  run(parsed: Parsed<FlagTable>, io: Io): Promise<number>;
}

interface VerbOptions<T extends FlagTable> {
  name: string;
  summary: string;
  operands?: Operands;
  flags?: T;
  details?: string;
  run(parsed: Parsed<T & typeof COMMON_FLAGS>, io: Io): Promise<number>;
}

export const NO_OPERANDS: Operands = { usage: "", min: 0, max: 0 };

/** Gives a verb its types and the flags that every verb has. */
export function defineVerb<const T extends FlagTable>(o: VerbOptions<T>): Verb {
  return {
    name: o.name,
    summary: o.summary,
    operands: o.operands ?? NO_OPERANDS,
    flags: { ...o.flags, ...COMMON_FLAGS },
    details: o.details ?? "",
    verbs: [],
    run: o.run as Verb["run"],
  };
}

/** A verb that is nothing but its sub-verbs: `hairpin fix decode ...`. */
export function defineVerbGroup(o: {
  name: string;
  summary: string;
  details?: string;
  verbs: readonly Verb[];
}): Verb {
  const words = o.verbs.map((v) => subWord(v)).join(", ");
  return {
    ...defineVerb({
      name: o.name,
      summary: o.summary,
      ...(o.details === undefined ? {} : { details: o.details }),
      async run() {
        throw new CliError(EXIT_USAGE, `${o.name} needs a word more; allowed: ${words}`);
      },
    }),
    operands: { usage: "WORD", min: 0, max: 0 },
    verbs: o.verbs,
  };
}

/** "decode" of "fix decode". */
export function subWord(verb: Verb): string {
  return verb.name.slice(verb.name.indexOf(" ") + 1);
}

/** Every verb, each followed by its sub-verbs. */
export function withSubVerbs(verbs: readonly Verb[]): Verb[] {
  return verbs.flatMap((v) => [v, ...v.verbs]);
}
