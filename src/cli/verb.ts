/** A verb of the command line: a table entry plus what it does. One file each. */
import type { FlagTable, Operands, Parsed } from "./args.ts";
import { COMMON_FLAGS } from "./args.ts";
import type { Io } from "./io.ts";

export interface Verb {
  name: string;
  /** One line for the list of verbs. */
  summary: string;
  operands: Operands;
  flags: FlagTable;
  /** Further paragraphs of the help. */
  details: string;
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
    run: o.run as Verb["run"],
  };
}
