/** Verbs that the appliance calls on itself: one per process (control/roles.ts), and one to look at a strategy. Not in the help. */
import {
  ENGINE_RESTARTED,
  ROLE_CONTROL,
  ROLE_ENGINE,
  ROLE_GUARD,
  readControlOptions,
  readEngineOptions,
  readGuardOptions,
} from "../control/roles.ts";
import { answerStrategyProblems, STRATEGY_VERB } from "./strategy-check.ts";

type Role = (operands: readonly string[]) => Promise<number>;

export function hiddenVerb(word: string): Role | undefined {
  return ROLES[word];
}

const ROLES: Record<string, Role> = {
  [ROLE_CONTROL]: async ([file]) => {
    const { runControl } = await import("../control/control-process.ts");
    const { loadShim } = await import("../ffi/load.ts");
    return runControl(loadShim(), readControlOptions(file!));
  },
  [ROLE_GUARD]: async ([file]) => {
    const { runGuard } = await import("../control/guard-process.ts");
    const { loadShim } = await import("../ffi/load.ts");
    return runGuard(loadShim(), readGuardOptions(file!));
  },
  [ROLE_ENGINE]: async ([file, how]) => {
    const { runEngineProcess } = await import("../engine/process.ts");
    const { loadShim } = await import("../ffi/load.ts");
    const data = { ...readEngineOptions(file!), isRestart: how === ENGINE_RESTARTED };
    return runEngineProcess(loadShim(), data, reportPathOf(file!));
  },
  [STRATEGY_VERB]: ([uses, params]) => answerStrategyProblems(uses!, params!),
};

/** Where an engine leaves its last report: beside its options file. */
export function reportPathOf(optionsFile: string): string {
  return optionsFile.replace(/\.json$/, ".report.json");
}
