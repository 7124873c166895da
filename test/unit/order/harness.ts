/** A gate and an order side over a session and a journal that a test can look into. */
import { type InstrumentDefinition, Instruments } from "../../../src/book/instruments.ts";
import type { BookView } from "../../../src/book/view.ts";
import { ManualClock } from "../../../src/core/clock.ts";
import { FEED_LIVE, SESSION_UP, SIDE_BUY, STATUS_TRADING } from "../../../src/core/codes.ts";
import * as L from "../../../src/ffi/layout.ts";
import { Execution, type OrderSession } from "../../../src/fix/order/execution.ts";
import type { Journal } from "../../../src/journal/journal.ts";
import { Orders } from "../../../src/order/orders.ts";
import type { OrdersOptions } from "../../../src/order/orders-options.ts";
import { Exposure } from "../../../src/risk/exposure.ts";
import { Gate } from "../../../src/risk/gate.ts";
import type { GateOptions } from "../../../src/risk/gate-options.ts";
import type { RiskLimits } from "../../../src/risk/limits.ts";
import { Positions } from "../../../src/risk/positions.ts";
import { GateSwitch } from "../../../src/risk/switch.ts";

export class TestBook implements BookView {
  readonly instrument: number;
  bid = 999_900;
  ask = 1_000_100;
  last = 1_000_000;
  constructor(instrument: number) {
    this.instrument = instrument;
  }
  bidPx(level: number): number {
    return level === 0 ? this.bid : 0;
  }
  bidQty(level: number): number {
    return level === 0 && this.bid > 0 ? 100 : 0;
  }
  bidCount(level: number): number {
    return level === 0 && this.bid > 0 ? 1 : 0;
  }
  askPx(level: number): number {
    return level === 0 ? this.ask : 0;
  }
  askQty(level: number): number {
    return level === 0 && this.ask > 0 ? 100 : 0;
  }
  askCount(level: number): number {
    return level === 0 && this.ask > 0 ? 1 : 0;
  }
  bidDepth(): number {
    return this.bid > 0 ? 1 : 0;
  }
  askDepth(): number {
    return this.ask > 0 ? 1 : 0;
  }
  lastPx(): number {
    return this.last;
  }
  lastQty(): number {
    return 100;
  }
}

export interface JournalEntry {
  type: number;
  /** Word index of the body. */
  at: number;
}

/** A journal that keeps everything, for tests. */
export class MemoryJournal implements Journal {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
  readonly entries: JournalEntry[] = [];
  room = true;
  full = false;
  private next = 0;
  private openType = 0;
  private openAt = 0;
  private openSize = 0;

  constructor(bytes = 1 << 20) {
    const buffer = new ArrayBuffer(bytes);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.bytes = new Uint8Array(buffer);
  }
  begin(type: number, bodyBytes: number): number {
    if (this.full) return -1;
    this.openType = type;
    this.openAt = this.next;
    this.openSize = ((bodyBytes + 7) & ~7) / 4;
    if (this.openAt + this.openSize > this.words.length) throw new Error("test journal is full");
    return this.openAt;
  }
  commit(_timeNs: number): void {
    this.entries.push({ type: this.openType, at: this.openAt });
    this.next = this.openAt + this.openSize;
  }
  commitBytes(timeNs: number, from: DataView, start: number, length: number): void {
    const end = 4 * (this.openAt + this.openSize);
    const to = end - ((length + 7) & ~7);
    this.bytes.set(new Uint8Array(from.buffer, from.byteOffset + start, length), to);
    this.commit(timeNs);
  }
  hasRoom(): boolean {
    return this.room;
  }
  position(): number {
    return this.next * 4;
  }
  isDurable(): boolean {
    return true;
  }
  ofType(type: number): JournalEntry[] {
    return this.entries.filter((e) => e.type === type);
  }
}

export interface SentMessage {
  kind: number;
  seq: number;
  slot: number;
  generation: number;
  orig: number;
  instrument: number;
  side: number;
  qty: number;
  px: number;
  flags: number;
}

/** A session that journals as the FIX session does, and sends into an array. */
export class TestSession implements OrderSession {
  readonly index = 0;
  state = SESSION_UP;
  backlog = false;
  /** A DENY_* code that the next send returns, 0 = none. */
  refuse = 0;
  /** With refuse: the refused message had its INTENT and NOT_SENT written. */
  refuseAfterIntent = false;
  /** Messages wait (for the disk, or for the end of a packet): their SENT comes with release(). */
  holds = false;
  readonly sent: SentMessage[] = [];
  nextSeq = 1;
  private held: SentMessage[] = [];
  private readonly journal: Journal;

