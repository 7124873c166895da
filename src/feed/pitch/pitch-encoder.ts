/**
 * Cboe US equities multicast PITCH messages (2.41.64) as bytes, with those of the gap request proxy
 * and the spin server. Written from the specification's offsets, and shares nothing with the
 * decoder, so that each checks the other.
 *
 * Every message: length u8 (itself included), type u8; little-endian. Prices of short forms are in
 * 1/100, all others in 1/10000. Text is ASCII, padded with spaces.
 */
import { type Field, type FieldValues, writeFields, writeLittle } from "../little-endian.ts";

const TIME = ["timestamp", 2, 4, "u"] as const;
const ORDER = ["orderId", 6, 8, "u"] as const;
const SIDE = ["side", 14, 1, "c"] as const;
const FLAGS_DISPLAYED = 1;

/** Order id, side, size and symbol, then price: at 4 bytes of size, 6 of symbol. */
const LONG = [
  TIME,
  ORDER,
  SIDE,
  ["quantity", 15, 4, "u"],
  ["symbol", 19, 6, "c"],
  ["price", 25, 8, "u"],
] as const;
/** The same at 2 bytes of size, 6 of symbol, 2 of price. */
const SHORT = [
  TIME,
  ORDER,
  SIDE,
  ["quantity", 15, 2, "u"],
  ["symbol", 17, 6, "c"],
  ["price", 23, 2, "u"],
] as const;
/** The same at 4 bytes of size, 8 of symbol. */
const EXPANDED = [
  TIME,
  ORDER,
  SIDE,
  ["quantity", 15, 4, "u"],
  ["symbol", 19, 8, "c"],
  ["price", 27, 8, "u"],
] as const;
const STOCK = ["symbol", 6, 8, "c"] as const;
const GAP = [
  ["unit", 2, 1, "u"],
  ["sequence", 3, 4, "u"],
  ["count", 7, 2, "u"],
] as const;

const LAYOUTS = {
  /** Seconds since midnight, Eastern; other messages tell ns since it. */
  time: { type: 0x20, bytes: 6, fields: [["seconds", 2, 4, "u"]] },
  /** Every order of the unit is gone. */
  unitClear: { type: 0x97, bytes: 6, fields: [TIME] },
  addLong: { type: 0x21, bytes: 34, fields: [...LONG, ["flags", 33, 1, "u", FLAGS_DISPLAYED]] },
  addShort: { type: 0x22, bytes: 26, fields: [...SHORT, ["flags", 25, 1, "u", FLAGS_DISPLAYED]] },
  addExpanded: {
    type: 0x2f,
    bytes: 41,
    fields: [
      ...EXPANDED,
      ["flags", 35, 1, "u", FLAGS_DISPLAYED],
      ["participant", 36, 4, "c", ""],
      ["customer", 40, 1, "c", "N"],
    ],
  },
  executed: {
    type: 0x23,
    bytes: 26,
    fields: [TIME, ORDER, ["quantity", 14, 4, "u"], ["execution", 18, 8, "u"]],
  },
  /** Executed at another price than its own; what is left of it is told. */
  executedAt: {
    type: 0x24,
    bytes: 38,
    fields: [
      TIME,
      ORDER,
      ["quantity", 14, 4, "u"],
      ["remaining", 18, 4, "u"],
      ["execution", 22, 8, "u"],
      ["price", 30, 8, "u"],
    ],
  },
  /** This much less. */
  reduceLong: { type: 0x25, bytes: 18, fields: [TIME, ORDER, ["quantity", 14, 4, "u"]] },
  reduceShort: { type: 0x26, bytes: 16, fields: [TIME, ORDER, ["quantity", 14, 2, "u"]] },
  modifyLong: {
    type: 0x27,
    bytes: 27,
    fields: [
      TIME,
      ORDER,
      ["quantity", 14, 4, "u"],
      ["price", 18, 8, "u"],
      ["flags", 26, 1, "u", FLAGS_DISPLAYED],
    ],
  },
  modifyShort: {
    type: 0x28,
    bytes: 19,
    fields: [
      TIME,
      ORDER,
      ["quantity", 14, 2, "u"],
      ["price", 16, 2, "u"],
      ["flags", 18, 1, "u", FLAGS_DISPLAYED],
    ],
  },
  deleted: { type: 0x29, bytes: 14, fields: [TIME, ORDER] },
  /** Against an order that was not displayed. */
  tradeLong: { type: 0x2a, bytes: 41, fields: [...LONG, ["execution", 33, 8, "u"]] },
  tradeShort: { type: 0x2b, bytes: 33, fields: [...SHORT, ["execution", 25, 8, "u"]] },
  tradeExpanded: { type: 0x30, bytes: 43, fields: [...EXPANDED, ["execution", 35, 8, "u"]] },
  tradeBreak: { type: 0x2c, bytes: 14, fields: [TIME, ["execution", 6, 8, "u"]] },
  endOfSession: { type: 0x2d, bytes: 6, fields: [TIME] },
  tradingStatus: {
    type: 0x31,
    bytes: 18,
    fields: [
      TIME,
      STOCK,
      ["status", 14, 1, "c"],
      ["regSho", 15, 1, "c", "0"],
      ["reserved1", 16, 1, "c", ""],
      ["reserved2", 17, 1, "c", ""],
    ],
  },
  auctionSummary: {
    type: 0x96,
    bytes: 27,
    fields: [TIME, STOCK, ["auction", 14, 1, "c"], ["price", 15, 8, "u"], ["quantity", 23, 4, "u"]],
  },
  retail: { type: 0x98, bytes: 15, fields: [TIME, STOCK, ["interest", 14, 1, "c"]] },
  login: {
    type: 0x01,
    bytes: 22,
    fields: [
      ["session", 2, 4, "c"],
      ["user", 6, 4, "c"],
      ["filler", 10, 2, "c", ""],
      ["password", 12, 10, "c"],
    ],
  },
  loginResponse: { type: 0x02, bytes: 3, fields: [["status", 2, 1, "c"]] },
  gapRequest: { type: 0x03, bytes: 9, fields: GAP },
  gapResponse: { type: 0x04, bytes: 10, fields: [...GAP, ["status", 9, 1, "c"]] },
  imageAvailable: { type: 0x80, bytes: 6, fields: [["sequence", 2, 4, "u"]] },
  spinRequest: { type: 0x81, bytes: 6, fields: [["sequence", 2, 4, "u"]] },
  spinResponse: {
    type: 0x82,
    bytes: 11,
    fields: [
      ["sequence", 2, 4, "u"],
      ["orders", 6, 4, "u"],
      ["status", 10, 1, "c"],
    ],
  },
  spinFinished: { type: 0x83, bytes: 6, fields: [["sequence", 2, 4, "u"]] },
} as const satisfies Record<string, { type: number; bytes: number; fields: readonly Field[] }>;

