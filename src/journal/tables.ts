/** The tables of the projection, and which rows a record writes. Used by query.ts. */
import {
  DENY_NAMES,
  NO_SLOT,
  ORDER_EVENT_ACK,
  ORDER_EVENT_BUSTED,
  ORDER_EVENT_CANCEL_REJECTED,
  ORDER_EVENT_CANCELED,
  ORDER_EVENT_CORRECTED,
  ORDER_EVENT_EXPIRED,
  ORDER_EVENT_FILL,
  ORDER_EVENT_NAMES,
  ORDER_EVENT_NEVER_REACHED,
  ORDER_EVENT_NONE,
  ORDER_EVENT_REJECTED,
  ORDER_EVENT_REPLACE_REJECTED,
  ORDER_EVENT_REPLACED,
  ORDER_EVENT_RESTATED,
  ORDER_EVENT_UNKNOWN,
} from "../core/codes.ts";
import * as L from "../ffi/layout.ts";
import { recordToJson } from "./fields.ts";
import type { JournalRecord } from "./record.ts";

export const PROJECTION_VERSION = 2;

export const PROJECTION_SCHEMA = [
  `CREATE TABLE IF NOT EXISTS orders (
    engine INTEGER, slot INTEGER, generation INTEGER, session INTEGER, instrument INTEGER,
    side INTEGER, qty INTEGER, px INTEGER, flags INTEGER, state TEXT, cum_qty INTEGER DEFAULT 0,
    leaves_qty INTEGER, venue_id TEXT, time_ns REAL, updated_ns REAL,
    PRIMARY KEY (engine, slot, generation)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS executions (
    engine INTEGER, number INTEGER, time_ns REAL, session INTEGER, msg_seq INTEGER, slot INTEGER,
    generation INTEGER, event TEXT, instrument INTEGER, side INTEGER, last_qty INTEGER,
    last_px INTEGER, cum_qty INTEGER, leaves_qty INTEGER, exec_id TEXT, venue_id TEXT,
    PRIMARY KEY (engine, number)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS sessions (
    engine INTEGER, session INTEGER, next_out INTEGER, next_in INTEGER, updated_ns REAL,
    PRIMARY KEY (engine, session)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS denials (
    engine INTEGER, number INTEGER, time_ns REAL, instrument INTEGER, side INTEGER, qty INTEGER,
    px INTEGER, code TEXT, PRIMARY KEY (engine, number)) WITHOUT ROWID`,
  "CREATE TABLE IF NOT EXISTS progress (engine INTEGER PRIMARY KEY, number INTEGER)",
];

/** The order row that an id of any generation belongs to: the newest one not younger than the id. */
const OWNER = `engine = ?1 AND slot = ?2 AND generation = (
  SELECT max(generation) FROM orders WHERE engine = ?1 AND slot = ?2 AND generation <= ?3)`;

/** What an order is again when nothing came of a cancel or replace. */
const BACK = "CASE WHEN cum_qty > 0 AND cum_qty >= qty THEN 'filled' ELSE 'open' END";

export const STATEMENTS: Record<string, string> = {
  order: `INSERT OR REPLACE INTO orders (engine, slot, generation, session, instrument, side, qty, px,
    flags, state, leaves_qty, time_ns, updated_ns)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'pending-new', ?7, ?10, ?10)`,
  orderState: `UPDATE orders SET state = ?4, updated_ns = ?5 WHERE ${OWNER}`,
  orderBack: `UPDATE orders SET state = ${BACK}, updated_ns = ?4 WHERE ${OWNER}
    AND (state = 'unknown' OR state LIKE 'pending-%')`,
  orderFate: `UPDATE orders SET state = CASE WHEN generation = ?3 THEN ?4
      WHEN state = 'unknown' OR state LIKE 'pending-%' THEN ${BACK} ELSE state END,
    updated_ns = ?5 WHERE ${OWNER}`,
  orderNotSent: `UPDATE orders SET
    state = CASE state WHEN 'pending-new' THEN 'never-reached' ELSE ${BACK} END, updated_ns = ?3
    WHERE engine = ?1 AND slot = ?2 AND state LIKE 'pending-%' AND generation = (
      SELECT max(generation) FROM orders WHERE engine = ?1 AND slot = ?2)`,
  orderExec: `UPDATE orders SET
    state = coalesce(?4, CASE state WHEN 'unknown' THEN 'open' ELSE state END),
    cum_qty = ?5, leaves_qty = ?6, venue_id = coalesce(nullif(?7, ''), venue_id), updated_ns = ?8 WHERE ${OWNER}`,
  orderTerms: `UPDATE orders SET qty = ?4, px = ?5 WHERE ${OWNER}`,
  execution: `INSERT OR REPLACE INTO executions
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)`,
  denial: "INSERT OR REPLACE INTO denials VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
  nextOut: `INSERT INTO sessions VALUES (?1, ?2, ?3, 1, ?4)
    ON CONFLICT DO UPDATE SET next_out = ?3, updated_ns = ?4`,
  nextIn: `INSERT INTO sessions VALUES (?1, ?2, 1, ?3, ?4)
    ON CONFLICT DO UPDATE SET next_in = ?3, updated_ns = ?4`,
  nextInAtLeast: `INSERT INTO sessions VALUES (?1, ?2, 1, ?3, ?4)
    ON CONFLICT DO UPDATE SET next_in = max(next_in, ?3), updated_ns = ?4`,
  progress: "INSERT OR REPLACE INTO progress VALUES (?1, ?2)",
};

