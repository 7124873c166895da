/**
 * Nasdaq TotalView-ITCH 5.0 messages as bytes: all 23 types, big-endian. Written from the
 * specification's offsets, and shares nothing with the decoder, so that each checks the other.
 *
 * Every message: type char, stock locate u16, tracking number u16, timestamp u48 (ns since
 * midnight). Text is ASCII, left-justified, padded with spaces; prices are in 1/10000.
 */

/** [name, offset, bytes, kind]; u = unsigned integer, c = text. */
type Field = readonly [name: string, offset: number, bytes: number, kind: "u" | "c"];

const STOCK = ["stock", 11, 8, "c"] as const;
const REF = ["ref", 11, 8, "u"] as const;
const ADD = [
  REF,
  ["side", 19, 1, "c"],
  ["shares", 20, 4, "u"],
  ["stock", 24, 8, "c"],
  ["px", 32, 4, "u"],
] as const;

const LAYOUTS = {
  /** System event. */
  S: { bytes: 12, fields: [["event", 11, 1, "c"]] },
  /** Stock directory. */
  R: {
    bytes: 39,
    fields: [
      STOCK,
      ["marketCategory", 19, 1, "c"],
      ["financialStatus", 20, 1, "c"],
      ["roundLot", 21, 4, "u"],
      ["roundLotsOnly", 25, 1, "c"],
      ["issueClass", 26, 1, "c"],
      ["issueSubType", 27, 2, "c"],
      ["authenticity", 29, 1, "c"],
      ["shortSaleThreshold", 30, 1, "c"],
      ["ipo", 31, 1, "c"],
      ["luldTier", 32, 1, "c"],
      ["etp", 33, 1, "c"],
      ["etpLeverage", 34, 4, "u"],
      ["inverse", 38, 1, "c"],
    ],
  },
  /** Stock trading action. */
  H: {
    bytes: 25,
    fields: [STOCK, ["state", 19, 1, "c"], ["reserved", 20, 1, "c"], ["reason", 21, 4, "c"]],
  },
  /** Reg SHO short sale price test. */
  Y: { bytes: 20, fields: [STOCK, ["action", 19, 1, "c"]] },
  /** Market participant position. */
  L: {
    bytes: 26,
    fields: [
      ["mpid", 11, 4, "c"],
      ["stock", 15, 8, "c"],
      ["primary", 23, 1, "c"],
      ["mode", 24, 1, "c"],
      ["state", 25, 1, "c"],
    ],
  },
  /** Market-wide circuit breaker: decline levels, in 1/100000000. */
  V: {
    bytes: 35,
    fields: [
      ["level1", 11, 8, "u"],
      ["level2", 19, 8, "u"],
      ["level3", 27, 8, "u"],
    ],
  },
  /** Market-wide circuit breaker: a level was breached. */
  W: { bytes: 12, fields: [["level", 11, 1, "c"]] },
  /** IPO quoting period update. */
  K: {
    bytes: 28,
    fields: [STOCK, ["releaseTime", 19, 4, "u"], ["qualifier", 23, 1, "c"], ["px", 24, 4, "u"]],
  },
  /** LULD auction collar. */
  J: {
    bytes: 35,
    fields: [
      STOCK,
      ["referencePx", 19, 4, "u"],
      ["upperPx", 23, 4, "u"],
      ["lowerPx", 27, 4, "u"],
      ["extension", 31, 4, "u"],
    ],
  },
  /** Operational halt. */
  h: { bytes: 21, fields: [STOCK, ["market", 19, 1, "c"], ["action", 20, 1, "c"]] },
  /** Add order. */
  A: { bytes: 36, fields: ADD },
  /** Add order with attribution. */
  F: { bytes: 40, fields: [...ADD, ["attribution", 36, 4, "c"]] },
  /** Order executed. */
  E: { bytes: 31, fields: [REF, ["shares", 19, 4, "u"], ["match", 23, 8, "u"]] },
  /** Order executed with price. */
  C: {
    bytes: 36,
    fields: [
      REF,
      ["shares", 19, 4, "u"],
      ["match", 23, 8, "u"],
      ["printable", 31, 1, "c"],
      ["px", 32, 4, "u"],
    ],
  },
  /** Order cancel: this many shares less. */
  X: { bytes: 23, fields: [REF, ["shares", 19, 4, "u"]] },
  /** Order delete. */
  D: { bytes: 19, fields: [REF] },
  /** Order replace. */
  U: {
    bytes: 35,
    fields: [REF, ["newRef", 19, 8, "u"], ["shares", 27, 4, "u"], ["px", 31, 4, "u"]],
  },
  /** Trade against a hidden order. */
  P: { bytes: 44, fields: [...ADD, ["match", 36, 8, "u"]] },
  /** Cross trade. */
  Q: {
    bytes: 40,
    fields: [
      ["shares", 11, 8, "u"],
      ["stock", 19, 8, "c"],
      ["px", 27, 4, "u"],
      ["match", 31, 8, "u"],
      ["crossType", 39, 1, "c"],
    ],
  },
  /** Broken trade. */
  B: { bytes: 19, fields: [["match", 11, 8, "u"]] },
  /** Net order imbalance. */
  I: {
    bytes: 50,
    fields: [
      ["paired", 11, 8, "u"],
      ["imbalance", 19, 8, "u"],
      ["direction", 27, 1, "c"],
      ["stock", 28, 8, "c"],
      ["farPx", 36, 4, "u"],
      ["nearPx", 40, 4, "u"],
      ["referencePx", 44, 4, "u"],
      ["crossType", 48, 1, "c"],
      ["variation", 49, 1, "c"],
    ],
  },
  /** Retail price improvement. */
  N: { bytes: 20, fields: [STOCK, ["interest", 19, 1, "c"]] },
  /** Direct listing with capital raise: price discovery. */
  O: {
    bytes: 48,
    fields: [
      STOCK,
      ["eligibility", 19, 1, "c"],
      ["minimumPx", 20, 4, "u"],
      ["maximumPx", 24, 4, "u"],
      ["nearPx", 28, 4, "u"],
      ["nearTime", 32, 8, "u"],
      ["lowerPx", 40, 4, "u"],
      ["upperPx", 44, 4, "u"],
    ],
  },
} as const satisfies Record<string, { bytes: number; fields: readonly Field[] }>;

