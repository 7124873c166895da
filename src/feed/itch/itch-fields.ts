/**
 * Every field of ITCH 5.0 (Nasdaq TotalView-ITCH, edition Feb 2026), and a reader that turns one
 * message into an object: for people, tests and `decode`. All fields big-endian.
 */

export interface ItchField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly kind: "uint" | "text";
  /** Price = wire / divisor; 1 for plain numbers and text. */
  readonly divisor: number;
}

export interface ItchMessage {
  readonly type: string;
  readonly name: string;
  /** Bytes, with the type byte. */
  readonly length: number;
  readonly fields: readonly ItchField[];
}

function uint(offset: number, name: string, size: number, divisor = 1): ItchField {
  return { name, offset, size, kind: "uint", divisor };
}

/** Left-justified ASCII, space padded. */
function text(offset: number, name: string, size: number): ItchField {
  return { name, offset, size, kind: "text", divisor: 1 };
}

/** Behind the type byte of every message; timestamp = ns since midnight Eastern time. */
const HEAD: readonly ItchField[] = [
  uint(1, "stock_locate", 2),
  uint(3, "tracking_number", 2),
  uint(5, "timestamp", 6),
];

function message(type: string, name: string, length: number, fields: ItchField[]): ItchMessage {
  return { type, name, length, fields: [...HEAD, ...fields] };
}

export const ITCH_MESSAGES: readonly ItchMessage[] = [
  message("S", "system_event", 12, [text(11, "event_code", 1)]),
  message("R", "stock_directory", 39, [
    text(11, "stock", 8),
    text(19, "market_category", 1),
    text(20, "financial_status_indicator", 1),
    uint(21, "round_lot_size", 4),
    text(25, "round_lots_only", 1),
    text(26, "issue_classification", 1),
    text(27, "issue_sub_type", 2),
    text(29, "authenticity", 1),
    text(30, "short_sale_threshold_indicator", 1),
    text(31, "ipo_flag", 1),
    text(32, "luld_reference_price_tier", 1),
    text(33, "etp_flag", 1),
    uint(34, "etp_leverage_factor", 4),
    text(38, "inverse_indicator", 1),
  ]),
  message("H", "stock_trading_action", 25, [
    text(11, "stock", 8),
    text(19, "trading_state", 1),
    text(20, "reserved", 1),
    text(21, "reason_code", 4),
  ]),
  message("Y", "reg_sho_short_sale_price_test_restricted_indicator", 20, [
    text(11, "stock", 8),
    text(19, "reg_sho_action", 1),
  ]),
  message("L", "market_participant_position", 26, [
    text(11, "mpid", 4),
    text(15, "stock", 8),
    text(23, "primary_market_maker", 1),
    text(24, "market_maker_mode", 1),
    text(25, "market_participant_state", 1),
  ]),
  message("V", "mwcb_decline_level", 35, [
    uint(11, "level_1", 8, 100000000),
    uint(19, "level_2", 8, 100000000),
    uint(27, "level_3", 8, 100000000),
  ]),
  message("W", "mwcb_status_level", 12, [text(11, "breached_level", 1)]),
  message("K", "ipo_quoting_period_update", 28, [
    text(11, "stock", 8),
    uint(19, "ipo_quotation_release_time", 4),
    text(23, "ipo_quotation_release_qualifier", 1),
    uint(24, "ipo_price", 4, 10000),
  ]),
  message("J", "luld_auction_collar", 35, [
    text(11, "stock", 8),
    uint(19, "auction_collar_reference_price", 4, 10000),
    uint(23, "upper_auction_collar_price", 4, 10000),
    uint(27, "lower_auction_collar_price", 4, 10000),
    uint(31, "auction_collar_extension", 4),
  ]),
  message("h", "operational_halt", 21, [
    text(11, "stock", 8),
    text(19, "market_code", 1),
    text(20, "operational_halt_action", 1),
  ]),
  message("A", "add_order_no_mpid_attribution", 36, [
    uint(11, "order_reference_number", 8),
    text(19, "buy_sell_indicator", 1),
    uint(20, "shares", 4),
    text(24, "stock", 8),
    uint(32, "price", 4, 10000),
  ]),
  message("F", "add_order_with_mpid_attribution", 40, [
    uint(11, "order_reference_number", 8),
    text(19, "buy_sell_indicator", 1),
    uint(20, "shares", 4),
    text(24, "stock", 8),
    uint(32, "price", 4, 10000),
    text(36, "attribution", 4),
  ]),
  message("E", "order_executed", 31, [
    uint(11, "order_reference_number", 8),
    uint(19, "executed_shares", 4),
    uint(23, "match_number", 8),
  ]),
  message("C", "order_executed_with_price", 36, [
    uint(11, "order_reference_number", 8),
    uint(19, "executed_shares", 4),
    uint(23, "match_number", 8),
    text(31, "printable", 1),
    uint(32, "execution_price", 4, 10000),
  ]),
  message("X", "order_cancel", 23, [
    uint(11, "order_reference_number", 8),
    uint(19, "canceled_shares", 4),
  ]),
  message("D", "order_delete", 19, [uint(11, "order_reference_number", 8)]),
  message("U", "order_replace", 35, [
    uint(11, "original_order_reference_number", 8),
    uint(19, "new_order_reference_number", 8),
    uint(27, "shares", 4),
    uint(31, "price", 4, 10000),
  ]),
  message("P", "non_cross_trade", 44, [
    uint(11, "order_reference_number", 8),
    text(19, "buy_sell_indicator", 1),
    uint(20, "shares", 4),
    text(24, "stock", 8),
    uint(32, "price", 4, 10000),
    uint(36, "match_number", 8),
  ]),
  message("Q", "cross_trade", 40, [
    uint(11, "cross_shares", 8),
    text(19, "stock", 8),
    uint(27, "cross_price", 4, 10000),
    uint(31, "match_number", 8),
    text(39, "cross_type", 1),
  ]),
  message("B", "broken_trade", 19, [uint(11, "match_number", 8)]),
  message("I", "net_order_imbalance_indicator", 50, [
    uint(11, "paired_shares", 8),
    uint(19, "imbalance_shares", 8),
    text(27, "imbalance_direction", 1),
    text(28, "stock", 8),
    uint(36, "far_price", 4, 10000),
    uint(40, "near_price", 4, 10000),
    uint(44, "current_reference_price", 4, 10000),
    text(48, "cross_type", 1),
    text(49, "price_variation_indicator", 1),
  ]),
  message("N", "retail_price_improvement_indicator", 20, [
    text(11, "stock", 8),
    text(19, "interest_flag", 1),
  ]),
  message("O", "direct_listing_with_capital_raise_price_discovery", 48, [
    text(11, "stock", 8),
    text(19, "open_eligibility_status", 1),
    uint(20, "minimum_allowable_price", 4, 10000),
    uint(24, "maximum_allowable_price", 4, 10000),
    uint(28, "near_execution_price", 4, 10000),
    uint(32, "near_execution_time", 8),
    uint(40, "lower_price_range_collar", 4, 10000),
    uint(44, "upper_price_range_collar", 4, 10000),
  ]),
];

