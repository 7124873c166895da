/** What is in each record type, for printing and export: names, offsets and kinds of its members. */
import {
  DENY_NAMES,
  DIFFERENCE_NAMES,
  FEED_STATE_NAMES,
  ORDER_EVENT_NAMES,
} from "../core/codes.ts";
import { KILL_REASON_NAMES } from "../core/kill-reasons.ts";
import * as L from "../ffi/layout.ts";
import { type JournalRecord, RECORD_TYPE_NAMES } from "./record.ts";

/** text: 4 bytes, id: 24 bytes, both NUL-padded. */
type Kind = "u32" | "i32" | "f64" | "text" | "id" | "char" | "hash" | "fix";
interface Field {
  name: string;
  at: number;
  kind: Kind;
  /** Names of the values, by number; negative codes count from zero downwards. */
  names?: readonly string[];
}

const STATE_NAMES = [
  "starting",
  "recovering",
  "warming",
  "disarmed",
  "armed",
  "killed",
  "stopped",
] as const;
const INTENT_NAMES = ["", "new", "cancel", "replace", "mass-cancel", "status"] as const;

const u = (name: string, at: number, names?: readonly string[]): Field => ({
  name,
  at,
  kind: "u32",
  ...(names === undefined ? {} : { names }),
});
const i = (name: string, at: number, names?: readonly string[]): Field => ({
  ...u(name, at, names),
  kind: "i32",
});
const f = (name: string, at: number, kind: Kind): Field => ({ name, at, kind });

const SENT: Field[] = [
  u("session", L.HP_JR_SENT__SESSION),
  u("msgSeq", L.HP_JR_SENT__MSG_SEQ),
  u("slot", L.HP_JR_SENT__SLOT),
  u("bytes", L.HP_JR_SENT__BYTES),
];
const SESSION: Field[] = [
  u("session", L.HP_JR_SESSION__SESSION),
  u("msgSeq", L.HP_JR_SESSION__MSG_SEQ),
  f("msgType", L.HP_JR_SESSION__MSG_TYPE, "text"),
  u("nextOut", L.HP_JR_SESSION__NEXT_OUT),
  u("nextIn", L.HP_JR_SESSION__NEXT_IN),
  f("message", L.HP_JR_SESSION__BYTES, "fix"),
];
const STATE: Field[] = [
  u("state", L.HP_JR_STATE__STATE, STATE_NAMES),
  u("kill", L.HP_JR_STATE__KILL),
  u("configHash", L.HP_JR_STATE__CONFIG_HASH),
  u("detail", L.HP_JR_STATE__DETAIL, KILL_REASON_NAMES),
];

