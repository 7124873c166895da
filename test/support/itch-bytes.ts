/** ITCH 5.0 messages and MoldUDP64 packets as bytes, for tests. */
import { ITCH_MESSAGES } from "../../src/feed/itch/itch-fields.ts";

/** One message; fields that are not given are zero, text is padded with spaces. */
export function itch(type: string, fields: Record<string, number | bigint | string>): Uint8Array {
  const message = ITCH_MESSAGES.find((m) => m.type === type);
  if (message === undefined) throw new Error(`no ITCH type ${type}`);
  const bytes = new Uint8Array(message.length);
  bytes[0] = type.charCodeAt(0);
  for (const field of message.fields) {
    const value = fields[field.name] ?? (field.kind === "text" ? "" : 0);
    if (typeof value === "string") {
      const text = value.padEnd(field.size, " ");
      for (let i = 0; i < field.size; i++) bytes[field.offset + i] = text.charCodeAt(i);
      continue;
    }
    let left = BigInt(value);
    for (let i = field.size - 1; i >= 0; i--) {
      bytes[field.offset + i] = Number(left & 255n);
      left >>= 8n;
    }
  }
  for (const name of Object.keys(fields)) {
    if (!message.fields.some((field) => field.name === name)) {
      throw new Error(`${type} has no field ${name}`);
    }
  }
  return bytes;
}

/** A MoldUDP64 packet. count: what the header says, when it shall not be the truth. */
export function mold(
  session: string,
  sequence: number | bigint,
  messages: readonly Uint8Array[],
  count = messages.length,
): Uint8Array {
  const size = messages.reduce((n, m) => n + 2 + m.length, 20);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 10; i++) bytes[i] = i < session.length ? session.charCodeAt(i) : 0x20;
  view.setBigUint64(10, BigInt(sequence));
  view.setUint16(18, count);
  let at = 20;
  for (const message of messages) {
    view.setUint16(at, message.length);
    bytes.set(message, at + 2);
    at += 2 + message.length;
  }
  return bytes;
}

export function heartbeat(session: string, sequence: number): Uint8Array {
  return mold(session, sequence, []);
}

export function endOfSession(session: string, sequence: number): Uint8Array {
  return mold(session, sequence, [], 0xffff);
}
