/** The books as simply as they can be said: Maps, and levels summed up anew each time. */
import { BOOK_FULL, BOOK_INEXACT } from "../../../src/book/flags.ts";
import type { BookLevel, BookLevels } from "../../../src/book/levels.ts";

interface Order {
  instrument: number;
  side: string;
  qty: number;
  px: number;
}

export interface ReferenceOperation {
  kind: string;
  ref: bigint;
  other: bigint;
  instrument: number;
  side: string;
  qty: number;
  px: number;
  printable: string;
}

export class ReferenceBooks {
  readonly orders = new Map<bigint, Order>();
  readonly flags: number[];
  readonly volume: number[];
  private readonly maxOrders: number;
  private readonly maxLevels: number;

  constructor(instruments: number, maxOrders: number, maxLevels: number) {
    this.flags = new Array(instruments).fill(0);
    this.volume = new Array(instruments).fill(0);
    this.maxOrders = maxOrders;
    this.maxLevels = maxLevels;
  }

  apply(op: ReferenceOperation): void {
    if (op.kind === "A" || op.kind === "F") this.add(op.instrument, op.side, op.ref, op.qty, op.px);
    else if (op.kind === "P") this.volume[op.instrument]! += op.qty;
    else this.change(op);
  }

  levels(instrument: number): BookLevels {
    const mine = [...this.orders.values()].filter((o) => o.instrument === instrument);
    const side = (name: string, sign: number): BookLevel[] => {
      const sums = new Map<number, BookLevel>();
      for (const order of mine.filter((o) => o.side === name)) {
        const level = sums.get(order.px) ?? { px: order.px, qty: 0, count: 0 };
        sums.set(order.px, { ...level, qty: level.qty + order.qty, count: level.count + 1 });
      }
      return [...sums.values()].sort((a, b) => sign * (a.px - b.px));
    };
    return { bids: side("B", -1), asks: side("S", 1) };
  }

  private add(instrument: number, side: string, ref: bigint, qty: number, px: number): void {
    const older = this.orders.get(ref);
    if (older !== undefined) {
      this.flags[older.instrument]! |= BOOK_INEXACT;
      this.flags[instrument]! |= BOOK_INEXACT;
      return;
    }
    const keys = new Set([...this.orders.values()].map((o) => `${o.instrument} ${o.side} ${o.px}`));
    const isNew = !keys.has(`${instrument} ${side} ${px}`);
    if (this.orders.size === this.maxOrders || (isNew && keys.size === this.maxLevels)) {
      this.flags[instrument]! |= BOOK_FULL;
      return;
    }
    this.orders.set(ref, { instrument, side, qty, px });
  }

  private change(op: ReferenceOperation): void {
    const order = this.orders.get(op.ref);
    if (order === undefined) {
      this.flags[op.instrument]! ||= BOOK_INEXACT;
      return;
    }
    if (order.instrument !== op.instrument) {
      this.flags[op.instrument]! |= BOOK_INEXACT;
      return;
    }
    if (op.kind === "D" || op.kind === "U") {
      this.orders.delete(op.ref);
      if (op.kind === "U") this.add(order.instrument, order.side, op.other, op.qty, op.px);
      return;
    }
    if (op.qty > order.qty) this.flags[op.instrument]! |= BOOK_INEXACT;
    const taken = Math.min(op.qty, order.qty);
    order.qty -= taken;
    if (order.qty === 0) this.orders.delete(op.ref);
    if (op.kind === "E" || (op.kind === "C" && op.printable === "Y")) {
      this.volume[op.instrument]! += taken;
    }
  }
}
