/**
 * Every field of IEX DEEP 1.0 (specification 1.08) and TOPS 1.6 (1.66), and a reader that turns one
 * message into an object: for people, tests and `decode`. All numbers little-endian. What both feeds
 * have is the same in both; 8 and 5 are DEEP's, Q is TOPS's.
 *
 * IEX lets messages grow: what is longer than the table is read as far as the table goes.
 */

export interface IexField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly kind: "uint" | "int" | "text";
  /** Price = wire / divisor; 1 for plain numbers and text. */
  readonly divisor: number;
}

export interface IexMessage {
  readonly type: string;
  readonly name: string;
  /** Bytes at least, with the type byte. */
  readonly length: number;
  readonly feeds: "both" | "deep" | "tops";
  readonly fields: readonly IexField[];
}

function uint(offset: number, name: string, size: number): IexField {
  return { name, offset, size, kind: "uint", divisor: 1 };
}

/** Four implied decimals. */
function price(offset: number, name: string): IexField {
  return { name, offset, size: 8, kind: "int", divisor: 10000 };
}

/** Left-justified ASCII, space padded. */
function text(offset: number, name: string, size: number): IexField {
  return { name, offset, size, kind: "text", divisor: 1 };
}

/** Where the symbol is, in every type but S. */
export const IEX_SYMBOL = 10;
/** ns since 1970, UTC. */
const TIMESTAMP: IexField = { name: "timestamp", offset: 2, size: 8, kind: "int", divisor: 1 };
const SYMBOL = text(IEX_SYMBOL, "symbol", 8);

/** `first` is the byte behind the type: what the message is about. */
function message(
  type: string,
  name: string,
  length: number,
  first: IexField,
  rest: IexField[],
  feeds: IexMessage["feeds"] = "both",
): IexMessage {
  return { type, name, length, feeds, fields: [first, TIMESTAMP, SYMBOL, ...rest] };
}

const TRADE = [uint(18, "size", 4), price(22, "price"), uint(30, "trade_id", 8)];
const LEVEL = [uint(18, "size", 4), price(22, "price")];

export const IEX_MESSAGES: readonly IexMessage[] = [
  {
    type: "S",
    name: "system_event",
    length: 10,
    feeds: "both",
    fields: [text(1, "system_event", 1), TIMESTAMP],
  },
  message("D", "security_directory", 31, uint(1, "flags", 1), [
    uint(18, "round_lot_size", 4),
    price(22, "adjusted_poc_price"),
    uint(30, "luld_tier", 1),
  ]),
  message("H", "trading_status", 22, text(1, "trading_status", 1), [text(18, "reason", 4)]),
  message("I", "retail_liquidity_indicator", 18, text(1, "retail_liquidity_indicator", 1), []),
  message("O", "operational_halt_status", 18, text(1, "operational_halt_status", 1), []),
  message("P", "short_sale_price_test_status", 19, uint(1, "short_sale_price_test_status", 1), [
    text(18, "detail", 1),
  ]),
  message("E", "security_event", 18, text(1, "security_event", 1), []),
  message("8", "price_level_update_buy", 30, uint(1, "event_flags", 1), LEVEL, "deep"),
  message("5", "price_level_update_sell", 30, uint(1, "event_flags", 1), LEVEL, "deep"),
  message(
    "Q",
    "quote_update",
    42,
    uint(1, "flags", 1),
    [
      uint(18, "bid_size", 4),
      price(22, "bid_price"),
      price(30, "ask_price"),
      uint(38, "ask_size", 4),
    ],
    "tops",
  ),
  message("T", "trade_report", 38, uint(1, "sale_condition_flags", 1), TRADE),
  message("X", "official_price", 26, text(1, "price_type", 1), [price(18, "official_price")]),
  message("B", "trade_break", 38, uint(1, "sale_condition_flags", 1), TRADE),
  message("A", "auction_information", 80, text(1, "auction_type", 1), [
    uint(18, "paired_shares", 4),
    price(22, "reference_price"),
    price(30, "indicative_clearing_price"),
    uint(38, "imbalance_shares", 4),
    text(42, "imbalance_side", 1),
    uint(43, "extension_number", 1),
    uint(44, "scheduled_auction_time", 4),
    price(48, "auction_book_clearing_price"),
    price(56, "collar_reference_price"),
    price(64, "lower_auction_collar"),
    price(72, "upper_auction_collar"),
  ]),
];

/** Least length of each type of a feed, 0 = no such type there. */
export function iexLengths(feed: "deep" | "tops"): Uint8Array {
  const lengths = new Uint8Array(new ArrayBuffer(256));
  for (const { type, length, feeds } of IEX_MESSAGES) {
    if (feeds === "both" || feeds === feed) lengths[type.charCodeAt(0)] = length;
  }
  return lengths;
}

const BY_TYPE = new Map(IEX_MESSAGES.map((entry) => [entry.type.charCodeAt(0), entry]));

/** Field name to value. Numbers above 2^53 are bigint, prices stay wire integers. */
export interface IexRecord {
  type: string;
  len: number;
  [field: string]: string | number | bigint;
}

/** One message as an object, or undefined when the type is unknown or the length too short. */
export function describeIex(
  bytes: Uint8Array,
  offset: number,
  length: number,
): IexRecord | undefined {
  if (length < 1 || offset < 0 || offset + length > bytes.length) return undefined;
  const entry = BY_TYPE.get(bytes[offset]!);
  if (entry === undefined || length < entry.length) return undefined;
  const record: IexRecord = { type: entry.type, len: length };
  for (const { name, offset: from, size, kind } of entry.fields) {
    const at = offset + from;
    record[name] =
      kind === "text" ? readText(bytes, at, size) : readNumber(bytes, at, size, kind === "int");
  }
  return record;
}

function readText(bytes: Uint8Array, at: number, size: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + size)).trimEnd();
}

function readNumber(bytes: Uint8Array, at: number, size: number, signed: boolean): number | bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!);
  if (signed) value = BigInt.asIntN(8 * size, value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