const BY_TYPE = new Map(ITCH_MESSAGES.map((entry) => [entry.type.charCodeAt(0), entry]));

/** Field name to value. Numbers above 2^53 are bigint, prices stay wire integers. */
export interface ItchRecord {
  type: string;
  len: number;
  [field: string]: string | number | bigint;
}

/** One message as an object, or undefined when type and length do not fit. @cold */
export function describeItch(
  bytes: Uint8Array,
  offset: number,
  length: number,
): ItchRecord | undefined {
  if (length < 1 || offset < 0 || offset + length > bytes.length) return undefined;
  const entry = BY_TYPE.get(bytes[offset]!);
  if (entry === undefined || entry.length !== length) return undefined;
  const record: ItchRecord = { type: entry.type, len: length };
  for (const field of entry.fields) {
    const at = offset + field.offset;
    record[field.name] =
      field.kind === "text" ? readText(bytes, at, field.size) : readUint(bytes, at, field.size);
  }
  return record;
}

function readText(bytes: Uint8Array, at: number, size: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + size)).trimEnd();
}

function readUint(bytes: Uint8Array, at: number, size: number): number | bigint {
  // Exact as a double up to 2^53; nearly all are, and BigInt is ten times slower.
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + bytes[at + i]!;
  if (value <= Number.MAX_SAFE_INTEGER) return value;
  let exact = 0n;
  for (let i = 0; i < size; i++) exact = (exact << 8n) | BigInt(bytes[at + i]!);
  return exact;
}
