/** ITCH 5.0 (Nasdaq TotalView-ITCH, edition Feb 2026): tables by type byte, derived from the fields. */
import { ITCH_MESSAGES } from "./itch-fields.ts";

/** Length of each type, 0 = no such type. */
export function itchLengths(): Uint8Array {
  const lengths = new Uint8Array(new ArrayBuffer(256));
  for (const message of ITCH_MESSAGES) lengths[message.type.charCodeAt(0)] = message.length;
  return lengths;
}

/** Length of each type that names an order of the book by its reference at 11, 0 = all others. */
export function itchNamingLengths(): Uint8Array {
  const lengths = new Uint8Array(new ArrayBuffer(256));
  for (const { type, length } of ITCH_MESSAGES) {
    if ("DEXCU".includes(type)) lengths[type.charCodeAt(0)] = length;
  }
  return lengths;
}

/** By type: 1 = it changes a book or a status. */
export function itchTellingTypes(): Uint8Array {
  const telling = new Uint8Array(new ArrayBuffer(256));
  for (const type of "AFECXDUSHYJh") telling[type.charCodeAt(0)] = 1;
  return telling;
}

/** Offset of the stock symbol, 0 = the type carries none. */
export function itchStockOffsets(): Uint8Array {
  const offsets = new Uint8Array(new ArrayBuffer(256));
  for (const message of ITCH_MESSAGES) {
    const stock = message.fields.find((field) => field.name === "stock");
    if (stock !== undefined) offsets[message.type.charCodeAt(0)] = stock.offset;
  }
  return offsets;
}
