import { describe, expect, test } from "bun:test";
import { ManualClock } from "../../../src/core/clock.ts";
import { FEED_GAP, FEED_LIVE, FEED_LOST } from "../../../src/core/codes.ts";
import { bucketOf, Histogram } from "../../../src/core/histogram.ts";
import { bucketFloorNs, histogramCount } from "../../../src/core/histogram-stats.ts";
import {
  ENGINE_IDLE_TURNS,
  ENGINE_PACKETS,
  ENGINE_PORT_ERRORS,
  ENGINE_RECOVERY_PACKETS,
} from "../../../src/engine/counters.ts";
import { EngineLoop, type LoopOptions } from "../../../src/engine/loop.ts";
import { HP_ECLOSED, HP_HIST_BUCKETS } from "../../../src/ffi/layout.ts";
import { DESC_DOUBLES, DESC_RX_NS } from "../../../src/net/desc.ts";
import type { StrategyContext } from "../../../src/strategy/api.ts";
import { itch, mold } from "../../support/itch-bytes.ts";
import { PacketPort } from "../../support/packet-port.ts";
import { add, field, Rig, START_NS } from "./rig.ts";

/** A port that gives what a test wants: a count of packets or a status code. */
class StubPort extends PacketPort {
  next = 0;
  constructor(
    private readonly label: string,
    private readonly log: string[],
  ) {
    super();
  }
  override rxBurst(): number {
    const n = this.next;
    this.next = 0;
    this.log.push(`${this.label} burst`);
    return n;
  }
  override rxRelease(): void {
    this.log.push(`${this.label} release`);
  }
}

/** A loop over parts that only write down that they were called. */
function stubLoop(tcpPollTurns = 8, feedCount = 2, packetNs = 0) {
  const log: string[] = [];
  const clock = new ManualClock(1e9);
  const counters = new Float64Array(256);
  const turns = new Uint32Array(HP_HIST_BUCKETS);
  const names = ["a", "b"].slice(0, feedCount);
  const ports = names.map((name) => new StubPort(name, log));
  const recovery = new StubPort("recovery", log);
  const feeds = names.map((name) => ({
    state: FEED_LIVE,
    onPacket: (_: unknown, i: number, now: number) => {
      clock.timeNs += packetNs;
      log.push(`${name} packet ${i} at ${now - 1e9}`);
    },
    poll: () => log.push(`${name} timers`),
  }));
  const loop = new EngineLoop({
    clock,
    counters,
    ports,
    recoveries: names.map((_, f) => (f === 0 ? recovery : null)),
    feeds,
    sessions: [
      {
        poll: () => log.push("session"),
        hold: (burst: number, rx: number) => log.push(`hold ${burst && burst - 1e9} ${rx}`),
        release: () => log.push("release"),
      },
    ],
    orders: { poll: () => log.push("orders") },
    host: { nowNs: 0, poll: () => log.push("strategies") },
    turnHistogram: new Histogram(turns),
    tcpPollTurns,
  } as unknown as LoopOptions);
  /** Turns, and what was called in the last one. */
  const turn = (n = 1) => {
    for (let i = 0; i < n; i++) {
      log.length = 0;
      loop.turn();
    }
    return [...log];
  };
  return { log, clock, counters, turns, ports, recovery, feeds, loop, turn };
}

const SERVE = ["hold 0 0", "session", "a timers", "b timers", "orders", "strategies", "release"];

