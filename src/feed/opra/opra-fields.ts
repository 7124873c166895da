/**
 * Every field of OPRA's Pillar output (Binary Data Recipient Specification 6.3.a, Feb 2026), and a
 * reader that turns one message into an object: for people, tests and `decode`. All fields
 * big-endian; reserved bytes are left out.
 *
 * A price stays the integer of the wire: its divisor is in the denominator code beside it. The
 * short quote (q) has none: strike in tenths, premiums in hundredths.
 */

export interface OpraField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly kind: "uint" | "int" | "text";
}

export interface OpraMessage {
  readonly category: string;
  /** Only messages of this type have the fields; "" = all types. */
  readonly type: string;
  readonly name: string;
  /** Bytes without appendages; of C without its text. */
  readonly length: number;
  readonly fields: readonly OpraField[];
}

function uint(offset: number, name: string, size: number): OpraField {
  return { name, offset, size, kind: "uint" };
}

/** Two's complement. */
function int(offset: number, name: string, size: number): OpraField {
  return { name, offset, size, kind: "int" };
}

/** Left-justified ASCII, space padded. */
function text(offset: number, name: string, size: number): OpraField {
  return { name, offset, size, kind: "text" };
}

/** Of every message; the category is at 1. */
const HEAD: readonly OpraField[] = [
  text(0, "participant_id", 1),
  text(2, "message_type", 1),
  text(3, "message_indicator", 1),
  uint(4, "transaction_id", 4),
  uint(8, "participant_reference_number", 4),
];
export const OPRA_HEAD_BYTES = 12;

/** Month letter (A-L calls, M-X puts, January first), day, year of the century. */
function expiration(offset: number): OpraField[] {
  return [
    text(offset, "expiration_month", 1),
    uint(offset + 1, "expiration_day", 1),
    uint(offset + 2, "expiration_year", 1),
  ];
}

/** The series of a d f k. */
const SERIES: readonly OpraField[] = [
  text(12, "security_symbol", 5),
  ...expiration(18),
  text(21, "strike_price_denominator_code", 1),
  uint(22, "strike_price", 4),
];

function message(
  category: string,
  name: string,
  length: number,
  fields: readonly OpraField[],
  type = "",
): OpraMessage {
  return { category, type, name, length, fields: [...HEAD, ...fields] };
}

export const OPRA_MESSAGES: readonly OpraMessage[] = [
  message("a", "equity_and_index_last_sale", 43, [
    ...SERIES,
    uint(26, "volume", 4),
    text(30, "premium_price_denominator_code", 1),
    int(31, "premium_price", 4),
    uint(35, "trade_identifier", 4),
  ]),
  message("d", "open_interest", 30, [...SERIES, uint(26, "open_interest_volume", 4)]),
  message("f", "equity_and_index_end_of_day_summary", 72, [
    ...SERIES,
    uint(26, "volume", 4),
    uint(30, "open_interest_volume", 4),
    text(34, "premium_price_denominator_code", 1),
    int(35, "open_price", 4),
    int(39, "high_price", 4),
    int(43, "low_price", 4),
    int(47, "last_price", 4),
    int(51, "net_change", 4),
    text(55, "underlying_price_denominator_code", 1),
    int(56, "underlying_price", 8),
    int(64, "bid_price", 4),
    int(68, "offer_price", 4),
  ]),
  message("k", "long_equity_and_index_quote", 43, [
    ...SERIES,
    text(26, "premium_price_denominator_code", 1),
    int(27, "bid_price", 4),
    uint(31, "bid_size", 4),
    int(35, "offer_price", 4),
    uint(39, "offer_size", 4),
  ]),
  message("q", "short_equity_and_index_quote", 29, [
    text(12, "security_symbol_short", 4),
    ...expiration(16),
    uint(19, "strike_price_short", 2),
    uint(21, "bid_price_short", 2),
    uint(23, "bid_size_short", 2),
    uint(25, "offer_price_short", 2),
    uint(27, "offer_size_short", 2),
  ]),
  message("R", "series_mapping", 155, [
    text(12, "security_symbol", 5),
    ...expiration(17),
    text(20, "strike_price_denominator_code", 1),
    uint(21, "strike_price", 4),
    uint(25, "multicast_line_number", 2),
  ]),
  message("Y", "underlying_value_last_sale", 27, [
    text(12, "security_symbol", 5),
    text(18, "index_value_denominator_code", 1),
    int(19, "index_value", 4),
  ]),
  message(
    "Y",
    "underlying_value_bid_and_offer",
    31,
    [
      text(12, "security_symbol", 5),
      text(18, "index_value_denominator_code", 1),
      int(19, "bid_index_value", 4),
      int(23, "offer_index_value", 8),
    ],
    "I",
  ),
  message("H", "control", 12, []),
  // message_text follows, of so many bytes.
  message("C", "administrative", 14, [uint(12, "message_data_length", 2)]),
];

/** Behind the body of k and q; with both, the bid's comes first. */
export const OPRA_APPENDAGE_BYTES = 10;
const APPENDAGE: readonly OpraField[] = [
  text(0, "participant_id", 1),
  text(1, "denominator_code", 1),
  int(2, "price", 4),
  uint(6, "size", 4),
];

/** What the indicator of k and q says of one side of the best bid and offer. */
export type BboSide = "unchanged" | "quote" | "none" | "appendage";

