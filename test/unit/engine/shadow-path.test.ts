import { beforeAll, describe, expect, test } from "bun:test";
import { FEED_LIVE, SESSION_UP } from "../../../src/core/codes.ts";
import { bucketFloorNs, histogramCount } from "../../../src/core/histogram-stats.ts";
import { ENGINE_WARM_TURNS } from "../../../src/engine/counters.ts";
import type { EngineLoop } from "../../../src/engine/loop.ts";
import type { EngineOptions } from "../../../src/engine/options.ts";
import { reportOf } from "../../../src/engine/report.ts";
import type { Shadow } from "../../../src/engine/shadow.ts";
import type { Supervisor } from "../../../src/engine/supervisor.ts";
import { turnUntilDone } from "../../../src/engine/turning.ts";
import type { WarmSends } from "../../../src/engine/warm-sends.ts";
import { makeShadow, warmUp } from "../../../src/engine/warm-up.ts";
import { WorkingSet } from "../../../src/engine/working-set.ts";
import { type FakeShim, fakeShim } from "../../../src/ffi/fake.ts";
import * as F from "../../../src/fix/counters.ts";
import * as O from "../../../src/order/counters.ts";
import { W_STRATEGY } from "../../../src/order/order-table.ts";
import { z } from "../../../src/strategy/api.ts";
import type { LoadedStrategy } from "../../../src/strategy/load.ts";
import { loadStrategy } from "../../../src/strategy/load.ts";
import { add, field, optionsOf, Rig, START_NS, TOML } from "./rig.ts";

function shadowOf(shim: FakeShim, strategies: LoadedStrategy[], options = optionsOf()[0]!) {
  return makeShadow(shim, { options, sessionStartS: 1.7e9, strategies, seed: 1 });
}

function turns(shim: FakeShim, shadow: Shadow, n: number): void {
  for (let i = 0; i < n; i++) {
    shim.network.advance(2000);
    shadow.turn();
  }
}

const thrower: LoadedStrategy = {
  params: {},
  definition: {
    params: z.object({}),
    create: () => ({
      onBook() {
        throw new Error("as the test wants it");
      },
    }),
  },
};

describe("The shadow", () => {
  let shadow: Shadow;
  let c: Float64Array;
  beforeAll(async () => {
    const shim = fakeShim();
    shim.network.setTime(START_NS);
    shadow = shadowOf(shim, [await loadStrategy("maker", {})]);
    c = shadow.path.counters;
    turns(shim, shadow, 6000);
  });

  test("has a live feed, books, and a session that is up", () => {
    expect(shadow.path.feeds[0]!.state).toBe(FEED_LIVE);
    expect(shadow.path.sessions[0]!.state).toBe(SESSION_UP);
    expect(shadow.path.host.fault()).toBe("");
  });

  test("runs orders through every end that they can come to", () => {
    for (const counter of [
      O.ORDER_ACKED,
      O.ORDER_FILLS,
      O.ORDER_FILLED_ALL,
      O.ORDER_CANCELED_COUNT,
      O.ORDER_REJECTED_COUNT,
      O.ORDER_REPLACED_COUNT,
      O.ORDER_CANCEL_REJECTS,
    ]) {
      expect([O.ORDER_COUNTER_NAMES[counter], c[counter]! > 20]).toEqual([
        O.ORDER_COUNTER_NAMES[counter],
        true,
      ]);
    }
    expect(c[O.ORDER_REPLACE_REJECTS]).toBeGreaterThan(0);
    expect(c[O.ORDER_FILLS]).toBeGreaterThan(c[O.ORDER_FILLED_ALL]!);
  });

  test("hears nothing from its venue that a session or the order side takes offence at", () => {
    for (const counter of [
      F.FIX_GARBLED,
      F.FIX_BAD_FIELDS,
      F.FIX_WRONG_PEER,
      F.FIX_SEQ_TOO_HIGH,
      F.FIX_SEQ_TOO_LOW,
      F.FIX_REJECTS_OUT,
      F.FIX_INEXACT,
      F.FIX_UNSUPPORTED,
    ]) {
      expect([F.FIX_COUNTER_NAMES[counter], c[counter]]).toEqual([F.FIX_COUNTER_NAMES[counter], 0]);
    }
    for (const counter of [
      O.ORDER_FOREIGN,
      O.ORDER_NEVER_SENT,
      O.ORDER_OVERFILLS,
      O.ORDER_UNBOOKABLE,
      O.ORDER_MESSAGE_REJECTS,
      O.ORDER_DUPLICATES,
    ]) {
      expect([O.ORDER_COUNTER_NAMES[counter], c[counter]]).toEqual([
        O.ORDER_COUNTER_NAMES[counter],
        0,
      ]);
    }
  });

  test("keeps the built-in maker quoting, beside the drill", () => {
    const { table } = shadow.path.orders;
    let own = 0;
    for (let i = 0; i < table.liveCount; i++) {
      if (table.get(table.live[i]!, W_STRATEGY) === 0) own++;
    }
    expect(own).toBeGreaterThan(0);
  });
});

