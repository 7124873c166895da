// @hot
/**
 * ClOrdID of OUCH, char[14]: the one of FIX (fix/order/order-id.ts) would not fit behind a prefix of
 * four, so slot and generation are written in base 62 (0-9, A-Z, a-z).
 *
 *   HP 005K 0Zz012
 *   │  │    └ generation, 6 digits: 62^6 > 2^32
 *   │  └ slot, 4 digits: 62^4 > 2^20
 *   └ prefix of the appliance, 1 to 4 characters; spaces behind it all
 */

export const OUCH_ID_BYTES = 14;
export const OUCH_ID_SLOT_DIGITS = 4;
export const OUCH_ID_GENERATION_DIGITS = 6;
export const OUCH_ID_DIGITS = OUCH_ID_SLOT_DIGITS + OUCH_ID_GENERATION_DIGITS;
const BASE = 62;
const SPACE = 0x20;

/** Writes the digits of slot and generation at `at`; prefix and spaces stand there already. */
export function writeOuchId(bytes: Uint8Array, at: number, slot: number, generation: number): void {
  writeDigits(bytes, at, slot, OUCH_ID_SLOT_DIGITS);
  writeDigits(bytes, at + OUCH_ID_SLOT_DIGITS, generation >>> 0, OUCH_ID_GENERATION_DIGITS);
}

export class OuchIdReader {
  /** Of the id read last, when it was ours. */
  slot = 0;
  generation = 0;
  private readonly prefix: Uint8Array;

  constructor(prefix: string) {
    this.prefix = new Uint8Array(new ArrayBuffer(8)).subarray(0, prefix.length);
    for (let i = 0; i < prefix.length; i++) this.prefix[i] = prefix.charCodeAt(i);
  }

  /** True when the 14 characters at `at` are an id with our prefix, spaces behind it. */
  read(bytes: Uint8Array, at: number): boolean {
    const prefix = this.prefix;
    for (let i = 0; i < prefix.length; i++) {
      if (bytes[at + i] !== prefix[i]) return false;
    }
    const digits = at + prefix.length;
    for (let i = prefix.length + OUCH_ID_DIGITS; i < OUCH_ID_BYTES; i++) {
      if (bytes[at + i] !== SPACE) return false;
    }
    this.slot = readDigits(bytes, digits, OUCH_ID_SLOT_DIGITS);
    const generationAt = digits + OUCH_ID_SLOT_DIGITS;
    this.generation = readDigits(bytes, generationAt, OUCH_ID_GENERATION_DIGITS);
    return this.slot >= 0 && this.generation >= 0 && this.generation <= 0xffffffff;
  }
}

function writeDigits(bytes: Uint8Array, at: number, value: number, digits: number): void {
  let rest = value;
  for (let i = digits - 1; i >= 0; i--) {
    const next = Math.floor(rest / BASE);
    const d = rest - next * BASE;
    bytes[at + i] = d < 10 ? 0x30 + d : d < 36 ? 0x37 + d : 0x3d + d;
    rest = next;
  }
}

/** -1 when a character is no digit. */
function readDigits(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0;
  for (let i = 0; i < digits; i++) {
    const c = bytes[at + i]!;
    let d = -1;
    if (c >= 0x30 && c <= 0x39) d = c - 0x30;
    else if (c >= 0x41 && c <= 0x5a) d = c - 0x37;
    else if (c >= 0x61 && c <= 0x7a) d = c - 0x3d;
    if (d < 0) return -1;
    value = value * BASE + d;
  }
  return value;
}
