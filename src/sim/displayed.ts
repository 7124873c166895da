import { SIDE_BUY, SIDE_SELL } from "../core/codes.ts";
import type { SideOf } from "./make-feed.ts";
import type { VenueOrder } from "./price-levels.ts";

/** Every order that is displayed, in an order that keeps its priority. */
export function* displayed(symbolCount: number, sideOf: SideOf): Generator<VenueOrder> {
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    for (const side of [SIDE_BUY, SIDE_SELL]) {
      const levels = sideOf(symbol, side);
      for (let k = 0; k < levels.depth; k++) {
        for (let order = levels.at(k)!.head; order !== undefined; order = order.next) yield order;
      }
    }
  }
}
