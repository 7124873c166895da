/** `hairpin new`: a strategy to start from, with its types, or a config. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import CONFIG from "../../docs/examples/appliance.toml" with { type: "text" };
import { scaffoldStrategy, strategyNameProblem } from "../strategy/scaffold.ts";
import { CliError, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import { outJson } from "./io.ts";
import { defineVerb } from "./verb.ts";

export const newVerb = defineVerb({
  name: "new",
  summary: "Writes a strategy or a config to start from.",
  operands: { usage: "strategy NAME | config [FILE]", min: 1, max: 2 },
  flags: {
    folder: { type: "text", value: "PATH", default: ".", text: "Where to write." },
    force: { type: "switch", text: "Overwrites a strategy or config of that name." },
  },
  details:
    "`new strategy NAME` writes NAME.ts, and beside it hairpin.d.ts and tsconfig.json, which only an editor needs. A tsconfig.json that is there already is left alone. `new config` writes FILE (appliance.toml): one engine with the built-in maker, on loopback, as `hairpin sim FILE` serves it.",
  async run({ flags, operands }, io) {
    const [kind, name] = operands;
    const files = filesOf(kind!, name);
    const own = join(flags.folder, files[0]!.path);
    if (existsSync(own) && !flags.force) {
      throw new CliError(EXIT_FAILED, `${own} is there already; --force overwrites it`);
    }
    const written: string[] = [];
    try {
      mkdirSync(flags.folder, { recursive: true });
      for (const file of files) {
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

/** What to write, the file that was asked for first. */
function filesOf(kind: string, name: string | undefined): { path: string; text: string }[] {
  if (kind === "config") return [{ path: name ?? "appliance.toml", text: String(CONFIG) }];
  if (kind !== "strategy") {
    throw new CliError(EXIT_USAGE, `what is "${kind}"? allowed: strategy, config`);
  }
  if (name === undefined) throw new CliError(EXIT_USAGE, "missing: strategy NAME");
  const problem = strategyNameProblem(name);
  if (problem !== "") throw new CliError(EXIT_USAGE, problem);
  return scaffoldStrategy(name);
}
