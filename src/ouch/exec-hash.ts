// @hot
/**
 * Executions of OUCH have no id of their own. One is made of what tells them apart: the match number,
 * the side (both sides of a match may be ours), and for what takes a trade back the number of the
 * message. 64-bit FNV-1a, as of ExecIDs (fix/order/execution-reader.ts).
 */
const FNV_PRIME_LOW = 0x1b3;
const FNV_BASIS_LO = 0x84222325 | 0;
const FNV_BASIS_HI = 0xcbf29ce4 | 0;

const state = new Int32Array(new ArrayBuffer(8));

/** at: of the eight bytes of the match number, -1 = none. Results: hashLo(), hashHi(). */
export function hashOf(
  session: number,
  bytes: Uint8Array,
  at: number,
  side: number,
  seq: number,
): void {
  state[0] = FNV_BASIS_LO;
  state[1] = FNV_BASIS_HI;
  add(session & 255);
  add(side & 255);
  if (at >= 0) for (let i = 0; i < 8; i++) add(bytes[at + i]!);
  for (let shift = 24; shift >= 0; shift -= 8) add((seq >>> shift) & 255);
}

export function hashLo(): number {
  return state[0]! >>> 0;
}

export function hashHi(): number {
  return state[1]! >>> 0;
}

function add(byte: number): void {
  const x = state[0]! ^ byte;
  // By halves, so that all of it stays in int32: what x * prime has above 32 bits.
  const low = (x & 0xffff) * FNV_PRIME_LOW;
  const carry = ((x >>> 16) * FNV_PRIME_LOW + (low >>> 16)) >>> 16;
  state[0] = Math.imul(x, FNV_PRIME_LOW);
  state[1] = (Math.imul(state[1]!, FNV_PRIME_LOW) + carry + (x << 8)) | 0;
}
