// @hot
/**
 * Which SecurityID leads to which instrument, by the definitions of the feed: a symbol that was
 * subscribed to gets its id there. All that comes over and over is looked up without allocation.
 */
import type { Mdp3Definition } from "../feed/mdp3/mdp3-sink.ts";
import { textWord } from "../feed/mdp3/wire.ts";

export const SYMBOL_BYTES = 20;
/** Words of a row of the id table: security id, instrument + 1 or IGNORED, 0 = free. */
const ID_WORDS = 2;
const IGNORED = -1;
/** Definitions beyond the instruments that are remembered as not wanted. */
const IGNORED_MAX = 1 << 17;
const DELETE = 0x44; // 'D'
const SPACE = 0x20;

export class Mdp3Securities {
  private readonly ids: Int32Array;
  private readonly idMask: number;
  private idCount = 0;
  private readonly symbols: Uint8Array;
  private readonly symbolOf: Int32Array;
  private readonly symbolMask: number;
  /** By instrument: id, and time and action of the definition that is known. */
  private readonly idOf: Int32Array;
  private readonly hasId: Uint8Array;
  private readonly timeHi: Int32Array;
  private readonly timeLo: Int32Array;
  private readonly action: Uint8Array;
  /** By instrument: SecurityGroup and Asset, words as in Mdp3Sink.onStatus. */
  private readonly group: Int32Array;
  private readonly isDefined: Uint8Array;

  constructor(instruments: number, remembersOthers: boolean) {
    let size = 1024;
    while (size < 4 * instruments) size *= 2;
    if (remembersOthers) size = Math.max(size, 2 * IGNORED_MAX);
    this.idMask = size - 1;
    this.ids = new Int32Array(new ArrayBuffer(4 * ID_WORDS * size));
    let symbols = 64;
    while (symbols < 2 * instruments) symbols *= 2;
    this.symbolMask = symbols - 1;
    this.symbols = new Uint8Array(new ArrayBuffer(SYMBOL_BYTES * symbols));
    this.symbolOf = new Int32Array(new ArrayBuffer(4 * symbols));
    this.hasId = new Uint8Array(new ArrayBuffer(instruments));
    this.idOf = new Int32Array(new ArrayBuffer(4 * instruments));
    this.timeHi = new Int32Array(new ArrayBuffer(4 * instruments));
    this.timeLo = new Int32Array(new ArrayBuffer(4 * instruments));
    this.action = new Uint8Array(new ArrayBuffer(instruments));
    this.group = new Int32Array(new ArrayBuffer(4 * 4 * instruments));
    this.isDefined = new Uint8Array(new ArrayBuffer(instruments));
  }

  // ---- ids --------------------------------------------------------------------------------------

  /** Instrument of an id; -1 = none. */
  find(id: number): number {
    const entry = this.ids[this.probe(id) + 1]!;
    return entry > 0 ? entry - 1 : -1;
  }

  /** True when an id leads to the instrument. */
  isMapped(instrument: number): boolean {
    return this.hasId[instrument] !== 0;
  }

  /** Asked before, and not wanted. */
  isIgnored(id: number): boolean {
    return this.ids[this.probe(id) + 1] === IGNORED;
  }

  /** Maps an id to an instrument. False when the table is full. */
  map(id: number, instrument: number): boolean {
    const before = this.idOf[instrument]!;
    if (this.isMapped(instrument) && before !== id) {
      this.ids[this.probe(before) + 1] = IGNORED;
    }
    this.idOf[instrument] = id;
    this.hasId[instrument] = 1;
    return this.put(id, instrument + 1);
  }

  ignore(id: number): void {
    this.put(id, IGNORED);
  }

  private put(id: number, entry: number): boolean {
    const row = this.probe(id);
    if (this.ids[row + 1] === 0) {
      // Half full at most; what does not fit is asked for again.
      if (2 * this.idCount > this.idMask) return false;
      this.idCount++;
    }
    this.ids[row] = id;
    this.ids[row + 1] = entry;
    return true;
  }

