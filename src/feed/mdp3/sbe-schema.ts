/**
 * An SBE schema (FIX Simple Binary Encoding 1.0) as MDP 3.0 uses it: messages with a root block and
 * repeating groups, little endian, block lengths on the wire. Read once at start, from the venue's
 * XML or from templates.ts; the decoders look their offsets up in it.
 */
import { type Fail, failIn, nameOf, readTypes, type SbeType, wholeOf } from "./sbe-types.ts";
import { readSbeXml, type SbeElement, SbeSchemaError } from "./sbe-xml.ts";

export interface SbeSchema {
  /** Where it is from, for messages. */
  readonly file: string;
  readonly id: number;
  readonly version: number;
  /** By template id. */
  readonly messages: ReadonlyMap<number, SbeMessage>;
}

export interface SbeField {
  readonly name: string;
  /** In its block; of a constant 0. */
  readonly offset: number;
  readonly type: SbeType;
  /** Version that brought it. */
  readonly since: number;
}

export interface SbeGroup {
  readonly name: string;
  readonly blockLength: number;
  /** The dimension in front of the entries: its bytes, and where u16 blockLength and the count stand. */
  readonly dimension: SbeDimension;
  readonly fields: readonly SbeField[];
}

export interface SbeDimension {
  readonly size: number;
  readonly blockLengthAt: number;
  readonly countAt: number;
  /** 1 or 2. */
  readonly countBytes: number;
}

export interface SbeMessage {
  readonly id: number;
  readonly name: string;
  readonly blockLength: number;
  readonly since: number;
  readonly fields: readonly SbeField[];
  readonly groups: readonly SbeGroup[];
}

/** u16 blockLength, templateId, schemaId, version: the message header behind MsgSize. */
const HEADER = "blockLength@0 templateId@2 schemaId@4 version@6";
const BLOCK_MAX = 65_535;
const MESSAGES_MAX = 1000;
const GROUPS_MAX = 32;
const FIELDS_MAX = 1000;

/** Reads the XML text of a schema. Throws SbeSchemaError: one sentence. */
export function readSbeSchema(text: string, file: string): SbeSchema {
  const root = readSbeXml(text, file);
  const fail = failIn(file);
  if (root.name !== "messageSchema") {
    fail(root, `the outermost element is <${root.name}>; wanted: messageSchema`);
  }
  const order = root.attributes["byteOrder"] ?? "littleEndian";
  if (order !== "littleEndian") fail(root, `byteOrder="${order}"; supported: littleEndian`);
  const types = readTypes(
    root.children.filter((e) => e.name === "types").flatMap((e) => e.children),
    fail,
  );
  checkHeader(root, types, fail);
  const messages = new Map<number, SbeMessage>();
  for (const element of root.children) {
    if (element.name === "types") continue;
    if (element.name !== "message") {
      fail(element, `<${element.name}> inside messageSchema; allowed: types, message`);
    }
    const message = readMessage(element, types, fail);
    if (messages.has(message.id)) fail(element, `id ${message.id} is there twice; allowed: once`);
    messages.set(message.id, message);
    if (messages.size > MESSAGES_MAX) fail(element, `allowed: up to ${MESSAGES_MAX} messages`);
  }
  if (messages.size === 0) fail(root, "there is no message; wanted: one at least");
  const id = wholeOf(root, "id", fail, BLOCK_MAX, 0);
  return { file, id, version: wholeOf(root, "version", fail, BLOCK_MAX), messages };
}

/** The schema of a file. Throws SbeSchemaError. @cold */
export async function loadSbeSchema(path: string): Promise<SbeSchema> {
  let text: string;
  try {
    text = await Bun.file(path).text();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SbeSchemaError(path, 0, `it cannot be read: ${why}`);
  }
  return readSbeSchema(text, path);
}

export function fieldNamed(fields: readonly SbeField[], name: string): SbeField | undefined {
  return fields.find((field) => field.name === name);
}

function checkHeader(root: SbeElement, types: Map<string, SbeType>, fail: Fail): void {
  const name = root.attributes["headerType"] ?? "messageHeader";
  const header = types.get(name);
  const found = (header?.members ?? [])
    .map((m) => `${m.name}@${m.offset}${m.type.primitive === "uint16" ? "" : m.type.primitive}`)
    .join(" ");
  if (found === HEADER) return;
  const what = `message header ${name} is "${found}"; wanted: "${HEADER}", each of type uint16`;
  fail(root, what);
}

