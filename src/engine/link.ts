/** What an engine process is told of the appliance around it (written by control/role-files.ts). */
export interface EngineLink {
  name: string;
  launcherPid: number;
  segments: {
    control: string;
    journals: string[];
    recoveries: (string | null)[];
    /** By engine; null = its inputs are not recorded. */
    tapes: (string | null)[];
  };
  guardPath: string;
  journalDirectory: string;
  date: string;
  sessionStartS: number;
  configHash: number;
}

/** What the engine process hands to its worker. */
export interface WorkerOptions {
  link: EngineLink;
  index: number;
  /** It died in this run and is started again: it stays disarmed, whatever the config says. */
  isRestart: boolean;
}

/** Tag of a socket handed to the guard: engine in the high half, hp_session block in the low one. */
export function guardTag(engine: number, session: number): number {
  return (engine << 16) | session;
}
