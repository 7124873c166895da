/** Types of an SBE schema (FIX Simple Binary Encoding 1.0): plain, composite, enum and set. */
import { type SbeElement, SbeSchemaError } from "./sbe-xml.ts";

export type Primitive = keyof typeof PRIMITIVE_BYTES;

export const PRIMITIVE_BYTES = {
  char: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
} as const;

export interface SbeType {
  readonly name: string;
  readonly kind: "plain" | "composite" | "enum" | "set";
  /** Of a composite, that of its first member on the wire. */
  readonly primitive: Primitive;
  /** Elements: above 1 for texts. */
  readonly length: number;
  /** Bytes on the wire, 0 for a constant. */
  readonly size: number;
  /** Of optional types. */
  readonly nullValue?: bigint;
  /** Of constants, which are not on the wire. */
  readonly constant?: string | number;
  /** Of composites, constants too. */
  readonly members: readonly SbeMember[];
  /** Of composites that are a mantissa and a constant exponent. */
  readonly exponent?: number;
}

export interface SbeMember {
  readonly name: string;
  readonly offset: number;
  readonly type: SbeType;
}

export type Fail = (element: SbeElement, what: string) => never;

export function failIn(file: string): Fail {
  return (element, what) => {
    throw new SbeSchemaError(file, element.line, what);
  };
}

/** A whole number in an attribute; `otherwise` when it is not there. Range 0 to `max`. */
export function wholeOf(
  element: SbeElement,
  name: string,
  fail: Fail,
  max: number,
  otherwise?: number,
): number {
  const text = element.attributes[name];
  if (text === undefined) {
    if (otherwise !== undefined) return otherwise;
    return fail(element, `<${element.name}> has no ${name}; wanted: a whole number up to ${max}`);
  }
  const value = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (value >= 0 && value <= max) return value;
  const what = `${name}="${text}" of <${element.name}>; allowed: a whole number from 0 to ${max}`;
  return fail(element, what);
}

export function nameOf(element: SbeElement, fail: Fail): string {
  const name = element.attributes["name"];
  if (name !== undefined && /^[A-Za-z_]\w{0,63}$/.test(name)) return name;
  const what = name === undefined ? "has no name" : `has the name "${name.slice(0, 64)}"`;
  return fail(element, `<${element.name}> ${what}; allowed: letters, digits and _, up to 64`);
}

/** Every type of the <types> elements, by name; primitive names are types too. */
export function readTypes(elements: readonly SbeElement[], fail: Fail): Map<string, SbeType> {
  const types = new Map<string, SbeType>();
  for (const [name, size] of Object.entries(PRIMITIVE_BYTES)) {
    const primitive = name as Primitive;
    types.set(name, { name, kind: "plain", primitive, length: 1, size, members: [] });
  }
  const own = new Set<string>();
  const add = (element: SbeElement, type: SbeType) => {
    if (own.has(type.name)) fail(element, `type ${type.name} is there twice; allowed: once`);
    own.add(type.name);
    types.set(type.name, type);
  };
  // Plain ones first: enums and sets name them, and may stand before them.
  for (const e of elements) if (e.name === "type") add(e, plainType(e, fail));
  for (const e of elements) {
    if (e.name === "composite") add(e, compositeType(e, fail));
    else if (e.name === "enum" || e.name === "set") add(e, encodedType(e, e.name, types, fail));
    else if (e.name !== "type") {
      fail(e, `<${e.name}> inside <types>; allowed: type, composite, enum, set`);
    }
  }
  return types;
}

function plainType(element: SbeElement, fail: Fail): SbeType {
  const name = nameOf(element, fail);
  const primitive = primitiveOf(element, fail);
  const length = wholeOf(element, "length", fail, 4096, 1);
  if (element.attributes["presence"] === "constant") {
    const { text } = element;
    const constant = primitive === "char" ? text : Number(text);
    if (text === "" || Number.isNaN(constant)) {
      fail(element, `constant ${name} has the value "${text}"; wanted: one of type ${primitive}`);
    }
    return { name, kind: "plain", primitive, length, size: 0, constant, members: [] };
  }
  const size = PRIMITIVE_BYTES[primitive] * length;
  const type: SbeType = { name, kind: "plain", primitive, length, size, members: [] };
  if (element.attributes["presence"] !== "optional") return type;
  return { ...type, nullValue: nullOf(element, primitive, fail) };
}

function primitiveOf(element: SbeElement, fail: Fail): Primitive {
  const text = element.attributes["primitiveType"] ?? "";
  if (text in PRIMITIVE_BYTES) return text as Primitive;
  const allowed = Object.keys(PRIMITIVE_BYTES).join(", ");
  return fail(element, `primitiveType="${text}"; allowed: ${allowed}`);
}

/** SBE 1.0, 2.4.2: without a nullValue it is the highest of an unsigned, the lowest of a signed type. */
function nullOf(element: SbeElement, primitive: Primitive, fail: Fail): bigint {
  const text = element.attributes["nullValue"];
  const bits = BigInt(8 * PRIMITIVE_BYTES[primitive]);
  if (text === undefined) {
    if (primitive === "char") return 0n;
    return primitive.startsWith("u") ? (1n << bits) - 1n : -(1n << (bits - 1n));
  }
  if (/^-?\d{1,20}$/.test(text)) return BigInt(text);
  return fail(element, `nullValue="${text}"; allowed: a whole number`);
}

function compositeType(element: SbeElement, fail: Fail): SbeType {
  const name = nameOf(element, fail);
  const members: SbeMember[] = [];
  let end = 0;
  for (const child of element.children) {
    if (child.name !== "type") {
      fail(child, `<${child.name}> inside composite ${name}; supported: type`);
    }
    const type = plainType(child, fail);
    const offset = wholeOf(child, "offset", fail, 4096, end);
    members.push({ name: type.name, offset, type });
    end = Math.max(end, offset + type.size);
  }
  const first = members.find((m) => m.type.size > 0);
  if (first === undefined) fail(element, `composite ${name} has no member; wanted: one at least`);
  const { primitive } = first!.type;
  const type: SbeType = { name, kind: "composite", primitive, length: 1, size: end, members };
  const exponent = members.find((m) => m.name === "exponent")?.type.constant;
  if (first!.name !== "mantissa" || typeof exponent !== "number") return type;
  const { nullValue } = first!.type;
  return { ...type, exponent, ...(nullValue === undefined ? {} : { nullValue }) };
}

function encodedType(
  element: SbeElement,
  kind: "enum" | "set",
  types: Map<string, SbeType>,
  fail: Fail,
): SbeType {
  const name = nameOf(element, fail);
  const encoding = element.attributes["encodingType"] ?? "";
  const type = types.get(encoding);
  if (type === undefined || type.kind !== "plain" || type.length !== 1 || type.size === 0) {
    const what = `encodingType="${encoding}" of ${kind} ${name}`;
    return fail(element, `${what}; allowed: a primitive type or a type of one value`);
  }
  return { ...type, name, kind };
}
