/** FIX messages as text: completing what is sent, framing and checking what is received. */

export const SOH = "\x01";

/** One field of a message; `tag` is text, because a scenario also sends what is not a number. */
export interface Field {
  tag: string;
  value: string;
}

/** With `|` for the field separator, as scenarios and failures are written. */
export function readable(text: string): string {
  return text.replaceAll(SOH, "|");
}

/**
 * A message to send: `text` has SOH after each field. BodyLength is added after the first field when
 * there is none, CheckSum at the end when there is none; what is there already stays, right or wrong.
 */
export function complete(text: string): string {
  const headEnd = text.indexOf(SOH) + 1;
  const head = text.slice(0, headEnd);
  if (!head.startsWith("8=")) return text;
  const fields = text.slice(headEnd).split(SOH).slice(0, -1);
  const sum = fields.at(-1)?.startsWith("10=") === true ? fields.pop() : undefined;
  const body = fields.map((field) => field + SOH).join("");
  const hasLength = fields.some((field) => field.startsWith("9="));
  const all = hasLength ? head + body : `${head}9=${body.length}${SOH}${body}`;
  return `${all}${sum ?? `10=${checkSum(all)}`}${SOH}`;
}

/** CheckSum(10) of the bytes before it (FIX 4.2 appendix B): three digits. */
export function checkSum(text: string): string {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += text.charCodeAt(i);
  return String(sum & 255).padStart(3, "0");
}

export function fieldsOf(text: string): Field[] {
  const parts = text.split(SOH);
  if (parts.at(-1) === "") parts.pop();
  return parts.map((part) => {
    const at = part.indexOf("=");
    return at < 0
      ? { tag: "", value: part }
      : { tag: part.slice(0, at), value: part.slice(at + 1) };
  });
}

export function tagValue(text: string, tag: number): string | undefined {
  return fieldsOf(text).find((field) => field.tag === String(tag))?.value;
}

/**
 * First whole message of `text`, which starts with BeginString, BodyLength and MsgType and ends with
 * the right CheckSum; undefined when more bytes are needed. Throws what is wrong with it otherwise.
 */
export function takeMessage(text: string): string | undefined {
  const [begin = "", length = "", rest] = text.split(SOH, 3);
  const isStart = begin.startsWith("8=") || "8=".startsWith(begin);
  if (!isStart || begin.length > HEAD_MAX || length.length > HEAD_MAX) {
    throw new Error(`not a FIX message: ${readable(text)}`);
  }
  if (rest === undefined) return undefined;
  const digits = /^9=(\d{1,6})$/.exec(length)?.[1];
  if (digits === undefined) throw new Error(`BodyLength is not second: ${readable(text)}`);
  const bodyStart = begin.length + length.length + 2;
  const bodyEnd = bodyStart + Number(digits);
  const end = bodyEnd + "10=000|".length;
  if (text.length < end) return undefined;
  const message = text.slice(0, end);
  const trailer = text.slice(bodyEnd, end);
  if (!trailer.startsWith("10=") || !trailer.endsWith(SOH)) {
    throw new Error(`BodyLength is wrong: ${readable(message)}`);
  }
  const wanted = `10=${checkSum(text.slice(0, bodyEnd))}${SOH}`;
  if (trailer !== wanted) {
    throw new Error(`CheckSum should be ${readable(wanted)}: ${readable(message)}`);
  }
  if (!text.startsWith("35=", bodyStart)) {
    throw new Error(`MsgType is not the third field: ${readable(message)}`);
  }
  return message;
}

/** Characters of BeginString or BodyLength at most. */
const HEAD_MAX = 16;

/** UTCTimestamp of a moment `offsetS` from now, whole seconds (FIX 4.2: YYYYMMDD-HH:MM:SS). */
export function timestamp(offsetS = 0): string {
  const iso = new Date(Date.now() + offsetS * 1000).toISOString();
  return `${iso.slice(0, 10).replaceAll("-", "")}-${iso.slice(11, 19)}`;
}

/** Milliseconds since 1970 of a UTCTimestamp with 0, 3, 6 or 9 digits after the second; NaN if it is none. */
export function timeMs(text: string): number {
  const m = /^(\d{4})(\d\d)(\d\d)-(\d\d:\d\d:\d\d)(\.\d{3}(?:\d{3}){0,2})?$/.exec(text);
  if (m === null) return Number.NaN;
  return Date.parse(`${m[1]}-${m[2]}-${m[3]}T${m[4]}${(m[5] ?? ".000").slice(0, 4)}Z`);
}
