/**
 * Cboe's sequenced unit header over TCP, as the gap request proxy and the spin server use it
 * (Multicast PITCH 2.41.64; little-endian), and the messages that only they have:
 *
 *   header   0 length u16, of the whole │ 2 count u8 │ 3 unit u8 │ 4 sequence u32, here always 0
 *            then `count` messages: 0 length u8, of the whole │ 1 type u8
 *
 *   0x01 login 22 B            2 session sub id char[4] │ 6 user char[4] │ 10 filler char[2] │
 *                              12 password char[10]
 *   0x02 login response 3 B    2 status char
 *   0x03 gap request 9 B       2 unit u8 │ 3 first sequence u32 │ 7 count u16
 *   0x04 gap response 10 B     as 0x03 │ 9 status char
 *   0x80 image available 6 B   2 sequence u32: of the last message that is in it
 *   0x81 spin request 6 B      2 sequence u32
 *   0x82 spin response 11 B    2 sequence u32 │ 6 orders u32 │ 10 status char
 *   0x83 spin finished 6 B     2 sequence u32
 *
 * A header with count 0 is a heartbeat: each side sends one a second.
 */

export const UNIT_HEADER_BYTES = 8;

export const UNIT_LOGIN = 0x01;
export const UNIT_LOGIN_RESPONSE = 0x02;
export const UNIT_GAP_REQUEST = 0x03;
export const UNIT_GAP_RESPONSE = 0x04;
export const UNIT_IMAGE_AVAILABLE = 0x80;
export const UNIT_SPIN_REQUEST = 0x81;
export const UNIT_SPIN_RESPONSE = 0x82;
export const UNIT_SPIN_FINISHED = 0x83;

/** Length of each message of the sessions themselves; others are PITCH. */
export const UNIT_MESSAGE_BYTES: Readonly<Record<number, number>> = {
  [UNIT_LOGIN]: 22,
  [UNIT_LOGIN_RESPONSE]: 3,
  [UNIT_GAP_REQUEST]: 9,
  [UNIT_GAP_RESPONSE]: 10,
  [UNIT_IMAGE_AVAILABLE]: 6,
  [UNIT_SPIN_REQUEST]: 6,
  [UNIT_SPIN_RESPONSE]: 11,
  [UNIT_SPIN_FINISHED]: 6,
};

/** More must come first. */
export const UNIT_PARTIAL = 0;
/** No unit header, or messages that do not fill it. The stream is lost. */
export const UNIT_FAULT = -1;
/** A header: `end` is behind it. */
export const UNIT_HEADER = -2;

/** Finds headers and messages in a stream, one at a time, wherever TCP has cut it. */
export class UnitSplitter {
  /** Of the message found last: its first byte, and its length with the two bytes in front. */
  at = 0;
  length = 0;
  /** One past what was found last. */
  end = 0;
  /** Messages and bytes that the header promised and that have not come. */
  private messages = 0;
  private left = 0;

  /** Returns a message's type (1 to 255), UNIT_HEADER, UNIT_PARTIAL or UNIT_FAULT. */
  next(bytes: Uint8Array, from: number, to: number): number {
    return this.messages === 0 ? this.header(bytes, from, to) : this.message(bytes, from, to);
  }

  private header(bytes: Uint8Array, from: number, to: number): number {
    if (to - from < UNIT_HEADER_BYTES) return UNIT_PARTIAL;
    const size = bytes[from]! + bytes[from + 1]! * 256;
    this.messages = bytes[from + 2]!;
    this.left = size - UNIT_HEADER_BYTES;
    const isSound = this.messages === 0 ? this.left === 0 : this.left >= 2 * this.messages;
    if (!isSound) return UNIT_FAULT;
    this.end = from + UNIT_HEADER_BYTES;
    return UNIT_HEADER;
  }

  private message(bytes: Uint8Array, from: number, to: number): number {
    if (to - from < 2) return UNIT_PARTIAL;
    const length = bytes[from]!;
    const type = bytes[from + 1]!;
    const isLast = this.messages === 1;
    if (length < 2 || type === 0 || length > this.left) return UNIT_FAULT;
    if (isLast && length !== this.left) return UNIT_FAULT;
    if (to - from < length) return UNIT_PARTIAL;
    this.at = from;
    this.length = length;
    this.end = from + length;
    this.messages--;
    this.left -= length;
    return type;
  }
}

/** A header with one message of `type` behind it, all of whose fields are zero yet. */
export function unitFrame(type: number, unit = 0): Uint8Array {
  const length = UNIT_MESSAGE_BYTES[type]!;
  const frame = unitHeader(UNIT_HEADER_BYTES + length, 1, unit);
  frame[UNIT_HEADER_BYTES] = length;
  frame[UNIT_HEADER_BYTES + 1] = type;
  return frame;
}

export function unitHeartbeat(unit = 0): Uint8Array {
  return unitHeader(UNIT_HEADER_BYTES, 0, unit);
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = value >>> (8 * i);
}

export function readU32(bytes: Uint8Array, at: number): number {
  return bytes[at]! + bytes[at + 1]! * 256 + bytes[at + 2]! * 65_536 + bytes[at + 3]! * 2 ** 24;
}

/** Writes text left-justified into `length` bytes, spaces behind it. */
export function writeField(bytes: Uint8Array, at: number, length: number, text: string): void {
  for (let i = 0; i < length; i++) bytes[at + i] = i < text.length ? text.charCodeAt(i) : 0x20;
}

function unitHeader(size: number, count: number, unit: number): Uint8Array {
  const frame = new Uint8Array(size);
  frame[0] = size;
  frame[1] = size >>> 8;
  frame[2] = count;
  frame[3] = unit;
  return frame;
}
