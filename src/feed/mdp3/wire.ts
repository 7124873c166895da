// @hot
/** MDP 3.0 on the wire: little endian; a packet is MsgSeqNum u32, SendingTime u64, then messages. */

/** Behind MsgSize u16 of each message, the SBE header: u16 blockLength, templateId, schemaId, version. */
export const MSG_BLOCK_LENGTH = 2;
export const MSG_TEMPLATE = 4;
export const MSG_ROOT = 10;

const WORD = 4294967296;

/**
 * An int64 mantissa as a double: exact below 2^53, and further off the further above. NaN for the null
 * value 2^63-1.
 */
export function mantissaAt(view: DataView, at: number): number {
  const high = view.getInt32(at + 4, true);
  const low = view.getUint32(at, true);
  if (high === 0x7fffffff && low === 0xffffffff) return Number.NaN;
  return high * WORD + low;
}

/** `count` characters (up to 4) as a big-endian word; spaces count as zeros. */
export function textWord(view: DataView, at: number, count: number): number {
  let word = 0;
  for (let i = 0; i < count; i++) {
    const code = view.getUint8(at + i);
    word = (word << 8) | (code === 0x20 ? 0 : code);
  }
  return word;
}