  private probe(id: number): number {
    const ids = this.ids;
    let at = Math.imul(id, 0x9e3779b1) >>> 7;
    for (;;) {
      at &= this.idMask;
      const row = at * ID_WORDS;
      if (ids[row + 1] === 0 || ids[row] === id) return row;
      at++;
    }
  }

  // ---- symbols ----------------------------------------------------------------------------------

  /** The instrument that is subscribed to by this symbol, -1 = none. */
  findSymbol(bytes: Uint8Array, at: number): number {
    return this.symbolOf[this.probeSymbol(bytes, at)]! - 1;
  }

  /** @cold */
  addSymbol(symbol: string, instrument: number): void {
    const bytes = new Uint8Array(SYMBOL_BYTES).fill(SPACE);
    for (let i = 0; i < Math.min(symbol.length, SYMBOL_BYTES); i++) {
      bytes[i] = symbol.charCodeAt(i) & 0xff;
    }
    const row = this.probeSymbol(bytes, 0);
    this.symbols.set(bytes, row * SYMBOL_BYTES);
    this.symbolOf[row] = instrument + 1;
  }

  private probeSymbol(bytes: Uint8Array, at: number): number {
    let hash = 0;
    for (let i = 0; i < SYMBOL_BYTES; i++) {
      hash = (Math.imul(hash, 31) + spaced(bytes[at + i]!)) | 0;
    }
    for (let row = hash ^ (hash >>> 15); ; row++) {
      row &= this.symbolMask;
      if (this.symbolOf[row] === 0 || this.isSymbol(row, bytes, at)) return row;
    }
  }

  private isSymbol(row: number, bytes: Uint8Array, at: number): boolean {
    for (let i = 0; i < SYMBOL_BYTES; i++) {
      if (this.symbols[row * SYMBOL_BYTES + i] !== spaced(bytes[at + i]!)) return false;
    }
    return true;
  }

  // ---- definitions ------------------------------------------------------------------------------

  /** False: the definition is known already, or nobody wants the instrument. */
  isNews(
    id: number,
    action: number,
    timeHi: number,
    timeLo: number,
    bytes: Uint8Array,
    symbolAt: number,
    wantsAll: boolean,
  ): boolean {
    const instrument = this.find(id);
    if (instrument < 0) {
      if (action === DELETE) return false;
      return this.findSymbol(bytes, symbolAt) >= 0 || (wantsAll && !this.isIgnored(id));
    }
    return (
      this.action[instrument] !== action ||
      this.timeHi[instrument] !== timeHi ||
      this.timeLo[instrument] !== timeLo
    );
  }

  /** Remembers a definition. @cold */
  define(instrument: number, definition: Mdp3Definition): void {
    this.action[instrument] = definition.action.charCodeAt(0);
    this.timeHi[instrument] = definition.timeHi;
    this.timeLo[instrument] = definition.timeLo;
    this.isDefined[instrument] = 1;
    const text = new Uint8Array(12);
    for (let i = 0; i < 6; i++) {
      text[i] = definition.group.charCodeAt(i) || 0;
      text[6 + i] = definition.asset.charCodeAt(i) || 0;
    }
    const view = new DataView(text.buffer);
    this.group[instrument * 4] = textWord(view, 0, 4);
    this.group[instrument * 4 + 1] = textWord(view, 4, 2);
    this.group[instrument * 4 + 2] = textWord(view, 6, 4);
    this.group[instrument * 4 + 3] = textWord(view, 10, 2);
  }

  /** True when the instrument is of this group and of this asset; one that is not told is any. */
  isOf(
    instrument: number,
    groupHi: number,
    groupLo: number,
    assetHi: number,
    assetLo: number,
  ): boolean {
    if (this.isDefined[instrument] === 0) return false;
    const hasGroup = groupHi !== 0;
    const hasAsset = assetHi !== 0;
    const at = instrument * 4;
    if (hasGroup && (this.group[at] !== groupHi || this.group[at + 1] !== groupLo)) return false;
    if (hasAsset && (this.group[at + 2] !== assetHi || this.group[at + 3] !== assetLo))
      return false;
    return hasGroup || hasAsset;
  }
}

/** Texts end with spaces or zeros. */
function spaced(code: number): number {
  return code === 0 ? SPACE : code;
}
