// @hot
/**
 * The engine's side of the control block: obeys kill, arm, disarm and stop, watches the guard, hands
 * order sockets to it, and keeps the block's figures fresh. Called once per turn; all but the kill
 * word is looked at every 64th.
 *
 *   DISARMED --arm--> ARMED --disarm--> DISARMED      kill from anywhere -> KILLED --arm--> ARMED
 *   stop: cancel what rests -> log out -> STOPPED
 */
import type { Clock } from "../core/clock.ts";
import { SESSION_DOWN, SESSION_LOGON_SENT, SESSION_UP } from "../core/codes.ts";
import type { EngineBlock } from "../core/control-block.ts";
import {
  HP_CONTROL__ARM_REQUEST_W,
  HP_CONTROL__DISARM_REQUEST_W,
  HP_CONTROL__KILL_REASON_W,
  HP_CONTROL__KILL_SEQ_W,
  HP_CONTROL__KILL_SESSION_W,
  HP_CONTROL__KILL_TYPE_W,
  HP_CONTROL__KILL_W,
  HP_CONTROL__STOP_W,
  HP_ENGINE__ARM_SEEN_W,
  HP_ENGINE__BEAT_W,
  HP_ENGINE__BOOK_FULL_W,
  HP_ENGINE__EXPOSURE_D,
  HP_ENGINE__FEES_D,
  HP_ENGINE__GUARD_SEEN_W,
  HP_ENGINE__OPEN_ORDERS_D,
  HP_ENGINE__POSITION_SHARES_D,
  HP_ENGINE__READY_W,
  HP_ENGINE__REALIZED_D,
  HP_ENGINE__SESSION_NS_D,
  HP_ENGINE__STATE_W,
  HP_ENGINE__TURNS_D,
  HP_ENGINE__UNREALIZED_D,
  HP_JR_STATE,
  HP_JR_STATE__CONFIG_HASH_W,
  HP_JR_STATE__DETAIL_W,
  HP_JR_STATE__KILL_W,
  HP_JR_STATE__STATE_W,
  HP_JR_STATE_SIZE,
  HP_KILL_ENGINE,
  HP_KILL_JOURNAL,
  HP_STATE_ARMED,
  HP_STATE_DISARMED,
  HP_STATE_KILLED,
  HP_STATE_STOPPED,
} from "../ffi/layout.ts";
import type { ShimClock } from "../ffi/shim-clock.ts";
import type { Journal } from "../journal/journal.ts";
import type { GuardSender } from "../net/guard-sockets.ts";
import type { Stream } from "../net/stream.ts";
import type { EngineSession } from "../order/engine-session.ts";
import type { Orders } from "../order/orders.ts";
import type { Exposure } from "../risk/exposure.ts";
import type { Positions } from "../risk/positions.ts";
import type { GateSwitch, KillSwitch } from "../risk/switch.ts";
import type { StrategyHost } from "../strategy/host.ts";
import { ENGINE_ARMS, ENGINE_DISARMS, ENGINE_KILLS, ENGINE_SOCKETS_HANDED } from "./counters.ts";
import type { GuardLook } from "./guard-look.ts";
import type { Market } from "./market.ts";

/** What raises kill bits from inside the engine. The gate sees it before kill() returns. */
export class EngineKill implements KillSwitch {
  private readonly words: Int32Array;
  private readonly seen: Int32Array;
  private readonly gateSwitch: GateSwitch;

  /** `words`: hp_control, for everybody; `seen`: as the engine sees it (control-mirror.ts). */
  constructor(words: Int32Array, gateSwitch: GateSwitch, seen = words) {
    this.words = words;
    this.seen = seen;
    this.gateSwitch = gateSwitch;
  }

  kill(bits: number, reason = 0, session = 0, type = 0, seq = 0): void {
    const isFirst = (Atomics.load(this.words, HP_CONTROL__KILL_W) & HP_KILL_ENGINE) === 0;
    if ((bits & HP_KILL_ENGINE) !== 0 && isFirst) {
      this.seen[HP_CONTROL__KILL_REASON_W] = reason;
      this.words[HP_CONTROL__KILL_SESSION_W] = session;
      this.words[HP_CONTROL__KILL_TYPE_W] = type;
      this.words[HP_CONTROL__KILL_SEQ_W] = seq;
      Atomics.store(this.words, HP_CONTROL__KILL_REASON_W, reason);
    }
    Atomics.or(this.words, HP_CONTROL__KILL_W, bits);
    this.seen[HP_CONTROL__KILL_W]! |= bits;
    this.gateSwitch.killed = true;
  }
}