export type PitchMessage = keyof typeof LAYOUTS;

type FieldOf<M extends PitchMessage> = (typeof LAYOUTS)[M]["fields"][number];
type ValueOf<F> = F extends readonly [unknown, unknown, unknown, "c", ...unknown[]]
  ? string
  : number | bigint;
type Required<F> = F extends readonly [unknown, unknown, unknown, unknown] ? F : never;
type Optional<F> = F extends readonly [unknown, unknown, unknown, unknown, unknown] ? F : never;

/** The fields of a message by name; what has a usual value may be left out. */
export type PitchFields<M extends PitchMessage> = {
  [F in Required<FieldOf<M>> as F[0]]: ValueOf<F>;
} & {
  [F in Optional<FieldOf<M>> as F[0]]?: ValueOf<F>;
};

/** Bytes of one message. Throws RangeError for a value that its field can't hold. */
export function encodePitch<M extends PitchMessage>(
  message: M,
  fields: PitchFields<M>,
): Uint8Array {
  const layout = LAYOUTS[message];
  const bytes = new Uint8Array(layout.bytes);
  bytes[0] = layout.bytes;
  bytes[1] = layout.type;
  writeFields(bytes, 0, layout.fields, fields as FieldValues);
  return bytes;
}

/** length u16 (itself included), count u8, unit u8, sequence u32 of the first message. */
export const UNIT_HEADER_BYTES = 8;
export const UNIT_COUNT_MAX = 255;

/** Writes a sequenced unit header at the front of `bytes`; count 0: sequence is the next one. */
export function writeUnitHeader(
  bytes: Uint8Array,
  length: number,
  count: number,
  unit: number,
  sequence: number,
): void {
  writeLittle(bytes, 0, 2, length);
  writeLittle(bytes, 2, 1, count);
  writeLittle(bytes, 3, 1, unit);
  writeLittle(bytes, 4, 4, sequence);
}

/** Symbols of more characters take the expanded form. */
const LONG_SYMBOL = 6;
const SHORT_MAX = 0xffff;

export interface PitchAdd {
  timestamp: number;
  orderId: number | bigint;
  side: string;
  quantity: number;
  symbol: string;
  /** 1/10000 */
  price: number;
  /** Four characters; empty: not attributed. */
  participant: string;
}

/** An add in the shortest form that holds it. */
export function encodeAdd(add: PitchAdd): Uint8Array {
  const { participant, ...fields } = add;
  if (add.symbol.length > LONG_SYMBOL || participant !== "") return encodePitch("addExpanded", add);
  if (!fitsShort(add.price, add.quantity)) return encodePitch("addLong", fields);
  return encodePitch("addShort", { ...fields, price: add.price / 100 });
}

/** A modify in the shortest form that holds it; price in 1/10000. */
export function encodeModify(
  timestamp: number,
  orderId: number | bigint,
  quantity: number,
  price: number,
): Uint8Array {
  const fields = { timestamp, orderId, quantity };
  if (!fitsShort(price, quantity)) return encodePitch("modifyLong", { ...fields, price });
  return encodePitch("modifyShort", { ...fields, price: price / 100 });
}

/** A reduction in the shortest form that holds it. */
export function encodeReduce(
  timestamp: number,
  orderId: number | bigint,
  quantity: number,
): Uint8Array {
  const form = quantity <= SHORT_MAX ? "reduceShort" : "reduceLong";
  return encodePitch(form, { timestamp, orderId, quantity });
}

function fitsShort(price: number, quantity: number): boolean {
  return quantity <= SHORT_MAX && price % 100 === 0 && price / 100 <= SHORT_MAX;
}
