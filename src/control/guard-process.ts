/** `__guard`: the process around Guard. It ends last, when every engine and control are gone. */
import { Region, wholeBlock } from "../core/arena.ts";
import { cString } from "../core/c-string.ts";
import { ControlBlock } from "../core/control-block.ts";
import { expectOk } from "../core/status.ts";
import {
  HP_CONTROL__CONTROL_PID_W,
  HP_CONTROL__GUARD_BEAT_W,
  HP_CONTROL__GUARD_GENERATION_W,
  HP_CONTROL__GUARD_PID_W,
  HP_ENGINE__PID_W,
  HP_ENGINE__STATE_W,
  HP_KILL_ORPHAN,
  HP_STATE_STOPPED,
} from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";
import { Guard } from "./guard.ts";
import { type GuardRoleOptions, ROLE_CONTROL, ROLE_ENGINE } from "./roles.ts";
import { isAlive, isOrphan } from "./run-dir.ts";

const ROUND_MS = 2;
const ORPHAN_CHECK_MS = 100;
/** A guard without a launcher stays no longer than this, whatever the others do. */
const ORPHAN_LIFE_MS_MAX = 60_000;
/** Descriptors taken in one round. */
const TAKES_PER_ROUND_MAX = 64;

/** Runs until the appliance has ended. Returns the exit code. */
export async function runGuard(shim: Shim, options: GuardRoleOptions): Promise<number> {
  const { link } = options;
  const region = Region.shm(shim, link.segments.control, 0);
  const control = ControlBlock.open(wholeBlock(region));
  const listener = expectOk(
    shim.hp_fd_listen(cString(link.guardPath)),
    `the guard can't listen at ${link.guardPath}`,
    shim.hp_last_errno(),
  );
  const guard = new Guard({
    shim,
    control,
    timeoutMs: options.timeoutMs,
    killTimeoutMs: options.killTimeoutMs,
    nowMs: () => performance.now(),
    isAlive: (pid) => isAlive(pid),
    end: (pid) => {
      if (isAlive(pid, ROLE_ENGINE)) process.kill(pid, "SIGKILL");
    },
    log: (sentence) => console.error(sentence),
  });
  const stop = { isAsked: false };
  process.on("SIGTERM", () => {
    stop.isAsked = true;
  });
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
  const tag = Region.alloc(shim, 8);
  const tagWord = new Int32Array(tag.buffer);
  const { words } = control;
  // From here on engines hand their sockets over again: the socket to send them to is open. The pid
  // comes behind it, since with it they take new orders again.
  Atomics.add(words, HP_CONTROL__GUARD_GENERATION_W, 1);
  Atomics.store(words, HP_CONTROL__GUARD_PID_W, process.pid);
  let orphanSinceMs = 0;
  let checkAtMs = 0;
  for (;;) {
    Atomics.add(words, HP_CONTROL__GUARD_BEAT_W, 1);
    for (let i = 0; i < TAKES_PER_ROUND_MAX; i++) {
      const fd = shim.hp_fd_recv(listener, tag.addr);
      if (fd < 0) break;
      guard.take(fd, Atomics.load(tagWord, 0));
    }
    guard.poll();
    const now = performance.now();
    if (now >= checkAtMs) {
      checkAtMs = now + ORPHAN_CHECK_MS;
      if (orphanSinceMs === 0 && isOrphan(link.launcherPid)) {
        orphanSinceMs = now;
        control.kill(HP_KILL_ORPHAN);
        control.requestStop();
      }
    }
    const isOverdue = orphanSinceMs !== 0 && now - orphanSinceMs > ORPHAN_LIFE_MS_MAX;
    const mayEnd = stop.isAsked || orphanSinceMs !== 0;
    if (isOverdue || (mayEnd && areOthersGone(control, link.segments.journals.length))) break;
    await Bun.sleep(ROUND_MS);
  }
  guard.release();
  shim.hp_fd_close(listener);
  return 0;
}

function areOthersGone(control: ControlBlock, engineCount: number): boolean {
  const controlPid = Atomics.load(control.words, HP_CONTROL__CONTROL_PID_W);
  if (isAlive(controlPid, ROLE_CONTROL)) return false;
  for (let i = 0; i < engineCount; i++) {
    const { words } = control.engine(i);
    const isStopped = Atomics.load(words, HP_ENGINE__STATE_W) === HP_STATE_STOPPED;
    if (!isStopped && isAlive(Atomics.load(words, HP_ENGINE__PID_W), ROLE_ENGINE)) return false;
  }
  return true;
}
