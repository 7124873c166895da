/** A decoded message as text for a person, or as one line of JSON. */
import type { DecodedMessage } from "./decoder.ts";
import type { DecodedField } from "./structure.ts";

const INDENT = 2;
const TAG_WIDTH = 5;
const NAME_WIDTH_MAX = 28;

/**
 * A head line, then a line per field, entries of groups indented, then an empty line:
 *
 *   ExecutionReport (8), VENUE to ME, MsgSeqNum 4, 20260102-10:00:00.125
 *      54  Side              1  BUY
 *     453  NoPartyIDs        1
 *       [1]
 *         448  PartyID       BROKER
 */
export function messageText(message: DecodedMessage): string {
  const lines = [headOf(message)];
  if (message.garbled !== "") lines.push(`  GARBLED: ${message.garbled}`);
  const width = Math.min(NAME_WIDTH_MAX, longest(message.fields));
  addFields(lines, message.fields, width, INDENT);
  return `${lines.join("\n")}\n\n`;
}

/** One object, without a line end. Values stay text: a price keeps its zeros. */
export function messageJson(message: DecodedMessage): string {
  const { garbled, fields, ...rest } = message;
  return JSON.stringify({
    ...rest,
    ...(garbled === "" ? {} : { garbled }),
    fields: fields.map(fieldJson),
  });
}

function headOf(m: DecodedMessage): string {
  const name = m.name === "" ? "message of unknown type" : m.name;
  const type = m.type === "" ? "no MsgType" : printable(m.type);
  const parts = [`${name} (${type})`];
  if (m.sender !== "" || m.target !== "") {
    parts.push(`${printable(m.sender)} to ${printable(m.target)}`);
  }
  if (m.seq !== "") parts.push(`MsgSeqNum ${printable(m.seq)}`);
  if (m.sendingTime !== "") parts.push(printable(m.sendingTime));
  return `${m.prefix === "" ? "" : `${m.prefix}  `}${parts.join(", ")}`;
}

function addFields(
  lines: string[],
  fields: readonly DecodedField[],
  width: number,
  indent: number,
): void {
  for (const field of fields) {
    const tag = (field.tag === 0 ? "?" : String(field.tag)).padStart(TAG_WIDTH);
    const meaning = field.meaning === "" ? "" : `  ${field.meaning}`;
    const line = `${tag}  ${field.name.padEnd(width)}  ${printable(field.value)}${meaning}`;
    lines.push(`${" ".repeat(indent)}${line.trimEnd()}`);
    field.entries?.forEach((entry, i) => {
      lines.push(`${" ".repeat(indent + TAG_WIDTH)}[${i + 1}]`);
      addFields(lines, entry, width, indent + TAG_WIDTH);
    });
  }
}

function longest(fields: readonly DecodedField[]): number {
  return Math.max(
    0,
    ...fields.map((f) => Math.max(f.name.length, ...(f.entries ?? []).map(longest))),
  );
}

/** SOH as |; other control characters, which a terminal would obey, as \xNN. */
function printable(text: string): string {
  let out = "";
  for (const c of text) {
    const code = c.codePointAt(0)!;
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
    if (code === 1) out += "|";
    else out += isControl ? `\\x${code.toString(16).padStart(2, "0")}` : c;
  }
  return out;
}

function fieldJson(field: DecodedField): unknown {
  const { tag, name, value, meaning, entries } = field;
  return {
    tag,
    ...(name === "" ? {} : { name }),
    value,
    ...(meaning === "" ? {} : { meaning }),
    ...(entries === undefined ? {} : { entries: entries.map((e) => e.map(fieldJson)) }),
  };
}