export interface SupervisorOptions {
  /** hp_control as the engine sees it: the words that tell it what to do. */
  control: { words: Int32Array };
  engine: EngineBlock;
  clock: Clock;
  shimClock: ShimClock | null;
  guardWatch: GuardLook;
  orders: Orders;
  host: StrategyHost;
  positions: Positions;
  exposure: Exposure;
  market: Market;
  sessions: readonly EngineSession[];
  streams: readonly Stream[];
  /** Tag under which the guard keeps each order session's socket. */
  guardTags: readonly number[];
  guard: GuardSender | null;
  gateSwitch: GateSwitch;
  kill: KillSwitch;
  journal: Journal;
  configHash: number;
  /** Arm requests up to here were made before this engine was there. */
  armSeen: number;
  counters: Float64Array;
}

/** At stop: cancels get this long, then the logout gets as long again. */
const STOP_CANCEL_NS = 2e9;
const STOP_LOGOUT_NS = 3e9;
const SLOW_MASK = 63;
const FIGURES_MASK = 1023;

/** True for the turns in which the supervisor looks at everything, not at the kill word alone. */
export function isSlowTurn(turn: number): boolean {
  return (turn & SLOW_MASK) === 0;
}

export class Supervisor {
  state = HP_STATE_DISARMED;
  /** True when the loop may end. */
  done = false;
  private readonly o: SupervisorOptions;
  private readonly words: Int32Array;
  private readonly engineWords: Int32Array;
  private readonly figures: Float64Array;
  private armSeen: number;
  private disarmSeen: number;
  private guardGeneration = -1;
  private beat = 0;
  private stopNs = 0;
  private logoutNs = 0;

  constructor(options: SupervisorOptions) {
    this.o = options;
    this.words = options.control.words;
    this.engineWords = options.engine.words;
    this.figures = options.engine.doubles;
    this.armSeen = options.armSeen;
    this.disarmSeen = Atomics.load(this.words, HP_CONTROL__DISARM_REQUEST_W);
  }

  /** First state: killed when it was killed before, armed when the config says so. */
  begin(killed: boolean, armAutomatically: boolean): void {
    if (killed || Atomics.load(this.words, HP_CONTROL__KILL_W) !== 0) this.enterKilled();
    else if (armAutomatically) this.arm();
    else this.enter(HP_STATE_DISARMED);
  }

  onTurn(turn: number): void {
    if (this.o.gateSwitch.killed || Atomics.load(this.words, HP_CONTROL__KILL_W) !== 0) {
      if (this.state !== HP_STATE_KILLED && this.state !== HP_STATE_STOPPED) this.enterKilled();
    }
    if (!isSlowTurn(turn)) return;
    const now = this.o.clock.now();
    this.beat = (this.beat + 1) | 0;
    Atomics.store(this.engineWords, HP_ENGINE__BEAT_W, this.beat);
    this.figures[HP_ENGINE__SESSION_NS_D] = now;
    this.figures[HP_ENGINE__TURNS_D] = turn;
    this.commands();
    this.watchGuard(now);
    for (let s = 0; s < this.o.sessions.length; s++) {
      if (this.o.sessions[s]!.fault() !== 0) this.o.kill.kill(HP_KILL_JOURNAL);
    }
    if (Atomics.load(this.words, HP_CONTROL__STOP_W) !== 0) this.stopping(now);
    if ((turn & FIGURES_MASK) === 0) this.publish();
  }

  /** A session changed state: its socket goes to the guard before a single order can be on it. */
  onSessionState(session: number, state: number): void {
    if (state === SESSION_LOGON_SENT) this.hand(session);
  }

  /** Figures for status, metrics and pages. */
  publish(): void {
    const o = this.o;
    if (this.o.shimClock !== null) this.o.shimClock.refresh();
    this.figures[HP_ENGINE__REALIZED_D] = o.positions.realizedAll();
    this.figures[HP_ENGINE__UNREALIZED_D] = o.positions.unrealizedAll();
    this.figures[HP_ENGINE__FEES_D] = o.positions.feesAll();
    this.figures[HP_ENGINE__EXPOSURE_D] = o.exposure.gross();
    this.figures[HP_ENGINE__POSITION_SHARES_D] = o.positions.shares();
    this.figures[HP_ENGINE__OPEN_ORDERS_D] = o.orders.table.liveCount;
    let ready = 0;
    for (let s = 0; s < o.sessions.length; s++) {
      if (o.sessions[s]!.state === SESSION_UP) ready++;
    }
    this.engineWords[HP_ENGINE__READY_W] = ready;
    o.market.census.step();
    this.engineWords[HP_ENGINE__BOOK_FULL_W] = o.market.census.full;
  }

