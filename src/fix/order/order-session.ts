// @hot
/** A session that carries orders: what OrderSession promises, over the templates. */
import {
  DENY_ARGUMENT,
  DENY_BACKPRESSURE,
  DENY_JOURNAL,
  DENY_NO_SESSION,
  DENY_RATE,
  SESSION_UP,
} from "../../core/codes.ts";
import type { Journal } from "../../journal/journal.ts";
import { UtcTime } from "../codec/utc-time.ts";
import { FIX_BACKPRESSURE, FIX_THROTTLED } from "../counters.ts";
import type { FixSessionOptions } from "../session/options.ts";
import { FixSession } from "../session/session.ts";
import type { OrderSession } from "./execution.ts";
import { OrderApplication } from "./order-application.ts";
import { ID_SLOTS_MAX } from "./order-id.ts";
import { type FixOrderSessionOptions, templateOptions } from "./order-session-options.ts";
import { OrderTemplates, TEMPLATES_BYTES } from "./order-templates.ts";

export class FixOrderSession extends FixSession implements OrderSession {
  protected readonly templates: OrderTemplates;
  private readonly journal: Journal;

  /** Checks options against the dictionary; throws with one sentence when something is wrong. */
  constructor(o: FixOrderSessionOptions) {
    const time = new UtcTime(o.sessionStartS, o.timestampDigits ?? 3);
    const templates = new OrderTemplates(templateOptions(o), o.stream.tx, 0, time);
    super(sessionOptions(o, new OrderApplication(o, templates), time));
    this.templates = templates;
    this.journal = o.journal;
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
    const deny = this.mayOpen(instrument, qty, nowNs);
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
    const deny = this.mayOpen(instrument, qty, nowNs);
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
    const deny = this.mayCancel(nowNs);
    if (deny !== 0) return deny;
    if (!this.templates.trades(instrument) || qty < 0) return DENY_ARGUMENT;
    this.time.set(nowNs + this.clock.wallOffsetNs);
    const t = this.templates;
    const seq = this.sender.nextOut;
    t.encodeCancel(seq, slot, generation, origGeneration, instrument, side, qty, flags);
    return this.sender.order(t.order, t.start, t.length, nowNs);
  }

  /** Its ClOrdID has the slot ID_SLOTS_MAX - 1, which no order uses. */
  sendMassCancel(generation: number, nowNs = this.clock.now()): number {
    const deny = this.mayCancel(nowNs);
    if (deny !== 0) return deny;
    this.time.set(nowNs + this.clock.wallOffsetNs);
    const t = this.templates;
    const slot = ID_SLOTS_MAX - 1;
    const refused = t.encodeMassCancel(this.sender.nextOut, slot, generation);
    if (refused !== 0) return refused;
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
    const deny = this.mayCancel(nowNs);
    if (deny !== 0) return deny;
    if (!this.templates.trades(instrument)) return DENY_ARGUMENT;
    this.time.set(nowNs + this.clock.wallOffsetNs);
    const t = this.templates;
    const refused = t.encodeStatus(this.sender.nextOut, slot, generation, instrument, side, flags);
    if (refused !== 0) return refused;
    return this.sender.order(t.order, t.start, t.length, nowNs);
  }

  private mayOpen(instrument: number, qty: number, nowNs: number): number {
    if (this.state !== SESSION_UP || this.sender.broken !== 0) return DENY_NO_SESSION;
    if (!this.templates.trades(instrument) || qty <= 0) return DENY_ARGUMENT;
    if (this.sender.fault !== 0 || !this.journal.hasRoom()) return DENY_JOURNAL;
    if (!this.sender.mayOpen(nowNs)) {
      this.counters[FIX_THROTTLED]!++;
      return DENY_RATE;
    }
    if (!this.sender.hasBacklog()) return 0;
    this.counters[FIX_BACKPRESSURE]!++;
    this.block.backpressure();
    return DENY_BACKPRESSURE;
  }

  /** Cancels and questions also pass while missed messages are still coming in. */
  private mayCancel(nowNs: number): number {
    if (this.sender.broken !== 0 || this.sender.fault !== 0) return DENY_NO_SESSION;
    if (!this.isLoggedOn()) return DENY_NO_SESSION;
    if (this.sender.mayRepeat(nowNs)) return 0;
    this.counters[FIX_THROTTLED]!++;
    return DENY_RATE;
  }
}

/** @cold */
function sessionOptions(
  o: FixOrderSessionOptions,
  application: OrderApplication,
  time: UtcTime,
): FixSessionOptions {
  return { ...o, application, time, txReserved: TEMPLATES_BYTES };
}