describe("The live path", () => {
  test("is not touched by a shadow on the same machine: no record, figure, word or descriptor", async () => {
    const rig = new Rig({ arm: true }).up();
    rig.open();
    rig.settle();
    const { net } = rig;
    const state = () => ({
      block: [...rig.block.words],
      control: [...rig.control.words],
      records: rig.journal.records.length,
      orders: [...rig.path.orders.table.rows],
      positions: [...rig.path.positions.qty],
      bid: rig.path.market.views[0]!.bidPx(0),
      status: [...rig.path.market.columns.status],
      gate: { ...rig.gateSwitch },
      files: [...net.files.keys()],
      lines: net.udpLines.size,
      sent: rig.venue.peer!.waiting,
    });
    const before = state();
    const shadow = shadowOf(rig.shim, [await loadStrategy("maker", {})], rig.options);
    turns(rig.shim, shadow, 1500);
    expect(shadow.path.counters[O.ORDER_FILLS]).toBeGreaterThan(0);
    expect(state()).toEqual(before);
  });

  test("is not killed by a strategy that throws on the shadow, which tells of it", () => {
    const rig = new Rig({ arm: true }).up();
    const shadow = shadowOf(rig.shim, [thrower], rig.options);
    turns(rig.shim, shadow, 100);
    expect(shadow.path.host.fault()).toContain("as the test wants it");
    expect(rig.control.killBits()).toBe(0);
    expect(rig.gateSwitch.killed).toBe(false);
    const sent = shadow.path.counters[O.ORDER_SENT]!;
    turns(rig.shim, shadow, 100);
    expect(shadow.path.counters[O.ORDER_SENT]).toBeGreaterThan(sent);
  });
});

