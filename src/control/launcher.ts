/**
 * `hairpin run`: makes the shared segments, starts guard, control and engines, keeps them going, and
 * ends them in order: engines, control once every record is on disk, guard last.
 *
 * Exit codes: RUN_OK after an orderly stop; RUN_FAILED when something could not start, an engine was
 * lost, or records could not be saved; RUN_REFUSED when the appliance runs already.
 */
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  HP_CONTROL__CONTROL_PID_W,
  HP_CONTROL__GUARD_PID_W,
  HP_CONTROL__KILL_W,
  HP_ENGINE__COLLECTIONS_W,
  HP_KILL_SIGNAL,
} from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { ringState } from "../journal/ring-layout.ts";
import { type Child, endOf, endText, roleCommand, spawnChild } from "./child.ts";
import { startEngineChild } from "./engine-child.ts";
import type { GcWatch } from "./gc-watch.ts";
import { takeJournal } from "./journal-folder.ts";
import type { ApplianceOptions, RunningAppliance } from "./launcher-options.ts";
import { watchLeftOrders } from "./open-orders.ts";
import { usesRecoveryRing } from "./recovery/role-options.ts";
import { writeRoleFiles } from "./role-files.ts";
import { type Link, ROLE_CONTROL, ROLE_GUARD, type RoleVerb } from "./roles.ts";
import {
  AlreadyRunning,
  defaultRunDirectory,
  makeRunDirectory,
  type RunPaths,
  runPaths,
  takeLock,
} from "./run-dir.ts";
import {
  createSegments,
  destroySegments,
  renewEngine,
  type Segments,
  StillEnding,
} from "./segments.ts";

export const RUN_OK = 0;
export const RUN_FAILED = 1;
export const RUN_REFUSED = 5;

/** SIGUSR2 kills (hp_control.kill), from a C handler; STOP_SIGNALS stop. */
export const SIGNAL_KILL = 12;
/** A closed terminal (SIGHUP) is no reason to leave orders behind. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const POLL_MS = 20;
const START_TIMEOUT_MS = 10_000;
const OLD_RUN_TIMEOUT_MS = 10_000;
const DRAIN_TIMEOUT_MS = 10_000;
const CONTROL_END_MS = 15_000;
const GUARD_END_MS = 3000;
const RESTART_PAUSE_MS = 200;
/** Deaths within a minute that are put up with: of one engine, and of guard and control together. */
const RESTARTS_PER_MINUTE_MAX = 5;
const HELPER_RESTARTS_PER_MINUTE_MAX = 30;

/** Runs an appliance from start to end. Failures become one sentence and an exit code. */
export async function runAppliance(shim: Shim, options: ApplianceOptions): Promise<number> {
  const log = options.log ?? ((sentence: string) => console.error(sentence));
  try {
    return await new Launcher(shim, options, log).run();
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
    return error instanceof AlreadyRunning ? RUN_REFUSED : RUN_FAILED;
  }
}

interface EngineSlot {
  child: Child | null;
  watch: GcWatch | null;
  deathsMs: number[];
  isLost: boolean;
}

class Launcher {
  private readonly paths: RunPaths;
  private readonly date: string;
  private readonly journalDirectory: string;
  private readonly engines: EngineSlot[];
  private segments!: Segments;
  private link!: Link;
  private control!: Child;
  private guard!: Child;
  private readonly helperDeathsMs: number[] = [];
  private failure = "";

  constructor(
    private readonly shim: Shim,
    private readonly options: ApplianceOptions,
    private readonly log: (sentence: string) => void,
  ) {
    this.paths = runPaths(options.runDirectory ?? defaultRunDirectory(), options.name);
    this.date = options.date.replaceAll("-", "");
    this.journalDirectory = join(resolve(options.journal.directory), this.date);
    this.engines = options.engines.map(() => ({
      child: null,
      watch: null,
      deathsMs: [],
      isLost: false,
    }));
  }

  async run(): Promise<number> {
    makeRunDirectory(this.paths.directory);
    const lock = takeLock(this.shim, this.paths, this.options.name);
    let journalLock = -1;
    let isClean = false;
    try {
      journalLock = takeJournal(this.shim, this.options, this.paths, this.journalDirectory);
      this.segments = await this.makeSegments();
      this.link = this.makeLink();
      writeRoleFiles(this.options, this.link, this.paths);
      this.takeSignals();
      try {
        await this.start();
        if (this.failure === "") await this.supervise();
      } finally {
        isClean = await this.stop();
      }
    } finally {
      this.releaseSignals();
      if (isClean) this.cleanUp();
      if (journalLock >= 0) this.shim.hp_fd_close(journalLock);
      this.shim.hp_fd_close(lock);
    }
    if (this.failure !== "") this.log(this.failure);
    return this.failure === "" && isClean ? RUN_OK : RUN_FAILED;
  }

