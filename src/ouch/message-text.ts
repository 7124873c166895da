/** The bytes of a message in the journal as text for a person, whatever protocol it went by. */
import { SOUP_FAULT, SOUP_PARTIAL, SoupSplitter } from "../net/soup/soup-splitter.ts";
import { describeOuch, OUCH_INBOUND } from "./ouch-fields.ts";

const NAMES = new Map(OUCH_INBOUND.map((entry) => [entry.type, entry.name]));
const UNSEQUENCED = "U";
/** A FIX message begins with 8=. */
const FIX = "8=";

/** FIX with | for SOH; a SoupBinTCP packet by its type, and the fields of the OUCH message in it. */
export function messageText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("latin1");
  const splitter = new SoupSplitter(bytes.length);
  const type = text.startsWith(FIX) ? SOUP_FAULT : splitter.next(bytes, 0, bytes.length);
  if (type === SOUP_PARTIAL || type === SOUP_FAULT || splitter.end !== bytes.length) {
    return text.replaceAll("\x01", "|").trim();
  }
  const letter = String.fromCharCode(type);
  const record = describeOuch("in", bytes, splitter.payloadAt, splitter.payloadLength);
  if (letter !== UNSEQUENCED || record === undefined) return letter;
  const { type: message, len: _, ...fields } = record;
  const told = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  return [NAMES.get(message) ?? message, ...told].join(" ");
}