describe("A shadow can be made of any config", () => {
  const run = (options: EngineOptions) => {
    const shim = fakeShim();
    shim.network.setTime(START_NS);
    const shadow = shadowOf(shim, [], { ...options, strategies: [] });
    turns(shim, shadow, 1500);
    return shadow.path;
  };

  test("without instruments, on a feed that brings them all", () => {
    const options = optionsOf()[0]!;
    const path = run({
      ...options,
      instruments: [],
      feeds: [{ ...options.feeds[0]!, subscribeAll: true }],
    });
    expect(path.feeds[0]!.state).toBe(FEED_LIVE);
    expect(path.sessions[0]!.state).toBe(SESSION_UP);
  });

  test("without a session, and with instruments that only are watched", () => {
    const options = optionsOf()[0]!;
    const instruments = options.instruments.map((d) => ({ ...d, session: -1 }));
    const watch = run({ ...options, instruments, sessions: [] });
    expect(watch.feeds[0]!.state).toBe(FEED_LIVE);
    expect(run({ ...options, instruments }).counters[O.ORDER_SENT]).toBe(0);
  });

  test("with two feeds: each has the packets of its own instruments", () => {
    const options = optionsOf()[0]!;
    const [a, b] = options.instruments;
    const path = run({
      ...options,
      feeds: [options.feeds[0]!, { ...options.feeds[0]!, name: "second", block: 1 }],
      instruments: [a!, { ...b!, feed: 1 }],
    });
    expect(path.feeds.map((f) => f.state)).toEqual([FEED_LIVE, FEED_LIVE]);
    expect(path.market.views.every((view) => view.bidPx(0) > 0 || view.askPx(0) > 0)).toBe(true);
  });

  test("with orders that wait for the disk, and secrets that it must not read", () => {
    const options = optionsOf()[0]!;
    const path = run({
      ...options,
      durableAlways: true,
      sessions: [{ ...options.sessions[0]!, passwordFile: "/nowhere/secret" }],
    });
    expect(path.counters[O.ORDER_FILLS]).toBeGreaterThan(20);
    expect(path.counters[O.ORDER_FILLS]).toBeGreaterThan(path.counters[O.ORDER_FILLED_ALL]!);
  });

  test("with limits so low that an order must be small", () => {
    const options = optionsOf(
      TOML.replace("max_order_notional = 1_000_000", "max_order_notional = 40"),
    )[0]!;
    expect(run(options).counters[O.ORDER_FILLS]).toBeGreaterThan(20);
  });
});

describe("Warming up", () => {
  test("runs the shadows in turn, as many turns as are asked for", () => {
    const counts = [0, 0];
    const shadows = counts.map((_, i) => ({ turn: () => void counts[i]!++ }));
    warmUp(shadows as unknown as Shadow[], 7);
    expect(counts).toEqual([4, 3]);
  });
});

describe("The turning engine", () => {
  /** `packets[i]` in turn i; the clock moves 100 us per turn. */
  function turning(o: {
    packets: number[];
    isPinned?: boolean;
    shadows?: number;
    stepNs?: number;
    sendsWarm?: boolean;
  }) {
    const log: string[] = [];
    const loop = {
      turns: 0,
      nowNs: 0,
      packetNs: 0,
      turn() {
        const n = o.packets[this.turns++] ?? 0;
        this.nowNs += o.stepNs ?? 100_000;
        if (n > 0) this.packetNs = this.nowNs;
        return n;
      },
    };
    const seen: number[] = [];
    const supervisor = {
      done: false,
      onTurn(turn: number) {
        seen.push(turn);
        this.done = turn === o.packets.length;
      },
    };
    const counters = new Float64Array(256);
    turnUntilDone({
      loop: loop as unknown as EngineLoop,
      supervisor: supervisor as unknown as Supervisor,
      shadows: Array.from({ length: o.shadows ?? 2 }, (_, i) => ({
        turn: () => void log.push(`shadow ${i} in ${loop.turns}`),
      })) as unknown as Shadow[],
      counters,
      shim: { ...fakeShim(), hp_sleep_us: (us: number) => log.push(`sleep ${us}`) },
      near: new WorkingSet([]),
      warmSends:
        o.sendsWarm === true
          ? ({ send: () => void log.push(`warm in ${loop.turns}`) } as unknown as WarmSends)
          : null,
      recording: null,
      isPinned: o.isPinned ?? true,
    });
    return { log, counters, seen };
  }
  const quiet = (n: number) => new Array<number>(n).fill(0);

  test("turns until the supervisor says that it is done, and shows it each turn", () => {
    expect(turning({ packets: quiet(5) }).seen).toEqual([1, 2, 3, 4, 5]);
  });

  test("sleeps between idle turns only on a core that it shares", () => {
    const busy = [1, 0, 1, 0];
    expect(turning({ packets: busy, isPinned: false, shadows: 0 }).log).toEqual([
      "sleep 50",
      "sleep 50",
    ]);
    expect(turning({ packets: busy, isPinned: true, shadows: 0 }).log).toEqual([]);
  });

  test("lets the shadows take turns, one after the other, at most every half millisecond", () => {
    const { log, counters } = turning({ packets: quiet(20) });
    expect(log).toEqual(["shadow 0 in 6", "shadow 1 in 12", "shadow 0 in 18"]);
    expect(counters[ENGINE_WARM_TURNS]).toBe(3);
  });

  test("gives the shadows nothing while packets come, nor for 200 us after", () => {
    const packets = [...quiet(6), 1, ...quiet(2), 1, ...quiet(2), 1, ...quiet(5)];
    const { log } = turning({ packets });
    expect(log).toEqual(["shadow 0 in 6", "shadow 1 in 16"]);
    expect(turning({ packets: new Array<number>(50).fill(1) }).log).toEqual([]);
  });

  test("sends warm as often, behind a shadow's turn, and without shadows too", () => {
    const packets = [...quiet(6), 1, ...quiet(9)];
    const both = turning({ packets, sendsWarm: true });
    expect(both.log).toEqual(["shadow 0 in 6", "warm in 6", "shadow 1 in 12", "warm in 12"]);
    const alone = turning({ packets, sendsWarm: true, shadows: 0 });
    expect(alone.log).toEqual(["warm in 6", "warm in 12"]);
    expect(alone.counters[ENGINE_WARM_TURNS]).toBe(0);
  });

  test("keeps nobody warm without shadows", () => {
    expect(turning({ packets: quiet(50), shadows: 0 }).counters[ENGINE_WARM_TURNS]).toBe(0);
  });
});

