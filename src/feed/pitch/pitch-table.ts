/** What a table of Cboe Multicast PITCH messages is made of. All numbers are little-endian. */

export interface PitchField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly kind: "uint" | "int" | "text";
  /** Price = wire / divisor; 1 for plain numbers and text. */
  readonly divisor: number;
}

export interface PitchMessage {
  /** The type byte, and as people write it: "0x2F". */
  readonly code: number;
  readonly type: string;
  readonly name: string;
  /** Bytes, with the length byte. */
  readonly length: number;
  /** True: a repeating part that is not in the table may follow. */
  readonly isOpen: boolean;
  readonly fields: readonly PitchField[];
}

export function uint(offset: number, name: string, size: number, divisor = 1): PitchField {
  return { name, offset, size, kind: "uint", divisor };
}

export function int(offset: number, name: string, size: number, divisor = 1): PitchField {
  return { name, offset, size, kind: "int", divisor };
}

/** Left-justified ASCII, space padded. */
export function text(offset: number, name: string, size: number): PitchField {
  return { name, offset, size, kind: "text", divisor: 1 };
}

/** ns since the last time message of the unit: behind the type byte of nearly every message. */
export const TIMESTAMP = uint(2, "timestamp", 4);

/** A message whose first field is the timestamp. */
export function timed(
  code: number,
  name: string,
  length: number,
  fields: PitchField[] = [],
): PitchMessage {
  return untimed(code, name, length, [TIMESTAMP, ...fields]);
}

export function untimed(
  code: number,
  name: string,
  length: number,
  fields: PitchField[],
): PitchMessage {
  const type = `0x${code.toString(16).toUpperCase().padStart(2, "0")}`;
  return { code, type, name, length, isOpen: false, fields };
}

// Fields that several messages share, by what Cboe calls the forms: long = 4 bytes of quantity and 8 of
// price with four decimals, short = 2 and 2 with two, expanded = long with a symbol of 8.

export const ORDER_ID = uint(6, "order_id", 8);
const SIDE = text(14, "side_indicator", 1);

/** Long add or trade up to the price, which ends at 33. */
export function longOrder(price = uint): PitchField[] {
  return [
    ORDER_ID,
    SIDE,
    uint(15, "quantity_binary_4", 4),
    text(19, "symbol_printable_ascii_6", 6),
    price(25, "price_binary_long_price_8", 8, 10000),
  ];
}

/** Short add or trade up to the price, which ends at 25. */
export function shortOrder(price = uint): PitchField[] {
  return [
    ORDER_ID,
    SIDE,
    uint(15, "quantity_binary_2", 2),
    text(17, "symbol_printable_ascii_6", 6),
    price(23, "price_binary_short_price_2", 2, 100),
  ];
}

/** Expanded add or trade up to the price, which ends at 35. */
export const EXPANDED_ORDER: readonly PitchField[] = [
  ORDER_ID,
  SIDE,
  uint(15, "quantity_binary_4", 4),
  text(19, "symbol_printable_ascii_8", 8),
  uint(27, "price_binary_long_price_8", 8, 10000),
];

export function longChange(price = uint): PitchField[] {
  return [
    ORDER_ID,
    uint(14, "quantity_binary_4", 4),
    price(18, "price_binary_long_price_8", 8, 10000),
  ];
}

export function shortChange(price = uint): PitchField[] {
  return [
    ORDER_ID,
    uint(14, "quantity_binary_2", 2),
    price(16, "price_binary_short_price_2", 2, 100),
  ];
}

export const EXECUTION: readonly PitchField[] = [
  ORDER_ID,
  uint(14, "executed_quantity", 4),
  uint(18, "execution_id", 8),
];

export const EXECUTION_AT: readonly PitchField[] = [
  ORDER_ID,
  uint(14, "executed_quantity", 4),
  uint(18, "remaining_quantity", 4),
  uint(22, "execution_id", 8),
  uint(30, "price_binary_long_price_8", 8, 10000),
];

export const AUCTION_SUMMARY: readonly PitchField[] = [
  text(6, "stock_symbol", 8),
  text(14, "auction_type", 1),
  uint(15, "price_binary_long_price_8", 8, 10000),
  uint(23, "shares_contracts", 4),
];

/** The same in every edition. */
export const COMMON_MESSAGES: readonly PitchMessage[] = [
  timed(0x97, "unit_clear", 6),
  timed(0x25, "reduce_size_long", 18, [ORDER_ID, uint(14, "canceled_quantity_binary_4", 4)]),
  timed(0x26, "reduce_size_short", 16, [ORDER_ID, uint(14, "canceled_quantity_binary_2", 2)]),
  timed(0x29, "delete_order", 14, [ORDER_ID]),
  timed(0x2c, "trade_break", 14, [uint(6, "execution_id", 8)]),
  timed(0x2d, "end_of_session", 6),
];

/** Where time comes with a date: options and futures. */
export const DATED_TIME_MESSAGES: readonly PitchMessage[] = [
  untimed(0x20, "time", 10, [uint(2, "time", 4), uint(6, "epoch_time", 4)]),
  untimed(0xb1, "time_reference", 18, [
    uint(2, "midnight_reference", 4),
    uint(6, "time", 4),
    uint(10, "timestamp", 4),
    uint(14, "trade_date", 4),
  ]),
  timed(0xbc, "transaction_begin", 6),
  timed(0xbd, "transaction_end", 6),
];
