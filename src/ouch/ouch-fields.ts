/**
 * Every field of OUCH 5.0 (Nasdaq OUCH Order Entry Specification 5.0), and a reader that turns one
 * message into an object: for people and tests. All fields big-endian. The same type byte means
 * different messages each way, so the direction is asked for.
 *
 *   fixed part │ appendage length u16 │ appendage: [ length u8 (of tag and value) │ tag u8 │ value ]...
 */

export interface OuchField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly kind: "uint" | "text";
  /** Price = wire / divisor; 1 for plain numbers and text. */
  readonly divisor: number;
}

export interface OuchMessage {
  readonly type: string;
  readonly name: string;
  /** Bytes of the fixed part, with the type byte and, where there is one, the appendage length. */
  readonly length: number;
  /** The last two bytes of the fixed part are the length of an appendage. */
  readonly hasAppendage: boolean;
  readonly fields: readonly OuchField[];
  /** A field that later editions have behind the others. */
  readonly late?: OuchField;
}

export type OuchDirection = "in" | "out";

function uint(offset: number, name: string, size: number, divisor = 1): OuchField {
  return { name, offset, size, kind: "uint", divisor };
}

/** Left-justified ASCII, space padded. */
function text(offset: number, name: string, size = 1): OuchField {
  return { name, offset, size, kind: "text", divisor: 1 };
}

function price(offset: number, name = "price"): OuchField {
  return uint(offset, name, 8, 10_000);
}

function inbound(type: string, name: string, length: number, fields: OuchField[], tail = true) {
  return { type, name, length, hasAppendage: tail, fields } satisfies OuchMessage;
}

/** Behind the type byte of every message of the venue; ns since midnight Eastern time. */
const TIMESTAMP = uint(1, "timestamp", 8);

function outbound(type: string, name: string, length: number, fields: OuchField[], tail = false) {
  return {
    type,
    name,
    length,
    hasAppendage: tail,
    fields: [TIMESTAMP, ...fields],
  } satisfies OuchMessage;
}

/** Client to venue. */
export const OUCH_INBOUND: readonly OuchMessage[] = [
  inbound("O", "enter_order", 47, [
    uint(1, "user_ref_num", 4),
    text(5, "side"),
    uint(6, "quantity", 4),
    text(10, "symbol", 8),
    price(18),
    text(26, "time_in_force"),
    text(27, "display"),
    text(28, "capacity"),
    text(29, "inter_market_sweep_eligibility"),
    text(30, "cross_type"),
    text(31, "clordid", 14),
  ]),
  inbound("U", "replace_order", 40, [
    uint(1, "orig_user_ref_num", 4),
    uint(5, "user_ref_num", 4),
    uint(9, "quantity", 4),
    price(13),
    text(21, "time_in_force"),
    text(22, "display"),
    text(23, "inter_market_sweep_eligibility"),
    text(24, "clordid", 14),
  ]),
  inbound("X", "cancel_order", 9, [uint(1, "user_ref_num", 4), uint(5, "quantity", 4)], false),
  inbound(
    "M",
    "modify_order",
    10,
    [uint(1, "user_ref_num", 4), text(5, "side"), uint(6, "quantity", 4)],
    false,
  ),
  inbound("Q", "account_query", 1, [], false),
];

