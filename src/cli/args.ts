/** Flags as a table: one entry gives parsing, range, default, help and documentation. */
import { parseArgs } from "node:util";
import { nearest } from "../config/nearest.ts";
import { shown } from "../core/shown.ts";
import { CliError, EXIT_USAGE } from "./exit-codes.ts";

interface FlagBase {
  text: string;
  /** One letter. */
  short?: string;
}
interface SwitchFlag extends FlagBase {
  type: "switch";
}
interface NumberFlag extends FlagBase {
  type: "whole" | "number";
  min: number;
  max: number;
  default?: number;
  unit?: string;
}
interface TextFlag extends FlagBase {
  type: "text";
  /** What stands for the value in the help, e.g. FILE. */
  value: string;
  default?: string;
}
/** May be given several times. */
interface ListFlag extends FlagBase {
  type: "list";
  /** What stands for one value in the help, e.g. KEY=VALUE. */
  value: string;
}
interface ChoiceFlag extends FlagBase {
  type: "choice";
  choices: readonly string[];
  default?: string;
}
export type Flag = SwitchFlag | NumberFlag | TextFlag | ListFlag | ChoiceFlag;
export type FlagTable = Record<string, Flag>;

/** A declared default makes the value certain. */
type ValueOf<F extends Flag> = F extends SwitchFlag
  ? boolean
  : F extends ListFlag
    ? string[]
    : F extends { default: number }
      ? number
      : F extends NumberFlag
        ? number | undefined
        : F extends { default: string }
          ? string
          : string | undefined;

export type ValuesOf<T extends FlagTable> = { [K in keyof T]: ValueOf<T[K]> };

export interface Operands {
  /** For the usage line, e.g. "CONFIG" or "[CONFIG]". */
  usage: string;
  min: number;
  max: number;
}

export interface Parsed<T extends FlagTable> {
  flags: ValuesOf<T>;
  operands: string[];
}

/** Flags that every verb has. */
export const COMMON_FLAGS = {
  help: { type: "switch", short: "h", text: "Shows this text." },
  json: { type: "switch", text: "Prints one JSON document instead of text." },
} as const satisfies FlagTable;

/** Parses the words behind the verb; throws CliError (usage) with one sentence. */
export function parseFlags<T extends FlagTable>(
  argv: readonly string[],
  table: T,
  operands: Operands,
): Parsed<T> {
  const options: Record<string, { type: "boolean" | "string"; short?: string }> = {};
  for (const [name, flag] of Object.entries(table)) {
    options[name] = {
      type: flag.type === "switch" ? "boolean" : "string",
      ...(flag.short === undefined ? {} : { short: flag.short }),
    };
  }
  const { tokens } = parseArgs({
    args: joinNegative(argv, table),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, unknown> = {};
  const words: string[] = [];
  for (const [name, flag] of Object.entries(table)) {
    values[name] = startValue(flag);
  }
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const flag = table[token.name];
    if (flag === undefined) throw unknownFlag(token.rawName, table);
    if (flag.type === "list") {
      (values[token.name] as unknown[]).push(readValue(token.name, flag, token.value));
      continue;
    }
    if (values[token.name] !== undefined && seenBefore(tokens, token)) {
      throw usage(`--${token.name} is given twice`);
    }
    values[token.name] = readValue(token.name, flag, token.value);
  }
  // `verb --help` must not fail for want of an operand.
  if (values.help !== true) countOperands(words, operands);
  return { flags: values as ValuesOf<T>, operands: words };
}

function startValue(flag: Flag): unknown {
  if (flag.type === "switch") return false;
  return flag.type === "list" ? [] : flag.default;
}

function readValue(name: string, flag: Flag, value: string | undefined): unknown {
  if (flag.type === "switch") {
    if (value !== undefined) throw usage(`--${name} takes no value, found "${shown(value)}"`);
    return true;
  }
  if (value === undefined) throw usage(`--${name} needs a value: ${allowedValues(flag)}`);
  if (flag.type === "text" || flag.type === "list") return value;
  if (flag.type === "choice") {
    if (flag.choices.includes(value)) return value;
    const near = nearest(value, flag.choices);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw usage(`--${name}: found "${shown(value)}"; allowed: ${allowedValues(flag)}${hint}`);
  }
  const number = value.trim() === "" ? Number.NaN : Number(value.replace(/_/g, ""));
  const isGood = flag.type === "whole" ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (!isGood || number < flag.min || number > flag.max) {
    throw usage(`--${name}: found "${shown(value)}"; allowed: ${allowedValues(flag)}`);
  }
  return number;
}

/** What a flag takes, in words. */
export function allowedValues(flag: Flag): string {
  if (flag.type === "switch") return "nothing";
  if (flag.type === "text" || flag.type === "list") return flag.value;
  if (flag.type === "choice") return flag.choices.join(" or ");
  const kind = flag.type === "whole" ? "a whole number" : "a number";
  const unit = flag.unit === undefined ? "" : ` (${flag.unit})`;
  return `${kind} from ${flag.min} to ${flag.max}${unit}`;
}

/** node's parser takes the word after a string option only when it has no leading dash. */
function joinNegative(argv: readonly string[], table: FlagTable): string[] {
  const out: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const name = argv[i]!.startsWith("--") ? argv[i]!.slice(2) : undefined;
    const flag = name === undefined ? undefined : table[name];
    const next = argv[i + 1];
    const takesNumber = flag?.type === "whole" || flag?.type === "number";
    if (takesNumber && next !== undefined && /^-[\d.]/.test(next)) {
      out.push(`${argv[i]}=${next}`);
      i++;
    } else out.push(argv[i]!);
  }
  return out;
}

function seenBefore(tokens: { kind: string; index: number; name?: string }[], token: unknown) {
  const me = token as { name: string; index: number };
  return tokens.some((t) => t.kind === "option" && t.name === me.name && t.index < me.index);
}

function unknownFlag(rawName: string, table: FlagTable): CliError {
  const known = Object.keys(table);
  const near = nearest(rawName.replace(/^-+/, ""), known);
  const hint = near === undefined ? "--help lists them" : `did you mean --${near}?`;
  return usage(`there is no flag ${shown(rawName)}; ${hint}`);
}

function countOperands(words: string[], operands: Operands): void {
  if (words.length < operands.min) throw usage(`missing: ${operands.usage}`);
  if (words.length > operands.max) {
    throw usage(`one word too many: "${shown(words[operands.max]!)}"`);
  }
}

function usage(message: string): CliError {
  return new CliError(EXIT_USAGE, message);
}
