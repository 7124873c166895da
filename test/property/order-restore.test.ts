/** Recovery: the records of any prefix of a journal give the state that was live at its end. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { DENY_BACKPRESSURE, orderIsLive, SESSION_DOWN, SESSION_UP } from "../../src/core/codes.ts";
import * as L from "../../src/ffi/layout.ts";
import { W_BITS, W_GEN_LAST } from "../../src/order/order-table.ts";
import { BIT_ACKED, BIT_CANCEL, BIT_REPLACE } from "../../src/order/state-machine.ts";
import { Harness } from "../unit/order/harness.ts";

const SLOTS = 8;
const create = (epoch: number) => new Harness({ orders: { slots: SLOTS, execIds: 16 }, epoch });

/** What was paid and received: the mark is no part of the journal. */
function cash(h: Harness, i: number): number {
  const { markPx, qty, openCost } = h.positions;
  return h.positions.grossUnits(i) - (markPx[i]! > 0 ? qty[i]! * markPx[i]! : openCost[i]!);
}

/** Everything that recovery must give back, as text that a person can compare. */
function stateOf(h: Harness) {
  const { table } = h.orders;
  const slots = [];
  for (let s = 0; s < SLOTS; s++) {
    const row = Array.from(table.rows.slice(s * 32, s * 32 + 18));
    row[W_BITS]! &= BIT_ACKED | BIT_CANCEL | BIT_REPLACE;
    row[9] = 0; // strategy: nobody's after a restart
    slots.push(row.join(" "));
  }
  const free = [];
  const probe = table.rows.slice();
  for (let s = table.nextSlot(); s >= 0; s = probe[s * 32 + 19]!) free.push(s);
  const columns = [0, 1, 2].map((i) => [
    h.positions.qty[i],
    cash(h, i),
    h.positions.openCost[i],
    h.positions.fees(i),
    h.exposure.buyQty[i],
    h.exposure.sellQty[i],
    h.exposure.orders[i],
  ]);
  return { slots, free, live: [...table.live.slice(0, table.liveCount)], columns };
}

function restored(h: Harness, entries: number, epoch: number): Harness {
  const r = create(epoch);
  const { words, doubles } = h.journal;
  for (const { type, at } of h.journal.entries.slice(0, entries)) {
    r.orders.restore(type, words, at, doubles);
  }
  return r;
}

type Action =
  | { do: "send"; instrument: number; side: number; qty: number }
  | { do: "refuse"; afterIntent: boolean }
  | { do: "cancel" | "replace" | "reject" | "lost"; pick: number; qty: number }
  | {
      do: "report";
      pick: number;
      type: string;
      status: string;
      qty: number;
      exec: number;
      gen: number;
    }
  | { do: "cancel-reject"; pick: number; gen: number; status: string; reason: number }
  | { do: "hold"; isLost: boolean }
  | { do: "down" };

const pick = fc.nat(30);
const qty = fc.integer({ min: 1, max: 200 });
const SEND = fc.record({
  do: fc.constantFrom("send" as const),
  instrument: fc.nat(2),
  side: fc.constantFrom(1, -1),
  qty,
});
const actionArb: fc.Arbitrary<Action> = fc.oneof(
  SEND,
  SEND,
  SEND,
  fc.record({ do: fc.constant("refuse" as const), afterIntent: fc.boolean() }),
  fc.record({ do: fc.constantFrom("cancel" as const, "replace" as const), pick, qty }),
  fc.record({ do: fc.constantFrom("reject" as const, "lost" as const), pick, qty }),
  fc.record({
    do: fc.constant("report" as const),
    pick,
    qty,
    exec: fc.nat(40),
    gen: fc.nat(3),
    type: fc.constantFrom("0", "4", "5", "8", "C", "D", "F", "F", "F", "F", "G", "H", "I", "6"),
    status: fc.constantFrom("0", "1", "2", "4", "8"),
  }),
  fc.record({
    do: fc.constant("cancel-reject" as const),
    pick,
    gen: fc.nat(3),
    status: fc.constantFrom("0", "2", "8"),
    reason: fc.nat(2),
  }),
  fc.record({ do: fc.constant("hold" as const), isLost: fc.boolean() }),
  fc.record({ do: fc.constant("down" as const) }),
);

