// @hot
/** Writes hp_drop_copy (hairpin.h): what `hairpin status` shows of a drop copy. */
import type { Instruments } from "../../book/instruments.ts";
import { DIFFERENCE_SUMS } from "../../core/codes.ts";
import * as L from "../../ffi/layout.ts";
import { ID_DIGITS, writeOrderId } from "../../fix/order/order-id.ts";
import * as X from "./execution-table.ts";
import type { DropCopyOptions } from "./options.ts";
import type { Reconciliation } from "./reconciliation.ts";

const SYMBOL_BYTES = L.HP_DIFFERENCE__SYMBOL_N;

export class DropCopyBlock {
  readonly words: Uint32Array;
  private readonly doubles: Float64Array;
  private readonly bytes: Uint8Array;
  private readonly symbols: Uint8Array;
  private readonly prefix: Uint8Array;
  private readonly priceUnit: Float64Array;
  private readonly instrumentCount: number;

  constructor(o: DropCopyOptions) {
    this.words = o.block ?? new Uint32Array(new ArrayBuffer(L.HP_DROP_COPY_SIZE));
    const { buffer, byteOffset } = this.words;
    this.doubles = new Float64Array(buffer, byteOffset, L.HP_DROP_COPY_SIZE / 8);
    this.bytes = new Uint8Array(buffer, byteOffset, L.HP_DROP_COPY_SIZE);
    this.symbols = symbolsOf(o.instruments);
    this.prefix = new TextEncoder().encode(o.idPrefix);
    this.priceUnit = o.instruments.priceUnit;
    this.instrumentCount = o.instruments.count;
    // An engine that died in the middle of writing has left it odd.
    this.words[L.HP_DROP_COPY__VERSION_W] = (this.words[L.HP_DROP_COPY__VERSION_W]! + 1) & ~1;
    this.words[L.HP_DROP_COPY__ACTION_W] = o.action;
    this.words[L.HP_DROP_COPY__IS_USED_W] = 1;
  }

  write(r: Reconciliation): void {
    const words = this.words;
    words[L.HP_DROP_COPY__VERSION_W]!++;
    Atomics.store(words, L.HP_DROP_COPY__VERSION_W, words[L.HP_DROP_COPY__VERSION_W]!);
    words[L.HP_DROP_COPY__OWN_W] = r.own;
    words[L.HP_DROP_COPY__OTHERS_W] = r.others;
    words[L.HP_DROP_COPY__REPEATED_W] = r.repeated;
    words[L.HP_DROP_COPY__MATCHED_W] = r.matched;
    words[L.HP_DROP_COPY__WAITING_W] = r.table.counts[X.LIST_WAITING]!;
    words[L.HP_DROP_COPY__DIFFERING_W] = r.differing;
    words[L.HP_DROP_COPY__FOUND_W] = r.found;
    words[L.HP_DROP_COPY__COMPARED_W] = r.compared;
    if (r.hasNews) this.list(r);
    r.hasChanged = false;
    r.hasNews = false;
    Atomics.add(words, L.HP_DROP_COPY__VERSION_W, 1);
  }

  /** The first differences of executions, in the order in which they began, then those of sums. */
  private list(r: Reconciliation): void {
    let shown = 0;
    let row = r.table.first(X.LIST_DIFFERING);
    for (; row >= 0 && shown < L.HP_DIFFERENCES_MAX; row = r.table.after(row)) {
      this.execution(r, row, shown++);
    }
    for (let i = 0; i < this.instrumentCount && shown < L.HP_DIFFERENCES_MAX; i++) {
      if (r.sumsDiffer[i] === 1) this.sums(r, i, shown++);
    }
    for (; shown < L.HP_DIFFERENCES_MAX; shown++) this.clear(shown);
  }