  private async makeSegments(): Promise<Segments> {
    const { options } = this;
    const giveUpAtMs = performance.now() + OLD_RUN_TIMEOUT_MS;
    for (;;) {
      try {
        return createSegments(this.shim, {
          name: options.name,
          paths: this.paths,
          engines: options.engines,
          feeds: options.feeds.map((feed) => ({
            name: feed.name,
            hasRecovery: usesRecoveryRing(feed),
          })),
          sessionCount: options.sessions.length,
          ringBytes: options.journal.ringBytes,
          ...(options.journal.tapeBytes === undefined
            ? {}
            : { tapeBytes: options.journal.tapeBytes }),
          recoveryRingBytes: options.recoveryRingBytes ?? 1 << 20,
          journalDirectory: this.journalDirectory,
          date: this.date,
          sessionStartS: options.sessionStartS,
          configHash: options.configHash,
          launcherPid: process.pid,
          log: this.log,
        });
      } catch (error) {
        if (!(error instanceof StillEnding) || performance.now() > giveUpAtMs) throw error;
      }
      await Bun.sleep(POLL_MS);
    }
  }

  private makeLink(): Link {
    return {
      name: this.options.name,
      launcherPid: process.pid,
      segments: this.segments.names,
      socketPath: this.paths.socket,
      guardPath: this.paths.guard,
      journalDirectory: this.journalDirectory,
      date: this.date,
      sessionStartS: this.options.sessionStartS,
      configHash: this.options.configHash,
    };
  }

  // ---- signals --------------------------------------------------------------------------------

  private readonly onSignal = (): void => this.segments.control.requestStop();

  private takeSignals(): void {
    const { control } = this.segments;
    for (const signal of STOP_SIGNALS) process.on(signal, this.onSignal);
    this.shim.hp_signal_or(SIGNAL_KILL, control.addr + HP_CONTROL__KILL_W * 4, HP_KILL_SIGNAL);
  }

  private releaseSignals(): void {
    for (const signal of STOP_SIGNALS) process.off(signal, this.onSignal);
    this.shim.hp_signal_restore(SIGNAL_KILL);
  }

  // ---- starting -------------------------------------------------------------------------------

  private async start(): Promise<void> {
    this.guard = this.startHelper(ROLE_GUARD, this.paths.guardOptions);
    this.control = this.startHelper(ROLE_CONTROL, this.paths.control);
    await this.waitForHelper("guard", HP_CONTROL__GUARD_PID_W, () => this.guard);
    await this.waitForHelper("control", HP_CONTROL__CONTROL_PID_W, () => this.control);
    if (this.failure !== "") return;
    for (let i = 0; i < this.engines.length; i++) this.startEngine(i);
    this.options.onReady?.(this.running());
  }

  private startHelper(verb: RoleVerb, file: string): Child {
    const spawn = this.options.spawn ?? spawnChild;
    return spawn({ command: roleCommand(verb, file) });
  }

  private startEngine(index: number, isRestart = false): void {
    const { words } = this.segments.control.engine(index);
    const { child, watch } = startEngineChild({
      spawn: this.options.spawn ?? spawnChild,
      optionsFile: this.paths.engine(index),
      isRestart,
      onCollections: (count) => Atomics.store(words, HP_ENGINE__COLLECTIONS_W, count),
    });
    this.engines[index]!.watch = watch;
    this.engines[index]!.child = child;
  }

  /** A helper has told its pid when it is ready to serve. */
  private async waitForHelper(name: string, word: number, child: () => Child): Promise<void> {
    const { words } = this.segments.control;
    const giveUpAtMs = performance.now() + START_TIMEOUT_MS;
    while (this.failure === "" && Atomics.load(words, word) !== child().pid) {
      const end = child().end();
      if (end !== undefined) this.failure = `the ${name} process did not start (${endText(end)})`;
      else if (performance.now() > giveUpAtMs) this.failure = `the ${name} process does not start`;
      await Bun.sleep(POLL_MS / 4);
    }
  }

  // ---- running --------------------------------------------------------------------------------

  private async supervise(): Promise<void> {
    const { control } = this.segments;
    const stopAtMs =
      this.options.seconds === undefined
        ? Number.POSITIVE_INFINITY
        : performance.now() + this.options.seconds * 1000;
    while (!control.isStopping() && this.failure === "") {
      if (performance.now() >= stopAtMs) return;
      this.keepHelpers();
      for (let i = 0; i < this.engines.length; i++) await this.keepEngine(i);
      if (this.engines.every((slot) => slot.isLost)) {
        this.failure ||= "no engine is left";
      }
      await Bun.sleep(POLL_MS);
    }
  }

  private keepHelpers(): void {
    const { words } = this.segments.control;
    const guardEnd = this.guard.end();
    // No guard until the next one says who it is: engines deny new orders meanwhile.
    if (guardEnd !== undefined) Atomics.store(words, HP_CONTROL__GUARD_PID_W, 0);
    if (guardEnd !== undefined && this.mayRestartHelper("guard", endText(guardEnd))) {
      this.guard = this.startHelper(ROLE_GUARD, this.paths.guardOptions);
    }
    const controlEnd = this.control.end();
    if (controlEnd !== undefined && this.mayRestartHelper("control", endText(controlEnd))) {
      this.control = this.startHelper(ROLE_CONTROL, this.paths.control);
    }
  }

