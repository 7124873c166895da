/** Of find(): not in the table. */
export const NO_SYMBOL = -1;

/**
 * Feed symbol (8 characters as two big-endian words, space padded) to instrument. Asked once per R
 * message of ITCH, and by every add of feeds that have no locates; allocates nothing.
 */
export class SymbolTable {
  private readonly mask: number;
  /** Four words a row: high, low, instrument + 1, unused. */
  private readonly rows: Int32Array;

  constructor(capacity: number) {
    let size = 16;
    while (size < 2 * capacity) size *= 2;
    this.mask = size - 1;
    this.rows = new Int32Array(new ArrayBuffer(16 * size));
  }

  /** What add() was given, or NO_SYMBOL. */
  find(high: number, low: number): number {
    return this.rows[this.probe(high, low) * 4 + 2]! - 1;
  }

  /** instrument: 0 and above, or a number below NO_SYMBOL that means something to the caller. */
  add(high: number, low: number, instrument: number): void {
    const row = this.probe(high, low) * 4;
    this.rows[row] = high;
    this.rows[row + 1] = low;
    this.rows[row + 2] = instrument + 1;
  }

  private probe(high: number, low: number): number {
    let at = (Math.imul(high, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b)) >>> 7;
    for (;;) {
      at &= this.mask;
      const row = at * 4;
      if (this.rows[row + 2] === 0) return at;
      if (this.rows[row] === high && this.rows[row + 1] === low) return at;
      at++;
    }
  }
}

/** The two words of a symbol; longer ones do not exist on ITCH and PITCH. */
export function symbolWords(symbol: string): [number, number] {
  const padded = symbol.padEnd(8, " ");
  let high = 0;
  let low = 0;
  for (let i = 0; i < 4; i++) {
    high = (high << 8) | (padded.charCodeAt(i) & 0xff);
    low = (low << 8) | (padded.charCodeAt(i + 4) & 0xff);
  }
  return [high, low];
}

/** The symbol of two words, padding removed. */
export function wordsSymbol(high: number, low: number): string {
  let text = "";
  for (let shift = 24; shift >= 0; shift -= 8) text += String.fromCharCode((high >>> shift) & 0xff);
  for (let shift = 24; shift >= 0; shift -= 8) text += String.fromCharCode((low >>> shift) & 0xff);
  return text.trimEnd();
}
