// @hot
import type { TagIndex } from "./tag-index.ts";

const CHARACTERS_MAX = 4;

/**
 * MsgType (35) of the indexed message: up to four characters, little-endian; 0 = it has none or an
 * empty one, -1 = it is longer or holds a NUL, which no MsgType of ours does.
 */
export function msgTypeOf(tags: TagIndex): number {
  const field = tags.find(35);
  if (field < 0) return 0;
  const offset = tags.offsetAt(field);
  const length = tags.lengthAt(field);
  if (length > CHARACTERS_MAX) return -1;
  let type = 0;
  for (let i = length - 1; i >= 0; i--) {
    const c = tags.bytes[offset + i]!;
    if (c === 0) return -1;
    type = (type << 8) | c;
  }
  return type;
}