export const BBO_INDICATORS: Readonly<Record<string, { bid: BboSide; offer: BboSide }>> = {
  A: { bid: "unchanged", offer: "unchanged" },
  B: { bid: "unchanged", offer: "quote" },
  C: { bid: "unchanged", offer: "appendage" },
  D: { bid: "unchanged", offer: "none" },
  E: { bid: "quote", offer: "unchanged" },
  F: { bid: "quote", offer: "quote" },
  G: { bid: "quote", offer: "appendage" },
  H: { bid: "quote", offer: "none" },
  I: { bid: "none", offer: "unchanged" },
  J: { bid: "none", offer: "quote" },
  K: { bid: "none", offer: "appendage" },
  L: { bid: "none", offer: "none" },
  M: { bid: "appendage", offer: "unchanged" },
  N: { bid: "appendage", offer: "quote" },
  O: { bid: "appendage", offer: "appendage" },
  P: { bid: "appendage", offer: "none" },
  // The quote is not part of the best bid and offer, which stay as they are.
  " ": { bid: "unchanged", offer: "unchanged" },
};

/** Price = wire / divisor. */
export const DENOMINATORS: Readonly<Record<string, number>> = {
  A: 10,
  B: 100,
  C: 1000,
  D: 10_000,
  E: 100_000,
  F: 1_000_000,
  G: 10_000_000,
  I: 1,
};

/** Field name to value. Numbers above 2^53 are bigint, prices stay wire integers. */
export interface OpraRecord {
  /** The message's category. */
  type: string;
  len: number;
  [field: string]: string | number | bigint;
}

/** One message as an object, or undefined when category and length do not fit. @cold */
export function describeOpra(
  bytes: Uint8Array,
  offset: number,
  length: number,
): OpraRecord | undefined {
  if (length < OPRA_HEAD_BYTES || offset < 0 || offset + length > bytes.length) return undefined;
  const category = String.fromCharCode(bytes[offset + 1]!);
  const entry = entryOf(category, String.fromCharCode(bytes[offset + 2]!));
  if (entry === undefined || entry.length > length) return undefined;
  const record: OpraRecord = { type: category, len: length };
  read(record, bytes, offset, entry.fields, "");
  let at = entry.length;
  if (category === "C") {
    const textBytes = Number(record["message_data_length"]);
    if (at + textBytes !== length) return undefined;
    record["message_text"] = readText(bytes, offset + at, textBytes);
    return record;
  }
  for (const side of appendagesOf(category, bytes[offset + 3]!)) {
    if (at + OPRA_APPENDAGE_BYTES > length) return undefined;
    read(record, bytes, offset + at, APPENDAGE, `best_${side}_`);
    at += OPRA_APPENDAGE_BYTES;
  }
  return at === length ? record : undefined;
}

/** The appendages that follow a message with this indicator, in their order. */
export function appendagesOf(category: string, indicator: number): ("bid" | "offer")[] {
  if (category !== "k" && category !== "q") return [];
  const told = BBO_INDICATORS[String.fromCharCode(indicator)];
  return (["bid", "offer"] as const).filter((side) => told?.[side] === "appendage");
}

/** Y has a layout of its own for type I. */
function entryOf(category: string, type: string): OpraMessage | undefined {
  const entries = OPRA_MESSAGES.filter((m) => m.category === category);
  return entries.find((m) => m.type === type) ?? entries.find((m) => m.type === "");
}

function read(
  record: OpraRecord,
  bytes: Uint8Array,
  offset: number,
  fields: readonly OpraField[],
  prefix: string,
): void {
  for (const { name, offset: at, size, kind } of fields) {
    record[prefix + name] =
      kind === "text"
        ? readText(bytes, offset + at, size)
        : readNumber(bytes, offset + at, size, kind === "int");
  }
}

function readText(bytes: Uint8Array, at: number, size: number): string {
  let value = "";
  for (let i = 0; i < size; i++) value += String.fromCharCode(bytes[at + i]!);
  return value.trimEnd();
}

function readNumber(bytes: Uint8Array, at: number, size: number, signed: boolean): number | bigint {
  let value = 0n;
  for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(bytes[at + i]!);
  if (signed) value = BigInt.asIntN(8 * size, value);
  const isSafe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return isSafe ? Number(value) : value;
}

/** The header of a block: see block-framing.ts. */
const BLOCK_HEADER: readonly OpraField[] = [
  uint(0, "version", 1),
  uint(1, "block_size", 2),
  text(3, "data_feed_indicator", 1),
  text(4, "retransmission_indicator", 1),
  uint(5, "session_indicator", 1),
  uint(6, "block_sequence_number", 4),
  uint(10, "messages_in_block", 1),
  uint(11, "seconds", 4),
  uint(15, "nanoseconds", 4),
  uint(19, "block_checksum", 2),
];
export const OPRA_BLOCK_HEADER_BYTES = 21;

/** The header of a block as an object, or undefined when there is no room for one. @cold */
export function describeOpraBlock(
  bytes: Uint8Array,
  offset: number,
  length: number,
): Record<string, string | number | bigint> | undefined {
  if (length < OPRA_BLOCK_HEADER_BYTES || offset + length > bytes.length) return undefined;
  const record: OpraRecord = { type: "", len: 0 };
  read(record, bytes, offset, BLOCK_HEADER, "");
  const { type: _type, len: _len, ...header } = record;
  return header;
}
