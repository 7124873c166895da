// @hot
/**
 * ClOrdID: unique over the session date, and carries the order's slot and generation, so that an
 * execution report finds its order without a map.
 *
 *   HP 0001f 00300007
 *   │  │     └ generation, 8 hex digits: run number of the session date (12 bits), then a count
 *   │  │       that grows with each id this slot is given (20 bits)
 *   │  └ slot, 5 hex digits
 *   └ prefix of the appliance, 1 to 4 characters of A-Z and 0-9
 */
export const ID_SLOT_DIGITS = 5;
export const ID_GENERATION_DIGITS = 8;
export const ID_DIGITS = ID_SLOT_DIGITS + ID_GENERATION_DIGITS;
export const ID_SLOTS_MAX = 1 << 20;
export const ID_EPOCH_MAX = 4095;
export const ID_COUNT_MAX = 0xfffff;

/** First generation of a slot in run `epoch`. */
export function firstGeneration(epoch: number): number {
  return (epoch << 20) >>> 0;
}

/** Writes the digits of slot and generation at `at` (the prefix stands there already). */
export function writeOrderId(
  bytes: Uint8Array,
  at: number,
  slot: number,
  generation: number,
): void {
  writeHex(bytes, at, slot, ID_SLOT_DIGITS);
  writeHex(bytes, at + ID_SLOT_DIGITS, generation, ID_GENERATION_DIGITS);
}

/** Reads `digits` upper- or lower-case hex digits; -1 when one of them is not. Up to 8 digits. */
export function readHex(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0;
  for (let i = 0; i < digits; i++) {
    const c = bytes[at + i]! | 0x20;
    let d = c - 0x30;
    if (d < 0 || d > 9) {
      d = c - 0x57;
      if (d < 10 || d > 15) return -1;
    }
    value = value * 16 + d;
  }
  return value;
}

function writeHex(bytes: Uint8Array, at: number, value: number, digits: number): void {
  let rest = value >>> 0;
  for (let i = digits - 1; i >= 0; i--) {
    const d = rest & 15;
    bytes[at + i] = d < 10 ? 0x30 + d : 0x57 + d;
    rest >>>= 4;
  }
}