describe("A turn", () => {
  test("takes the feeds first, each packet between hold and release, then serves the rest", () => {
    const s = stubLoop(8);
    s.turn(7);
    s.ports[0]!.next = 2;
    s.ports[0]!.descTime[DESC_RX_NS] = 11;
    s.ports[0]!.descTime[DESC_DOUBLES + DESC_RX_NS] = 22;
    s.ports[1]!.next = 1;
    expect(s.turn()).toEqual([
      "a burst",
      "hold 0 11",
      "a packet 0 at 0",
      "release",
      "hold 0 22",
      "a packet 1 at 0",
      "release",
      "a release",
      "b burst",
      "hold 0 0",
      "b packet 0 at 0",
      "release",
      "b release",
      ...SERVE,
    ]);
    expect(s.counters[ENGINE_PACKETS]).toBe(3);
  });

  test("with packets serves the sessions every Nth time only, without them every fourth", () => {
    const s = stubLoop(8);
    const served = (isBusy: boolean) => {
      const turns: number[] = [];
      for (let i = 0; i < 16; i++) {
        s.ports[0]!.next = isBusy ? 1 : 0;
        if (s.turn().includes("session")) turns.push(s.loop.turns);
      }
      return turns;
    };
    expect(served(true)).toEqual([8, 16]);
    expect(served(false)).toEqual([20, 24, 28, 32]);
    expect(s.counters[ENGINE_IDLE_TURNS]).toBe(16);
  });

  test("reads the time once per burst, so that waiting within it counts", () => {
    const s = stubLoop(8, 2, 500);
    s.ports[0]!.next = 2;
    s.ports[1]!.next = 1;
    const packets = s.turn().filter((line) => line.includes("packet"));
    expect(packets).toEqual(["a packet 0 at 0", "a packet 1 at 0", "b packet 0 at 1000"]);
  });

  test("tells its time over all its bursts", () => {
    const s = stubLoop(8, 2, 50);
    s.ports[0]!.next = 2;
    s.ports[1]!.next = 1;
    s.turn();
    expect(s.turns[bucketOf(150)]).toBe(1);
    s.turn(3);
    s.ports[1]!.next = 1;
    s.turn();
    expect(s.turns[50]).toBe(1);
    expect(histogramCount(s.turns)).toBe(2);
  });

  test("counts a port's error, releases nothing, and goes on with the other feeds", () => {
    const s = stubLoop();
    s.ports[0]!.next = HP_ECLOSED;
    s.ports[1]!.next = 1;
    expect(s.turn()).toEqual([
      "a burst",
      "b burst",
      "hold 0 0",
      "b packet 0 at 0",
      "release",
      "b release",
    ]);
    expect(s.counters[ENGINE_PORT_ERRORS]).toBe(1);
    expect(s.counters[ENGINE_PACKETS]).toBe(1);
  });

  test("looks at the recovery ring every 16th time in a gap, and seldom outside one", () => {
    const s = stubLoop();
    const looks = (turns: number) => {
      const at: number[] = [];
      for (let i = 0; i < turns; i++)
        if (s.turn().includes("recovery burst")) at.push(s.loop.turns);
      return at;
    };
    expect(looks(2048)).toEqual([1024, 2048]);
    s.feeds[0]!.state = FEED_GAP;
    expect(looks(64)).toEqual([2064, 2080, 2096, 2112]);
    s.feeds[0]!.state = FEED_LOST;
    s.recovery.next = 2;
    expect(looks(16)).toEqual([2128]);
    expect(s.counters[ENGINE_RECOVERY_PACKETS]).toBe(2);
    expect(s.counters[ENGINE_PACKETS]).toBe(2);
  });
});

