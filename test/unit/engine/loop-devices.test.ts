import { describe, expect, test } from "bun:test";
import { ManualClock } from "../../../src/core/clock.ts";
import { FEED_GAP, FEED_LIVE } from "../../../src/core/codes.ts";
import { bucketOf, Histogram } from "../../../src/core/histogram.ts";
import { histogramCount } from "../../../src/core/histogram-stats.ts";
import {
  ENGINE_IDLE_TURNS,
  ENGINE_PACKETS,
  ENGINE_PORT_ERRORS,
  ENGINE_RECOVERY_PACKETS,
} from "../../../src/engine/counters.ts";
import { EngineLoop, type LoopOptions } from "../../../src/engine/loop.ts";
import { HP_EGONE, HP_ERESET, HP_HIST_BUCKETS } from "../../../src/ffi/layout.ts";
import { TAPE_DEVICES, TAPE_LINK_DOWN, TAPE_LINK_UP } from "../../../src/journal/tape/entries.ts";
import {
  DESC_DOUBLES,
  DESC_FEED,
  DESC_LINE,
  DESC_RX_NS,
  DESC_WORDS,
  STAT_LINK,
} from "../../../src/net/desc.ts";
import type { Port } from "../../../src/net/port.ts";
import { PacketPort } from "../../support/packet-port.ts";

/** A device that gives what a test wants: [feed, line, receive stamp] of each packet, or a status. */
class StubDevice extends PacketPort {
  next: [number, number, number?][] = [];
  status = 0;
  constructor(
    private readonly label: string,
    private readonly log: string[],
  ) {
    super();
  }
  override rxBurst(): number {
    this.log.push(`${this.label} burst`);
    this.next.forEach(([feed, line, rxNs], i) => {
      this.desc[i * DESC_WORDS + DESC_FEED] = feed;
      this.desc[i * DESC_WORDS + DESC_LINE] = line;
      this.descTime[i * DESC_DOUBLES + DESC_RX_NS] = rxNs ?? 0;
    });
    const n = this.status < 0 ? this.status : this.next.length;
    this.next = [];
    return n;
  }
  override rxRelease(): void {
    this.log.push(`${this.label} release`);
  }
}

/** Two devices, two feeds that come by them and one by sockets; the parts write down their calls. */
function stubLoop(packetNs = 0, deviceLinks = [true, true]) {
  const log: string[] = [];
  const tape: string[] = [];
  const clock = new ManualClock(1e9);
  const counters = new Float64Array(256);
  const turns = new Uint32Array(HP_HIST_BUCKETS);
  const devices = ["eth", "nic"].map((name) => new StubDevice(name, log));
  const sockets = new StubDevice("sockets", log);
  const recovery = new StubDevice("recovery", log);
  const feeds = ["a", "b", "c"].map((name) => ({
    state: FEED_LIVE,
    onPacket: (port: Port, i: number, now: number) => {
      clock.timeNs += packetNs;
      log.push(`${name} line ${port.desc[i * DESC_WORDS + DESC_LINE]} at ${now - 1e9}`);
    },
    figures: {
      lose: (line: number) => log.push(`${name} loses line ${line}`),
      regain: (line: number) => log.push(`${name} has line ${line} again`),
    },
    poll: () => {},
  }));
  const host = { nowNs: 0, poll: () => {} };
  const loop = new EngineLoop({
    clock,
    counters,
    devices,
    deviceLinks,
    deviceLines: [
      [
        { feed: 0, line: 0 },
        { feed: 1, line: 1 },
      ],
      [{ feed: 0, line: 1 }],
    ],
    ports: [null, null, sockets],
    recoveries: [recovery, null, null],
    feeds,
    sessions: [
      {
        poll: () => log.push("session"),
        hold: (burst: number, rx: number) => log.push(`hold ${burst && burst - 1e9} ${rx}`),
        release: () => log.push("-"),
      },
    ],
    orders: { poll: () => {} },
    host,
    turnHistogram: new Histogram(turns),
    tcpPollTurns: 8,
    tape: { burst: (source: number, _: Port, n: number) => tape.push(`${source} ${n}`) },
  } as unknown as LoopOptions);
  const turn = (n = 1) => {
    for (let i = 0; i < n; i++) {
      log.length = 0;
      loop.turn();
    }
    return [...log];
  };
  return { clock, counters, turns, devices, sockets, recovery, feeds, host, loop, tape, turn };
}

