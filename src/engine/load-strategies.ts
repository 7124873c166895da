/** Loads the strategies of an engine: built-ins by name, the user's files from disk. */
import type { StrategyDefinition } from "../strategy/api.ts";
import { loadStrategy } from "../strategy/load.ts";
import type { EngineOptions } from "./options.ts";

export async function loadStrategies(
  options: EngineOptions,
): Promise<{ definition: StrategyDefinition; params: unknown }[]> {
  const loaded: { definition: StrategyDefinition; params: unknown }[] = [];
  for (const s of options.strategies) {
    loaded.push(await loadStrategy(s.uses, s.params));
  }
  return loaded;
}
