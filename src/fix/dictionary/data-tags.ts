/** Which LENGTH field tells the length of which data field. */
import type { FieldTable } from "./fields.ts";
import type { FieldDefinition } from "./model.ts";
import type { Place, Problems } from "./problem.ts";
import { isDataType } from "./types.ts";

/**
 * Pairs [length tag, data tag, ...]: RawDataLength (95) and RawData (96), EncodedTextLen (354) and
 * EncodedText (355). By name, with Len or Length behind that of the data field; else the field of
 * type LENGTH whose tag is one less, which is how the specification numbers all later pairs.
 * A data field without such a partner is a warning: an SOH in its value would end it.
 */
export function pairDataTags(
  fields: FieldTable,
  places: ReadonlyMap<string, Place>,
  file: Place,
  problems: Problems,
): number[] {
  const byTag = new Map<number, FieldDefinition>();
  for (const field of fields.values()) byTag.set(field.tag, field);
  const pairs: number[] = [];
  const taken = new Set<number>();
  const without: FieldDefinition[] = [];
  for (const field of fields.values()) {
    if (!isDataType(field.type)) continue;
    const length = fields.get(`${field.name}Len`) ?? fields.get(`${field.name}Length`);
    if (length === undefined) without.push(field);
    else {
      pairs.push(length.tag, field.tag);
      taken.add(length.tag);
    }
  }
  for (const field of without) {
    const length = byTag.get(field.tag - 1);
    if (length?.type === "LENGTH" && !taken.has(length.tag)) pairs.push(length.tag, field.tag);
    else {
      const text = `data field ${field.name} (${field.tag}) has no field for its length; ${field.name}Len is needed`;
      problems.warn(places.get(field.name) ?? file, text);
    }
  }
  return pairs;
}
