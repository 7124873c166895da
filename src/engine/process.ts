/**
 * The engine process: its main thread starts the worker and then does next to nothing, since work
 * there would show in the worker's tail. What it does: keep signals away from the worker, notice
 * that the launcher is gone, write the last report.
 */
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Region, wholeBlock } from "../core/arena.ts";
import { IS_COMPILED } from "../core/compiled.ts";
import { ControlBlock } from "../core/control-block.ts";
import {
  HP_CONTROL__KILL_W,
  HP_ENGINE__PID_W,
  HP_ENGINE__STATE_W,
  HP_KILL_ORPHAN,
  HP_KILL_SIGNAL,
  HP_STATE_DISARMED,
  HP_STATE_STARTING,
} from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import type { WorkerOptions } from "./link.ts";
import type { EngineOptions } from "./options.ts";
import { StartWatch, startBoundMs } from "./start-watch.ts";
import type { OpenDevice, WorkerMessage } from "./worker.ts";

const SIGUSR2 = 12;
const ORPHAN_POLL_MS = 100;
const START_POLL_MS = 500;
/** So long a book is traded at most whose interface has disappeared. */
const REFRESH_MS = 100;
/** A card is asked by registers that its engine uses, too: each so many times. */
const CARD_REFRESHES = 10;
export const ENGINE_OK = 0;
export const ENGINE_FAILED = 1;

/** Runs one engine; the exit code. `reportPath`: where the last report goes, as JSON. */
export async function runEngineProcess(
  shim: Shim,
  data: WorkerOptions & { options: unknown },
  reportPath: string,
): Promise<number> {
  const options = data.options as EngineOptions;
  const region = Region.shm(shim, data.link.segments.control, 0);
  const control = ControlBlock.open(wholeBlock(region));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
  shim.hp_signal_or(SIGUSR2, control.addr + HP_CONTROL__KILL_W * 4, HP_KILL_SIGNAL);
  if (options.core >= 0) keepOff(shim, options.core);
  const words = control.engine(data.index).words;
  words[HP_ENGINE__PID_W] = process.pid;
  // An engine that died in this run has left the state it was in.
  Atomics.store(words, HP_ENGINE__STATE_W, HP_STATE_STARTING);

  const orphan = setInterval(() => {
    if (process.ppid === data.link.launcherPid) return;
    clearInterval(orphan);
    control.kill(HP_KILL_ORPHAN);
    control.requestStop();
  }, ORPHAN_POLL_MS);
  const refresh = new DeviceRefresh(shim);
  const message = await workerResult(data, words, (devices) => refresh.start(devices));
  refresh.end();
  clearInterval(orphan);
  if (message.type === "failed") {
    process.stderr.write(`engine ${options.name}: ${message.message}\n`);
    return ENGINE_FAILED;
  }
  writeFileSync(reportPath, JSON.stringify(message.report), { mode: 0o600 });
  return ENGINE_OK;
}

/**
 * Asks cards for link, speed and drops, which may take them long, away from the engine's thread; closes
 * them when that has ended, so that nobody asks a closed one.
 */
class DeviceRefresh {
  private timer: Timer | undefined;
  private devices: readonly OpenDevice[] = [];

  constructor(private readonly shim: Shim) {}

  start(devices: readonly OpenDevice[]): void {
    this.devices = devices;
    let round = 0;
    this.timer = setInterval(() => {
      const asksCards = ++round % CARD_REFRESHES === 0;
      for (const { driver, handle } of devices) {
        if (driver !== "dpdk" || asksCards) this.shim.driver(driver).refresh(handle);
      }
    }, REFRESH_MS);
  }

  end(): void {
    clearInterval(this.timer);
    for (const { driver, handle } of this.devices) this.shim.driver(driver).close(handle);
  }
}

type LastMessage = Exclude<WorkerMessage, { type: "devices" }>;

/** What the worker says at its end, or what is wrong when it will never say anything. */
function workerResult(
  data: WorkerOptions & { options: unknown },
  words: Int32Array,
  onDevices: (devices: OpenDevice[]) => void,
): Promise<LastMessage> {
  const { strategies, warmupIterations } = data.options as EngineOptions;
  const bound = startBoundMs(warmupIterations, bytesIn(data.link.journalDirectory));
  const watch = new StartWatch(
    strategies.map((s) => s.name),
    bound,
  );
  const entry = IS_COMPILED ? "./engine/worker.ts" : new URL("./worker.ts", import.meta.url).href;
  const worker = new Worker(entry);
  return new Promise((resolve) => {
    const end = (message: LastMessage) => {
      clearInterval(starting);
      resolve(message);
    };
    const starting = setInterval(() => {
      const state = Atomics.load(words, HP_ENGINE__STATE_W);
      const problem = watch.problem(state, performance.now());
      if (problem !== "") end({ type: "failed", message: problem });
      else if (state >= HP_STATE_DISARMED) clearInterval(starting);
    }, START_POLL_MS);
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
      if (data.type === "devices") onDevices(data.devices);
      else end(data);
    };
    worker.onerror = (event) => end({ type: "failed", message: event.message });
    worker.addEventListener("close", () => end({ type: "failed", message: watch.ended() }));
    worker.postMessage(data);
  });
}

function bytesIn(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  } catch {
    return 0;
  }
}

/** Everything but the hot thread stays off its core from the start. */
function keepOff(shim: Shim, core: number): void {
  const cores = new Int32Array(new ArrayBuffer(4));
  cores[0] = core;
  shim.hp_process_avoid(shim.addressOf(cores.buffer), 1);
}
