/** What turns change that are left off the tape: it has to be nothing that is remembered. */
import type { RecordedEngine } from "./recorded-engine.ts";
import { differences, stateOf } from "./state-walk.ts";

/**
 * What a turn may change without having had any effect: times of looking, figures for status pages,
 * counters of idle turns (recording.ts counts the others), what is on the tape beside the turn.
 */
const HARMLESS =
  /\.(turns|serves|nowNs|stats|counters|beat|figures|block|census|engine|cursor|shim|tape|asked|guardWatch)$|\.control\.shared$|\.kill\.words$/;
/** Written by packets only, and large. */
const LARGE = /\.(dictionary|instruments|templates|books|views|turnHistogram|definition)$/;
/** Words of hp_journal that control writes: where it has read to, what is on disk, what broke. */
const CONTROLS = /\.journal\.header\[6[456]\]:/;
const SKIPPED = new RegExp(`${HARMLESS.source}|${LARGE.source}`);

/** Changes of turns that `run` left off the tape, each once, and how many such turns there were. */
export function silentChanges(
  engine: RecordedEngine,
  run: () => void,
): { changes: string[]; turns: number } {
  const { path, supervisor } = engine;
  const root = { path, supervisor };
  const turn = engine.turn.bind(engine);
  const changes = new Set<string>();
  let turns = 0;
  engine.turn = (count, stepNs) => {
    const before = stateOf(root, SKIPPED);
    const { kept } = engine;
    turn(count, stepNs);
    if (engine.kept !== kept) return;
    turns++;
    const after = stateOf(root, SKIPPED);
    for (const what of differences(root, SKIPPED, before, after)) {
      if (!CONTROLS.test(what)) changes.add(what);
    }
  };
  run();
  return { changes: [...changes], turns };
}
