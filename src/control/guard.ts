/**
 * The guard's judgement, apart from its process (guard-process.ts): it holds a duplicate of every
 * order session's socket and shuts them when their engine can no longer be trusted, so that venues
 * cancel on disconnect.
 *
 *   stalled   the beat stands still for timeoutMs
 *   dead      the process is gone (its sockets live on in our duplicates until they are shut)
 *   disobeyed the kill word is set, and the engine is not killed or still has orders at the venue
 */
import type { ControlBlock, EngineBlock, StructView } from "../core/control-block.ts";
import {
  HP_CONTROL__GUARD_REASON_W,
  HP_CONTROL__GUARD_SOCKETS_W,
  HP_CONTROL__GUARD_TRIPS_W,
  HP_ECLOSED,
  HP_ENGINE__BEAT_W,
  HP_ENGINE__OPEN_ORDERS_D,
  HP_ENGINE__PID_W,
  HP_ENGINE__STATE_W,
  HP_ENGINES_MAX,
  HP_KILL_GUARD,
  HP_SESSION__SOCKET_W,
  HP_SESSIONS_MAX,
  HP_STATE_KILLED,
  HP_STATE_STOPPED,
} from "../ffi/layout.ts";
import type { Shim } from "../ffi/shim.ts";

export const GUARD_STALLED = 1;
export const GUARD_DEAD = 2;
export const GUARD_DISOBEYED = 3;
export const GUARD_REASON_NAMES = ["", "stalled", "dead", "kill-not-obeyed"] as const;

/**
 * Longest time that one round may blame on an engine: when the guard itself was held up (a paused
 * machine), the engine most likely was too, and gets the rest of the timeout to beat again.
 */
export const GUARD_BLAME_MS_MAX = 25;

export interface GuardOptions {
  shim: Shim;
  control: ControlBlock;
  timeoutMs: number;
  killTimeoutMs: number;
  nowMs(): number;
  isAlive(pid: number): boolean;
  /** Ends an engine's process at once: the last resort where a socket can't be shut from here. */
  end?(pid: number): void;
  log?(sentence: string): void;
}

interface Held {
  fd: number;
  /** True once the engine has published the socket: from then on 0 there means let go. */
  isPublished: boolean;
}

interface Watch {
  block: EngineBlock;
  beat: number;
  pid: number;
  stillMs: number;
  disobeyedMs: number;
  /** By session index. */
  sockets: Map<number, Held>;
}

export class Guard {
  private readonly options: GuardOptions;
  private readonly watches: Watch[] = [];
  private readonly sessions: StructView[] = [];
  private lastMs: number;

  constructor(options: GuardOptions) {
    this.options = options;
    this.lastMs = options.nowMs();
    for (let i = 0; i < HP_ENGINES_MAX; i++) {
      const block = options.control.engine(i);
      const beat = Atomics.load(block.words, HP_ENGINE__BEAT_W);
      const pid = Atomics.load(block.words, HP_ENGINE__PID_W);
      const sockets = new Map<number, Held>();
      this.watches.push({ block, beat, pid, stillMs: 0, disobeyedMs: 0, sockets });
    }
    for (let i = 0; i < HP_SESSIONS_MAX; i++) this.sessions.push(options.control.session(i));
  }

  /** A descriptor that an engine handed over; the tag is guardTag() of engine/link.ts. */
  take(fd: number, tag: number): void {
    const watch = this.watches[tag >>> 16];
    const session = tag & 0xffff;
    if (watch === undefined || session >= HP_SESSIONS_MAX) {
      this.options.shim.hp_fd_close(fd);
      return;
    }
    const old = watch.sockets.get(session);
    if (old !== undefined) this.options.shim.hp_fd_close(old.fd);
    watch.sockets.set(session, { fd, isPublished: false });
    // A fresh session gets its time to cancel what an unobeyed kill had left.
    watch.disobeyedMs = 0;
    watch.stillMs = 0;
    watch.pid = Atomics.load(watch.block.words, HP_ENGINE__PID_W);
    this.count();
  }

