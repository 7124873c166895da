/** The sessions that a run of scenarios uses: several per version, so that those that wait overlap. */
import type { Version } from "./versions.ts";

/** hairpin's CompID in every session. */
export const HAIRPIN = "HAIRPIN";

export interface SessionName {
  version: Version;
  /** CompID of the player. */
  us: string;
}

export function sessionsOf(versions: Version[], perVersion: number): SessionName[] {
  return versions.flatMap((version) =>
    Array.from({ length: perVersion }, (_, i) => ({
      version,
      us: `PLAYER-${version.label.slice(4)}-${i + 1}`,
    })),
  );
}

/** Each as `--session` has it. */
export function sessionNames(sessions: SessionName[]): string[] {
  return sessions.map(({ version, us }) => `${version.beginString}:${HAIRPIN}:${us}`);
}