  private execution(r: Reconciliation, row: number, k: number): void {
    const table = r.table;
    const at = this.clear(k);
    const w = at >>> 2;
    const d = at >>> 3;
    const i = table.get(row, X.X_INSTRUMENT) >>> 0;
    this.words[w + L.HP_DIFFERENCE__KIND_W] = table.get(row, X.X_KIND);
    this.words[w + L.HP_DIFFERENCE__EXEC_ID_LO_W] = table.lo(row);
    this.words[w + L.HP_DIFFERENCE__EXEC_ID_HI_W] = table.hi(row);
    const unit = this.instrument(i, at);
    const doubles = this.doubles;
    const ours = table.get(row, X.X_OUR_QTY);
    const theirs = table.get(row, X.X_QTY);
    doubles[d + L.HP_DIFFERENCE__OURS_QTY_D] = table.get(row, X.X_OUR_SIDE) * ours;
    doubles[d + L.HP_DIFFERENCE__OURS_PX_D] = ours > 0 ? table.get(row, X.X_OUR_PX) * unit : 0;
    doubles[d + L.HP_DIFFERENCE__THEIRS_QTY_D] = table.get(row, X.X_SIDE) * theirs;
    doubles[d + L.HP_DIFFERENCE__THEIRS_PX_D] = theirs > 0 ? table.get(row, X.X_PX) * unit : 0;
    const bytes = this.bytes;
    const slot = table.get(row, X.X_SLOT);
    const prefix = this.prefix;
    if (slot >= 0 && prefix.length + ID_DIGITS < L.HP_DIFFERENCE__ORDER_ID_N) {
      const to = at + L.HP_DIFFERENCE__ORDER_ID;
      for (let c = 0; c < prefix.length; c++) bytes[to + c] = prefix[c]!;
      writeOrderId(bytes, to + prefix.length, slot, table.get(row, X.X_GENERATION) >>> 0);
    }
    const text = table.textAt(row);
    const to = at + L.HP_DIFFERENCE__EXEC_ID;
    for (let c = 0; c < L.HP_DIFFERENCE__EXEC_ID_N; c++) bytes[to + c] = table.bytes[text + c]!;
  }

  private sums(r: Reconciliation, i: number, k: number): void {
    const at = this.clear(k);
    this.words[(at >>> 2) + L.HP_DIFFERENCE__KIND_W] = DIFFERENCE_SUMS;
    this.instrument(i, at);
    this.doubles[(at >>> 3) + L.HP_DIFFERENCE__OURS_QTY_D] = r.ourTraded.net(i);
    this.doubles[(at >>> 3) + L.HP_DIFFERENCE__THEIRS_QTY_D] = r.theirTraded.net(i);
  }

  /** Byte offset of the k-th difference, which is all zero then. */
  private clear(k: number): number {
    const at = L.HP_DROP_COPY__DIFFERENCE + k * L.HP_DIFFERENCE_SIZE;
    this.bytes.fill(0, at, at + L.HP_DIFFERENCE_SIZE);
    return at;
  }

  /** Names the instrument; its price unit in currency, 0 when there is none. */
  private instrument(i: number, at: number): number {
    this.words[(at >>> 2) + L.HP_DIFFERENCE__INSTRUMENT_W] = i;
    if (i >= this.instrumentCount) return 0;
    const to = at + L.HP_DIFFERENCE__SYMBOL;
    for (let c = 0; c < SYMBOL_BYTES; c++) this.bytes[to + c] = this.symbols[i * SYMBOL_BYTES + c]!;
    return this.priceUnit[i]!;
  }
}

/** Symbols, NUL-padded and cut to fit, one behind the other. @cold */
function symbolsOf(instruments: Instruments): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(SYMBOL_BYTES * instruments.count));
  instruments.definitions.forEach((d, i) => {
    const text = new TextEncoder().encode(d.symbol).subarray(0, SYMBOL_BYTES - 1);
    bytes.set(text, i * SYMBOL_BYTES);
  });
  return bytes;
}