const HEARD = / line /;

describe("A turn with devices", () => {
  test("brings each packet of a burst to its feed and line, in its order, between hold and release", () => {
    const s = stubLoop();
    s.devices[0]!.next = [
      [1, 0, 11],
      [0, 0, 22],
      [1, 1],
      [0, 1],
    ];
    expect(s.turn()).toEqual([
      "eth burst",
      "hold 0 11",
      "b line 0 at 0",
      "-",
      "hold 0 22",
      "a line 0 at 0",
      "-",
      "hold 0 0",
      "b line 1 at 0",
      "-",
      "hold 0 0",
      "a line 1 at 0",
      "-",
      "eth release",
      "nic burst",
      "sockets burst",
    ]);
    expect(s.counters[ENGINE_PACKETS]).toBe(4);
  });

  test("takes lines A and B of both feeds from a device each, then what comes by sockets", () => {
    const s = stubLoop();
    s.devices[0]!.next = [
      [0, 0],
      [1, 0],
    ];
    s.devices[1]!.next = [
      [1, 1],
      [0, 1],
    ];
    s.sockets.next = [[0, 3]];
    expect(s.turn().filter((line) => HEARD.test(line))).toEqual([
      "a line 0 at 0",
      "b line 0 at 0",
      "b line 1 at 0",
      "a line 1 at 0",
      "c line 3 at 0",
    ]);
    expect(s.tape).toEqual([`${TAPE_DEVICES} 2`, `${TAPE_DEVICES + 1} 2`, "4 1"]);
  });

  test("reads the time once per burst of a device, and tells the loop and the strategies of it", () => {
    const s = stubLoop(500);
    s.devices[0]!.next = [
      [0, 0],
      [1, 0],
      [0, 0],
    ];
    s.devices[1]!.next = [[1, 1]];
    expect(s.turn().filter((line) => HEARD.test(line))).toEqual([
      "a line 0 at 0",
      "b line 0 at 0",
      "a line 0 at 0",
      "b line 1 at 1500",
    ]);
    for (const at of [s.loop.nowNs, s.loop.packetNs, s.host.nowNs]) expect(at - 1e9).toBe(1500);
    // From the first burst to behind the last.
    expect(s.turns[bucketOf(2000)]).toBe(1);
    expect(histogramCount(s.turns)).toBe(1);
  });

  test("times a turn in which only the second device has a packet from that", () => {
    const s = stubLoop(50);
    s.devices[1]!.next = [[0, 0]];
    s.turn();
    expect(s.turns[bucketOf(50)]).toBe(1);
  });

  test("tells the feeds of a device that has disappeared, before anything else, once, and on the tape", () => {
    const s = stubLoop();
    s.devices[0]!.status = HP_EGONE;
    expect(s.turn().slice(0, 4)).toEqual([
      "eth burst",
      "a loses line 0",
      "b loses line 1",
      "hold 0 0",
    ]);
    expect(s.turn(9).filter((line) => line.includes("loses"))).toEqual([]);
    expect(s.tape).toEqual([`${TAPE_DEVICES} ${HP_EGONE}`]);
    s.devices[1]!.status = HP_EGONE;
    expect(s.turn()).toContain("a loses line 1");
    expect(s.counters[ENGINE_PORT_ERRORS]).toBe(12);
  });

  test("tells the feeds of a device whose link goes and comes back, each once, and on the tape", () => {
    const s = stubLoop();
    const news = (turns: number) => s.turn(turns).filter((line) => /loses|again/.test(line));
    s.devices[0]!.stats[STAT_LINK] = 0;
    expect(s.turn().slice(0, 2)).toEqual(["a loses line 0", "b loses line 1"]);
    expect(news(9)).toEqual([]);
    s.devices[0]!.stats[STAT_LINK] = 1;
    expect(s.turn().slice(0, 2)).toEqual(["a has line 0 again", "b has line 1 again"]);
    expect(news(9)).toEqual([]);
    expect(s.tape).toEqual([
      `${TAPE_DEVICES} ${TAPE_LINK_DOWN}`,
      `${TAPE_DEVICES} ${TAPE_LINK_UP}`,
    ]);
    expect(s.counters[ENGINE_PORT_ERRORS]).toBe(0);
  });

  test("tells of no link where that of a device does not count, or is not known", () => {
    const s = stubLoop(0, [true, false]);
    s.devices[0]!.stats[STAT_LINK] = -1;
    s.devices[1]!.stats[STAT_LINK] = 0;
    expect(s.turn(3).filter((line) => line.includes("loses"))).toEqual([]);
    expect(s.tape).toEqual([]);
  });

  test("has no line again by a link that is up when the device is gone", () => {
    const s = stubLoop();
    s.devices[1]!.stats[STAT_LINK] = 0;
    s.turn();
    s.devices[1]!.stats[STAT_LINK] = 1;
    s.devices[1]!.status = HP_EGONE;
    const heard = [...s.turn(), ...s.turn(), ...s.turn()];
    expect(heard.filter((line) => /a (loses|has) line 1/.test(line))).toEqual([
      "a has line 1 again",
      "a loses line 1",
    ]);
    s.devices[1]!.stats[STAT_LINK] = 0;
    s.turn();
    s.devices[1]!.stats[STAT_LINK] = 1;
    expect(s.turn().filter((line) => line.includes("again"))).toEqual([]);
  });

  test("counts a device's error, which is not for the tape, releases nothing, and goes on", () => {
    const s = stubLoop();
    s.devices[0]!.status = HP_ERESET;
    s.devices[1]!.next = [[0, 1]];
    const calls = s.turn();
    expect(calls).not.toContain("eth release");
    expect(calls).toContain("a line 1 at 0");
    s.turn();
    expect(s.counters[ENGINE_PORT_ERRORS]).toBe(2);
    expect(s.counters[ENGINE_PACKETS]).toBe(1);
    expect(s.counters[ENGINE_IDLE_TURNS]).toBe(1);
    expect(s.tape).toEqual([`${TAPE_DEVICES + 1} 1`]);
  });

  test("looks at the recovery ring of a feed that comes by a device", () => {
    const s = stubLoop();
    const looks = (turns: number) => {
      const at: number[] = [];
      for (let i = 0; i < turns; i++)
        if (s.turn().includes("recovery burst")) at.push(s.loop.turns);
      return at;
    };
    expect(looks(64)).toEqual([]);
    s.feeds[0]!.state = FEED_GAP;
    s.recovery.next = [[0, 2]];
    expect(looks(32)).toEqual([80, 96]);
    expect(s.counters[ENGINE_RECOVERY_PACKETS]).toBe(1);
    expect(s.tape).toEqual(["1 1"]);
    s.feeds[0]!.state = FEED_LIVE;
    s.feeds[1]!.state = FEED_GAP;
    expect(looks(900)).toEqual([]);
  });

  test("serves the sessions every fourth idle time, though no feed has sockets", () => {
    const s = stubLoop();
    const served: number[] = [];
    for (let i = 0; i < 16; i++) if (s.turn().includes("session")) served.push(s.loop.turns);
    expect(served).toEqual([4, 8, 12, 16]);
  });
});