describe("On the real path", () => {
  /** Sends what `orders` says for each book event. */
  const sender = (orders: (ctx: StrategyContext, i: number) => void) => (ctx: StrategyContext) => ({
    onBook: (i: number) => orders(ctx, i),
  });
  const quote = (ref: number, price = 999_800) => add(1, ref, "B", price);

  test("a hole is filled out of the recovery ring, and the books follow in order", () => {
    const rig = new Rig().up();
    const missing = mold("RIG", rig.sequence++, [quote(100, 999_950)]);
    rig.packet([itch("D", { stock_locate: 1, order_reference_number: 100 })]);
    rig.turn(40, 50_000);
    expect(rig.path.feeds[0]!.state).toBe(FEED_GAP);
    rig.recovery.sendBytes(missing, 1, 0);
    rig.turn(16);
    expect(rig.path.feeds[0]!.state).toBe(FEED_LIVE);
    expect(rig.path.feeds[0]!.nextSeq).toBe(rig.sequence);
    expect(rig.count(ENGINE_RECOVERY_PACKETS)).toBe(1);
    expect(rig.path.market.views[0]!.bidPx(0)).toBe(9999);
  });

  test("the orders of one packet leave in one send, those of the next in another", () => {
    let wanted = 0;
    const rig = new Rig({
      arm: true,
      create: sender((ctx, i) => {
        for (let n = 0; n < wanted; n++) ctx.send(i, 1, 100, 9990 - n, 0);
      }),
    }).up();
    wanted = 3;
    const before = rig.sends;
    rig.packet([quote(100)]);
    rig.packet([quote(101)]);
    rig.path.loop.turn();
    expect(rig.sends).toBe(before + 2);
    rig.venue.serve();
    expect(rig.venue.orders.map((m) => field(m, 44))).toEqual([
      "99.90",
      "99.89",
      "99.88",
      "99.90",
      "99.89",
      "99.88",
    ]);
  });

  test("an order's latency runs from its burst's time, and on the wire from the packet's stamp", () => {
    let isOn = false;
    const rig: Rig = new Rig({
      arm: true,
      create: sender((ctx, i) => {
        if (!isOn) return;
        rig.net.advance(1000);
        ctx.send(i, 1, 100, 9990, 0);
      }),
    }).up();
    isOn = true;
    rig.packet([quote(100)], rig.net.timeNs! - 5000);
    rig.packet([quote(101)], rig.net.timeNs! - 4000);
    rig.packet([quote(102)]);
    rig.path.loop.turn();
    const values = (buckets: Uint32Array) =>
      [...buckets].flatMap((n, b) => new Array<number>(n).fill(bucketFloorNs(b)));
    const near = (ns: number[]) => ns.map((value) => Math.round(value / 1000) * 1000);
    expect(near(values(rig.block.latency))).toEqual([1000, 2000, 3000]);
    expect(near(values(rig.block.wire))).toEqual([6000, 6000]);
  });

  test("a timer that a strategy sets as it starts comes after its delay, not at once", () => {
    const at: number[] = [];
    const rig: Rig = new Rig({
      create: (ctx) => ({
        onStart: () => {
          at.push(ctx.now());
          ctx.setTimer(1, 1e9);
        },
        onTimer: () => void at.push(ctx.now()),
      }),
    });
    rig.turn(110, 10e6);
    expect(at[0]).toBe(START_NS);
    expect(at).toHaveLength(2);
    expect(at[1]! - START_NS).toBeGreaterThanOrEqual(1e9);
    expect(at[1]! - START_NS).toBeLessThan(1.1e9);
  });

  test("an order that answers no packet is in no latency histogram", () => {
    let timers = 0;
    const rig = new Rig({
      arm: true,
      create: (ctx) => ({
        onTimer: () => {
          timers++;
          ctx.send(0, 1, 100, 9990, 0);
        },
        onStart: () => ctx.setTimer(1, 1e9),
      }),
    }).up();
    rig.packet([quote(100)], rig.net.timeNs!);
    rig.turn(64, 50e6);
    expect(timers).toBe(1);
    // Straight after a turn with a packet, as the supervisor's cancels go.
    rig.packet([quote(101)], rig.net.timeNs!);
    rig.path.loop.turn();
    expect(rig.path.orders.send(-1, 0, 1, 100, 9990, 0)).toBeGreaterThanOrEqual(0);
    rig.turn(4);
    expect(rig.venue.orders.filter((m) => field(m, 35) === "D")).toHaveLength(2);
    expect(histogramCount(rig.block.latency)).toBe(0);
    expect(histogramCount(rig.block.wire)).toBe(0);
  });
});
