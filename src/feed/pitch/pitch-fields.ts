/**
 * Every field of Cboe Multicast PITCH and of its TCP sessions (gap request proxy, Spin server), and a
 * reader that turns one message into an object: for people, tests and `decode`.
 */
import { PITCH_EDITIONS, type PitchEdition, pitchMessages } from "./pitch-editions.ts";
import { type PitchField, type PitchMessage, text, uint, untimed } from "./pitch-table.ts";

/** Of the TCP sessions; they come behind the same unit header, with sequence 0. */
export const PITCH_SESSION_MESSAGES: readonly PitchMessage[] = [
  untimed(0x01, "login", 22, [
    text(2, "session_sub_id", 4),
    text(6, "username", 4),
    text(10, "filler", 2),
    text(12, "password", 10),
  ]),
  untimed(0x02, "login_response", 3, [text(2, "login_response_status", 1)]),
  untimed(0x03, "gap_request", 9, [
    uint(2, "unit", 1),
    uint(3, "sequence", 4),
    uint(7, "count", 2),
  ]),
  untimed(0x04, "gap_response", 10, [
    uint(2, "unit", 1),
    uint(3, "sequence", 4),
    uint(7, "count", 2),
    text(9, "gap_response_status", 1),
  ]),
  untimed(0x80, "spin_image_available", 6, [uint(2, "sequence", 4)]),
  untimed(0x81, "spin_request", 6, [uint(2, "sequence", 4)]),
  untimed(0x82, "spin_response", 11, [
    uint(2, "sequence", 4),
    uint(6, "order_count", 4),
    text(10, "spin_response_status", 1),
  ]),
  untimed(0x83, "spin_finished", 6, [uint(2, "sequence", 4)]),
];

const BY_CODE = new Map(
  PITCH_EDITIONS.map((edition) => [
    edition,
    new Map([...pitchMessages(edition), ...PITCH_SESSION_MESSAGES].map((m) => [m.code, m])),
  ]),
);

/** Field name to value. Numbers beyond 2^53 are bigint, prices stay wire integers. */
export interface PitchRecord {
  type: string;
  len: number;
  [field: string]: string | number | bigint;
}

/** One message as an object, or undefined when type and length do not fit the edition. @cold */
export function describePitch(
  bytes: Uint8Array,
  offset: number,
  length: number,
  edition: PitchEdition = "us-equities",
): PitchRecord | undefined {
  if (length < 2 || offset < 0 || offset + length > bytes.length) return undefined;
  const entry = BY_CODE.get(edition)!.get(bytes[offset + 1]!);
  if (entry === undefined || bytes[offset] !== length) return undefined;
  if (entry.isOpen ? length < entry.length : length !== entry.length) return undefined;
  const record: PitchRecord = { type: entry.type, len: length };
  for (const field of entry.fields) record[field.name] = read(bytes, offset, field);
  return record;
}

function read(bytes: Uint8Array, offset: number, field: PitchField): string | number | bigint {
  const at = offset + field.offset;
  const part = bytes.subarray(at, at + field.size);
  if (field.kind === "text") return String.fromCharCode(...part).replace(/[\0 ]+$/, "");
  let value = 0n;
  for (let i = field.size - 1; i >= 0; i--) value = (value << 8n) | BigInt(part[i]!);
  if (field.kind === "int") value = BigInt.asIntN(8 * field.size, value);
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}