  private mayRestartHelper(name: string, how: string): boolean {
    if (this.segments.control.isStopping()) return false;
    const most = Math.max(
      HELPER_RESTARTS_PER_MINUTE_MAX,
      2 * (this.options.restartsPerMinuteMax ?? RESTARTS_PER_MINUTE_MAX),
    );
    const isWithin = countDeath(this.helperDeathsMs, most);
    if (isWithin) this.log(`the ${name} process ended (${how}); it is started again`);
    else this.failure = `the ${name} process ends again and again (${how})`;
    return isWithin;
  }

  private async keepEngine(index: number): Promise<void> {
    const slot = this.engines[index]!;
    const end = slot.child?.end();
    if (end === undefined || slot.isLost || this.segments.control.isStopping()) return;
    const { name, restarts } = this.options.engines[index]!;
    const most = this.options.restartsPerMinuteMax ?? RESTARTS_PER_MINUTE_MAX;
    const isWithin = countDeath(slot.deathsMs, most);
    if (!restarts || !isWithin) {
      slot.isLost = true;
      const why = restarts ? `${most} times within a minute` : "and is not to be restarted";
      const sentence = `engine "${name}" ended (${endText(end)}) ${why}`;
      if (this.engines.every((other) => other.isLost)) this.failure = sentence;
      else this.log(sentence);
      return;
    }
    this.log(`engine "${name}" ended (${endText(end)}); it is started again, disarmed`);
    const isDrained = await this.waitUntilDrained(index);
    if (this.segments.control.isStopping()) return;
    if (!isDrained) {
      slot.isLost = true;
      this.failure = `the journal of engine "${name}" can't be saved, so it is not started again`;
      return;
    }
    // The guard has shut the dead engine's sessions long before this.
    await Bun.sleep(RESTART_PAUSE_MS);
    if (this.segments.control.isStopping()) return;
    this.segments.epoch = renewEngine(this.segments, index, this.journalDirectory);
    this.startEngine(index, true);
  }

  /** Control, which may itself have to be started again, empties the dead engine's ring. */
  private async waitUntilDrained(index: number): Promise<boolean> {
    const giveUpAtMs = performance.now() + DRAIN_TIMEOUT_MS;
    while (performance.now() < giveUpAtMs) {
      if (this.usedBytes(index) === 0) return true;
      if (this.segments.control.isStopping()) return false;
      this.keepHelpers();
      await Bun.sleep(POLL_MS / 4);
    }
    return false;
  }

  private usedBytes(index: number): number {
    const state = ringState(this.segments.journals[index]!.buffer);
    return typeof state === "string" ? -1 : state.usedBytes;
  }

  // ---- ending ---------------------------------------------------------------------------------

  /** Engines, then control, then guard. True when nothing is left in a ring. */
  private async stop(): Promise<boolean> {
    const leftOrders = watchLeftOrders(this.segments.control, this.options, (index) => {
      return this.engines[index]!.child?.end() !== undefined;
    });
    this.segments.control.requestStop();
    const stopTimeoutMs = this.options.stopTimeoutMs ?? 5000;
    await Promise.all(this.engines.map((slot) => endOf(slot.child, stopTimeoutMs)));
    for (const sentence of leftOrders()) this.log(sentence);
    if (this.control !== undefined) {
      // A control that died just now has left records: one more drains them.
      if (
        this.control.end() !== undefined &&
        this.engines.some((_, i) => this.usedBytes(i) !== 0)
      ) {
        this.control = this.startHelper(ROLE_CONTROL, this.paths.control);
      }
      await endOf(this.control, CONTROL_END_MS);
    }
    this.guard?.kill("SIGTERM");
    await endOf(this.guard ?? null, GUARD_END_MS);
    this.options.onEnd?.(this.running());
    const isSaved = this.engines.every((_, i) => this.usedBytes(i) === 0);
    if (!isSaved) {
      this.failure ||=
        "not every journal record is on disk: the rest stays in /dev/shm, and the next start saves it";
    }
    return isSaved;
  }

  private cleanUp(): void {
    destroySegments(this.shim, this.segments, this.paths);
    const { paths } = this;
    const files = [paths.control, paths.guardOptions, paths.socket, paths.guard];
    for (let i = 0; i < this.engines.length; i++) files.push(paths.engine(i));
    for (const file of files) rmSync(file, { force: true });
  }

  private running(): RunningAppliance {
    return {
      segments: this.segments,
      paths: this.paths,
      link: this.link,
      pids: () => ({
        control: this.control?.pid ?? 0,
        guard: this.guard?.pid ?? 0,
        engines: this.engines.map((slot) => slot.child?.pid ?? 0),
      }),
      collections: () => this.engines.map((slot) => slot.watch?.collections ?? 0),
      stop: () => this.segments.control.requestStop(),
    };
  }
}

/** Notes a death; false when there were more than `most` within the last minute. */
function countDeath(deathsMs: number[], most: number): boolean {
  const now = performance.now();
  while (deathsMs.length > 0 && now - deathsMs[0]! > 60_000) deathsMs.shift();
  deathsMs.push(now);
  return deathsMs.length <= most;
}
