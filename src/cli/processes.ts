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
import type { EngineOptions } from "../engine/options.ts";
import { EXIT_CONFIG } from "./exit-codes.ts";
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
    const options = readGuardOptions(file!);
    const { ensurePreloaded } = await import("../engine/preload.ts");
    const { ONLOAD_ALWAYS } = await import("../config/onload.ts");
    // Sockets that Onload drives can be shut only by a process that has it, too. Without it the guard
    // is still a guard for the others.
    const problem = options.preload === "" ? "" : ensurePreloaded(options.preload, ONLOAD_ALWAYS);
    if (problem !== "") process.stderr.write(`guard: ${problem}\n`);
    const { runGuard } = await import("../control/guard-process.ts");
    const { loadShim } = await import("../ffi/load.ts");
    return runGuard(loadShim(), options);
  },
  [ROLE_ENGINE]: async ([file, how]) => {
    const role = readEngineOptions(file!);
    const { name, onload } = role.options as EngineOptions;
    const { onloadProblem, preloadOnload } = await import("../engine/preload.ts");
    const cannot = preloadOnload(onload);
    if (cannot !== "") return refused(name, cannot);
    const { runEngineProcess } = await import("../engine/process.ts");
    const { loadShim } = await import("../ffi/load.ts");
    const shim = loadShim();
    const missing = onloadProblem(onload, shim);
    if (missing !== "") return refused(name, missing);
    const data = { ...role, isRestart: how === ENGINE_RESTARTED };
    return runEngineProcess(shim, data, reportPathOf(file!));
  },
  [STRATEGY_VERB]: ([uses, params]) => answerStrategyProblems(uses!, params!),
};

/** The config asks for what this machine does not have. */
function refused(engine: string, why: string): number {
  process.stderr.write(`engine ${engine}: ${why}\n`);
  return EXIT_CONFIG;
}

/** Where an engine leaves its last report: beside its options file. */
export function reportPathOf(optionsFile: string): string {
  return optionsFile.replace(/\.json$/, ".report.json");
}
