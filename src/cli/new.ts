/** `hairpin new strategy NAME`: a strategy to start from, with its types. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scaffoldStrategy, strategyNameProblem } from "../strategy/scaffold.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import { outJson } from "./io.ts";
import { defineVerb } from "./verb.ts";

export const newVerb = defineVerb({
  name: "new",
  summary: "Writes a strategy to start from: `hairpin new strategy NAME`.",
  operands: { usage: "strategy NAME", min: 2, max: 2 },
  flags: {
    folder: { type: "text", value: "PATH", default: ".", text: "Where to write." },
    force: { type: "switch", text: "Overwrites a strategy of that name." },
  },
  details:
    "Writes NAME.ts, and beside it hairpin.d.ts and tsconfig.json, which only an editor needs. A tsconfig.json that is there already is left alone.",
  async run({ flags, operands }, io) {
    const [kind, name] = operands as [string, string];
    if (kind !== "strategy") {
      throw new CliError(EXIT_USAGE, `what is "${kind}"? allowed: strategy`);
    }
    const problem = strategyNameProblem(name);
    if (problem !== "") throw new CliError(EXIT_USAGE, problem);
    const own = join(flags.folder, `${name}.ts`);
    if (existsSync(own) && !flags.force) {
      throw new CliError(EXIT_FAILED, `${own} is there already; --force overwrites it`);
    }
    const written: string[] = [];
    try {
      mkdirSync(flags.folder, { recursive: true });
      for (const file of scaffoldStrategy(name)) {
        const path = join(flags.folder, file.path);
        if (file.path === "tsconfig.json" && existsSync(path)) continue;
        writeFileSync(path, file.text);
        written.push(path);
      }
    } catch (error) {
      throw new CliError(EXIT_FAILED, error instanceof Error ? error.message : String(error));
    }
    if (flags.json) outJson(io, { written });
    else io.out(`${written.join("\n")}\n`);
    return EXIT_OK;
  },
});
