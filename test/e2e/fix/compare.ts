/** Compares a received message with what a scenario expects, field by field and in order. */
import { fieldsOf, readable, tagValue, timeMs } from "./wire.ts";

/** How far SendingTime may be from the player's clock, ms: both run on one machine. */
const CLOCK_MS = 120_000;

/** Values that later steps use: `$name` in an expected field takes whatever came. */
export type Captures = Map<string, string>;

export interface Compared {
  captures: Captures;
  /** SendingTime of messages seen first, by `MsgSeqNum MsgType`. */
  sent: Map<string, string>;
  /** BodyLength and TransactTime as the definition files have it; else they are checked, not compared. */
  isDefinition?: boolean;
}

/**
 * What differs, undefined when nothing does. `expected` has fields `tag=value`; `?tag=value` may be
 * absent, `tag=*` takes any value, `tag=$name` takes any and keeps it. BodyLength and CheckSum have
 * been checked on arrival. SendingTime must be a time of about now, OrigSendingTime what the message
 * had for SendingTime when it was sent first.
 */
export function difference(expected: string, actual: string, c: Compared): string | undefined {
  const got = fieldsOf(actual);
  let at = 0;
  for (const field of fieldsOf(expected)) {
    const isOptional = field.tag.startsWith("?");
    const tag = isOptional ? field.tag.slice(1) : field.tag;
    const found = got[at];
    if (found?.tag !== tag) {
      if (isOptional) continue;
      const instead = found === undefined ? "the end" : `${found.tag}=${found.value}`;
      return `expected ${tag}=${field.value}, found ${instead}`;
    }
    const fault = fieldFault(tag, field.value, found.value, c);
    if (fault !== undefined) return `field ${tag}=${found.value} ${fault}`;
    at++;
  }
  const extra = got[at];
  if (extra !== undefined) return `not expected: ${readable(`${extra.tag}=${extra.value}`)}`;
  const fault = timesFault(actual, c);
  return fault;
}

function fieldFault(tag: string, want: string, got: string, c: Compared): string | undefined {
  if (tag === "10" || tag === "52" || tag === "122") return undefined;
  if (tag === "9" && (c.isDefinition !== true || want === "")) return undefined;
  if (c.isDefinition === true && (tag === "60" || tag === "42")) {
    return Number.isNaN(timeMs(got)) ? "is not a timestamp" : undefined;
  }
  if (want === "*") return got === "" ? "is empty" : undefined;
  if (want.startsWith("$")) {
    c.captures.set(want.slice(1), got);
    return got === "" ? "is empty" : undefined;
  }
  return want === got ? undefined : `should be ${readable(want)}`;
}

function timesFault(message: string, c: Compared): string | undefined {
  const sending = tagValue(message, 52) ?? "";
  const begin = tagValue(message, 8) ?? "";
  if (Number.isNaN(timeMs(sending))) return `SendingTime ${sending} is not a timestamp`;
  // Fractions of a second came with FIX 4.2.
  if (begin < "FIX.4.2" && sending.includes(".")) {
    return `SendingTime ${sending} has a fraction, which ${begin} does not know`;
  }
  if (Math.abs(timeMs(sending) - Date.now()) > CLOCK_MS) return `SendingTime ${sending} is not now`;
  const key = `${tagValue(message, 34)} ${tagValue(message, 35)}`;
  const original = tagValue(message, 122);
  if (original === undefined) {
    c.sent.set(key, sending);
    return undefined;
  }
  if (Number.isNaN(timeMs(original))) return `OrigSendingTime ${original} is not a timestamp`;
  if (timeMs(original) > timeMs(sending)) return `OrigSendingTime ${original} is after SendingTime`;
  const first = c.sent.get(key);
  return first === undefined || first === original
    ? undefined
    : `OrigSendingTime should be ${first}, the SendingTime of the first sending, not ${original}`;
}
