/** The price at which an auction trades most. */
import type { PriceLevels } from "./price-levels.ts";

export interface Cross {
  px: number;
  qty: number;
}

/**
 * Price and quantity that clear a crossed book: most shares, then the smallest remainder, then
 * nearest to `reference`, then the lowest. Undefined when nothing crosses.
 */
export function crossOf(
  bids: PriceLevels,
  asks: PriceLevels,
  reference: number,
): Cross | undefined {
  const best = bids.best();
  const offer = asks.best();
  if (best === undefined || offer === undefined || best.px < offer.px) return undefined;
  let chosen: (Cross & { surplus: number }) | undefined;
  for (const px of candidates(bids, asks, offer.px, best.px)) {
    const buy = bids.available(px, Number.MAX_SAFE_INTEGER);
    const sell = asks.available(px, Number.MAX_SAFE_INTEGER);
    const next = { px, qty: Math.min(buy, sell), surplus: Math.abs(buy - sell) };
    if (chosen === undefined || isBetter(next, chosen, reference)) chosen = next;
  }
  return chosen === undefined ? undefined : { px: chosen.px, qty: chosen.qty };
}

function isBetter(
  a: Cross & { surplus: number },
  b: Cross & { surplus: number },
  reference: number,
): boolean {
  if (a.qty !== b.qty) return a.qty > b.qty;
  if (a.surplus !== b.surplus) return a.surplus < b.surplus;
  return Math.abs(a.px - reference) < Math.abs(b.px - reference);
}

/** Every price of the book within the crossed range, ascending. */
function candidates(bids: PriceLevels, asks: PriceLevels, low: number, high: number): number[] {
  const prices = new Set<number>();
  for (const side of [bids, asks]) {
    for (let k = 0; k < side.depth; k++) {
      const px = side.at(k)!.px;
      if (px >= low && px <= high) prices.add(px);
    }
  }
  return [...prices].sort((a, b) => a - b);
}
