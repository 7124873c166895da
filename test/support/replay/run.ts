/** A replay of a capture as `hairpin replay` does it, without the command line. */
import type { EngineOptions } from "../../../src/engine/options.ts";
import type { Shim } from "../../../src/ffi/shim.ts";
import { Recorder } from "../../../src/replay/recorder.ts";
import { runReplay } from "../../../src/replay/run-replay.ts";
import { summarizeReplay } from "../../../src/replay/summary.ts";
import { latencyModel } from "../../../src/replay/venue/latency.ts";
import type { QueueModel } from "../../../src/replay/venue/queue.ts";
import type { StrategyDefinition } from "../../../src/strategy/api.ts";
import { loadStrategy } from "../../../src/strategy/load.ts";
import { optionsOf, TOML } from "../../unit/engine/rig.ts";
import { DAY_S } from "./generated-capture.ts";

export interface RunSettings {
  capture: string;
  engine?: EngineOptions;
  definition?: StrategyDefinition;
  /** Of the maker, or of `definition` as they are. */
  params?: Record<string, unknown>;
  latency?: string;
  seed?: number;
  queue?: QueueModel;
  fromNs?: number;
  toNs?: number;
  isLate?: boolean;
}

const TWO_LINES = `lines = [
  { group = "239.1.1.1", port = 2001, interface = "lo" },
  { group = "239.1.1.2", port = 2001, interface = "lo" },
]`;

/** The rig's config with two lines. */
export function replayOptions(change: (toml: string) => string = (toml) => toml): EngineOptions {
  return optionsOf(change(TOML.replace(/^lines = .*$/m, TWO_LINES)))[0]!;
}

export async function run(shim: Shim, o: RunSettings) {
  const engine = o.engine ?? replayOptions();
  const quote = { size_shares: 100, spread_ticks: 1 };
  const strategy =
    o.definition === undefined
      ? await loadStrategy("maker", { ...quote, ...o.params })
      : { definition: o.definition, params: o.params ?? {} };
  const recorder = new Recorder(engine.idPrefix);
  const result = await runReplay(shim, {
    capture: o.capture,
    speed: Number.POSITIVE_INFINITY,
    sessionStart: () => DAY_S,
    replay: {
      engine,
      strategies: [strategy],
      configHash: 7,
      latency: latencyModel(o.latency ?? "50us", o.seed ?? 1),
      queue: o.queue ?? "pessimistic",
      isLate: o.isLate ?? false,
      fromNs: o.fromNs ?? Number.NEGATIVE_INFINITY,
      toNs: o.toNs ?? Number.POSITIVE_INFINITY,
    },
    observe: () => Object.assign(recorder, { onProgress: () => {} }),
  });
  return { result, recorder, summary: summarizeReplay(o.capture, engine, result, recorder) };
}