  private commands(): void {
    const arm = Atomics.load(this.words, HP_CONTROL__ARM_REQUEST_W);
    if (arm !== this.armSeen) {
      this.armSeen = arm;
      const killed = Atomics.load(this.words, HP_CONTROL__KILL_W) !== 0;
      if (!killed && this.state !== HP_STATE_STOPPED && this.stopNs === 0) this.arm();
      Atomics.store(this.engineWords, HP_ENGINE__ARM_SEEN_W, arm);
    }
    const disarm = Atomics.load(this.words, HP_CONTROL__DISARM_REQUEST_W);
    if (disarm === this.disarmSeen) return;
    this.disarmSeen = disarm;
    if (this.state === HP_STATE_ARMED) this.disarm();
  }

  private arm(): void {
    this.o.gateSwitch.killed = false;
    this.o.gateSwitch.armed = true;
    this.o.counters[ENGINE_ARMS]!++;
    this.enter(HP_STATE_ARMED);
  }

  /** New orders stop; what rests is cancelled. */
  private disarm(): void {
    this.o.gateSwitch.armed = false;
    this.o.counters[ENGINE_DISARMS]!++;
    // Who sees the state sees figures that no later order can make larger.
    this.publish();
    this.enter(HP_STATE_DISARMED);
    this.o.orders.cancelAll();
  }

  private enterKilled(): void {
    this.o.gateSwitch.killed = true;
    this.o.gateSwitch.armed = false;
    this.o.counters[ENGINE_KILLS]!++;
    this.publish();
    this.enter(HP_STATE_KILLED);
    this.o.orders.cancelAll();
  }

  private enter(state: number): void {
    this.state = state;
    this.record(state);
    Atomics.store(this.engineWords, HP_ENGINE__STATE_W, state);
  }

  private record(state: number): void {
    const journal = this.o.journal;
    const at = journal.begin(HP_JR_STATE, HP_JR_STATE_SIZE);
    if (at < 0) return;
    journal.words[at + HP_JR_STATE__STATE_W] = state;
    const kill = Atomics.load(this.words, HP_CONTROL__KILL_W);
    const isOwn = (kill & HP_KILL_ENGINE) !== 0;
    journal.words[at + HP_JR_STATE__KILL_W] = kill;
    journal.words[at + HP_JR_STATE__CONFIG_HASH_W] = this.o.configHash | 0;
    journal.words[at + HP_JR_STATE__DETAIL_W] = isOwn ? this.words[HP_CONTROL__KILL_REASON_W]! : 0;
    journal.commit(this.o.clock.now());
  }

  /** Without a guard nobody would end the session of a stalled engine: new orders are denied. */
  private watchGuard(now: number): void {
    const generation = this.o.guardWatch.generation();
    if (generation !== this.guardGeneration) {
      this.guardGeneration = generation;
      for (let s = 0; s < this.o.sessions.length; s++) this.hand(s);
      Atomics.store(this.engineWords, HP_ENGINE__GUARD_SEEN_W, generation);
    }
    this.o.gateSwitch.guardAlive = this.o.guardWatch.isAlive(now);
  }

  private hand(session: number): void {
    // Those of orders come first; no order waits on another one.
    if (session >= this.o.guardTags.length) return;
    const fd = this.o.streams[session]!.fd();
    if (fd < 0 || this.o.guard === null) return;
    if (this.o.guard.send(fd, this.o.guardTags[session]!) >= 0) {
      this.o.counters[ENGINE_SOCKETS_HANDED]!++;
    }
  }

  /** Stop in good order: no new orders, cancel what rests, log out, done. */
  private stopping(now: number): void {
    const sessions = this.o.sessions;
    const orders = this.o.orders;
    if (this.stopNs === 0) {
      this.stopNs = now;
      this.o.gateSwitch.armed = false;
      this.o.host.onStop();
      orders.cancelAll();
    }
    if (this.logoutNs === 0) {
      if (orders.table.liveCount > 0 && now - this.stopNs < STOP_CANCEL_NS) return;
      this.logoutNs = now;
      for (let s = 0; s < sessions.length; s++) sessions[s]!.logout();
    }
    let up = 0;
    for (let s = 0; s < sessions.length; s++) if (sessions[s]!.state !== SESSION_DOWN) up++;
    if (up > 0 && now - this.logoutNs < STOP_LOGOUT_NS) return;
    for (let s = 0; s < sessions.length; s++) sessions[s]!.stop();
    this.enter(HP_STATE_STOPPED);
    this.publish();
    this.done = true;
  }
}