  constructor(journal: Journal) {
    this.journal = journal;
  }
  hasBacklog(): boolean {
    return this.backlog;
  }
  sendNew(
    slot: number,
    generation: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
  ): number {
    return this.send(L.HP_INTENT_NEW, slot, generation, 0, instrument, side, qty, px, flags);
  }
  sendCancel(
    slot: number,
    generation: number,
    orig: number,
    instrument: number,
    side: number,
    qty: number,
  ): number {
    return this.send(L.HP_INTENT_CANCEL, slot, generation, orig, instrument, side, qty, 0, 0);
  }
  sendReplace(
    slot: number,
    generation: number,
    orig: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
  ): number {
    return this.send(L.HP_INTENT_REPLACE, slot, generation, orig, instrument, side, qty, px, flags);
  }
  sendMassCancel(generation: number): number {
    return this.send(L.HP_INTENT_MASS_CANCEL, 0xfffff, generation, 0, 0, 0, 0, 0, 0);
  }
  sendStatusRequest(slot: number, generation: number, instrument: number, side: number): number {
    return this.send(L.HP_INTENT_STATUS, slot, generation, 0, instrument, side, 0, 0, 0);
  }
  last(): SentMessage {
    return this.sent[this.sent.length - 1]!;
  }

  private send(
    kind: number,
    slot: number,
    generation: number,
    orig: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
  ): number {
    const code = this.refuse;
    this.refuse = 0;
    if (code !== 0 && !this.refuseAfterIntent) return code;
    const seq = this.nextSeq;
    const { journal } = this;
    const at = journal.begin(L.HP_JR_INTENT, L.HP_JR_INTENT_SIZE);
    journal.words.set(
      [kind, this.index, seq, slot, generation, orig, instrument, side, qty, px, flags, 0],
      at,
    );
    journal.commit(0);
    if (code !== 0) this.mark(L.HP_JR_NOT_SENT, seq, slot);
    else if (!this.holds) this.mark(L.HP_JR_SENT, seq, slot);
    if (code !== 0) return code;
    this.nextSeq++;
    const message = { kind, seq, slot, generation, orig, instrument, side, qty, px, flags };
    this.sent.push(message);
    if (this.holds) this.held.push(message);
    return seq;
  }

  /** What was held has left; or, with `isLost`, never will. */
  release(isLost = false): void {
    if (!isLost) for (const { seq, slot } of this.held) this.mark(L.HP_JR_SENT, seq, slot);
    this.held = [];
  }

  private mark(type: number, seq: number, slot: number): void {
    const at = this.journal.begin(type, L.HP_JR_SENT_SIZE);
    this.journal.words.set([this.index, seq, slot, 0], at);
    this.journal.commit(0);
  }
}

export const LIMITS: RiskLimits = {
  maxOrderQty: 1000,
  maxOrderNotional: 200_000,
  collarPct: 5,
  maxPosition: 2000,
  maxExposure: 1_000_000,
  maxOpenOrders: 64,
  ordersPerS: 1e9,
  ordersBurst: 1e6,
  cancelsPerS: 1e9,
  cancelsBurst: 1e6,
  maxLoss: 1e9,
  selfMatch: "allow",
  shortMarking: false,
};

export function definition(symbol: string, more: Partial<InstrumentDefinition> = {}) {
  return {
    symbol,
    feedSymbol: symbol,
    feed: 0,
    session: 0,
    orderSymbol: symbol,
    orderTags: {},
    priceUnit: 0.0001,
    ticks: [{ from: 0, tick: 0.01 }],
    lot: 1,
    multiplier: 1,
    currency: "USD",
    makerFee: -0.002,
    takerFee: 0.003,
    position: 0,
    positionPrice: 0,
    ...more,
  } satisfies InstrumentDefinition;
}

export interface Heard {
  strategy: number;
  slot: number;
  event: number;
  px: number;
  qty: number;
}

export interface HarnessOptions {
  limits?: Partial<RiskLimits>;
  instruments?: InstrumentDefinition[];
  orders?: Partial<OrdersOptions>;
  gate?: Partial<GateOptions>;
  epoch?: number;
}

export class Harness {
  readonly clock = new ManualClock(1e9);
  readonly journal = new MemoryJournal();
  readonly session: TestSession;
  readonly instruments: Instruments;
  readonly books: TestBook[];
  readonly positions: Positions;
  readonly exposure: Exposure;
  readonly gate: Gate;
  readonly gateSwitch = new GateSwitch();
  readonly orders: Orders;
  readonly counters = new Float64Array(256);
  readonly status: Int32Array;
  readonly feedState = new Int32Array([FEED_LIVE]);
  readonly heard: Heard[] = [];
  bookFlags = 0;
  /** Of one instrument alone, -1 = none. */
  flaggedInstrument = -1;
  kills = 0;
  /** Of the first: reason, session, type, number. */
  killedFor: number[] = [];
  /** Sentences on strategies that threw. */
  readonly faults: string[] = [];