function run(h: Harness, a: Action): void {
  const { orders, session } = h;
  h.gateSwitch.killed = false;
  const { live, liveCount } = orders.table;
  const pick = "pick" in a ? a.pick : 0;
  // Mostly an order that lives, sometimes any slot.
  const slot = pick < 24 && liveCount > 0 ? live[pick % liveCount]! : pick % SLOTS;
  const generation = (back: number) => (orders.table.rows[slot * 32 + W_GEN_LAST]! - back) >>> 0;
  switch (a.do) {
    case "send":
      orders.send(0, a.instrument, a.side, a.qty, 999_900, 0);
      break;
    case "refuse":
      session.refuse = DENY_BACKPRESSURE;
      session.refuseAfterIntent = a.afterIntent;
      orders.send(0, 0, 1, 10, 999_900, 0);
      session.refuse = 0;
      break;
    case "cancel":
      orders.cancel(0, slot);
      break;
    case "replace":
      orders.replace(0, slot, a.qty, 999_800);
      break;
    case "reject":
    case "lost": {
      const message = session.sent[session.sent.length - 1 - (a.pick % 4)];
      if (message === undefined) break;
      if (a.do === "reject") orders.onMessageReject(0, message.seq, 0);
      else orders.onNeverReached(0, message.seq);
      break;
    }
    case "report":
      h.report(slot, {
        execType: a.type,
        ordStatus: a.status,
        generation: generation(a.gen),
        leavesQty: a.qty >> 1,
        orderQty: a.type === "5" || a.type === "D" ? a.qty : 0,
        lastQty: a.qty,
        lastPx: 1_000_000 + a.exec,
        cumQty: a.type === "I" ? orders.table.rows[slot * 32 + 6]! : 0,
        instrument: a.pick % 3,
        side: 1,
        execId: a.exec + 1,
        refId: (a.exec % 7) + 1,
        liquidity: a.exec % 3,
      });
      break;
    case "cancel-reject":
      h.cancelReject(slot, {
        generation: generation(a.gen),
        ordStatus: a.status,
        reason: a.reason,
      });
      break;
    case "hold":
      session.holds = !session.holds;
      if (!session.holds) session.release(a.isLost);
      break;
    case "down":
      session.state = SESSION_DOWN;
      orders.onSessionState(0, SESSION_DOWN);
      session.state = SESSION_UP;
      break;
  }
}

test("a journal cut after any call gives back the state that was live then", () => {
  const seen = new Set<number>();
  fc.assert(
    fc.property(fc.array(actionArb, { minLength: 30, maxLength: 80 }), fc.nat(), (actions, cut) => {
      const h = create(1);
      const marks: { entries: number; state: ReturnType<typeof stateOf> }[] = [];
      for (const a of actions) {
        run(h, a);
        marks.push({ entries: h.journal.entries.length, state: stateOf(h) });
      }
      const mark = marks[cut % marks.length]!;
      for (const m of [mark, marks[marks.length - 1]!]) {
        const r = restored(h, m.entries, 1);
        // An intent at the end may still be taken back by the next record; a denial does not.
        r.orders.restore(L.HP_JR_DENY, h.journal.words, 0, h.journal.doubles);
        expect(stateOf(r)).toEqual(m.state);
      }
      for (const e of h.heard) seen.add(e.event);
    }),
    { numRuns: 300 },
  );
  expect(seen.size).toBeGreaterThanOrEqual(11);
});

test("every prefix is legal: what was under way is unknown, counts as open, and ids never repeat", () => {
  fc.assert(
    fc.property(fc.array(actionArb, { minLength: 1, maxLength: 30 }), (actions) => {
      const h = create(1);
      for (const a of actions) run(h, a);
      for (let n = 0; n <= h.journal.entries.length; n++) {
        const r = restored(h, n, 2);
        expect(r.orders.finishRestore()).toBe(0);
        const { table } = r.orders;
        let open = 0;
        for (let i = 0; i < table.liveCount; i++) {
          const slot = table.live[i]!;
          expect(orderIsLive(table.state(slot))).toBe(true);
          expect(r.orders.fold.isAwaited(slot) ? table.state(slot) : 6).toBe(6);
          open += table.openQty(slot);
        }
        const held = [0, 1, 2].reduce(
          (sum, i) => sum + r.exposure.buyQty[i]! + r.exposure.sellQty[i]!,
          0,
        );
        expect(held).toBe(open);
        for (let s = 0; s < SLOTS; s++)
          expect(table.nextGeneration(s)).toBeGreaterThanOrEqual(2 << 20);
      }
    }),
    { numRuns: 60 },
  );
});

test("an order handed over before the crash is found again and answered under its old id", () => {
  const h = create(1);
  h.orders.send(0, 0, 1, 100, 999_900, 0);
  const first = h.openOrder(50);
  h.orders.replace(0, first, 80, 999_900);
  const cut = h.journal.entries.length;
  // The intent of the replace is there, its hand-over is not.
  expect(h.journal.entries[cut - 2]!.type).toBe(L.HP_JR_INTENT);
  const r = restored(h, cut - 1, 2);
  r.orders.finishRestore();
  expect(r.orders.state(first)).toBe(6);
  expect(r.exposure.buyQty[0]).toBe(180);
  r.report(first, {
    execType: "5",
    ordStatus: "0",
    generation: h.session.last().generation,
    orderQty: 80,
  });
  expect(r.orders.leaves(first)).toBe(80);
  r.orders.cancel(-1, first);
  expect(r.session.last().orig).toBe(h.session.last().generation);
  expect(r.session.last().generation >>> 20).toBe(2);
});

test("start-of-day positions come back with their cost", () => {
  const h = create(1);
  const at = h.journal.begin(L.HP_JR_POSITION, L.HP_JR_POSITION_SIZE);
  h.journal.words[at] = 1;
  h.journal.words[at + 1] = -300;
  h.journal.doubles[(at >> 1) + 1] = -300 * 1_000_000.5;
  h.journal.commit(0);
  const r = restored(h, 1, 2);
  expect(r.positions.qty[1]).toBe(-300);
  expect(r.positions.openCost[1]).toBe(-300 * 1_000_000.5);
  expect(r.orders.finishRestore()).toBe(0);
});

test("a record that cannot be placed is refused and counted, and the rest goes on", () => {
  const h = new Harness();
  for (let i = 0; i < 12; i++) h.openOrder(10);
  const r = restored(h, h.journal.entries.length, 2);
  expect(r.orders.finishRestore()).toBe(4);
  expect(r.exposure.ordersAll).toBe(8);
});
