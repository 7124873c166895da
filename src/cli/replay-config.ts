/** The config of a replay: checked like a live one, but for what it says of the machine. */

import { anyHost } from "../config/any-host.ts";
import { type Override, parseOverride } from "../config/override.ts";
import type { Config } from "../config/schema.ts";
import { engineOptions } from "../engine/from-config.ts";
import { loadStrategies } from "../engine/load-strategies.ts";
import type { EngineOptions } from "../engine/options.ts";
import type { LoadedStrategy } from "../strategy/load.ts";
import { checkAll, reportProblems } from "./check.ts";
import { CliError, EXIT_CONFIG, EXIT_USAGE } from "./exit-codes.ts";
import type { Io } from "./io.ts";

export interface ReplayConfig {
  config: Config;
  engine: EngineOptions;
  strategies: LoadedStrategy[];
}

/** Throws CliError; what is wrong with the config is told before. */
export async function replayConfig(
  file: string,
  sets: readonly string[],
  engineName: string | undefined,
  io: Io,
): Promise<ReplayConfig> {
  const result = await checkAll(file, { host: anyHost, sets: overridesOf(sets) });
  reportProblems(result, io);
  const { config } = result;
  if (config === undefined) throw new CliError(EXIT_CONFIG, `${file} can't be used`);
  // No address is looked up: the venue is simulated.
  const engines = engineOptions(config, () => 0);
  const engine = choose(engines, engineName);
  if (engine.feeds.length === 0) {
    throw new CliError(
      EXIT_USAGE,
      `engine ${engine.name} has no feed that a capture could be played to`,
    );
  }
  const fix = engine.feeds.find((feed) => feed.fix !== undefined);
  if (fix !== undefined) {
    throw new CliError(
      EXIT_USAGE,
      `feed ${fix.name} of engine ${engine.name} is FIX market data, which no capture of packets has: with [journal] capture = true its run can be played again by hairpin replay --journal`,
    );
  }
  return { config, engine, strategies: await loadStrategies(engine) };
}

function choose(engines: readonly EngineOptions[], name: string | undefined): EngineOptions {
  if (name === undefined) return engines.find((e) => e.strategies.length > 0) ?? engines[0]!;
  const engine = engines.find((e) => e.name === name);
  if (engine !== undefined) return engine;
  const names = engines.map((e) => e.name).join(", ");
  throw new CliError(EXIT_USAGE, `--engine: there is no engine "${name}"; there are: ${names}`);
}

function overridesOf(words: readonly string[]): Override[] {
  try {
    return words.map(parseOverride);
  } catch (error) {
    throw new CliError(EXIT_USAGE, (error as Error).message);
  }
}
