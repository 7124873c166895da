/**
 * Every field of an MDP 3.0 message as an object, by its schema: for people, tests and `decode`.
 * Blocks are stepped over by the lengths on the wire.
 */
import type { SbeField, SbeGroup, SbeSchema } from "./sbe-schema.ts";
import type { Primitive, SbeType } from "./sbe-types.ts";

/** Prices are mantissas. null: not told, or behind the end of a block that an older version wrote. */
export type Mdp3Value = string | number | bigint | null | Mdp3Group[] | Mdp3Group;
export interface Mdp3Group {
  [field: string]: Mdp3Value;
}

/** Template and version, then the fields by name; constants are left out. */
export interface Mdp3Record extends Mdp3Group {
  t: number;
  v: number;
}

/** MsgSeqNum u32, SendingTime u64. */
export const PACKET_HEADER_BYTES = 12;
/** MsgSize u16, then the SBE header: blockLength, templateId, schemaId, version. */
export const MESSAGE_HEADER_BYTES = 10;

/**
 * One message from its MsgSize on; undefined when the template is unknown or a length lies. @cold
 */
export function describeMdp3(
  schema: SbeSchema,
  bytes: Uint8Array,
  offset: number,
  length: number,
): Mdp3Record | undefined {
  return walk(schema, bytes, offset, length)?.record;
}

/** Bytes of a message behind its last group; undefined as with describeMdp3. @cold */
export function leftOver(
  schema: SbeSchema,
  bytes: Uint8Array,
  offset: number,
  length: number,
): number | undefined {
  return walk(schema, bytes, offset, length)?.left;
}

function walk(schema: SbeSchema, bytes: Uint8Array, offset: number, length: number) {
  if (length < MESSAGE_HEADER_BYTES || offset < 0 || offset + length > bytes.length)
    return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, length);
  const size = view.getUint16(0, true);
  const blockLength = view.getUint16(2, true);
  const message = schema.messages.get(view.getUint16(4, true));
  let at = MESSAGE_HEADER_BYTES + blockLength;
  if (message === undefined || size < at || size > length) return undefined;
  const record: Mdp3Record = { t: message.id, v: view.getUint16(8, true) };
  readFields(record, message.fields, view, MESSAGE_HEADER_BYTES, blockLength);
  for (const group of message.groups) {
    // A message of a version before the group ends here.
    if (at === size) record[group.name] = [];
    else {
      const next = readGroup(record, group, view, at, size);
      if (next < 0) return undefined;
      at = next;
    }
  }
  return { record, left: size - at };
}

/** Where the group ends, or -1 when it does not fit. */
function readGroup(
  record: Mdp3Record,
  group: SbeGroup,
  view: DataView,
  from: number,
  stop: number,
): number {
  const { size, blockLengthAt, countAt, countBytes } = group.dimension;
  if (from + size > stop) return -1;
  const blockLength = view.getUint16(from + blockLengthAt, true);
  const count =
    countBytes === 1 ? view.getUint8(from + countAt) : view.getUint16(from + countAt, true);
  const end = from + size + count * blockLength;
  if (end > stop) return -1;
  const entries: Mdp3Group[] = [];
  for (let k = 0; k < count; k++) {
    const entry: Mdp3Group = {};
    readFields(entry, group.fields, view, from + size + k * blockLength, blockLength);
    entries.push(entry);
  }
  record[group.name] = entries;
  return end;
}

function readFields(
  into: Mdp3Group,
  fields: readonly SbeField[],
  view: DataView,
  at: number,
  blockLength: number,
): void {
  for (const { name, offset, type } of fields) {
    if (type.size === 0) continue;
    into[name] = offset + type.size > blockLength ? null : readValue(type, view, at + offset);
  }
}

function readValue(type: SbeType, view: DataView, at: number): Mdp3Value {
  if (type.kind === "composite") {
    if (type.exponent !== undefined) return readNumber(type, view, at);
    const members = type.members.filter((m) => m.type.size > 0);
    return Object.fromEntries(members.map((m) => [m.name, readValue(m.type, view, at + m.offset)]));
  }
  if (type.primitive !== "char") return readNumber(type, view, at);
  let text = "";
  for (let i = 0; i < type.length; i++) {
    const code = view.getUint8(at + i);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text.trimEnd();
}

function readNumber(type: SbeType, view: DataView, at: number): number | bigint | null {
  const value = GETTERS[type.primitive](view, at);
  if (type.nullValue !== undefined && BigInt(value) === type.nullValue) return null;
  if (typeof value === "number") return value;
  const isSafe = value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
  return isSafe ? Number(value) : value;
}

const GETTERS: Record<Primitive, (view: DataView, at: number) => number | bigint> = {
  char: (view, at) => view.getUint8(at),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  int16: (view, at) => view.getInt16(at, true),
  uint16: (view, at) => view.getUint16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int64: (view, at) => view.getBigInt64(at, true),
  uint64: (view, at) => view.getBigUint64(at, true),
};

/** As JSON; numbers above 2^53 keep all their digits. @cold */
export function mdp3Json(value: Mdp3Value): string {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(mdp3Json).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, v]) => `${JSON.stringify(name)}:${mdp3Json(v)}`);
  return `{${fields.join(",")}}`;
}
