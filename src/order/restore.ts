/**
 * Recovery: feeds the records of a journal, in order, through the OrderFold that also runs live.
 * Cold, before arming. Any prefix of a journal is a legal input; a record that cannot be placed (a
 * slot beyond the table, an instrument that the config has lost) is counted and refused, and the
 * engine does not start with any.
 *
 * An intent is held back until the next record: its own NOT_SENT takes it away as if it had never
 * been; any other record (its SENT may come much later) means that it stands. At the end of the
 * journal it leaves an order of unknown fate.
 */

import type { Instruments } from "../book/instruments.ts";
import { ORDER_EVENT_NEVER_REACHED, ORDER_EVENT_UNKNOWN } from "../core/codes.ts";
import * as L from "../ffi/layout.ts";
import { Execution } from "../fix/order/execution.ts";
import type { Exposure } from "../risk/exposure.ts";
import type { Positions } from "../risk/positions.ts";
import { ORDER_RESTORE_REFUSED } from "./counters.ts";
import type { OrderFold } from "./fold.ts";
import { W_GEN_LAST } from "./order-table.ts";
import type { OrderRecords } from "./records.ts";

export class OrderRestore {
  private readonly fold: OrderFold;
  private readonly positions: Positions;
  private readonly exposure: Exposure;
  private readonly records: OrderRecords;
  private readonly execution = new Execution();
  private readonly intent = new Int32Array(L.HP_JR_INTENT_SIZE / 4);
  private hasIntent = false;
  private readonly sessionCount: number;
  /** Records that could not be placed. */
  refused = 0;

  constructor(
    fold: OrderFold,
    positions: Positions,
    exposure: Exposure,
    records: OrderRecords,
    sessionCount: number,
  ) {
    this.fold = fold;
    this.positions = positions;
    this.exposure = exposure;
    this.records = records;
    this.sessionCount = sessionCount;
  }

  /** One record: its type, and its body at word `at` (double at >> 1 for doubles). */
  record(type: number, words: Int32Array, at: number, doubles: Float64Array): void {
    const takesBack = type === L.HP_JR_NOT_SENT && this.isOfIntent(words, at);
    if (takesBack) this.hasIntent = false;
    else this.settleIntent();
    switch (type) {
      case L.HP_JR_INTENT:
        this.intent.set(words.subarray(at, at + this.intent.length));
        this.hasIntent = true;
        break;
      case L.HP_JR_NOT_SENT:
        if (takesBack) break;
        this.takeBack(words[at + L.HP_JR_SENT__SESSION_W]!, words[at + L.HP_JR_SENT__MSG_SEQ_W]!);
        break;
      case L.HP_JR_EXEC:
        this.records.read(words, at, this.execution);
        this.fold.execution(this.execution, words[at + L.HP_JR_EXEC__MESSAGE_W]!);
        break;
      case L.HP_JR_FATE:
        this.fold.fate(
          words[at + L.HP_JR_FATE__SLOT_W]!,
          words[at + L.HP_JR_FATE__GENERATION_W]! >>> 0,
          words[at + L.HP_JR_FATE__FATE_W]!,
        );
        break;
      case L.HP_JR_SESSION_RESET:
        // The peer's SequenceReset leaves the numbers of what we send as they are.
        if (words[at + L.HP_JR_SESSION__NEXT_OUT_W] === 1) {
          this.clearSession(words[at + L.HP_JR_SESSION__SESSION_W]!);
        }
        break;
      case L.HP_JR_START:
        this.finish();
        break;
      case L.HP_JR_POSITION:
        this.position(words, at, doubles);
        break;
    }
  }

  /** The end of a run: what was under way has an unknown fate until the venue tells. */
  finish(): void {
    this.settleIntent();
    const table = this.fold.table;
    // Fates do not end orders here, so the live list keeps its length and order.
    for (let i = 0; i < table.liveCount; i++) {
      const slot = table.live[i]!;
      if (this.fold.isAwaited(slot)) {
        this.fold.fate(slot, table.generation(slot, W_GEN_LAST), ORDER_EVENT_UNKNOWN);
      }
    }
  }