describe("The last report", () => {
  test("has books, positions, feeds, open orders, latency and the fault as plain data", () => {
    let isOn = false;
    const rig = new Rig({
      arm: true,
      create: (ctx) => ({
        onBook: () => {
          if (isOn) ctx.send(0, 1, 100, 9990, 0);
        },
      }),
    }).up();
    isOn = true;
    rig.packet([add(1, 50, "B", 999_700)], rig.net.timeNs!);
    rig.turn(2);
    const order = rig.venue.orders[0]!;
    expect(field(order, 35)).toBe("D");
    rig.venue.report(order, "F", "1", "32=40|31=99.90|14=40|");
    rig.turn(8);
    const report = reportOf(rig.path, rig.options, rig.block.latency);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report.name).toBe("main");
    expect(report.books.map((b) => [b.symbol, b.feed, b.flags])).toEqual([
      ["AAPL", "itch", ""],
      ["MSFT", "itch", ""],
    ]);
    expect(JSON.stringify(report.books[0]!.levels)).toContain("9997");
    expect(report.positions.map((p) => [p.symbol, p.qty])).toEqual([
      ["AAPL", 40],
      ["MSFT", 0],
    ]);
    expect(report.feeds).toEqual([
      { name: "itch", state: FEED_LIVE, nextSeq: rig.sequence, highSeq: rig.sequence },
    ]);
    expect(report.openOrders).toBe(1);
    expect(report.fault).toBe("");
    expect(histogramCount(rig.block.latency)).toBe(1);
    const [bucket, count] = report.latency;
    expect([report.latency.length, count]).toEqual([2, 1]);
    expect(bucketFloorNs(bucket!)).toBeLessThan(1000);
  });

  test("leaves out positions of instruments that are only watched, and names what failed", () => {
    const toml = TOML.replace('symbol = "MSFT"', 'symbol = "MSFT"\nsession = "none"');
    const rig = new Rig({ toml, create: () => thrower.definition.create({} as never, {}) }).up();
    const report = reportOf(rig.path, rig.options, rig.block.latency);
    expect(report.positions.map((p) => p.symbol)).toEqual(["AAPL"]);
    expect(report.books).toHaveLength(2);
    expect(report.fault).toContain("as the test wants it");
    expect(report.latency).toEqual([]);
  });
});