/** By record type. */
const FIELDS: readonly Field[][] = [
  [],
  [
    u("kind", L.HP_JR_INTENT__KIND, INTENT_NAMES),
    u("session", L.HP_JR_INTENT__SESSION),
    u("msgSeq", L.HP_JR_INTENT__MSG_SEQ),
    u("slot", L.HP_JR_INTENT__SLOT),
    u("generation", L.HP_JR_INTENT__GENERATION),
    u("origGeneration", L.HP_JR_INTENT__ORIG_GENERATION),
    u("instrument", L.HP_JR_INTENT__INSTRUMENT),
    i("side", L.HP_JR_INTENT__SIDE),
    i("qty", L.HP_JR_INTENT__QTY),
    i("px", L.HP_JR_INTENT__PX),
    u("flags", L.HP_JR_INTENT__FLAGS),
    f("message", L.HP_JR_INTENT__BYTES, "fix"),
  ],
  SENT,
  SENT,
  [
    u("session", L.HP_JR_EXEC__SESSION),
    u("msgSeq", L.HP_JR_EXEC__MSG_SEQ),
    u("slot", L.HP_JR_EXEC__SLOT),
    u("generation", L.HP_JR_EXEC__GENERATION),
    u("origGeneration", L.HP_JR_EXEC__ORIG_GENERATION),
    u("event", L.HP_JR_EXEC__EVENT, ORDER_EVENT_NAMES),
    u("instrument", L.HP_JR_EXEC__INSTRUMENT),
    i("side", L.HP_JR_EXEC__SIDE),
    i("lastQty", L.HP_JR_EXEC__LAST_QTY),
    i("lastPx", L.HP_JR_EXEC__LAST_PX),
    i("cumQty", L.HP_JR_EXEC__CUM_QTY),
    i("leavesQty", L.HP_JR_EXEC__LEAVES_QTY),
    i("orderQty", L.HP_JR_EXEC__ORDER_QTY),
    i("px", L.HP_JR_EXEC__PX),
    f("execId", L.HP_JR_EXEC__EXEC_ID_LO, "hash"),
    f("refId", L.HP_JR_EXEC__REF_ID_LO, "hash"),
    f("venueId", L.HP_JR_EXEC__VENUE_ID, "id"),
    f("execType", L.HP_JR_EXEC__EXEC_TYPE, "char"),
    f("ordStatus", L.HP_JR_EXEC__ORD_STATUS, "char"),
    u("message", L.HP_JR_EXEC__MESSAGE),
    u("liquidity", L.HP_JR_EXEC__LIQUIDITY),
    i("reason", L.HP_JR_EXEC__REASON),
    u("flags", L.HP_JR_EXEC__FLAGS),
  ],
  SESSION,
  SESSION,
  SESSION,
  STATE,
  [
    u("session", L.HP_JR_FATE__SESSION),
    u("msgSeq", L.HP_JR_FATE__MSG_SEQ),
    u("slot", L.HP_JR_FATE__SLOT),
    u("generation", L.HP_JR_FATE__GENERATION),
    u("fate", L.HP_JR_FATE__FATE, ORDER_EVENT_NAMES),
  ],
  STATE,
  [
    u("instrument", L.HP_JR_DENY__INSTRUMENT),
    i("side", L.HP_JR_DENY__SIDE),
    i("qty", L.HP_JR_DENY__QTY),
    i("px", L.HP_JR_DENY__PX),
    i("code", L.HP_JR_DENY__CODE, DENY_NAMES),
    u("flags", L.HP_JR_DENY__FLAGS),
  ],
  [
    u("feed", L.HP_JR_FEED__FEED),
    u("state", L.HP_JR_FEED__STATE, FEED_STATE_NAMES),
    f("nextSeq", L.HP_JR_FEED__NEXT_SEQ, "f64"),
    f("gapTo", L.HP_JR_FEED__GAP_TO, "f64"),
  ],
  [
    u("instrument", L.HP_JR_POSITION__INSTRUMENT),
    i("qty", L.HP_JR_POSITION__QTY),
    f("cost", L.HP_JR_POSITION__COST, "f64"),
  ],
  SENT,
  [
    u("session", L.HP_JR_COPY__SESSION),
    u("msgSeq", L.HP_JR_COPY__MSG_SEQ),
    u("slot", L.HP_JR_COPY__SLOT),
    u("generation", L.HP_JR_COPY__GENERATION),
    u("instrument", L.HP_JR_COPY__INSTRUMENT),
    i("side", L.HP_JR_COPY__SIDE),
    i("lastQty", L.HP_JR_COPY__LAST_QTY),
    i("lastPx", L.HP_JR_COPY__LAST_PX),
    f("execId", L.HP_JR_COPY__EXEC_ID_LO, "hash"),
    f("refId", L.HP_JR_COPY__REF_ID_LO, "hash"),
    f("execIdText", L.HP_JR_COPY__EXEC_ID, "id"),
    f("execType", L.HP_JR_COPY__EXEC_TYPE, "char"),
    f("ordStatus", L.HP_JR_COPY__ORD_STATUS, "char"),
    u("liquidity", L.HP_JR_COPY__LIQUIDITY),
    u("flags", L.HP_JR_COPY__FLAGS),
  ],
  [
    u("session", L.HP_JR_DIFFERENCE__SESSION),
    u("kind", L.HP_JR_DIFFERENCE__KIND, DIFFERENCE_NAMES),
    u("isOpen", L.HP_JR_DIFFERENCE__IS_OPEN),
    u("instrument", L.HP_JR_DIFFERENCE__INSTRUMENT),
    f("execId", L.HP_JR_DIFFERENCE__EXEC_ID_LO, "hash"),
    u("slot", L.HP_JR_DIFFERENCE__SLOT),
    u("generation", L.HP_JR_DIFFERENCE__GENERATION),
    f("oursQty", L.HP_JR_DIFFERENCE__OURS_QTY, "f64"),
    i("oursPx", L.HP_JR_DIFFERENCE__OURS_PX),
    f("theirsQty", L.HP_JR_DIFFERENCE__THEIRS_QTY, "f64"),
    i("theirsPx", L.HP_JR_DIFFERENCE__THEIRS_PX),
  ],
];

