/** Verbs that the appliance calls on itself: one per process (control/roles.ts). Not in the help. */
import { ROLE_CONTROL, ROLE_ENGINE, ROLE_GUARD } from "../control/roles.ts";

type Role = (operands: readonly string[]) => Promise<number>;

export function hiddenVerb(word: string): Role | undefined {
  return ROLES[word];
}

const ROLES: Record<string, Role> = {};
void [ROLE_CONTROL, ROLE_ENGINE, ROLE_GUARD];
