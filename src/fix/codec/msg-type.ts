// @hot
import type { TagIndex } from "./tag-index.ts";

/** MsgType (35) of the indexed message: up to four characters, little-endian; 0 = it has none. */
export function msgTypeOf(tags: TagIndex): number {
  const field = tags.find(35);
  if (field < 0) return 0;
  const offset = tags.offsetAt(field);
  let length = tags.lengthAt(field);
  if (length > 4) length = 4;
  let type = 0;
  for (let i = length - 1; i >= 0; i--) type = (type << 8) | tags.bytes[offset + i]!;
  return type;
}