/** Venue to client. */
export const OUCH_OUTBOUND: readonly OuchMessage[] = [
  outbound("S", "system_event", 10, [text(9, "event_code")]),
  outbound(
    "A",
    "order_accepted",
    64,
    [
      uint(9, "user_ref_num", 4),
      text(13, "side"),
      uint(14, "quantity", 4),
      text(18, "symbol", 8),
      price(26),
      text(34, "time_in_force"),
      text(35, "display"),
      uint(36, "order_reference_number", 8),
      text(44, "capacity"),
      text(45, "inter_market_sweep_eligibility"),
      text(46, "cross_type"),
      text(47, "order_state"),
      text(48, "clordid", 14),
    ],
    true,
  ),
  outbound(
    "U",
    "replaced",
    68,
    [
      uint(9, "orig_user_ref_num", 4),
      uint(13, "user_ref_num", 4),
      text(17, "side"),
      uint(18, "quantity", 4),
      text(22, "symbol", 8),
      price(30),
      text(38, "time_in_force"),
      text(39, "display"),
      uint(40, "order_reference_number", 8),
      text(48, "capacity"),
      text(49, "inter_market_sweep_eligibility"),
      text(50, "cross_type"),
      text(51, "order_state"),
      text(52, "clordid", 14),
    ],
    true,
  ),
  outbound("C", "canceled", 18, [
    uint(9, "user_ref_num", 4),
    uint(13, "quantity", 4),
    text(17, "cancel_order_reason"),
  ]),
  {
    ...outbound("D", "aiq_canceled", 31, [
      uint(9, "user_ref_num", 4),
      uint(13, "decrement_shares", 4),
      text(17, "order_cancel_reason"),
      uint(18, "quantity_prevented_from_trading", 4),
      price(22, "execution_price"),
      text(30, "liquidity_flag"),
    ]),
    late: text(31, "aiq_strategy"),
  },
  // Some editions end it with the length of an appendage, some do not.
  outbound("E", "order_executed", 34, [
    uint(9, "user_ref_num", 4),
    uint(13, "quantity", 4),
    price(17),
    text(25, "liquidity_flag"),
    uint(26, "match_number", 8),
  ]),
  outbound("B", "broken_trade", 36, [
    uint(9, "user_ref_num", 4),
    uint(13, "match_number", 8),
    text(21, "broken_trade_reason"),
    text(22, "clordid", 14),
  ]),
  outbound("F", "trade_correction", 49, [
    uint(9, "user_ref_num", 4),
    uint(13, "quantity", 4),
    price(17),
    text(25, "liquidity_flag"),
    uint(26, "match_number", 8),
    text(34, "trade_correction_reason"),
    text(35, "clordid", 14),
  ]),
  outbound("J", "rejected_order", 29, [
    uint(9, "user_ref_num", 4),
    uint(13, "rejected_order_reason", 2),
    text(15, "clordid", 14),
  ]),
  outbound("P", "cancel_pending", 13, [uint(9, "user_ref_num", 4)]),
  outbound("I", "cancel_reject", 13, [uint(9, "user_ref_num", 4)]),
  outbound("T", "order_priority_update", 30, [
    uint(9, "user_ref_num", 4),
    price(13),
    text(21, "display"),
    uint(22, "order_reference_number", 8),
  ]),
  outbound("M", "order_modified", 18, [
    uint(9, "user_ref_num", 4),
    text(13, "side"),
    uint(14, "quantity", 4),
  ]),
  outbound(
    "R",
    "order_restated",
    16,
    [uint(9, "user_ref_num", 4), text(13, "order_restated_reason")],
    true,
  ),
  outbound("Q", "account_query_response", 13, [uint(9, "next_user_ref_num", 4)]),
];

/** Values of an appendage, by tag: offset counts from the value. */
export const OUCH_TAGS: ReadonlyMap<number, OuchField> = new Map([
  [1, uint(0, "secondary_ord_ref_num", 8)],
  [2, text(0, "firm", 4)],
  [3, uint(0, "min_qty", 4)],
  [4, text(0, "customer_type")],
  [5, uint(0, "max_floor", 4)],
  [6, text(0, "price_type")],
  [7, uint(0, "peg_offset", 4)],
  [9, price(0, "discretion_price")],
  [10, text(0, "discretion_peg_type")],
  [11, uint(0, "discretion_peg_offset", 4)],
  [12, text(0, "post_only")],
  [13, uint(0, "random_reserves", 4)],
  [14, text(0, "route", 4)],
  [15, uint(0, "expire_time", 4)],
  [16, text(0, "trade_now")],
  [17, text(0, "handle_inst")],
  [18, text(0, "bbo_weight_indicator")],
  [19, price(0, "reference_price")],
  [20, text(0, "reference_price_type")],
  [22, uint(0, "display_quantity", 4)],
  [23, price(0, "display_price")],
  [24, uint(0, "group_id", 2)],
  [25, text(0, "shares_located")],
  [26, text(0, "locate_broker", 4)],
  [27, text(0, "side")],
  [28, uint(0, "user_ref_idx", 1)],
  [29, text(0, "aiq_strategy")],
  [30, text(0, "aiq_group_id", 2)],
]);