export type Run = (statement: string, ...values: (string | number | null)[]) => void;

/** Writes the rows of one record. Sequence numbers follow the rules of recover.ts. */
export function projectRecord(record: JournalRecord, run: Run): void {
  switch (record.type) {
    case L.HP_JR_INTENT:
      projectIntent(record, run);
      return;
    case L.HP_JR_NOT_SENT: {
      const { engine, timeNs } = record;
      const session = record.u32(L.HP_JR_SENT__SESSION);
      run("nextOut", engine, session, record.u32(L.HP_JR_SENT__MSG_SEQ), timeNs);
      run("orderNotSent", engine, record.u32(L.HP_JR_SENT__SLOT), timeNs);
      return;
    }
    case L.HP_JR_EXEC:
      projectExec(record, run);
      return;
    case L.HP_JR_COPY: {
      const next = record.u32(L.HP_JR_COPY__MSG_SEQ) + 1;
      run("nextInAtLeast", record.engine, record.u32(L.HP_JR_COPY__SESSION), next, record.timeNs);
      return;
    }
    case L.HP_JR_FATE: {
      const fate = record.u32(L.HP_JR_FATE__FATE);
      const state = STATE_AFTER[fate];
      const { engine, timeNs } = record;
      const slot = record.u32(L.HP_JR_FATE__SLOT);
      const generation = record.u32(L.HP_JR_FATE__GENERATION);
      // Unknown is the whole order; any other fate is that of one message, which may be a cancel.
      const statement = fate === ORDER_EVENT_UNKNOWN ? "orderState" : "orderFate";
      if (state !== undefined) run(statement, engine, slot, generation, state, timeNs);
      return;
    }
    case L.HP_JR_DENY: {
      const code = DENY_NAMES[-record.i32(L.HP_JR_DENY__CODE)] ?? "unknown";
      run(
        "denial",
        record.engine,
        record.number,
        record.timeNs,
        record.u32(L.HP_JR_DENY__INSTRUMENT),
        record.i32(L.HP_JR_DENY__SIDE),
        record.i32(L.HP_JR_DENY__QTY),
        record.i32(L.HP_JR_DENY__PX),
        code,
      );
      return;
    }
    case L.HP_JR_SESSION_OUT:
    case L.HP_JR_SESSION_IN:
    case L.HP_JR_SESSION_RESET:
      projectSession(record, run);
      return;
  }
}

function projectIntent(record: JournalRecord, run: Run): void {
  const { engine, timeNs } = record;
  const session = record.u32(L.HP_JR_INTENT__SESSION);
  run("nextOut", engine, session, record.u32(L.HP_JR_INTENT__MSG_SEQ) + 1, timeNs);
  const kind = record.u32(L.HP_JR_INTENT__KIND);
  const slot = record.u32(L.HP_JR_INTENT__SLOT);
  const generation = record.u32(L.HP_JR_INTENT__GENERATION);
  if (kind === L.HP_INTENT_NEW) {
    run(
      "order",
      engine,
      slot,
      generation,
      session,
      record.u32(L.HP_JR_INTENT__INSTRUMENT),
      record.i32(L.HP_JR_INTENT__SIDE),
      record.i32(L.HP_JR_INTENT__QTY),
      record.i32(L.HP_JR_INTENT__PX),
      record.u32(L.HP_JR_INTENT__FLAGS),
      timeNs,
    );
  } else if (kind === L.HP_INTENT_CANCEL || kind === L.HP_INTENT_REPLACE) {
    const state = kind === L.HP_INTENT_CANCEL ? "pending-cancel" : "pending-replace";
    run("orderState", engine, slot, generation, state, timeNs);
  }
}

