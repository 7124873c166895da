/** What an appliance is started from, and what a caller of the launcher gets to see. */
import type { Spawn } from "./child.ts";
import type { JournalIdentity } from "./journal-folder.ts";
import type { ControlRoleOptions, Link } from "./roles.ts";
import type { RunPaths } from "./run-dir.ts";
import type { Segments } from "./segments.ts";

export interface ApplianceOptions {
  name: string;
  /** Runtime folder; defaultRunDirectory() when absent. */
  runDirectory?: string;
  /** Session date, YYYYMMDD or YYYY-MM-DD, and its start in Unix seconds. */
  date: string;
  sessionStartS: number;
  /** u32 over the config, for the journal. */
  configHash: number;
  journal: {
    /** Folder of all dates. */
    directory: string;
    /** Data bytes of each engine's ring, a power of two. */
    ringBytes: number;
    durable: "always" | { intervalMs: number };
    segmentBytes: number;
    /** Data bytes of each engine's capture ring, a power of two; absent = nothing is recorded. */
    tapeBytes?: number;
    /** Default true. */
    hasDatabase?: boolean;
  };
  /** Whose the journal of a session date is, beside the names; absent = only the names count. */
  identity?: Pick<JournalIdentity, "prefix" | "sessions">;
  /** preload: GuardRoleOptions; absent = none. */
  guard: { timeoutMs: number; killTimeoutMs: number; preload?: string };
  engines: {
    name: string;
    /** Start it again, disarmed, when its process dies. */
    restarts: boolean;
    /** Passed to the engine process as it is (EngineOptions). */
    options: unknown;
  }[];
  /** engine: index into engines. */
  feeds: ControlRoleOptions["feeds"];
  sessions: ControlRoleOptions["sessions"];
  /** Data bytes of a feed's recovery ring, a power of two; default 1 MiB. */
  recoveryRingBytes?: number;
  /** Stop in good order after so long; absent = run until told. */
  seconds?: number;
  /** Engines get so long to cancel and log out; default 5000. */
  stopTimeoutMs?: number;
  /** More deaths of one engine within a minute end the run; default 5. */
  restartsPerMinuteMax?: number;
  /** Called when all processes are up. */
  onReady?(running: RunningAppliance): void;
  /** Called after the processes have ended and before the segments go: to read final figures. */
  onEnd?(running: RunningAppliance): void;
  log?(sentence: string): void;
  /** Replaces how processes are started (tests). */
  spawn?: Spawn;
}

export interface RunningAppliance {
  segments: Segments;
  paths: RunPaths;
  link: Link;
  /** Process ids now. */
  pids(): { control: number; guard: number; engines: number[] };
  /** Collections of each engine worker's own heap since it armed. */
  collections(): number[];
  stop(): void;
}
