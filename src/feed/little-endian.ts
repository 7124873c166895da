/** Fields of little-endian protocols as bytes, for encoders: cold, and strict about what fits. */

/** u = unsigned, i = signed, c = ASCII padded with spaces. */
export type FieldKind = "u" | "i" | "c";

/** A field of a layout: where it is, and what it holds when nobody says. */
export type Field = readonly [
  name: string,
  offset: number,
  bytes: number,
  kind: FieldKind,
  absent?: number | bigint | string,
];

export type FieldValues = Readonly<Record<string, number | bigint | string | undefined>>;

/** Writes every field of a layout at `at`. Throws RangeError for what is missing or does not fit. */
export function writeFields(
  bytes: Uint8Array,
  at: number,
  fields: readonly Field[],
  values: FieldValues,
): void {
  for (const [name, offset, size, kind, absent] of fields) {
    const value = values[name] ?? absent;
    if (value === undefined) throw new RangeError(`no value for ${name}`);
    if (kind === "c") writeAscii(bytes, at + offset, size, String(value));
    else if (typeof value === "string") throw new RangeError(`${name} is a number, not "${value}"`);
    else if (kind === "u") writeLittle(bytes, at + offset, size, value);
    else writeLittleSigned(bytes, at + offset, size, value);
  }
}

/** Unsigned integer of 1 to 8 bytes. */
export function writeLittle(
  bytes: Uint8Array,
  at: number,
  size: number,
  value: number | bigint,
): void {
  if (typeof value === "bigint") {
    writeBig(bytes, at, size, value);
    return;
  }
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not unsigned: ${value}`);
  let rest = value;
  for (let i = 0; i < size; i++) {
    bytes[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  if (rest !== 0) throw new RangeError(`${value} does not fit ${size} bytes`);
}

/** Two's complement integer of 1 to 8 bytes. */
export function writeLittleSigned(
  bytes: Uint8Array,
  at: number,
  size: number,
  value: number | bigint,
): void {
  if (typeof value === "number" && value >= 0 && value < 2 ** (8 * size - 1)) {
    writeLittle(bytes, at, size, value);
    return;
  }
  const half = 1n << BigInt(8 * size - 1);
  const whole = BigInt(value);
  if (whole < -half || whole >= half) throw new RangeError(`${value} does not fit ${size} bytes`);
  writeBig(bytes, at, size, whole < 0n ? whole + 2n * half : whole);
}

/** ASCII, left-justified, padded with spaces. */
export function writeAscii(bytes: Uint8Array, at: number, size: number, text: string): void {
  if (text.length > size) throw new RangeError(`"${text}" does not fit ${size} bytes`);
  for (let i = 0; i < size; i++) bytes[at + i] = i < text.length ? text.charCodeAt(i) : 0x20;
}

function writeBig(bytes: Uint8Array, at: number, size: number, value: bigint): void {
  if (value < 0n) throw new RangeError(`not unsigned: ${value}`);
  let rest = value;
  for (let i = 0; i < size; i++) {
    bytes[at + i] = Number(rest & 255n);
    rest >>= 8n;
  }
  if (rest !== 0n) throw new RangeError(`${value} does not fit ${size} bytes`);
}