export type ItchType = keyof typeof LAYOUTS;
export const ITCH_TYPES = Object.keys(LAYOUTS) as ItchType[];

type FieldOf<T extends ItchType> = (typeof LAYOUTS)[T]["fields"][number];
/** The fields of a message type by name: numbers, bigints for any 64-bit value, or text. */
export type ItchFields<T extends ItchType> = {
  [F in FieldOf<T> as F[0]]: F[3] extends "c" ? string : number | bigint;
};

export interface ItchHeader {
  locate: number;
  tracking?: number;
  /** ns since midnight, below 2^48. */
  timeNs: number;
}

/** Length of a message of this type, with its type byte. */
export function itchLength(type: ItchType): number {
  return LAYOUTS[type].bytes;
}

/** Bytes of one message. Throws RangeError for a value that its field can't hold. */
export function encodeItch<T extends ItchType>(
  type: T,
  header: ItchHeader,
  fields: ItchFields<T>,
): Uint8Array {
  const layout: { bytes: number; fields: readonly Field[] } = LAYOUTS[type];
  const bytes = new Uint8Array(layout.bytes);
  bytes[0] = type.charCodeAt(0);
  writeUnsigned(bytes, 1, 2, header.locate);
  writeUnsigned(bytes, 3, 2, header.tracking ?? 0);
  writeUnsigned(bytes, 5, 6, header.timeNs);
  const values = fields as Record<string, string | number | bigint>;
  for (const [name, offset, size, kind] of layout.fields) {
    const value = values[name]!;
    if (kind === "c") writeText(bytes, offset, size, value as string);
    else writeUnsigned(bytes, offset, size, value as number | bigint);
  }
  return bytes;
}

/** Big-endian unsigned integer of 1 to 8 bytes. */
export function writeUnsigned(
  bytes: Uint8Array,
  offset: number,
  size: number,
  value: number | bigint,
): void {
  if (typeof value === "bigint" || value > Number.MAX_SAFE_INTEGER) {
    writeBig(bytes, offset, size, BigInt(value));
    return;
  }
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`not unsigned: ${value}`);
  let rest = value;
  for (let i = size - 1; i >= 0; i--) {
    bytes[offset + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  if (rest !== 0) throw new RangeError(`${value} does not fit ${size} bytes`);
}

function writeBig(bytes: Uint8Array, offset: number, size: number, value: bigint): void {
  let rest = value;
  for (let i = size - 1; i >= 0; i--) {
    bytes[offset + i] = Number(rest & 255n);
    rest >>= 8n;
  }
  if (rest !== 0n) throw new RangeError(`${value} does not fit ${size} bytes`);
}

/** ASCII, left-justified, padded with spaces. */
export function writeText(bytes: Uint8Array, offset: number, size: number, text: string): void {
  if (text.length > size) throw new RangeError(`"${text}" does not fit ${size} bytes`);
  for (let i = 0; i < size; i++) bytes[offset + i] = i < text.length ? text.charCodeAt(i) : 0x20;
}