  /** Puts the start-of-day positions of the config in, and journals them. */
  startPositions(instruments: Instruments, nowNs: number): void {
    for (let i = 0; i < instruments.count; i++) {
      const d = instruments.definitions[i]!;
      if (d.position === 0) continue;
      const cost = (d.position * d.positionPrice) / d.priceUnit;
      this.positions.start(i, d.position, cost);
      this.exposure.refresh(i);
      this.records.position(i, d.position, cost, nowNs);
    }
  }

  private isOfIntent(words: Int32Array, at: number): boolean {
    return (
      this.hasIntent &&
      words[at + L.HP_JR_SENT__SESSION_W] === this.intent[L.HP_JR_INTENT__SESSION_W] &&
      words[at + L.HP_JR_SENT__MSG_SEQ_W] === this.intent[L.HP_JR_INTENT__MSG_SEQ_W]
    );
  }

  /** Applies the intent held back, if there is one. */
  private settleIntent(): void {
    if (!this.hasIntent) return;
    this.hasIntent = false;
    const session = this.intent[L.HP_JR_INTENT__SESSION_W]!;
    const isKnown = session >= 0 && session < this.sessionCount;
    if (!isKnown || !this.applyIntent(session)) this.refuse();
  }

  /** False when the intent cannot be placed. One that was told before is no news. */
  private applyIntent(session: number): boolean {
    const w = this.intent;
    const { table } = this.fold;
    const seq = w[L.HP_JR_INTENT__MSG_SEQ_W]!;
    const kind = w[L.HP_JR_INTENT__KIND_W]!;
    const slot = w[L.HP_JR_INTENT__SLOT_W]!;
    const generation = w[L.HP_JR_INTENT__GENERATION_W]! >>> 0;
    const qty = w[L.HP_JR_INTENT__QTY_W]!;
    const px = w[L.HP_JR_INTENT__PX_W]!;
    if (kind === L.HP_INTENT_MASS_CANCEL || kind === L.HP_INTENT_STATUS) {
      this.fold.sent.add(session, seq, -1, 0);
      return true;
    }
    if (slot < 0 || slot >= table.capacity) return false;
    if (generation <= table.generation(slot, W_GEN_LAST)) return true;
    if (kind === L.HP_INTENT_NEW) {
      const instrument = w[L.HP_JR_INTENT__INSTRUMENT_W]!;
      if (instrument < 0 || instrument >= this.positions.count || table.isLive(slot)) return false;
      const side = w[L.HP_JR_INTENT__SIDE_W]!;
      const flags = w[L.HP_JR_INTENT__FLAGS_W]!;
      this.fold.sentNew(session, seq, slot, generation, instrument, side, qty, px, flags);
      return true;
    }
    if (!table.isLive(slot)) return false;
    if (kind === L.HP_INTENT_CANCEL) this.fold.sentCancel(session, seq, slot, generation);
    else if (kind === L.HP_INTENT_REPLACE) {
      this.fold.sentReplace(session, seq, slot, generation, qty, px);
    } else return false;
    return true;
  }

  /** A message that had to wait for the socket never left. */
  private takeBack(session: number, seq: number): void {
    if (session < 0 || session >= this.sessionCount) return;
    const slot = this.fold.sent.slotOf(session, seq);
    if (slot < 0) return;
    const generation = this.fold.sent.generationOf(session, seq);
    this.fold.fate(slot, generation, ORDER_EVENT_NEVER_REACHED);
  }

  private clearSession(session: number): void {
    if (session >= 0 && session < this.sessionCount) this.fold.sent.clear(session);
  }

  private position(words: Int32Array, at: number, doubles: Float64Array): void {
    const instrument = words[at + L.HP_JR_POSITION__INSTRUMENT_W]!;
    if (instrument < 0 || instrument >= this.positions.count) {
      this.refuse();
      return;
    }
    const cost = doubles[(at >>> 1) + L.HP_JR_POSITION__COST_D]!;
    this.positions.start(instrument, words[at + L.HP_JR_POSITION__QTY_W]!, cost);
    this.exposure.refresh(instrument);
  }

  private refuse(): void {
    this.refused++;
    this.fold.counters[ORDER_RESTORE_REFUSED]!++;
  }
}
