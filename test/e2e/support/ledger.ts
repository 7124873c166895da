/**
 * What the journal on disk says of orders: the states of the product's own projection, and beside
 * them a count of shares made here from the executions alone. Reads on from where it stopped.
 */
import { ORDER_EVENT_FILL, ORDER_EVENT_LATE_FILL } from "../../../src/core/codes.ts";
import * as L from "../../../src/ffi/layout.ts";
import { ID_GENERATION_DIGITS, ID_SLOT_DIGITS } from "../../../src/fix/order/order-id.ts";
import { Projection } from "../../../src/journal/query.ts";
import { JournalReader } from "../../../src/journal/reader.ts";
import type { JournalRecord } from "../../../src/journal/record.ts";

/** An order as the appliance knows it. */
export interface OurOrder {
  clOrdId: string;
  state: string;
  side: "buy" | "sell";
  instrument: number;
  qty: number;
  px: number;
  cum: number;
  leaves: number;
  /** Shares of its executions, counted here. */
  filled: number;
}

export interface LedgerState {
  /** By the ClOrdID of the NewOrderSingle. */
  orders: Map<string, OurOrder>;
  /** By instrument, from executions alone. */
  positions: Map<number, number>;
  nextOut: number;
  nextIn: number;
  records: number;
  /** Orders that were waiting for the venue's word when a run ended. */
  underWay: number;
  /** Of those, messages that a run had noted down and not yet noted as sent. */
  unsent: number;
  /** Sentence about a record that is corrupt or missing, "" = none. */
  unsound: string;
}

const PREFIX = "HP";

export class Ledger {
  private readonly projection: Projection;
  private readonly generations = new Map<number, number[]>();
  private readonly filled = new Map<string, number>();
  private readonly positions = new Map<number, number>();
  private lastNumber = 0;
  private records = 0;
  private underWay = 0;
  private unsent = 0;
  private isIntentOpen = false;
  private unsound = "";

  constructor(private readonly directory: string) {
    // It is fed by hand: its own folder holds nothing.
    this.projection = new Projection({
      path: ":memory:",
      directory: "/nonexistent",
      nowMs: () => 0,
    });
    this.projection.finish();
  }

  read(): LedgerState {
    const reader = new JournalReader({
      directory: this.directory,
      engine: 0,
      ...(this.lastNumber > 0 ? { afterNumber: this.lastNumber } : {}),
    });
    for (const record of reader.read()) this.add(record);
    const bad = reader.stops.find((stop) => stop.kind !== "torn");
    if (bad !== undefined) this.unsound = `${bad.source}:${bad.offset}: ${bad.reason}`;
    const rows = this.projection.query("SELECT * FROM orders") as unknown as Row[];
    const session = this.projection.query("SELECT * FROM sessions WHERE session = 0")[0];
    return {
      orders: new Map(rows.map((row) => this.order(row)).map((order) => [order.clOrdId, order])),
      positions: new Map(this.positions),
      nextOut: Number(session?.next_out ?? 1),
      nextIn: Number(session?.next_in ?? 1),
      records: this.records,
      underWay: this.underWay,
      unsent: this.unsent,
      unsound: this.unsound,
    };
  }

  private add(record: JournalRecord): void {
    this.lastNumber = record.number;
    this.records++;
    this.projection.add(record);
    if (this.projection.lastError !== "") throw new Error(this.projection.lastError);
    if (record.type === L.HP_JR_START) this.start();
    this.isIntentOpen = record.type === L.HP_JR_INTENT;
    const isNew =
      record.type === L.HP_JR_INTENT && record.u32(L.HP_JR_INTENT__KIND) === L.HP_INTENT_NEW;
    if (isNew) {
      const slot = record.u32(L.HP_JR_INTENT__SLOT);
      const list = this.generations.get(slot) ?? [];
      list.push(record.u32(L.HP_JR_INTENT__GENERATION));
      this.generations.set(slot, list);
    }
    if (record.type === L.HP_JR_EXEC) this.execution(record);
  }

  /** A new run: what the one before had under way. */
  private start(): void {
    if (this.isIntentOpen) this.unsent++;
    const sql =
      "SELECT count(*) AS n FROM orders WHERE state LIKE 'pending-%' OR state = 'unknown'";
    this.underWay += Number(this.projection.query(sql)[0]!.n);
  }

  private execution(record: JournalRecord): void {
    const event = record.u32(L.HP_JR_EXEC__EVENT);
    if (event !== ORDER_EVENT_FILL && event !== ORDER_EVENT_LATE_FILL) return;
    const qty = record.i32(L.HP_JR_EXEC__LAST_QTY);
    const instrument = record.u32(L.HP_JR_EXEC__INSTRUMENT);
    const signed = record.i32(L.HP_JR_EXEC__SIDE) * qty;
    this.positions.set(instrument, (this.positions.get(instrument) ?? 0) + signed);
    const slot = record.u32(L.HP_JR_EXEC__SLOT);
    const generation = record.u32(L.HP_JR_EXEC__GENERATION);
    // An id of a replace belongs to the order that had the slot then.
    const owner = this.generations.get(slot)?.findLast((first) => first <= generation);
    const id = owner === undefined ? "an order never sent" : orderId(slot, owner);
    this.filled.set(id, (this.filled.get(id) ?? 0) + qty);
  }

  private order(row: Row): OurOrder {
    const clOrdId = orderId(row.slot, row.generation);
    return {
      clOrdId,
      state: row.state,
      side: row.side > 0 ? "buy" : "sell",
      instrument: row.instrument,
      qty: row.qty,
      px: row.px,
      cum: row.cum_qty,
      leaves: row.leaves_qty,
      filled: this.filled.get(clOrdId) ?? 0,
    };
  }
}

interface Row {
  slot: number;
  generation: number;
  instrument: number;
  side: number;
  qty: number;
  px: number;
  state: string;
  cum_qty: number;
  leaves_qty: number;
}

function orderId(slot: number, generation: number): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  return PREFIX + hex(slot, ID_SLOT_DIGITS) + hex(generation, ID_GENERATION_DIGITS);
}
