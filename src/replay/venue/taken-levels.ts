/**
 * What our orders took of captured price levels. The capture goes on showing it: it must not be taken
 * twice. A level that has vanished comes back new.
 */
interface Taken {
  instrument: number;
  side: number;
  px: number;
  qty: number;
}

export class TakenLevels {
  private readonly byKey = new Map<string, Taken>();
  /** Entries by instrument. */
  private readonly counts = new Map<number, number>();

  has(instrument: number): boolean {
    return (this.counts.get(instrument) ?? 0) > 0;
  }

  /** What is left for us of a level that shows `shown`. */
  left(instrument: number, side: number, px: number, shown: number): number {
    const taken = this.byKey.get(keyOf(instrument, side, px))?.qty ?? 0;
    return Math.max(0, shown - taken);
  }

  /** Takes up to `wanted`; how much there was. */
  take(instrument: number, side: number, px: number, wanted: number, shown: number): number {
    const qty = Math.min(wanted, this.left(instrument, side, px, shown));
    if (qty <= 0) return 0;
    const key = keyOf(instrument, side, px);
    const taken = this.byKey.get(key);
    if (taken !== undefined) taken.qty += qty;
    else {
      this.byKey.set(key, { instrument, side, px, qty });
      this.counts.set(instrument, (this.counts.get(instrument) ?? 0) + 1);
    }
    return qty;
  }

  /** Forgets the levels that the book does not show any more. */
  forgetVanished(instrument: number, shown: (side: number, px: number) => number): void {
    for (const [key, taken] of this.byKey) {
      if (taken.instrument !== instrument || shown(taken.side, taken.px) > 0) continue;
      this.byKey.delete(key);
      this.counts.set(instrument, this.counts.get(instrument)! - 1);
    }
  }
}

function keyOf(instrument: number, side: number, px: number): string {
  return `${instrument}/${side}/${px}`;
}
