// @hot
/**
 * A session that carries orders by OUCH 5.0: what OrderSession promises. Numbers of our messages
 * (MsgSeqNum of the journal) are UserRefNums. Cancels and queries use one up, too, that the venue
 * never sees: numbers must rise, and may have gaps.
 *
 * SYNCING lasts until an account query, sent behind the login, is answered: what was missed stands
 * before the answer, and the answer says which UserRefNum the venue has not seen yet. What we sent
 * under that or a later one never reached it.
 */
import {
  DENY_ARGUMENT,
  DENY_BACKPRESSURE,
  DENY_JOURNAL,
  DENY_NO_SESSION,
  DENY_QTY,
  DENY_RATE,
  DENY_SLOTS,
  ORDER_MARKET,
  SESSION_SYNCING,
  SESSION_UP,
} from "../core/codes.ts";
import * as L from "../ffi/layout.ts";
import { FIX_BACKPRESSURE, FIX_INVALID, FIX_THROTTLED } from "../fix/counters.ts";
import { Execution, type OrderSession } from "../fix/order/execution.ts";
import { SymbolTable } from "../fix/order/symbol-table.ts";
import type { Journal } from "../journal/journal.ts";
import { clearExecution } from "./clear-execution.ts";
import { IntentWords } from "./intent-words.ts";
import { NO_LEDGER } from "./no-ledger.ts";
import type { OuchSessionOptions } from "./options.ts";
import { OUCH_QUANTITY_MAX, OuchTemplates } from "./ouch-templates.ts";
import { type OrderLedger, RefTable } from "./ref-table.ts";
import * as R from "./report-reader.ts";
import { MSG_ACCEPTED, SoupClient } from "./soup-client.ts";

const MSG_QUERY = 0x51;
/** Greatest UserRefNum used: as much as the journal's words and ours hold. */
const REF_MAX = 0x7ffffffe;
/** Heartbeats of the venue without a message between them that prove that no more is on its way. */
const IDLE_HEARTBEATS = 2;
const PASSED_OVER_MAX = 4;
/** A query without an answer for so long counts as one that the venue does not take. */
const QUERY_NS = 2e9;
/** OrdStatus (39). */
const STATUS_NEW = 0x30;

export class OuchOrderSession extends SoupClient implements OrderSession {
  private readonly refs: RefTable;
  private readonly reader: R.ReportReader;
  private readonly templates: OuchTemplates;
  private readonly intent = new IntentWords();
  private readonly journal: Journal;
  private readonly execution = new Execution();
  private readonly lost = new Execution();
  private ledger: OrderLedger = NO_LEDGER;
  /** Account queries that may still be answered, and the first number not used when the last was sent. */
  private queries = 0;
  private queryRef = 0;
  private queryNs = 0;
  private hasAnswer = false;
  private idleHeartbeats = 0;

  /** Throws one sentence when the options can't work. */
  constructor(o: OuchSessionOptions) {
    super(o);
    const session = o.instrumentSession ?? o.index;
    this.journal = o.journal;
    this.refs = new RefTable(o.slots);
    this.templates = new OuchTemplates(o.stream.tx, 0, o.instruments, session, o.idPrefix, o.terms);
    this.reader = new R.ReportReader(
      this.refs,
      NO_LEDGER,
      new SymbolTable(o.instruments, session),
      this.templates.scale,
      o.idPrefix,
      o.counters,
    );
    this.execution.session = o.index;
    this.lost.session = o.index;
  }

  /** The orders that it carries; before anything is sent or restored. */
  attach(ledger: OrderLedger): void {
    this.ledger = ledger;
    this.reader.ledger = ledger;
  }

