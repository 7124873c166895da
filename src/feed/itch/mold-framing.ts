// @hot
/** MoldUDP64 1.00 framing: where things are, and whether a packet is what it says. */
import { FEED_BAD_BLOCK, FEED_TRAILING } from "../counters.ts";

/** session char[10], sequence u64, count u16 */
export const MOLD_HEADER_BYTES = 20;
export const MOLD_SEQUENCE = 10;
export const MOLD_COUNT = 18;
export const MOLD_SESSION_BYTES = 10;
/** count of an end-of-session packet; a heartbeat's is 0. */
export const MOLD_END_OF_SESSION = 0xffff;

/** True when every block lies inside the packet and nothing is left over; else counted. */
export function moldIsWellFormed(
  view: DataView,
  offset: number,
  length: number,
  count: number,
  counters: Float64Array,
): boolean {
  const stop = offset + length;
  let at = offset + MOLD_HEADER_BYTES;
  if (count !== MOLD_END_OF_SESSION) {
    for (let k = 0; k < count; k++) {
      if (at + 2 > stop) {
        counters[FEED_BAD_BLOCK]! += 1;
        return false;
      }
      at += 2 + view.getUint16(at);
    }
  }
  if (at === stop) return true;
  counters[at > stop ? FEED_BAD_BLOCK : FEED_TRAILING]! += 1;
  return false;
}
