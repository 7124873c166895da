// @hot
/** The order side of a session: what OrderSession promises. FixSession adds the connection. */
import type { Clock } from "../../core/clock.ts";
import {
  DENY_ARGUMENT,
  DENY_BACKPRESSURE,
  DENY_JOURNAL,
  DENY_NO_SESSION,
  SESSION_DOWN,
  SESSION_SYNCING,
  SESSION_UP,
} from "../../core/codes.ts";
import type { Journal } from "../../journal/journal.ts";
import { UtcTime } from "../codec/utc-time.ts";
import { FIX_BACKPRESSURE } from "../counters.ts";
import { ADMIN_BYTES } from "../session/admin.ts";
import { SessionBlock } from "../session/block.ts";
import type { FixSessionOptions } from "../session/options.ts";
import { Sender } from "../session/sender.ts";
import { checkArenas, NO_RECORDER, templateOptions } from "../session/setup.ts";
import type { OrderSession } from "./execution.ts";
import { ID_SLOTS_MAX } from "./order-id.ts";
import { OrderTemplates, TEMPLATES_BYTES } from "./order-templates.ts";

export class SessionOrders implements OrderSession {
  readonly index: number;
  /** SESSION_*; FixSession moves it. */
  state = SESSION_DOWN;
  /** hp_session of this session. */
  readonly block: SessionBlock;
  readonly sender: Sender;
  protected readonly clock: Clock;
  protected readonly counters: Float64Array;
  protected readonly time: UtcTime;
  protected readonly templates: OrderTemplates;
  private readonly journal: Journal;

  /** Checks options against the dictionary; throws with one sentence when something is wrong. */
  constructor(o: FixSessionOptions) {
    checkArenas(o);
    this.index = o.index;
    this.journal = o.journal;
    this.clock = o.clock;
    this.counters = o.counters;
    this.block = new SessionBlock(o.block);
    this.time = new UtcTime(o.sessionStartS, o.timestampDigits ?? 3);
    this.templates = new OrderTemplates(templateOptions(o), o.stream.tx, 0, this.time);
    this.sender = new Sender(
      o.stream,
      o.journal,
      o.clock,
      o.counters,
      o.index,
      o.sequences?.nextOut ?? 1,
      TEMPLATES_BYTES + ADMIN_BYTES,
      o.sendDurable === "always",
      o.latency ?? NO_RECORDER,
      o.wire ?? NO_RECORDER,
    );
  }

  hasBacklog(): boolean {
    return this.sender.hasBacklog();
  }

  /**
   * Messages gather from here until release(), and leave in one send: around each packet's callbacks.
   * burstNs and rxNs: clock and receive stamp (wall) of the packet, 0 = none.
   */
  hold(burstNs: number, rxNs: number): void {
    this.sender.burstNs = burstNs;
    this.sender.burstRxNs = rxNs;
    this.sender.hold();
  }

  release(nowNs: number): void {
    this.sender.release(nowNs);
    this.sender.burstNs = 0;
    this.sender.burstRxNs = 0;
  }

  sendNew(
    slot: number,
    generation: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
    nowNs = this.clock.now(),
  ): number {
    const deny = this.mayOpen(instrument, qty);
    if (deny !== 0) return deny;
    this.time.set(nowNs + this.clock.wallOffsetNs);
    const t = this.templates;
    t.encodeNew(this.sender.nextOut, slot, generation, instrument, side, qty, px, flags);
    return this.sender.order(t.order, t.start, t.length, nowNs);
  }

  sendReplace(
    slot: number,
    generation: number,
    origGeneration: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
    nowNs = this.clock.now(),
  ): number {
    const deny = this.mayOpen(instrument, qty);
    if (deny !== 0) return deny;
    this.time.set(nowNs + this.clock.wallOffsetNs);
    const t = this.templates;
    const seq = this.sender.nextOut;
    t.encodeReplace(seq, slot, generation, origGeneration, instrument, side, qty, px, flags);
    return this.sender.order(t.order, t.start, t.length, nowNs);
  }

  sendCancel(
    slot: number,
    generation: number,
    origGeneration: number,
    instrument: number,
    side: number,
    qty: number,
    flags = 0,
    nowNs = this.clock.now(),
  ): number {
    if (!this.mayCancel()) return DENY_NO_SESSION;
    if (!this.templates.trades(instrument) || qty < 0) return DENY_ARGUMENT;
    this.time.set(nowNs + this.clock.wallOffsetNs);
    const t = this.templates;
    const seq = this.sender.nextOut;
    t.encodeCancel(seq, slot, generation, origGeneration, instrument, side, qty, flags);
    return this.sender.order(t.order, t.start, t.length, nowNs);
  }

  /** Its ClOrdID has the slot ID_SLOTS_MAX - 1, which no order uses. */
  sendMassCancel(generation: number, nowNs = this.clock.now()): number {
    if (!this.mayCancel()) return DENY_NO_SESSION;
    this.time.set(nowNs + this.clock.wallOffsetNs);
    const t = this.templates;
    const slot = ID_SLOTS_MAX - 1;
    const deny = t.encodeMassCancel(this.sender.nextOut, slot, generation);
    if (deny !== 0) return deny;
    return this.sender.order(t.order, t.start, t.length, nowNs);
  }

  sendStatusRequest(
    slot: number,
    generation: number,
    instrument: number,
    side: number,
    flags = 0,
    nowNs = this.clock.now(),
  ): number {
    if (!this.mayCancel()) return DENY_NO_SESSION;
    if (!this.templates.trades(instrument)) return DENY_ARGUMENT;
    this.time.set(nowNs + this.clock.wallOffsetNs);
    const t = this.templates;
    const deny = t.encodeStatus(this.sender.nextOut, slot, generation, instrument, side, flags);
    if (deny !== 0) return deny;
    return this.sender.order(t.order, t.start, t.length, nowNs);
  }

  private mayOpen(instrument: number, qty: number): number {
    if (this.state !== SESSION_UP || this.sender.broken !== 0) return DENY_NO_SESSION;
    if (!this.templates.trades(instrument) || qty <= 0) return DENY_ARGUMENT;
    if (this.sender.fault !== 0 || !this.journal.hasRoom()) return DENY_JOURNAL;
    if (!this.sender.hasBacklog()) return 0;
    this.counters[FIX_BACKPRESSURE]!++;
    this.block.backpressure();
    return DENY_BACKPRESSURE;
  }

  /** Cancels and questions also pass while missed messages are still coming in. */
  private mayCancel(): boolean {
    if (this.sender.broken !== 0 || this.sender.fault !== 0) return false;
    return this.state === SESSION_UP || this.state === SESSION_SYNCING;
  }
}