/** Bytes of a message that was sent, as text. */
export type MessageText = (bytes: Uint8Array) => string;

export type RecordJson = Record<string, string | number>;

/** A record as a flat object for JSON lines: number, engine, epoch, timeNs, type, then its members. */
export function recordToJson(
  record: JournalRecord,
  messageText: MessageText = fixText,
): RecordJson {
  const json: RecordJson = {
    number: record.number,
    engine: record.engine,
    epoch: record.epoch,
    timeNs: record.timeNs,
    type: RECORD_TYPE_NAMES[record.type] ?? `type-${record.type}`,
  };
  for (const field of FIELDS[record.type] ?? []) {
    json[field.name] = fieldValue(record, field, messageText);
  }
  return json;
}

/** A record as one line for a person. */
export function formatRecord(record: JournalRecord, messageText?: MessageText): string {
  const { number, engine, epoch, timeNs, type, ...rest } = recordToJson(record, messageText);
  const head = `${String(number).padStart(8)} ${engine}/${epoch} ${formatTime(Number(timeNs))}`;
  const body = Object.entries(rest)
    .filter(([, value]) => value !== "" && value !== NO_INDEX)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
  return `${head} ${String(type).padEnd(13)} ${body}`;
}

const NO_INDEX = 0xffffffff;

function fieldValue(
  record: JournalRecord,
  field: Field,
  messageText: MessageText,
): string | number {
  switch (field.kind) {
    case "u32":
      return named(record.u32(field.at), field.names);
    case "i32":
      return named(record.i32(field.at), field.names);
    case "f64":
      return record.f64(field.at);
    case "hash":
      return hex(record.u32(field.at + 4)) + hex(record.u32(field.at));
    case "char": {
      const code = record.u32(field.at);
      return code === 0 ? "" : String.fromCharCode(code & 0xff);
    }
    case "text":
      return text(record.body(field.at, 4));
    case "id":
      return text(record.body(field.at, 24));
    case "fix":
      return messageText(record.body(field.at + 4, record.u32(field.at)));
  }
}

function fixText(bytes: Uint8Array): string {
  return latin(bytes).replaceAll("\x01", "|");
}

function named(value: number, names: readonly string[] | undefined): string | number {
  return names?.[value < 0 ? -value : value] ?? value;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return latin(end < 0 ? bytes : bytes.subarray(0, end));
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** ns since session start as hh:mm:ss.nnnnnnnnn. */
function formatTime(timeNs: number): string {
  if (!Number.isFinite(timeNs) || timeNs < 0) return String(timeNs);
  const seconds = Math.floor(timeNs / 1e9);
  const two = (value: number): string => String(value).padStart(2, "0");
  const nanos = String(Math.floor(timeNs - seconds * 1e9)).padStart(9, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${nanos}`;
}