function readMessage(element: SbeElement, types: Map<string, SbeType>, fail: Fail): SbeMessage {
  const name = nameOf(element, fail);
  const blockLength = wholeOf(element, "blockLength", fail, BLOCK_MAX, 0);
  const groups = element.children.filter((e) => e.name === "group");
  if (groups.length > GROUPS_MAX) fail(element, `${name}: allowed are up to ${GROUPS_MAX} groups`);
  return {
    id: wholeOf(element, "id", fail, BLOCK_MAX),
    name,
    blockLength,
    since: wholeOf(element, "sinceVersion", fail, BLOCK_MAX, 0),
    fields: readFields(element, `message ${name}`, blockLength, types, fail),
    groups: groups.map((group) => readGroup(group, name, types, fail)),
  };
}

function readGroup(
  element: SbeElement,
  message: string,
  types: Map<string, SbeType>,
  fail: Fail,
): SbeGroup {
  const name = nameOf(element, fail);
  const where = `group ${name} of ${message}`;
  const nested = element.children.find((e) => e.name === "group" || e.name === "data");
  if (nested !== undefined) fail(nested, `<${nested.name}> inside ${where}; supported: field`);
  const blockLength = wholeOf(element, "blockLength", fail, BLOCK_MAX, 0);
  const fields = readFields(element, where, blockLength, types, fail);
  const dimension = readDimension(element, where, types, fail);
  const end = fields.reduce((n, f) => Math.max(n, f.offset + f.type.size), 0);
  return { name, blockLength: blockLength === 0 ? end : blockLength, dimension, fields };
}

function readDimension(
  element: SbeElement,
  where: string,
  types: Map<string, SbeType>,
  fail: Fail,
): SbeDimension {
  const name = element.attributes["dimensionType"] ?? "groupSizeEncoding";
  const type = types.get(name);
  const block = type?.members.find((m) => m.name === "blockLength");
  const count = type?.members.find((m) => m.name === "numInGroup");
  const sizes = [block?.type.primitive, count?.type.primitive];
  const isKnown = sizes[0] === "uint16" && (sizes[1] === "uint8" || sizes[1] === "uint16");
  if (type === undefined || block === undefined || count === undefined || !isKnown) {
    const wanted = "a composite of blockLength (uint16) and numInGroup (uint8 or uint16)";
    return fail(element, `${where} has the dimensionType ${name}; wanted: ${wanted}`);
  }
  return {
    size: type.size,
    blockLengthAt: block.offset,
    countAt: count.offset,
    countBytes: count.type.size,
  };
}

function readFields(
  element: SbeElement,
  where: string,
  blockLength: number,
  types: Map<string, SbeType>,
  fail: Fail,
): SbeField[] {
  const fields: SbeField[] = [];
  let end = 0;
  for (const child of element.children) {
    if (child.name === "group" || child.name === "data") continue;
    if (child.name !== "field") {
      fail(child, `<${child.name}> inside ${where}; allowed: field, group, data`);
    }
    const name = nameOf(child, fail);
    const typeName = child.attributes["type"] ?? "";
    const type = types.get(typeName);
    if (type === undefined) {
      return fail(child, `field ${name} of ${where} has type "${typeName}", which is not defined`);
    }
    const offset = type.size === 0 ? 0 : wholeOf(child, "offset", fail, BLOCK_MAX, end);
    if (type.size > 0) end = offset + type.size;
    if (blockLength > 0 && end > blockLength) {
      fail(child, `field ${name} ends at ${end}, outside ${where}, blockLength ${blockLength}`);
    }
    if (fieldNamed(fields, name) !== undefined) {
      fail(child, `field ${name} is twice in ${where}; allowed: once`);
    }
    fields.push({ name, offset, type, since: wholeOf(child, "sinceVersion", fail, BLOCK_MAX, 0) });
    if (fields.length > FIELDS_MAX) fail(child, `${where}: allowed are ${FIELDS_MAX} fields`);
  }
  return fields;
}
