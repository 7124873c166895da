// @hot
/** OUCH 5.0 on the wire: types, lengths of the fixed parts, offsets of what is written and read. */

export const OUCH_ENTER = 0x4f;
export const OUCH_REPLACE = 0x55;
export const OUCH_CANCEL = 0x58;
export const OUCH_QUERY = 0x51;

export const OUCH_SYSTEM_EVENT = 0x53;
export const OUCH_ACCEPTED = 0x41;
export const OUCH_REPLACED = 0x55;
export const OUCH_CANCELED = 0x43;
export const OUCH_AIQ_CANCELED = 0x44;
export const OUCH_EXECUTED = 0x45;
export const OUCH_BROKEN = 0x42;
export const OUCH_CORRECTION = 0x46;
export const OUCH_REJECTED = 0x4a;
export const OUCH_CANCEL_PENDING = 0x50;
export const OUCH_CANCEL_REJECT = 0x49;
export const OUCH_PRIORITY_UPDATE = 0x54;
export const OUCH_MODIFIED = 0x4d;
export const OUCH_RESTATED = 0x52;
export const OUCH_QUERY_ANSWER = 0x51;

/** Behind the type and the timestamp of what the venue says of an order; U has the old one first. */
export const OUT_REF = 9;
export const U_REF = 13;

/** A and U are alike from the side on, at 13 and at 17. */
export const A_SIDE = 13;
export const U_SIDE = 17;
export const STATE_QUANTITY = 1;
export const STATE_SYMBOL = 5;
export const STATE_PRICE = 13;
export const STATE_REFERENCE = 23;
export const STATE_ORDER_STATE = 34;
export const STATE_CLORDID = 35;

export const C_QUANTITY = 13;
export const C_REASON = 17;
export const E_QUANTITY = 13;
export const E_PRICE = 17;
export const E_LIQUIDITY = 25;
export const E_MATCH = 26;
export const B_MATCH = 13;
export const B_CLORDID = 22;
export const F_CLORDID = 35;
export const J_REASON = 13;
export const J_CLORDID = 15;
export const M_QUANTITY = 14;
export const Q_NEXT = 9;

const FIXED = new Int32Array(new ArrayBuffer(4 * 256));
const APPENDS = new Uint8Array(new ArrayBuffer(256));
fixed(OUCH_SYSTEM_EVENT, 10, 0);
fixed(OUCH_ACCEPTED, 64, 1);
fixed(OUCH_REPLACED, 68, 1);
fixed(OUCH_CANCELED, 18, 0);
fixed(OUCH_AIQ_CANCELED, 31, 0);
// Some editions end it with the length of an appendage, some do not.
fixed(OUCH_EXECUTED, 34, 0);
fixed(OUCH_BROKEN, 36, 0);
fixed(OUCH_CORRECTION, 49, 0);
fixed(OUCH_REJECTED, 29, 0);
fixed(OUCH_CANCEL_PENDING, 13, 0);
fixed(OUCH_CANCEL_REJECT, 13, 0);
fixed(OUCH_PRIORITY_UPDATE, 30, 0);
fixed(OUCH_MODIFIED, 18, 0);
fixed(OUCH_RESTATED, 16, 1);
fixed(OUCH_QUERY_ANSWER, 13, 0);

function fixed(type: number, length: number, appends: number): void {
  FIXED[type] = length;
  APPENDS[type] = appends;
}

/** Results of checkOutbound(). */
export const OUCH_WELL = 0;
export const OUCH_UNKNOWN_TYPE = 1;
/** Shorter than its fields. */
export const OUCH_BAD_LENGTH = 2;
/** The fields are whole, and what stands behind them is no appendage. */
export const OUCH_BAD_TAIL = 3;

/**
 * Looks at the length of a message of the venue before anything of it is read: the fields are there,
 * and an appendage steps exactly to the end. Later editions append to messages that had nothing to
 * append, and have one more field in AIQ canceled; neither says what is needed here.
 */
export function checkOutbound(bytes: Uint8Array, at: number, length: number): number {
  const type = length > 0 ? bytes[at]! : 0;
  const size = FIXED[type]!;
  if (size === 0) return OUCH_UNKNOWN_TYPE;
  if (length < size) return OUCH_BAD_LENGTH;
  if (APPENDS[type] === 1) return isStepped(bytes, at + size, at + length);
  if (length === size) return OUCH_WELL;
  if (type === OUCH_AIQ_CANCELED) {
    if (length === size + 1) return OUCH_WELL;
    if (isStepped(bytes, at + size + 3, at + length) === OUCH_WELL) return OUCH_WELL;
  }
  return isStepped(bytes, at + size + 2, at + length);
}

/** An appendage from `from` to `end`, its length in the two bytes before it. */
function isStepped(bytes: Uint8Array, from: number, end: number): number {
  if (from > end || from + bytes[from - 2]! * 256 + bytes[from - 1]! !== end) return OUCH_BAD_TAIL;
  let at = from;
  while (at < end) {
    const step = bytes[at]!;
    if (step === 0) return OUCH_BAD_TAIL;
    at += 1 + step;
  }
  return at === end ? OUCH_WELL : OUCH_BAD_TAIL;
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  );
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