  // ---- what leaves -----------------------------------------------------------------------------

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
    const deny = this.mayOpen(instrument, qty, px, flags, nowNs);
    if (deny !== 0) return deny;
    const ref = this.sender.nextOut;
    const intent = this.intent;
    intent.put(L.HP_INTENT_NEW, ref, slot, generation, 0, instrument, side, qty, px, flags);
    this.templates.encodeNew(ref, slot, generation, instrument, side, qty, px, flags);
    const sent = this.leave(nowNs);
    if (sent > 0) this.refs.add(sent, slot, generation, 0, instrument, side);
    return sent;
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
    const orig = this.refs.refOf(slot, origGeneration);
    if (orig === 0) return DENY_ARGUMENT;
    const deny = this.mayOpen(instrument, qty, px, flags, nowNs);
    if (deny !== 0) return deny;
    const ref = this.sender.nextOut;
    const intent = this.intent;
    const kind = L.HP_INTENT_REPLACE;
    intent.put(kind, ref, slot, generation, origGeneration, instrument, side, qty, px, flags);
    this.templates.encodeReplace(orig, ref, slot, generation, instrument, qty, px, flags);
    const sent = this.leave(nowNs);
    if (sent > 0) this.refs.add(sent, slot, generation, origGeneration, instrument, side);
    return sent;
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
    const orig = this.refs.refOf(slot, origGeneration);
    if (orig === 0 || !this.templates.trades(instrument)) return DENY_ARGUMENT;
    const ref = this.sender.nextOut;
    const kind = L.HP_INTENT_CANCEL;
    this.intent.put(kind, ref, slot, generation, origGeneration, instrument, side, qty, 0, flags);
    this.templates.encodeCancel(orig, 0);
    const sent = this.leave(nowNs);
    if (sent > 0) this.refs.noteCancel(orig, generation);
    return sent;
  }

  /** OUCH has none for the orders of one port. */
  sendMassCancel(_generation: number, _nowNs?: number): number {
    return DENY_ARGUMENT;
  }

  /**
   * OUCH can't ask for one order. The answer to an account query says that the venue has seen none
   * of ours from a number on; a query under way stands for all who ask.
   */
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
    if (this.queries !== 0) return nowNs - this.queryNs < QUERY_NS ? DENY_RATE : DENY_ARGUMENT;
    const ref = this.sender.nextOut;
    const kind = L.HP_INTENT_STATUS;
    this.intent.put(kind, ref, slot, generation, 0, instrument, side, 0, 0, flags);
    this.templates.encodeQuery();
    const sent = this.leave(nowNs);
    if (sent > 0) this.asked(nowNs);
    return sent;
  }

  private leave(nowNs: number): number {
    const t = this.templates;
    return this.sender.order(this.intent.words, t.start, t.length, nowNs);
  }

  private mayOpen(
    instrument: number,
    qty: number,
    px: number,
    flags: number,
    nowNs: number,
  ): number {
    if (this.state !== SESSION_UP || this.sender.broken !== 0) return DENY_NO_SESSION;
    if (!this.templates.trades(instrument) || qty <= 0) return DENY_ARGUMENT;
    if ((flags & ORDER_MARKET) !== 0 || !this.templates.canTell(instrument, px)) {
      return DENY_ARGUMENT;
    }
    if (qty > OUCH_QUANTITY_MAX) return DENY_QTY;
    if (this.sender.fault !== 0 || !this.journal.hasRoom()) return DENY_JOURNAL;
    if (!this.sender.mayOpen(nowNs)) {
      this.counters[FIX_THROTTLED]!++;
      return DENY_RATE;
    }
    if (this.sender.hasBacklog()) {
      this.counters[FIX_BACKPRESSURE]!++;
      this.block.backpressure();
      return DENY_BACKPRESSURE;
    }
    this.sender.nextOut = this.refs.nextFree(this.sender.nextOut, this.ledger);
    return this.sender.nextOut < REF_MAX ? 0 : DENY_SLOTS;
  }

  /** Cancels and questions also pass while missed messages are still coming in. */
  private mayCancel(nowNs: number): number {
    if (this.sender.broken !== 0 || this.sender.fault !== 0) return DENY_NO_SESSION;
    if (!this.isLoggedOn() || this.sender.nextOut >= REF_MAX) return DENY_NO_SESSION;
    if (this.sender.mayRepeat(nowNs)) return 0;
    this.counters[FIX_THROTTLED]!++;
    return DENY_RATE;
  }

  // ---- what comes ------------------------------------------------------------------------------

  protected onLoggedIn(nowNs: number): void {
    this.hasAnswer = false;
    this.idleHeartbeats = 0;
    this.templates.encodeQuery();
    const t = this.templates;
    if (this.sender.admin(0, MSG_QUERY, this.next, t.start, t.length, 1, nowNs)) this.asked(nowNs);
    else this.notSent(nowNs);
  }

  protected onMessage(nowNs: number): void {
    this.idleHeartbeats = 0;
    const x = this.execution;
    const receiver = this.receiver;
    const rx = this.stream.rx;
    const seq = this.next;
    const type = receiver.length > 0 ? rx[receiver.at]! : 0;
    const found = this.reader.read(rx, receiver.at, receiver.length, seq, x);
    this.next = seq + 1;
    switch (found) {
      case R.READ_REPORT:
        if (this.reader.endsOrder) this.passedOver(x);
        this.sink.onExecutionReport(x);
        if (this.reader.refusal !== 0) this.refused(type, seq);
        return;
      case R.READ_CANCEL_REJECT:
        if (this.reader.lostCancel !== 0) this.tellLost(x, this.reader.lostCancel);
        this.sink.onCancelReject(x);
        return;
    }
    if (!this.note(seq, type, 0, 0, nowNs)) return;
    if (found === R.READ_QUERY) this.onAnswer(nowNs);
    else if (found === R.READ_REFUSED) this.refused(type, seq);
  }

  /** Nothing goes on before a person has looked. */
  private refused(type: number, seq: number): void {
    this.counters[FIX_INVALID]!++;
    const sink = this.sink;
    if (sink.onRefusedReport === undefined) return;
    sink.onRefusedReport(this.index, this.reader.refusal, type, seq);
  }

  /**
   * A trade ends an order while a replace of it is under way: it comes too late, and the venue passes
   * over it without a word. Who hears of that may send another one, a few times.
   */
  private passedOver(x: Execution): void {
    for (let i = 0; i < PASSED_OVER_MAX; i++) {
      const generation = this.ledger.pendingGeneration(x.slot);
      if (generation === 0 || generation === x.generation) return;
      this.tellLost(x, generation);
    }
  }

  /**
   * Tells, before the message in `x`, that a message of ours with this generation came to nothing. In
   * the journal it has the number before: a crash between the two has the message come again.
   */
  private tellLost(x: Execution, generation: number): void {
    const lost = this.lost;
    clearExecution(lost, x.msgSeq - 1);
    lost.ours = 1;
    lost.slot = x.slot;
    lost.generation = generation;
    lost.ordStatus = STATUS_NEW;
    this.sink.onCancelReject(lost);
  }

  /**
   * A query of an earlier connection may or may not be answered in what was missed, before our own.
   * Two heartbeats in a row say that no more answers come.
   */
  protected onHeartbeat(nowNs: number): void {
    if (this.state !== SESSION_SYNCING || !this.hasAnswer) return;
    if (++this.idleHeartbeats < IDLE_HEARTBEATS) return;
    this.queries = 0;
    this.settle(nowNs);
  }

  private onAnswer(nowNs: number): void {
    this.hasAnswer = true;
    if (this.queries > 0) this.queries--;
    if (this.queries === 0) this.settle(nowNs);
  }

  /** The last account query has been answered: what the venue has not seen never reached it. */
  private settle(nowNs: number): void {
    const unseen = this.reader.nextRef;
    if (unseen >= REF_MAX) {
      // Orders with lower numbers would be passed over.
      this.endWith("the venue's next UserRefNum is beyond those that are counted here", nowNs);
      return;
    }
    // Somebody used the port without our journal knowing: their numbers are gone.
    if (unseen > this.sender.nextOut) this.sender.nextOut = unseen;
    const end = this.queryRef;
    for (let ref = Math.max(1, unseen, end - UNSEEN_MAX); ref < end; ref++) {
      this.sink.onNeverReached(this.index, ref);
    }
    if (this.state === SESSION_SYNCING) this.synced();
  }

  private asked(nowNs: number): void {
    this.queries++;
    this.queryNs = nowNs;
    this.queryRef = this.sender.nextOut;
  }

  // ---- recovery (cold) ---------------------------------------------------------------------------

  /** One journal record, oldest first: which order each number of ours belongs to. @cold */
  restore(type: number, words: Int32Array, at: number): void {
    switch (type) {
      case L.HP_JR_INTENT:
        if (words[at + L.HP_JR_INTENT__SESSION_W] === this.index) this.restoreIntent(words, at);
        return;
      case L.HP_JR_NOT_SENT:
        if (words[at + L.HP_JR_SENT__SESSION_W] !== this.index) return;
        this.refs.remove(words[at + L.HP_JR_SENT__MSG_SEQ_W]!);
        return;
      case L.HP_JR_SESSION_OUT:
      case L.HP_JR_SESSION_IN:
        if (words[at + L.HP_JR_SESSION__SESSION_W] !== this.index) return;
        this.restoreOwn(type === L.HP_JR_SESSION_IN, words, at);
        return;
    }
  }

  /** @cold */
  private restoreIntent(words: Int32Array, at: number): void {
    const ref = words[at + L.HP_JR_INTENT__MSG_SEQ_W]!;
    const slot = words[at + L.HP_JR_INTENT__SLOT_W]!;
    const generation = words[at + L.HP_JR_INTENT__GENERATION_W]!;
    const orig = words[at + L.HP_JR_INTENT__ORIG_GENERATION_W]!;
    const kind = words[at + L.HP_JR_INTENT__KIND_W]!;
    const instrument = words[at + L.HP_JR_INTENT__INSTRUMENT_W]!;
    const side = words[at + L.HP_JR_INTENT__SIDE_W]!;
    if (kind === L.HP_INTENT_NEW) this.refs.add(ref, slot, generation, 0, instrument, side);
    else if (kind === L.HP_INTENT_REPLACE) {
      this.refs.add(ref, slot, generation, orig, instrument, side);
    } else if (kind === L.HP_INTENT_CANCEL) {
      this.refs.noteCancel(this.refs.refOf(slot, orig), generation);
    } else if (kind === L.HP_INTENT_STATUS) this.queries++;
  }

  /** @cold */
  private restoreOwn(isIn: boolean, words: Int32Array, at: number): void {
    const type = words[at + L.HP_JR_SESSION__MSG_TYPE_W]!;
    const seq = words[at + L.HP_JR_SESSION__MSG_SEQ_W]!;
    if (type === MSG_QUERY) this.queries = Math.max(0, this.queries + (isIn ? -1 : 1));
    // Sequenced messages have numbers: this is the answer to a login.
    if (!isIn || type !== MSG_ACCEPTED || seq !== 0) return;
    const bytes = new Uint8Array(words.buffer, words.byteOffset);
    this.rename(bytes, 4 * at + L.HP_JR_SESSION_SIZE);
  }
}

/** Numbers below the last query's that are looked at: as many as may wait for a socket, and then some. */
const UNSEEN_MAX = 8192;
