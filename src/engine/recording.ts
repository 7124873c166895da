// @hot
/** A recorded engine: its tape, and what has to be asked through it. One per run of an engine. */

import type { StructView } from "../core/control-block.ts";
import {
  HP_JOURNAL__DATA_SIZE_W,
  HP_JOURNAL__EPOCH_W,
  HP_JOURNAL__HEAD_W,
  HP_JOURNAL__NEXT_NUMBER_W,
} from "../ffi/layout.ts";
import type { ShimClock } from "../ffi/shim-clock.ts";
import type { Journal } from "../journal/journal.ts";
import type { JournalInputs } from "../journal/ring-journal.ts";
import type { TapeHead } from "../journal/tape/tape-head.ts";
import type { TapeWriter } from "../journal/tape/tape-writer.ts";
import type { OrderPoll } from "../order/order-poll.ts";
import { ControlMirror } from "./control-mirror.ts";
import {
  ENGINE_IDLE_TURNS,
  ENGINE_PACKETS,
  ENGINE_PORT_ERRORS,
  ENGINE_RECOVERY_PACKETS,
  ENGINE_WARM_SENDS,
  ENGINE_WARM_TURNS,
} from "./counters.ts";
import type { GuardLook } from "./guard-look.ts";
import type { EngineLoop } from "./loop.ts";
import { isSlowTurn } from "./supervisor.ts";

/** Counters of feeds and books are below it (feed/counters.ts, book/counters.ts). */
const MARKET_COUNTERS = 48;

/**
 * Which turns are on the tape: those in which something came in or something was counted. And behind
 * those, but for turns that took market data and did nothing else, the first one that serves sessions
 * and timers and the first one in which the supervisor looks at everything: what they notice for the
 * first time may change what is remembered, and nothing that is counted. That a request was seen and
 * not obeyed, or since when a message waits for its rest. Looked at again they change nothing.
 */
export class Recording {
  readonly tape: TapeWriter;
  readonly control: ControlMirror;
  private readonly counters: Float64Array;
  private journal: Journal | null = null;
  private polling: OrderPoll | null = null;
  private loop: EngineLoop | null = null;
  private clock: ShimClock | null = null;
  private marketBefore = 0;
  private restBefore = 0;
  private positionBefore = 0;
  private killBefore = 0;
  private servesBefore = 0;
  private turn = 0;
  private isServeOwed = true;
  private isLookOwed = true;

  /** `control`: hp_control; `counters`: hp_engine.counters. */
  constructor(tape: TapeWriter, control: StructView, counters: Float64Array) {
    this.tape = tape;
    this.control = new ControlMirror(control, tape);
    this.counters = counters;
  }

  /** Once they are there: whether a turn did anything shows in them. @cold */
  attach(
    journal: Journal,
    path: { loop: EngineLoop; orders: { polling: OrderPoll } },
    clock: ShimClock,
  ): void {
    this.journal = journal;
    this.polling = path.orders.polling;
    this.loop = path.loop;
    this.clock = clock;
  }

  /** Everything before the first turn. journalHeader: of hp_journal. @cold */
  begin(journalHeader: Int32Array, armSeen: number, isRestart: boolean, head: TapeHead): void {
    this.tape.start(
      journalHeader[HP_JOURNAL__EPOCH_W]!,
      journalHeader[HP_JOURNAL__NEXT_NUMBER_W]!,
      Atomics.load(journalHeader, HP_JOURNAL__HEAD_W),
      journalHeader[HP_JOURNAL__DATA_SIZE_W]!,
      armSeen,
      isRestart,
      new TextEncoder().encode(JSON.stringify(head)),
    );
    this.tape.begin(0, 0);
    this.control.renew();
  }

  endStart(): void {
    this.tape.end(true);
  }

  beginTurn(turn: number): void {
    this.turn = turn;
    this.tape.begin(turn, this.polling!.cursor);
    this.servesBefore = this.loop!.serves;
    this.control.renew();
    this.killBefore = this.control.kill();
    // At once: the supervisor's own look at it may fall into a turn that is not kept.
    this.clock!.refresh();
  }

  endTurn(): void {
    const served = this.loop!.serves !== this.servesBefore;
    const looked = isSlowTurn(this.turn);
    const isOwed = (served && this.isServeOwed) || (looked && this.isLookOwed);
    const hasEffect = this.hasEffect();
    const market = this.market();
    this.tape.end(hasEffect || isOwed || market !== this.marketBefore);
    this.marketBefore = market;
    if (served) this.isServeOwed = false;
    if (looked) this.isLookOwed = false;
    if (!hasEffect && !this.tape.hasNews) return;
    this.isServeOwed = true;
    this.isLookOwed = true;
  }

  /** Something happened beyond the taking of market data. */
  private hasEffect(): boolean {
    const rest = this.rest();
    const position = this.journal!.position();
    const hasMoved = rest !== this.restBefore || position !== this.positionBefore;
    // Nothing but turns moves them, warm turns aside: what is after this one is before the next.
    this.restBefore = rest;
    this.positionBefore = position;
    return hasMoved || this.control.kill() !== this.killBefore || this.control.isStopping();
  }

  private market(): number {
    let sum = 0;
    for (let i = 0; i < MARKET_COUNTERS; i++) sum += this.counters[i]!;
    return sum;
  }

  /**
   * Whatever else happens is counted somewhere, but for turns that only looked, or were told by a port
   * that its device is gone, a million times a second.
   */
  private rest(): number {
    const counters = this.counters;
    let sum = 0;
    for (let i = MARKET_COUNTERS; i < counters.length; i++) sum += counters[i]!;
    const taken = counters[ENGINE_PACKETS]! + counters[ENGINE_RECOVERY_PACKETS]!;
    const looks = counters[ENGINE_IDLE_TURNS]! + counters[ENGINE_PORT_ERRORS]!;
    const warm = counters[ENGINE_WARM_TURNS]! + counters[ENGINE_WARM_SENDS]!;
    return sum - taken - looks - warm;
  }
}

/** The journal's word on its room, noted when it changes. */
export class RecordedJournal implements JournalInputs {
  private readonly tape: TapeWriter;
  private room = true;
  private cursor = -1;

  constructor(tape: TapeWriter) {
    this.tape = tape;
  }

  hasRoom(has: boolean): boolean {
    this.tape.asked++;
    if (has !== this.room) {
      this.room = has;
      this.tape.room(has);
    }
    return has;
  }

  isFull(isFull: boolean): boolean {
    this.tape.asked++;
    if (isFull) this.tape.full();
    return isFull;
  }

  durable(cursor: number): number {
    this.tape.asked++;
    if (cursor !== this.cursor) {
      this.cursor = cursor;
      this.tape.durable(cursor);
    }
    return cursor;
  }
}

/** The guard's presence, noted when it changes. */
export class RecordedGuard implements GuardLook {
  private readonly inner: GuardLook;
  private readonly tape: TapeWriter;
  private was = false;

  constructor(inner: GuardLook, tape: TapeWriter) {
    this.inner = inner;
    this.tape = tape;
  }

  isAlive(nowNs: number): boolean {
    const is = this.inner.isAlive(nowNs);
    if (is !== this.was) {
      this.was = is;
      this.tape.guard(is);
    }
    return is;
  }

  generation(): number {
    return this.inner.generation();
  }
}
