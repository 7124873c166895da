/** Verbs that the appliance calls on itself: one per process (control/roles.ts). Not in the help. */
import {
  ROLE_CONTROL,
  ROLE_GUARD,
  readControlOptions,
  readGuardOptions,
} from "../control/roles.ts";

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
};
