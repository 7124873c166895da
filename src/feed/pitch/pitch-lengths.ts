/** Tables by type byte of an edition of PITCH, derived from its fields. */
import { type PitchEdition, pitchMessages } from "./pitch-editions.ts";

/** Length of each type, 0 = no such type. */
export function pitchLengths(edition: PitchEdition): Uint8Array {
  const lengths = new Uint8Array(new ArrayBuffer(256));
  for (const message of pitchMessages(edition)) lengths[message.code] = message.length;
  return lengths;
}

/** 1 for each type that may be longer than its length says. */
export function pitchOpenTypes(edition: PitchEdition): Uint8Array {
  const open = new Uint8Array(new ArrayBuffer(256));
  for (const message of pitchMessages(edition)) open[message.code] = message.isOpen ? 1 : 0;
  return open;
}

/** What the decoder must know of an edition beyond lengths. */
export interface PitchTraits {
  /** Prices are signed, and a modify has no flags. */
  isSigned: boolean;
  /** Trading status carries a symbol of 8 and Reg SHO; else a symbol of 6 and reserved bytes. */
  hasRegSho: boolean;
  /** Trading status carries one more for the hours outside the regular session. */
  hasGlobalHours: boolean;
}

export function pitchTraits(edition: PitchEdition): PitchTraits {
  const status = pitchMessages(edition).find((m) => m.name === "trading_status")!;
  const add = pitchMessages(edition).find((m) => m.name === "add_order_short")!;
  const names = status.fields.map((field) => field.name);
  return {
    isSigned: add.fields.some((field) => field.kind === "int"),
    hasRegSho: names.includes("reg_sho_action"),
    hasGlobalHours: names.includes("gth_trading_status"),
  };
}
