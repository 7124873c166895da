import type { Mdp3Sink } from "../../src/feed/mdp3/mdp3-sink.ts";

/**
 * Folds all that the MDP 3.0 decoder tells of incremental lines into a sum, as ref_mdp3_decode of
 * native/reference/mdp3-sum.c does. Every SecurityID is known as handle 0.
 */
export class Mdp3Sum implements Mdp3Sink {
  readonly takesOrders = false;
  sum = 0;
  /** Prices, each times a constant, as doubles. */
  px = 0;
  entries = 0;
  private readonly slots: Int32Array;

  /** exponents: of the decoder's plans. */
  constructor(exponents: readonly number[]) {
    this.slots = Int32Array.from(exponents, (exponent) => (exponent === -9 ? 0 : 1));
  }

  find(id: number): number {
    this.add(Math.imul(3, id));
    return 0;
  }
  onPacket(seq: number): void {
    this.add(seq);
  }
  onLoss(): void {
    this.add(8);
  }
  onLevel(
    h: number,
    rpt: number,
    action: number,
    type: number,
    level: number,
    px: number,
    exponent: number,
    qty: number,
    orders: number,
  ): void {
    this.entries++;
    const head = 1 + h + Math.imul(5, rpt) + 7 * action + 9 * type + 11 * level;
    const amounts = Math.imul(17, qty) + Math.imul(19, orders);
    this.add(head + this.price(px, 13) + amounts + 21 * this.slots[exponent]!);
  }
  onOrder(): void {}
  onTrade(
    h: number,
    rpt: number,
    action: number,
    px: number,
    exponent: number,
    qty: number,
    aggressor: number,
  ): void {
    this.entries++;
    const head = 2 + h + Math.imul(5, rpt) + 7 * action + 19 * aggressor;
    this.add(head + this.price(px, 13) + Math.imul(17, qty) + 21 * this.slots[exponent]!);
  }
  onVolume(h: number, rpt: number, action: number, qty: number): void {
    this.entries++;
    this.add(3 + h + Math.imul(5, rpt) + 7 * action + Math.imul(17, qty));
  }
  onStatistic(
    h: number,
    rpt: number,
    action: number,
    type: number,
    px: number,
    exponent: number,
    qty: number,
  ): void {
    this.entries++;
    const head = 4 + h + Math.imul(5, rpt) + 7 * action + 9 * type;
    this.add(head + this.price(px, 13) + Math.imul(17, qty) + 21 * this.slots[exponent]!);
  }
  onLimits(h: number, rpt: number, high: number, low: number, exponent: number): void {
    this.entries++;
    const prices = this.price(high, 13) + this.price(low, 17);
    this.add(5 + h + Math.imul(5, rpt) + prices + 21 * this.slots[exponent]!);
  }
  onStatus(
    h: number,
    _id: number,
    _groupHi: number,
    _groupLo: number,
    _assetHi: number,
    _assetLo: number,
    status: number,
  ): void {
    this.add(6 + h + 5 * status);
  }
  onReset(): void {
    this.add(7);
  }
  onQuoteRequest(): void {}
  onSnapshotPacket(): void {}
  onSnapshotReport(): void {}
  onSnapshot(): boolean {
    return false;
  }
  onSnapshotEntry(): void {}
  onSnapshotEnd(): void {}
  onOrderSnapshot(): boolean {
    return false;
  }
  onSnapshotOrder(): void {}
  onOrderSnapshotEnd(): void {}
  wantsDefinition(): boolean {
    return false;
  }
  onDefinition(): void {}
  flush(): void {
    this.add(9);
  }

  /** A null has a term of its own. */
  private price(px: number, factor: number): number {
    if (Number.isNaN(px)) return 99 * factor;
    this.px += px * factor;
    return 0;
  }

  private add(terms: number): void {
    this.sum = (this.sum + terms) | 0;
  }
}
