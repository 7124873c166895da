/** A strategy host over the order side of a test. */
import type { Strategy, StrategyContext, StrategyDefinition } from "../../../src/strategy/api.ts";
import { z } from "../../../src/strategy/api.ts";
import { StrategyHost } from "../../../src/strategy/host.ts";
import type { Harness } from "../order/harness.ts";

export function hostOf(
  h: Harness,
  create: (ctx: StrategyContext) => Strategy,
  more: { create: (ctx: StrategyContext) => Strategy; instruments?: string[] }[] = [],
  seed = 1,
): StrategyHost {
  const entry = (c: (ctx: StrategyContext) => Strategy, i: number, instruments: string[] = []) => ({
    name: `s${i}`,
    seed,
    instruments,
    definition: { params: z.object({}), create: c } as unknown as StrategyDefinition,
    params: {},
  });
  const host = new StrategyHost({
    instruments: h.instruments,
    books: h.books,
    status: h.status,
    feedState: h.feedState,
    bookHealth: { bookFlags: (i) => h.bookFlagsOf(i) },
    positions: h.positions,
    orders: h.orders,
    gateSwitch: h.gateSwitch,
    kill: {
      kill: (bits) => {
        h.kills |= bits;
        h.gateSwitch.killed = true;
      },
    },
    counters: h.counters,
    onFault: (sentence) => void h.faults.push(sentence),
    strategies: [entry(create, 0), ...more.map((m, i) => entry(m.create, i + 1, m.instruments))],
  });
  h.orders.listener = host;
  return host;
}
