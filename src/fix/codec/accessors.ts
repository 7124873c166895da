// @hot
/**
 * Fields by the names that a dictionary gives them. Accessors are made at start; on the path they
 * are a tag and read from the index as it does itself.
 *
 *   const f = messageFields(dictionary, "8", ["ExecType", "LastQty"]);
 *   f.LastQty.units(tags, 4, 1, 0)
 */
import { type Dictionary, DictionaryError, type FieldDefinition } from "../dictionary/model.ts";
import type { TagIndex } from "./tag-index.ts";

export class FieldAccessor {
  readonly tag: number;
  readonly definition: FieldDefinition;

  constructor(definition: FieldDefinition) {
    this.tag = definition.tag;
    this.definition = definition;
  }

  /** Number of the field in the message, or -1. */
  find(tags: TagIndex): number {
    return tags.find(this.tag);
  }

  /** Integer value; `absent` when it is not there, INT_BAD when it is no int32. */
  int(tags: TagIndex, absent: number): number {
    return tags.int(this.tag, absent);
  }

  /** First character, 0 when it is absent or empty. */
  char(tags: TagIndex): number {
    return tags.char(this.tag);
  }

  /** Price or quantity in units of `unit` / 10^decimals; see readDecimalUnits. */
  units(tags: TagIndex, decimals: number, unit: number, absent: number): number {
    return tags.units(this.tag, decimals, unit, absent);
  }

  /** The value as text, or undefined. For a person: it allocates. @cold */
  text(tags: TagIndex): string | undefined {
    const field = tags.find(this.tag);
    if (field < 0) return undefined;
    const at = tags.offsetAt(field);
    return Buffer.from(tags.bytes.subarray(at, at + tags.lengthAt(field))).toString("utf8");
  }

  /** What the dictionary says of the value ("BUY"), or undefined. @cold */
  meaning(tags: TagIndex): string | undefined {
    const text = this.text(tags);
    return text === undefined ? undefined : this.definition.values.get(text);
  }
}

/**
 * Accessors of fields of a message (MsgType 35), header and trailer included, by name. Throws
 * DictionaryError when the dictionary lacks the message, or the message a field. Members of groups
 * are found by a GroupCursor. @cold
 */
export function messageFields<const N extends string>(
  dictionary: Dictionary,
  msgType: string,
  names: readonly N[],
): Readonly<Record<N, FieldAccessor>> {
  const message = dictionary.message(msgType);
  if (message === undefined) {
    throw new DictionaryError(
      `FIX dictionary ${dictionary.name}: it has no message of MsgType ${msgType}`,
    );
  }
  const parts = [message, dictionary.header, dictionary.trailer];
  const fields = names.map((name): [N, FieldAccessor] => {
    const field = dictionary.field(name);
    if (field === undefined || !parts.some((part) => part.byTag.has(field.tag))) {
      throw new DictionaryError(
        `FIX dictionary ${dictionary.name}: ${message.name} has no ${name}`,
      );
    }
    return [name, new FieldAccessor(field)];
  });
  return Object.fromEntries(fields) as Record<N, FieldAccessor>;
}
