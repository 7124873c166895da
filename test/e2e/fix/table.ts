/** All scenarios, and each expanded for its versions and roles. */
import type { Step } from "./player.ts";
import { APPLICATION } from "./scenarios/application.ts";
import { FRAMING } from "./scenarios/framing.ts";
import { IDENTITY } from "./scenarios/identity.ts";
import { LIVENESS } from "./scenarios/liveness.ts";
import { LOGON } from "./scenarios/logon.ts";
import { RESEND } from "./scenarios/resend.ts";
import { RESET } from "./scenarios/reset.ts";
import { SEQUENCE } from "./scenarios/sequence.ts";
import { VALIDATION } from "./scenarios/validation.ts";
import { HEARTBEAT_S, type Role, type Scenario, Script } from "./script.ts";
import type { Version } from "./versions.ts";

export const SCENARIOS: Scenario[] = [
  ...LOGON,
  ...SEQUENCE,
  ...FRAMING,
  ...IDENTITY,
  ...LIVENESS,
  ...RESEND,
  ...RESET,
  ...VALIDATION,
  ...APPLICATION,
];

export interface Case {
  /** Rule, version, role and sentence. */
  name: string;
  version: Version;
  /** HeartBtInt that it needs, seconds. */
  heartbeatS: number;
  /** The steps between `us`, the player's CompID, and `them`, hairpin's. */
  steps(us: string, them: string): Step[];
}

/** Every scenario that applies; `isStock`: with the stock dictionaries. */
export function casesOf(role: Role, versions: Version[], isStock = true): Case[] {
  const all = SCENARIOS.filter((scenario) => isStock || scenario.isStockOnly !== true);
  return versions.flatMap((version) =>
    all
      .filter((scenario) => applies(scenario, role, version))
      .map((scenario) => ({
        name: `${version.label} ${scenario.rule}: ${scenario.name}`,
        version,
        heartbeatS: scenario.heartbeatS ?? HEARTBEAT_S,
        steps: (us: string, them: string) => {
          const script = new Script(version, role, us, them, scenario.heartbeatS);
          scenario.script(script);
          return script.steps;
        },
      })),
  );
}

function applies(scenario: Scenario, role: Role, version: Version): boolean {
  const isRole = scenario.roles === undefined || scenario.roles.includes(role);
  return isRole && (scenario.versions?.(version) ?? true);
}
