/** The <fields> of a dictionary, read and checked. */
import type { FieldDefinition } from "./model.ts";
import { type Place, type Problems, placeText } from "./problem.ts";
import { attribute, checkAttributes } from "./source.ts";
import { isFieldType } from "./types.ts";
import type { XmlElement } from "./xml.ts";

/** Fields by name, in the order of the file. */
export type FieldTable = Map<string, FieldDefinition>;

/** The tag index counts to this; venues' own tags have at most five digits so far. */
const TAG_MAX = 99_999_999;

/** `places` gets where each was written, by name. */
export function readFields(
  elements: readonly XmlElement[],
  problems: Problems,
  places: Map<string, Place>,
): FieldTable {
  const table: FieldTable = new Map();
  const tags = new Map<number, Place & { name: string }>();
  for (const element of elements) {
    checkAttributes(element, problems);
    const name = attribute(element, "name", problems);
    let tag = tagOf(element, name ?? "?", problems);
    if (name === undefined) continue;
    const known = table.get(name);
    if (known !== undefined) {
      if (known.tag === tag) problems.warn(element, `field ${name} is defined twice, alike`);
      else problems.error(element, `field ${name} is defined twice, as ${known.tag} and as ${tag}`);
      continue;
    }
    const other = tags.get(tag);
    if (tag > 0 && other !== undefined) {
      const text = `tag ${tag} is given to both ${other.name} and ${name}`;
      problems.error(element, `${text}; the other is on ${placeText(other, element)}`);
      tag = 0;
    }
    if (tag > 0) tags.set(tag, { name, file: element.file, line: element.line });
    places.set(name, element);
    // A field with a fault is kept, with tag 0, so that its uses are not reported as well.
    table.set(name, {
      tag,
      name,
      type: typeOf(element, name, problems),
      values: valuesOf(element, name, problems),
    });
  }
  return table;
}

/** 0 when it is no tag. */
function tagOf(element: XmlElement, name: string, problems: Problems): number {
  const text = attribute(element, "number", problems);
  if (text === undefined) return 0;
  const tag = Number(text);
  if (/^[1-9]\d*$/.test(text) && tag <= TAG_MAX) return tag;
  const allowed = `allowed: 1 to ${TAG_MAX}, without leading zeros`;
  problems.error(element, `field ${name} has number "${text}", which is no tag; ${allowed}`);
  return 0;
}

function typeOf(element: XmlElement, name: string, problems: Problems): string {
  const text = element.attributes["type"];
  if (text === undefined || text === "") {
    problems.warn(element, `field ${name} has no type; it is taken as STRING`);
    return "STRING";
  }
  const type = text.toUpperCase();
  if (isFieldType(type)) return type;
  problems.warn(
    element,
    `field ${name} has type "${text}", which FIX does not have; any value passes`,
  );
  return type;
}

function valuesOf(element: XmlElement, name: string, problems: Problems): Map<string, string> {
  const values = new Map<string, string>();
  for (const value of element.children) {
    if (value.name !== "value") {
      problems.warn(value, `<${value.name}> is left out; allowed inside a field: value`);
      continue;
    }
    checkAttributes(value, problems);
    const key = attribute(value, "enum", problems);
    if (key === undefined) continue;
    const description = value.attributes["description"] ?? "";
    const before = values.get(key);
    if (before === undefined) values.set(key, description);
    else
      problems.error(
        value,
        `field ${name} has value "${key}" twice, as ${before} and ${description}`,
      );
  }
  return values;
}
