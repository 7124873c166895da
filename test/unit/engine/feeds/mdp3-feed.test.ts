/** What the engine makes of an MDP 3.0 feed: units of instruments that "*" brings, orders if asked for. */
import { expect, test } from "bun:test";
import { mdp3Rig } from "../../../support/feed-rigs/mdp3.ts";
import { openFeed } from "../../../support/feed-rigs/rig.ts";
import * as mdp3 from "../../../support/mdp3-bytes.ts";

const ID = 77;
const definition = mdp3.definition({
  id: ID,
  symbol: "ESZ6",
  depth: 10,
  increment: 25_000_000_000n,
  factor: 10_000_000n,
});
const level = { id: ID, type: "0", level: 1, px: 684_975_000_000_000n, qty: 3, orders: 2 };

test("an instrument that only a definition names has its price increment as unit", () => {
  const feed = openFeed({ ...mdp3Rig, symbols: [] }, { subscribeAll: true });
  feed.send(mdp3.packet(1, [definition]), 0, 0);
  feed.send(mdp3.packet(2, [mdp3.book([{ ...level, rpt: 1 }])]), 0, 0);
  const made = feed.instruments.definitions[0]!;
  // 25 on the wire, shown with two decimals less: a quarter.
  expect([made.symbol, made.priceUnit, made.ticks[0]!.tick]).toEqual(["ESZ6", 0.25, 0.25]);
  expect(feed.books.levels(0).bids).toEqual([{ px: 27_399, qty: 3, count: 2 }]);
  expect(feed.books.flags(0)).toBe(0);
});

test("single orders are kept only where the config asks for them", () => {
  const order = { order: 9n, reference: 1, qty: 3 };
  const live = [false, true].map((byOrder) => {
    const options = { subscribeAll: true, mdp3: { templates: "", byOrder } };
    const feed = openFeed({ ...mdp3Rig, symbols: [] }, options);
    feed.send(mdp3.packet(1, [definition]), 0, 0);
    feed.send(mdp3.packet(2, [mdp3.book([{ ...level, rpt: 1 }], {}, [order])]), 0, 0);
    return feed.books.liveOrders();
  });
  expect(live).toEqual([0, 1]);
});
