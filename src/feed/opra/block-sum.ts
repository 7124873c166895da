// @hot
/** The checksum of OPRA blocks: the sum of all bytes but its own two, modulo 65536. */

/** Every other byte of a word: two lanes of 16 bits. */
const LANES = 0x00ff00ff;
/** A lane holds 257 times 255: so many bytes, four lanes to 16 of them, may be added before it is emptied. */
const CHUNK_BYTES = 1024;

/**
 * Sum of `length` bytes, below 2^31 for any block. Four bytes a step, in lanes, little-endian since
 * the order of bytes does not matter to a sum and the processor need not swap them.
 */
export function sumOfBytes(view: DataView, offset: number, length: number): number {
  const stop = offset + length;
  let total = 0;
  let at = offset;
  while (stop - at >= 16) {
    const whole = at + ((stop - at) & ~15);
    const chunk = whole - at > CHUNK_BYTES ? at + CHUNK_BYTES : whole;
    let even = 0;
    let odd = 0;
    for (; at < chunk; at += 16) {
      const a = view.getInt32(at, true);
      const b = view.getInt32(at + 4, true);
      const c = view.getInt32(at + 8, true);
      const d = view.getInt32(at + 12, true);
      even = (even + (a & LANES) + (b & LANES) + (c & LANES) + (d & LANES)) | 0;
      odd =
        (odd +
          ((a >>> 8) & LANES) +
          ((b >>> 8) & LANES) +
          ((c >>> 8) & LANES) +
          ((d >>> 8) & LANES)) |
        0;
    }
    total += (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
  }
  for (; stop - at >= 4; at += 4) {
    const word = view.getInt32(at, true);
    const pairs = (word & LANES) + ((word >>> 8) & LANES);
    total += (pairs & 0xffff) + (pairs >>> 16);
  }
  for (; at < stop; at++) total += view.getUint8(at);
  return total;
}