const BY_TYPE = {
  in: new Map(OUCH_INBOUND.map((entry) => [entry.type.charCodeAt(0), entry])),
  out: new Map(OUCH_OUTBOUND.map((entry) => [entry.type.charCodeAt(0), entry])),
};

/** Field name to value. Numbers above 2^53 are bigint, prices stay wire integers. */
export interface OuchRecord {
  type: string;
  len: number;
  [field: string]: string | number | bigint;
}

/**
 * One message as an object, or undefined when type and length do not fit, or its appendage does not
 * step exactly to its end. Values of tags that are not known come as `tag_N`, in hex.
 */
export function describeOuch(
  direction: OuchDirection,
  bytes: Uint8Array,
  offset: number,
  length: number,
): OuchRecord | undefined {
  if (length < 1 || offset < 0 || offset + length > bytes.length) return undefined;
  const entry = BY_TYPE[direction].get(bytes[offset]!);
  if (entry === undefined || length < entry.length) return undefined;
  const record: OuchRecord = { type: entry.type, len: length };
  for (const field of entry.fields) {
    record[field.name] = readField(bytes, offset + field.offset, field);
  }
  const { late } = entry;
  if (late !== undefined && isWhole(bytes, offset, length, entry.length + late.size, false)) {
    record[late.name] = readField(bytes, offset + late.offset, late);
    readAppendage(bytes, offset + entry.length + late.size + 2, offset + length, record);
    return record;
  }
  const fields = entry.hasAppendage ? entry.length - 2 : entry.length;
  if (!isWhole(bytes, offset, length, fields, entry.hasAppendage)) return undefined;
  readAppendage(bytes, offset + fields + 2, offset + length, record);
  return record;
}

/**
 * True when the message ends with its fields, or with an appendage behind them that steps exactly to
 * its end; `must`: it has one, if an empty one.
 */
function isWhole(
  bytes: Uint8Array,
  offset: number,
  length: number,
  fields: number,
  must: boolean,
): boolean {
  if (length === fields) return !must;
  if (length < fields + 2) return false;
  const end = offset + length;
  let at = offset + fields + 2;
  if (at + bytes[at - 2]! * 256 + bytes[at - 1]! !== end) return false;
  while (at < end && bytes[at]! > 0) at += 1 + bytes[at]!;
  return at === end;
}

function readAppendage(bytes: Uint8Array, from: number, to: number, record: OuchRecord): void {
  for (let at = from; at < to; at += 1 + bytes[at]!) {
    const size = bytes[at]! - 1;
    const tag = bytes[at + 1]!;
    const field = OUCH_TAGS.get(tag);
    if (field !== undefined && field.size === size) {
      record[field.name] = readField(bytes, at + 2, field);
    } else {
      record[`tag_${tag}`] = Buffer.from(bytes.subarray(at + 2, at + 2 + size)).toString("hex");
    }
  }
}

function readField(bytes: Uint8Array, at: number, field: OuchField): string | number | bigint {
  return field.kind === "text"
    ? String.fromCharCode(...bytes.subarray(at, at + field.size)).trimEnd()
    : readUint(bytes, at, field.size);
}

function readUint(bytes: Uint8Array, at: number, size: number): number | bigint {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + bytes[at + i]!;
  if (value <= Number.MAX_SAFE_INTEGER) return value;
  let exact = 0n;
  for (let i = 0; i < size; i++) exact = (exact << 8n) | BigInt(bytes[at + i]!);
  return exact;
}
