/**
 * What authors have in common whose protocol tells levels or the best prices and not orders: the
 * orders of each book, what changed since the last packet, and the trades of it.
 */
import type { InstrumentDefinition, Instruments } from "../../book/instruments.ts";
import type { DepthLevel } from "../../feed/mdp3/depth-changes.ts";
import { decimalPrice, type WarmAuthor } from "./cycle.ts";
import type { WarmPackets } from "./packets.ts";
import type { WarmOrder } from "./walk.ts";

export interface WarmSale {
  i: number;
  shares: number;
  px: number;
  /** Side of the one who came, "" = not told. */
  aggressor: "B" | "S" | "";
}

/** Bids, asks. */
export const SIDES = ["B", "S"] as const;
const STEPS_MAX = 8;

export abstract class LevelAuthor implements WarmAuthor {
  protected readonly packets: { bytes: Uint8Array; messages: number }[] = [];
  /** Books that changed since the last packet. */
  protected readonly dirty = new Set<number>();
  protected sales: WarmSale[] = [];
  private readonly orders: Set<WarmOrder>[];
  private steps = 0;

  constructor(protected readonly instruments: Instruments) {
    this.orders = instruments.definitions.map(() => new Set());
  }

  abstract open(definitions: readonly InstrumentDefinition[]): void;
  abstract close(definitions: readonly InstrumentDefinition[]): void;
  abstract nothing(): void;
  abstract status(i: number, isTrading: boolean): void;
  abstract finish(prologue: number): WarmPackets;
  /** Writes what there is into a packet; what is dirty and the sales are forgotten afterwards. */
  protected abstract write(): void;

  get count(): number {
    return this.packets.length;
  }

  price(i: number, units: number): number {
    return decimalPrice(this.instruments, i, units);
  }

  shortSales(_i: number, _isRestricted: boolean): void {}

  add(i: number, order: WarmOrder): void {
    this.orders[i]!.add(order);
    this.touch(i);
  }

  remove(i: number, order: WarmOrder): void {
    this.orders[i]!.delete(order);
    this.touch(i);
  }

  reduce(i: number): void {
    this.touch(i);
  }

  replace(i: number): void {
    this.touch(i);
  }

  execute(i: number, order: WarmOrder, shares: number): void {
    if (order.shares === 0) this.orders[i]!.delete(order);
    this.sales.push({ i, shares, px: order.px, aggressor: order.side === "B" ? "S" : "B" });
    this.touch(i);
  }

  trade(i: number, shares: number, px: number): void {
    this.sales.push({ i, shares, px, aggressor: "" });
    this.step();
  }

  flush(): void {
    this.steps = 0;
    this.write();
    this.dirty.clear();
    this.sales = [];
  }

  /** Something was told: a packet holds so much and no more. */
  protected step(): void {
    this.steps++;
    if (this.steps >= STEPS_MAX) this.flush();
  }

  /** Levels of a side, best first. */
  protected levels(i: number, side: "B" | "S"): DepthLevel[] {
    const levels = new Map<number, DepthLevel>();
    for (const order of this.orders[i]!) {
      if (order.side !== side) continue;
      const level = levels.get(order.px) ?? { px: order.px, qty: 0, count: 0 };
      level.qty += order.shares;
      level.count++;
      levels.set(order.px, level);
    }
    const sign = side === "B" ? 1 : -1;
    return [...levels.values()].sort((a, b) => sign * (b.px - a.px));
  }

  private touch(i: number): void {
    this.dirty.add(i);
    this.step();
  }
}
