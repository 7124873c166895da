/** Tables of the decoder, by bytes of a message, derived from the fields. */
import {
  appendagesOf,
  BBO_INDICATORS,
  type BboSide,
  DENOMINATORS,
  OPRA_APPENDAGE_BYTES,
  OPRA_MESSAGES,
} from "./opra-fields.ts";

/** In opraSizes(): longer than the table can tell; see sizeOf in opra.ts. */
export const SIZE_VARIES = 255;

/**
 * Bytes of a message with its appendages, by category * 256 + indicator; 0 = no such category. Y is
 * of the longer kind when its type is I, and C as long as it says: both vary.
 */
export function opraSizes(): Uint8Array {
  const sizes = new Uint8Array(new ArrayBuffer(65_536));
  for (const { category, length } of OPRA_MESSAGES) {
    const row = category.charCodeAt(0) << 8;
    for (let indicator = 0; indicator < 256; indicator++) {
      const appendages = appendagesOf(category, indicator).length;
      const varies = category === "Y" || category === "C";
      sizes[row + indicator] = varies ? SIZE_VARIES : length + appendages * OPRA_APPENDAGE_BYTES;
    }
  }
  return sizes;
}

/** What to do with a side of the best bid and offer. */
export const SIDE_UNCHANGED = 0;
export const SIDE_QUOTE = 1;
export const SIDE_NONE = 2;
export const SIDE_APPENDAGE = 3;
const ACTIONS: Readonly<Record<BboSide, number>> = {
  unchanged: SIDE_UNCHANGED,
  quote: SIDE_QUOTE,
  none: SIDE_NONE,
  appendage: SIDE_APPENDAGE,
};
/** In opraActions(): an indicator of another edition. */
export const ACTION_UNKNOWN = 255;

/** By indicator: the bid's action, and the offer's times 4. */
export function opraActions(): Uint8Array {
  const actions = new Uint8Array(new ArrayBuffer(256)).fill(ACTION_UNKNOWN);
  for (const [indicator, { bid, offer }] of Object.entries(BBO_INDICATORS)) {
    actions[indicator.charCodeAt(0)] = ACTIONS[bid] + 4 * ACTIONS[offer];
  }
  return actions;
}

/** By denominator code: price = wire / 10^decimals; -1 = no such code. */
export function denominatorDecimals(): Int8Array {
  const decimals = new Int8Array(new ArrayBuffer(256)).fill(-1);
  for (const [code, divisor] of Object.entries(DENOMINATORS)) {
    decimals[code.charCodeAt(0)] = Math.round(Math.log10(divisor));
  }
  return decimals;
}
