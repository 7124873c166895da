// @hot
/**
 * Symbol (55) bytes -> instrument index, without a string: FNV-1a, open addressing.
 */
import type { Instruments } from "../../book/instruments.ts";
import { NO_INSTRUMENT } from "../../core/codes.ts";

const FNV_PRIME = 0x01000193;
const FNV_BASIS = 0x811c9dc5 | 0;

export class SymbolTable {
  private readonly mask: number;
  /** Instrument index + 1; 0 = free. */
  private readonly slots: Int32Array;
  private readonly offset: Int32Array;
  private readonly length: Int32Array;
  private readonly text: Uint8Array;

  /**
   * The order symbols of the instruments of `session`. Where two share one symbol (futures told
   * apart by another tag) it names neither: reports find their order by ClOrdID.
   */
  constructor(instruments: Instruments, session: number) {
    const n = instruments.count;
    let size = 16;
    while (size < 4 * n) size *= 2;
    this.mask = size - 1;
    this.slots = new Int32Array(new ArrayBuffer(4 * size));
    this.offset = new Int32Array(new ArrayBuffer(4 * (n + 2)));
    this.length = new Int32Array(new ArrayBuffer(4 * (n + 2)));
    const symbols = instruments.definitions.map((d) =>
      d.session === session ? d.orderSymbol : "",
    );
    this.text = new Uint8Array(new ArrayBuffer(8 + symbols.join("").length));
    let at = 0;
    for (let i = 0; i < n; i++) {
      const symbol = symbols[i]!;
      this.offset[i] = at;
      this.length[i] = symbol.length;
      for (let k = 0; k < symbol.length; k++) this.text[at++] = symbol.charCodeAt(k);
      const shared = symbol !== "" && symbols.indexOf(symbol) !== symbols.lastIndexOf(symbol);
      if (symbol !== "" && !shared) this.add(i);
    }
  }

  /** Index of the instrument whose symbol these bytes are, or NO_INSTRUMENT. */
  find(bytes: Uint8Array, offset: number, length: number): number {
    let slot = hash(bytes, offset, length) & this.mask;
    for (;;) {
      const i = this.slots[slot]! - 1;
      if (i < 0) return NO_INSTRUMENT;
      if (this.length[i] === length && this.same(i, bytes, offset, length)) return i;
      slot = (slot + 1) & this.mask;
    }
  }

  private same(i: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const at = this.offset[i]!;
    for (let k = 0; k < length; k++) {
      if (this.text[at + k] !== bytes[offset + k]) return false;
    }
    return true;
  }

  private add(i: number): void {
    let slot = hash(this.text, this.offset[i]!, this.length[i]!) & this.mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
    this.slots[slot] = i + 1;
  }
}

function hash(bytes: Uint8Array, offset: number, length: number): number {
  let h = FNV_BASIS;
  for (let i = 0; i < length; i++) h = Math.imul(h ^ bytes[offset + i]!, FNV_PRIME);
  return h ^ (h >>> 15);
}