/** State that an event leaves an order in; a fill depends on what is left. */
const STATE_AFTER: Record<number, string> = {
  [ORDER_EVENT_ACK]: "open",
  [ORDER_EVENT_CANCELED]: "canceled",
  [ORDER_EVENT_REJECTED]: "rejected",
  [ORDER_EVENT_REPLACED]: "open",
  [ORDER_EVENT_CANCEL_REJECTED]: "open",
  [ORDER_EVENT_REPLACE_REJECTED]: "open",
  [ORDER_EVENT_EXPIRED]: "expired",
  [ORDER_EVENT_NEVER_REACHED]: "never-reached",
  [ORDER_EVENT_UNKNOWN]: "unknown",
};

function projectExec(record: JournalRecord, run: Run): void {
  const row = recordToJson(record);
  const { engine, timeNs } = record;
  const slot = record.u32(L.HP_JR_EXEC__SLOT);
  const generation = record.u32(L.HP_JR_EXEC__GENERATION);
  const event = record.u32(L.HP_JR_EXEC__EVENT);
  const cum = record.i32(L.HP_JR_EXEC__CUM_QTY);
  const leaves = record.i32(L.HP_JR_EXEC__LEAVES_QTY);
  run(
    "execution",
    engine,
    record.number,
    timeNs,
    row["session"]!,
    row["msgSeq"]!,
    slot,
    generation,
    ORDER_EVENT_NAMES[event] ?? String(event),
    row["instrument"]!,
    row["side"]!,
    row["lastQty"]!,
    row["lastPx"]!,
    cum,
    leaves,
    row["execId"]!,
    row["venueId"]!,
  );
  const next = record.u32(L.HP_JR_EXEC__MSG_SEQ) + 1;
  run("nextInAtLeast", engine, record.u32(L.HP_JR_EXEC__SESSION), next, timeNs);
  if (slot === NO_SLOT || event === ORDER_EVENT_NONE) return;
  const changesQuantities = QUANTITY_EVENTS.has(event);
  const isFilled = cum > 0 && leaves === 0;
  const isTold = event === ORDER_EVENT_FILL || event === ORDER_EVENT_RESTATED;
  const state = isTold && isFilled ? "filled" : (STATE_AFTER[event] ?? null);
  if (changesQuantities) {
    const venueId = row["venueId"]!;
    run("orderExec", engine, slot, generation, state, cum, leaves, venueId, timeNs);
  } else if (state !== null) {
    // A reject of a cancel leaves the order what it was: nothing, when a fill has ended it.
    const isBack = event === ORDER_EVENT_CANCEL_REJECTED || event === ORDER_EVENT_REPLACE_REJECTED;
    if (isBack) run("orderBack", engine, slot, generation, timeNs);
    else run("orderState", engine, slot, generation, state, timeNs);
  }
  if (event === ORDER_EVENT_REPLACED || event === ORDER_EVENT_RESTATED) {
    const qty = record.i32(L.HP_JR_EXEC__ORDER_QTY);
    run("orderTerms", engine, slot, generation, qty, record.i32(L.HP_JR_EXEC__PX));
  }
}

const QUANTITY_EVENTS = new Set<number>([
  ORDER_EVENT_ACK,
  ORDER_EVENT_FILL,
  ORDER_EVENT_CANCELED,
  ORDER_EVENT_REPLACED,
  ORDER_EVENT_EXPIRED,
  ORDER_EVENT_RESTATED,
  ORDER_EVENT_BUSTED,
  ORDER_EVENT_CORRECTED,
]);

function projectSession(record: JournalRecord, run: Run): void {
  const { engine, timeNs, type } = record;
  const session = record.u32(L.HP_JR_SESSION__SESSION);
  const nextOut = record.u32(L.HP_JR_SESSION__NEXT_OUT);
  const nextIn = record.u32(L.HP_JR_SESSION__NEXT_IN);
  if (type !== L.HP_JR_SESSION_IN && nextOut > 0) run("nextOut", engine, session, nextOut, timeNs);
  if (type !== L.HP_JR_SESSION_OUT && nextIn > 0) run("nextIn", engine, session, nextIn, timeNs);
}
