/**
 * What each process of an appliance is started with. The launcher (run by `hairpin run`) makes the
 * shared segments, writes one JSON file per process into the runtime folder and starts
 *
 *   <executable> [src/main.ts] __guard   <run dir>/guard.json
 *   <executable> [src/main.ts] __control <run dir>/control.json
 *   <executable> [src/main.ts] __engine  <run dir>/engine-<index>.json     one per [[engine]]
 *
 * ("src/main.ts" only when run from sources.) Every process gets a Link; indices are those of the
 * config's [[engine]], [[feed]] and [[session]] lists, and of the blocks in the control segment
 * (core/control-block.ts).
 *
 * What the engine process must do:
 *  1. On its main thread: ignore SIGINT, SIGTERM and SIGHUP (the launcher relays them by hp_control.stop),
 *     load the shim, open `segments.control` with Region.shm(shim, name, 0), adopt the clock
 *     (hp_clock_adopt), let SIGUSR2 OR HP_KILL_SIGNAL into the kill word (hp_signal_or), store its pid
 *     in hp_engine.pid, and start the worker.
 *  2. In the worker: `recover({ directory: journalDirectory, engine: index })`: control has drained the
 *     ring before, so that the files hold everything. Then open `segments.journals[index]` and make
 *     RingJournal over it: epoch and next record number are already in the ring's header, and the
 *     epoch there (not hp_control.epoch, which is the newest of all engines) goes into ClOrdIDs.
 *     When hp_control.kill is not 0 or the recovered state is killed: start killed.
 *  3. Attach each feed's `segments.recoveries[feed]` ring (hp_ring_open, create 0) as a further line.
 *  4. Grow hp_engine.beat from the moment the first socket exists. Hand each session's socket over
 *     with hp_fd_send(guardPath, fd, guardTag(engine, session)) once it is connected, then set
 *     hp_session.socket; again for all whenever hp_control.guard_generation is not hp_engine.guard_seen.
 *     Set hp_session.socket to 0 before closing: the guard lets its copy go.
 *  5. Obey: kill word not 0 -> state KILLED, cancel all; arm_request != arm_seen -> arm when the kill
 *     word is 0 and all is ready, then store arm_seen either way; disarm_request likewise; stop not 0
 *     -> cancel, log out, STATE record, state STOPPED, exit 0. (hp_control.kill_ack is control's.)
 *  6. When isOrphan(launcherPid) on the main thread (every 100 ms): OR HP_KILL_ORPHAN, set stop.
 *  7. Print the gc-watch.ts marks to descriptor 2 with fs.writeSync (process.stderr of a worker goes
 *     through the main thread, and comes late).
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { feedRecoverySchema } from "./recovery/role-options.ts";

export const ROLE_CONTROL = "__control";
export const ROLE_GUARD = "__guard";
export const ROLE_ENGINE = "__engine";
export const ROLE_VERBS = [ROLE_CONTROL, ROLE_GUARD, ROLE_ENGINE] as const;
/** Second word of __engine: it died and is started again, so it stays disarmed. */
export const ENGINE_RESTARTED = "restarted";
export type RoleVerb = (typeof ROLE_VERBS)[number];

const linkSchema = z.strictObject({
  /** Name of the appliance. */
  name: z.string(),
  launcherPid: z.int().positive(),
  /** Names of the shared segments, for Region.shm. */
  segments: z.strictObject({
    control: z.string(),
    /** By engine. */
    journals: z.array(z.string()),
    /** By feed; null = the feed has no re-request server. */
    recoveries: z.array(z.string().nullable()),
    /** By engine; null = its inputs are not recorded. */
    tapes: z.array(z.string().nullable()),
  }),
  /** Unix socket of the CLI, and the datagram socket of the guard (hp_fd_send). */
  socketPath: z.string(),
  guardPath: z.string(),
  /** Folder of the session date's segments. */
  journalDirectory: z.string(),
  /** Session date, YYYYMMDD, and its start in Unix seconds. */
  date: z.string(),
  sessionStartS: z.number(),
  configHash: z.number(),
});
export type Link = z.infer<typeof linkSchema>;

const controlSchema = z.strictObject({
  link: linkSchema,
  journal: z.strictObject({
    durable: z.union([z.literal("always"), z.strictObject({ intervalMs: z.number() })]),
    segmentBytes: z.int(),
    /** Fill <journalDirectory>/journal.db. */
    hasDatabase: z.boolean(),
  }),
  engines: z.array(z.strictObject({ name: z.string() })),
  feeds: z.array(feedRecoverySchema.extend({ engine: z.int() })),
  sessions: z.array(
    z.strictObject({
      name: z.string(),
      engine: z.int(),
      /** false: it brings market data or a drop copy. */
      isOrders: z.boolean().optional(),
    }),
  ),
});
export type ControlRoleOptions = z.infer<typeof controlSchema>;

const guardSchema = z.strictObject({
  link: linkSchema,
  /** An engine whose beat stands still for so long is stalled. */
  timeoutMs: z.number().positive(),
  /** A kill not obeyed within this time. */
  killTimeoutMs: z.number().positive(),
  /** Library that the engines have preloaded and the guard needs, too; "" = none. */
  preload: z.string().default(""),
});
export type GuardRoleOptions = z.infer<typeof guardSchema>;

const engineSchema = z.strictObject({
  link: linkSchema,
  /** Index of the engine. */
  index: z.int(),
  /** EngineOptions of src/engine/options.ts, passed through unread. */
  options: z.unknown(),
});
export type EngineRoleOptions = z.infer<typeof engineSchema>;

/** The options file of a role. Throws one sentence when it is missing or not one. */
export function readControlOptions(path: string): ControlRoleOptions {
  return controlSchema.parse(readJson(path));
}
export function readGuardOptions(path: string): GuardRoleOptions {
  return guardSchema.parse(readJson(path));
}
export function readEngineOptions(path: string): EngineRoleOptions {
  return engineSchema.parse(readJson(path));
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(
      `can't read the options of this process from ${path}: ${error instanceof Error ? error.message : error}`,
    );
  }
}
