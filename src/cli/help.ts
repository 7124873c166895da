/** Help texts, written from the tables. */
import type { Flag } from "./args.ts";
import { allowedValues } from "./args.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import type { Verb } from "./verb.ts";

export function generalHelp(verbs: readonly Verb[], version: string): string {
  const width = Math.max(...verbs.map((v) => v.name.length));
  const lines = verbs.map((v) => `  ${v.name.padEnd(width)}  ${v.summary}`);
  return [
    `hairpin ${version}: multicast market data in, FIX orders out, on one pinned thread.`,
    "",
    "Usage: hairpin VERB [OPERANDS] [FLAGS]",
    "",
    ...lines,
    "",
    "`hairpin VERB --help` tells more. Every verb knows --json: data to stdout, words to stderr.",
    'Whatever can trade is disarmed until `hairpin arm`, unless the config says arm = "auto".',
    "",
    ...exitTable(),
    "",
  ].join("\n");
}

export function verbHelp(verb: Verb): string {
  const names = Object.entries(verb.flags).map(([name, flag]) => flagHead(name, flag));
  const width = Math.max(...names.map((n) => n.length));
  const flags = Object.values(verb.flags).flatMap((flag, i) =>
    wrap(flag.text + flagRange(flag), WIDTH - width - 4).map(
      (line, k) => `  ${(k === 0 ? names[i]! : "").padEnd(width)}  ${line}`,
    ),
  );
  const operands = verb.operands.usage === "" ? "" : ` ${verb.operands.usage}`;
  return [
    `Usage: hairpin ${verb.name}${operands} [FLAGS]`,
    "",
    ...wrap(verb.summary, WIDTH),
    ...(verb.details === "" ? [] : ["", ...wrap(verb.details, WIDTH)]),
    ...subVerbs(verb.verbs),
    "",
    "Flags:",
    ...flags,
    "",
    ...exitTable(),
    "",
  ].join("\n");
}

function subVerbs(verbs: readonly Verb[]): string[] {
  if (verbs.length === 0) return [];
  const width = Math.max(...verbs.map((v) => v.name.length));
  return ["", ...verbs.map((v) => `  ${v.name.padEnd(width)}  ${v.summary}`)];
}

function flagHead(name: string, flag: Flag): string {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  if (flag.type === "switch") return `${short}--${name}`;
  if (flag.type === "choice") return `${short}--${name} WORD`;
  return `${short}--${name} ${flag.type === "text" || flag.type === "list" ? flag.value : "N"}`;
}

/** " (a whole number from 1 to 9; default 3)" */
export function flagRange(flag: Flag): string {
  if (flag.type === "switch") return "";
  if (flag.type === "list") return " (may be given several times)";
  const range = flag.type === "text" ? "" : allowedValues(flag);
  const value = flag.default;
  const given = value === undefined ? "" : `default ${value}`;
  const both = [range, given].filter((t) => t !== "").join("; ");
  return both === "" ? "" : ` (${both})`;
}

function exitTable(): string[] {
  return ["Exit codes:", ...EXIT_CODES.map((e) => `  ${e.code}  ${e.text}`)];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

const WIDTH = 100;