  /** One round, every 2 to 5 ms. Returns the reason of a trip in this round, else 0. */
  poll(): number {
    const now = this.options.nowMs();
    const elapsed = Math.min(now - this.lastMs, GUARD_BLAME_MS_MAX);
    this.lastMs = now;
    let reason = 0;
    for (let i = 0; i < this.watches.length; i++) {
      const watch = this.watches[i]!;
      if (watch.sockets.size > 0) this.letGo(watch);
      const found = this.judge(watch, elapsed);
      if (found === 0 || watch.sockets.size === 0) continue;
      this.trip(watch, i, found);
      reason = found;
    }
    return reason;
  }

  /** Sockets held now. */
  held(): number {
    let count = 0;
    for (const watch of this.watches) count += watch.sockets.size;
    return count;
  }

  /** Closes all duplicates without shutting anything: the end of an orderly run. */
  release(): void {
    for (const watch of this.watches) {
      for (const { fd } of watch.sockets.values()) this.options.shim.hp_fd_close(fd);
      watch.sockets.clear();
    }
    this.count();
  }

  private judge(watch: Watch, elapsedMs: number): number {
    const words = watch.block.words;
    const beat = Atomics.load(words, HP_ENGINE__BEAT_W);
    const pid = Atomics.load(words, HP_ENGINE__PID_W);
    const state = Atomics.load(words, HP_ENGINE__STATE_W);
    if (watch.sockets.size > 0 && (pid !== watch.pid || !this.options.isAlive(pid))) {
      if (state !== HP_STATE_STOPPED) return GUARD_DEAD;
      // It ended in good order; our duplicate must not keep the connection open.
      this.shut(watch);
      return 0;
    }
    watch.pid = pid;
    watch.stillMs = beat === watch.beat ? watch.stillMs + elapsedMs : 0;
    watch.beat = beat;
    if (state === HP_STATE_STOPPED) return 0;
    if (watch.stillMs >= this.options.timeoutMs) return GUARD_STALLED;
    const openOrders = watch.block.doubles[HP_ENGINE__OPEN_ORDERS_D]!;
    const isDisobeyed =
      this.options.control.killBits() !== 0 && (state !== HP_STATE_KILLED || openOrders > 0);
    watch.disobeyedMs = isDisobeyed ? watch.disobeyedMs + elapsedMs : 0;
    return watch.disobeyedMs >= this.options.killTimeoutMs ? GUARD_DISOBEYED : 0;
  }

  /** Sockets that the engine has closed itself. */
  private letGo(watch: Watch): void {
    for (const [session, held] of watch.sockets) {
      const published = Atomics.load(this.sessions[session]!.words, HP_SESSION__SOCKET_W) !== 0;
      if (published) {
        held.isPublished = true;
      } else if (held.isPublished) {
        this.options.shim.hp_fd_close(held.fd);
        watch.sockets.delete(session);
        this.count();
      }
    }
  }

  private trip(watch: Watch, engine: number, reason: number): void {
    const { control, log } = this.options;
    // First the sockets, then the word, which is what wakes a stopped engine up killed. A dead one
    // has nothing to be woken; whether its successor may trade is for restart and arm to say.
    const count = watch.sockets.size;
    const left = this.shut(watch);
    if (reason !== GUARD_DEAD) control.kill(HP_KILL_GUARD);
    // Our duplicates are closed: with the process its sockets end, too.
    if (left > 0 && reason !== GUARD_DEAD) this.options.end?.(watch.pid);
    watch.stillMs = 0;
    watch.disobeyedMs = 0;
    Atomics.store(control.words, HP_CONTROL__GUARD_REASON_W, reason);
    Atomics.add(control.words, HP_CONTROL__GUARD_TRIPS_W, 1);
    log?.(
      left === 0
        ? `guard: engine ${engine} is ${GUARD_REASON_NAMES[reason]}; shut ${count} order session(s)`
        : `guard: engine ${engine} is ${GUARD_REASON_NAMES[reason]}; ${left} of ${count} order session(s) could not be shut, so its process is ended`,
    );
  }

  /** How many could not be shut: a socket that a preloaded library drives, and that it has lost. */
  private shut(watch: Watch): number {
    let left = 0;
    for (const { fd } of watch.sockets.values()) {
      const status = this.options.shim.hp_fd_shutdown(fd);
      if (status < 0 && status !== HP_ECLOSED) left++;
      this.options.shim.hp_fd_close(fd);
    }
    watch.sockets.clear();
    this.count();
    return left;
  }

  private count(): void {
    Atomics.store(this.options.control.words, HP_CONTROL__GUARD_SOCKETS_W, this.held());
  }
}