  constructor(options: HarnessOptions = {}) {
    this.instruments = new Instruments(
      options.instruments ?? [definition("AAA"), definition("BBB"), definition("CCC")],
    );
    const n = this.instruments.count;
    this.books = Array.from({ length: n }, (_, i) => new TestBook(i));
    this.status = new Int32Array(n).fill(STATUS_TRADING);
    this.session = new TestSession(this.journal);
    this.positions = new Positions(this.instruments);
    this.exposure = new Exposure(this.instruments, this.positions);
    this.gateSwitch.armed = true;
    this.gateSwitch.guardAlive = true;
    const kill = {
      kill: (bits: number, ...why: number[]) => {
        if (this.kills === 0) this.killedFor = why;
        this.kills |= bits;
        this.gateSwitch.killed = true;
      },
    };
    this.gate = new Gate({
      limits: { ...LIMITS, ...options.limits },
      instruments: this.instruments,
      positions: this.positions,
      exposure: this.exposure,
      books: this.books,
      bookHealth: { bookFlags: (i) => this.bookFlagsOf(i) },
      status: this.status,
      feedState: this.feedState,
      sessions: [this.session],
      journal: this.journal,
      gateSwitch: this.gateSwitch,
      kill,
      counters: this.counters,
      ...options.gate,
    });
    this.orders = new Orders({
      slots: 64,
      epoch: options.epoch ?? 1,
      instruments: this.instruments,
      gate: this.gate,
      sessions: [this.session],
      sessionRx: [new Uint8Array(64)],
      journal: this.journal,
      clock: this.clock,
      gateSwitch: this.gateSwitch,
      kill,
      counters: this.counters,
      execIds: 1024,
      sentMessages: 1024,
      ...options.orders,
    });
    this.orders.listener = {
      onOrder: (strategy, slot, event, px, qty) => {
        this.heard.push({ strategy, slot, event, px, qty });
      },
    };
  }

  bookFlagsOf(instrument: number): number {
    const isMeant = this.flaggedInstrument < 0 || this.flaggedInstrument === instrument;
    return isMeant ? this.bookFlags : 0;
  }

  /** Sends a buy of instrument 0 at the bid and lets the venue acknowledge it. */
  openOrder(qty = 100, px = 999_900, side = SIDE_BUY): number {
    const slot = this.orders.send(0, 0, side, qty, px, 0);
    if (slot < 0) throw new Error(`denied ${slot}`);
    this.report(slot, { execType: "0", ordStatus: "0", leavesQty: qty });
    return slot;
  }

  events(): number[] {
    return this.heard.map((h) => h.event);
  }

  /** An ExecutionReport about the order in a slot; what is not told is as the order has it. */
  report(slot: number, fields: ReportFields): void {
    this.orders.onExecutionReport(execution(this, slot, fields));
  }
  cancelReject(slot: number, fields: ReportFields): void {
    this.orders.onCancelReject(execution(this, slot, fields));
  }
}

export interface ReportFields {
  execType?: string;
  ordStatus?: string;
  generation?: number;
  lastQty?: number;
  lastPx?: number;
  cumQty?: number;
  leavesQty?: number;
  orderQty?: number;
  px?: number;
  execId?: number;
  refId?: number;
  reason?: number;
  responseTo?: number;
  liquidity?: number;
  possDup?: number;
  inexact?: number;
  ours?: number;
  slot?: number;
  origGeneration?: number;
  instrument?: number;
  side?: number;
}

let execCount = 1;
let inboundSeq = 1;

export function execution(h: Harness, slot: number, f: ReportFields): Execution {
  const x = new Execution();
  const table = h.orders.table;
  x.msgSeq = inboundSeq++;
  x.slot = f.slot ?? slot;
  x.generation = f.generation ?? table.rows[slot * 32 + 14]! >>> 0;
  x.ours = f.ours ?? 1;
  x.origGeneration = f.origGeneration ?? 0;
  x.execType = f.execType === undefined ? 0 : f.execType.charCodeAt(0);
  x.ordStatus = f.ordStatus === undefined ? 0 : f.ordStatus.charCodeAt(0);
  x.instrument = f.instrument ?? table.rows[slot * 32 + 2]!;
  x.side = f.side ?? table.rows[slot * 32 + 3]!;
  x.lastQty = f.lastQty ?? 0;
  x.lastPx = f.lastPx ?? 0;
  x.cumQty = f.cumQty ?? 0;
  x.leavesQty = f.leavesQty ?? 0;
  x.orderQty = f.orderQty ?? 0;
  x.px = f.px ?? 0;
  x.execIdLo = f.execId ?? execCount++ + 1_000_000;
  x.execIdHi = f.execId === 0 ? 0 : 7;
  x.refIdLo = f.refId ?? 0;
  x.refIdHi = f.refId === undefined ? 0 : 7;
  x.reason = f.reason ?? -1;
  x.responseTo = f.responseTo ?? 0;
  x.liquidity = f.liquidity ?? 0;
  x.possDup = f.possDup ?? 0;
  x.inexact = f.inexact ?? 0;
  return x;
}
