// @hot
/**
 * The check word of a journal record (hp_record.check): two independent 32-bit lanes over the words
 * of the record, folded together at the end.
 *
 *   word:  0 length | 1 type,engine | 2 number | 3 check | 4 .. n-1 time, epoch, reserved, body
 *   lane a starts from word 1 and takes words 4, 6, 8 ...; lane b from word 2 and 5, 7, 9 ...
 *   a step is lane = rotl(lane, 5) + word
 *
 * A step is a bijection of the lane and of the word, so one changed word always changes the check;
 * several changed words (a torn record, a foreign one, zeros) escape with a chance of 2^-32. It is
 * no CRC and no defence against malice. Two lanes hide each other's latency: 64 words cost 18 ns,
 * against 27 for multiplying lanes and 48 for the shift-and-subtract of 31 (bench: test/bench/journal.ts).
 */
export function recordCheck(words: Int32Array, at: number, wordCount: number): number {
  let a = (words[at + 1]! ^ LANE_A) | 0;
  let b = (words[at + 2]! ^ LANE_B) | 0;
  const end = at + wordCount;
  for (let i = at + 4; i < end; i += 2) {
    a = (((a << 5) | (a >>> 27)) + words[i]!) | 0;
    b = (((b << 5) | (b >>> 27)) + words[i + 1]!) | 0;
  }
  return folded(a, b, wordCount);
}

/**
 * The same, while the end of the record, from the word `to` on (an even distance from `at`), is
 * filled with from[start .. start + length) and zeros: bytes are read once, and up to three behind.
 */
export function copyChecked(
  words: Int32Array,
  at: number,
  wordCount: number,
  to: number,
  from: DataView,
  start: number,
  length: number,
): number {
  let a = (words[at + 1]! ^ LANE_A) | 0;
  let b = (words[at + 2]! ^ LANE_B) | 0;
  let i = at + 4;
  for (; i < to; i += 2) {
    a = (((a << 5) | (a >>> 27)) + words[i]!) | 0;
    b = (((b << 5) | (b >>> 27)) + words[i + 1]!) | 0;
  }
  const whole = start + (length & ~7);
  let s = start;
  for (; s < whole; s += 8, i += 2) {
    const low = from.getInt32(s, true);
    const high = from.getInt32(s + 4, true);
    words[i] = low;
    words[i + 1] = high;
    a = (((a << 5) | (a >>> 27)) + low) | 0;
    b = (((b << 5) | (b >>> 27)) + high) | 0;
  }
  const rest = length & 7;
  if (rest !== 0) {
    const low = from.getInt32(s, true) & (rest < 4 ? (1 << (rest << 3)) - 1 : -1);
    const high = rest > 4 ? from.getInt32(s + 4, true) & ((1 << ((rest - 4) << 3)) - 1) : 0;
    words[i] = low;
    words[i + 1] = high;
    a = (((a << 5) | (a >>> 27)) + low) | 0;
    b = (((b << 5) | (b >>> 27)) + high) | 0;
  }
  return folded(a, b, wordCount);
}

function folded(a: number, b: number, wordCount: number): number {
  // The length is not summed as a word (it is stored last), but a wrong one must not pass.
  const mixed = Math.imul(a ^ ((b << 13) | (b >>> 19)) ^ wordCount, FOLD);
  return mixed ^ (mixed >>> 16);
}

const LANE_A = 0x3c6ef372;
const LANE_B = 0x510e527f;
const FOLD = 0x2545f491;
