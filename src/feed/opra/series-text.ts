/**
 * Names of series: the OSI symbol without the padding of its root, AMZN231229C00133000 = root,
 * expiration as yymmdd, C or P, strike times 1000 in eight digits. On the wire the month is a
 * letter that says call or put as well: A to L calls from January on, M to X puts.
 */
const OSI = /^([A-Z0-9.$*]{1,5})(\d{2})(\d{2})(\d{2})([CP])(\d{8})$/;
const LETTER_A = 0x41;
const MONTHS = 12;
const SYMBOL_BYTES = 5;

export type SeriesWords = readonly [word0: number, word1: number, word2: number];

/** The three words of a series (see series-table.ts), or null when the text is no OSI symbol. */
export function seriesWords(text: string): SeriesWords | null {
  const parts = OSI.exec(text);
  if (parts === null) return null;
  const [, root = "", year, month, day, side, strike] = parts;
  if (Number(month) < 1 || Number(month) > MONTHS || Number(day) < 1 || Number(day) > 31)
    return null;
  const letter = LETTER_A + Number(month) - 1 + (side === "P" ? MONTHS : 0);
  const symbol = root.padEnd(SYMBOL_BYTES, " ");
  let word0 = 0;
  for (let i = 0; i < 4; i++) word0 = (word0 << 8) | symbol.charCodeAt(i);
  const word1 = (symbol.charCodeAt(4) << 24) | (letter << 16) | (Number(day) << 8) | Number(year);
  return [word0, word1, Number(strike)];
}

/** The OSI symbol of three words as the wire brings them; null when they are none. */
export function seriesText(word0: number, word1: number, word2: number): string | null {
  let root = "";
  for (let shift = 24; shift >= 0; shift -= 8) {
    root += String.fromCharCode((word0 >>> shift) & 0xff);
  }
  root += String.fromCharCode(word1 >>> 24);
  const letter = ((word1 >>> 16) & 0xff) - LETTER_A;
  const two = (value: number) => String(value).padStart(2, "0");
  const date = two(word1 & 0xff) + two((letter % MONTHS) + 1) + two((word1 >>> 8) & 0xff);
  const side = letter < MONTHS ? "C" : "P";
  const text = `${root.trimEnd()}${date}${side}${String(word2).padStart(8, "0")}`;
  const back = seriesWords(text);
  return back?.[0] === word0 && back[1] === word1 && back[2] === word2 ? text : null;
}
