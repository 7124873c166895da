import { beforeAll, describe, expect, test } from "bun:test";
import { Books } from "../../../src/book/books.ts";
import { Instruments } from "../../../src/book/instruments.ts";
import { Arena } from "../../../src/core/arena.ts";
import { FEED_GAP, FEED_LIVE, STATUS_TRADING } from "../../../src/core/codes.ts";
import { MOLD_HEADER, makeItchPackets, WARM_SESSION } from "../../../src/engine/warm/itch.ts";
import type { WarmPackets } from "../../../src/engine/warm/packets.ts";
import { WarmFeeder } from "../../../src/engine/warm-feeder.ts";
import {
  FEED_BAD_BLOCK,
  FEED_BAD_HEADER,
  FEED_BAD_LENGTH,
  FEED_DUPLICATES,
  FEED_FILTERED,
  FEED_GAPS,
  FEED_HELD,
  FEED_LOST_MESSAGES,
  FEED_MESSAGES,
  FEED_OLD_SESSION,
  FEED_RECOVERED,
  FEED_TRAILING,
  FEED_UNKNOWN_TYPE,
  FEED_WINDOW_OVERFLOWS,
} from "../../../src/feed/counters.ts";
import { ItchDecoder } from "../../../src/feed/itch/itch.ts";
import { ITCH_MESSAGES } from "../../../src/feed/itch/itch-fields.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { DESC_LINE } from "../../../src/net/desc.ts";
import { RingPort } from "../../../src/net/ring-port.ts";
import { RingWriter, ringBytes } from "../../../src/net/ring-writer.ts";
import { UdpPort } from "../../../src/net/udp-port.ts";
import { definition, MarketLog, moldFor, newCounters } from "../../support/market.ts";
import { readPacket } from "../../support/sim-feed.ts";

const instruments = () =>
  new Instruments([definition("AAA", 0.01), definition("BBB", 0.0001), definition("CCC", 1)]);

const packetAt = (p: WarmPackets, i: number) =>
  readPacket(p.bytes.subarray(p.offset[i]!, p.offset[i]! + p.length[i]!));

/** Books that the packets are played into, message by message. */
function player(table = instruments()) {
  const counters = newCounters();
  const log = new MarketLog();
  const books = new Books({
    feed: 0,
    instruments: table,
    maxOrders: 4096,
    maxLevels: 4096,
    events: log,
    counters,
  });
  const decoder = new ItchDecoder({ sink: books, counters });
  const play = (p: WarmPackets, from: number, to: number) => {
    for (let i = from; i < to; i++) {
      for (const m of packetAt(p, i).messages) {
        decoder.decode(new DataView(m.buffer, m.byteOffset), m, 0, m.length);
      }
      decoder.flush(true);
    }
  };
  return { counters, log, books, decoder, play, table };
}

describe("Warm-up packets", () => {
  let packets: WarmPackets;
  beforeAll(() => {
    packets = makeItchPackets(instruments(), 100, 7);
  });

  test("are well-formed MoldUDP64 with the counts they say", () => {
    for (let i = 0; i < packets.count; i++) {
      const { session, count, messages } = packetAt(packets, i);
      expect(session).toBe(WARM_SESSION);
      expect(messages).toHaveLength(count);
      expect(packets.messages[i]).toBe(count);
      expect(packets.length[i]).toBe(messages.reduce((n, m) => n + 2 + m.length, MOLD_HEADER));
      expect(count).toBeGreaterThan(0);
    }
  });

  test("carry every message of a book's life, each as long as its type, with symbols and sides", () => {
    const lengths = new Map(ITCH_MESSAGES.map((m) => [m.type, m.length]));
    const seen = new Set<string>();
    for (let i = 0; i < packets.count; i++) {
      for (const m of packetAt(packets, i).messages) {
        const type = String.fromCharCode(m[0]!);
        seen.add(type);
        expect(m.length).toBe(lengths.get(type)!);
        if (type === "C") expect(String.fromCharCode(m[31]!)).toBe("Y");
        if (type === "A" || type === "F") expect("BS").toContain(String.fromCharCode(m[19]!));
      }
    }
    expect([...seen].sort().join("")).toBe("ACDEFHPRSUXY");
  });

  test("open the market in the prologue and leave empty books and the same statuses at each end of a cycle", () => {
    const p = player();
    p.play(packets, 0, packets.prologue);
    const statuses = [...p.books.status];
    expect(statuses).toEqual([STATUS_TRADING, STATUS_TRADING, STATUS_TRADING]);
    let most = 0;
    for (let cycle = 0; cycle < 3; cycle++) {
      for (let i = packets.prologue; i < packets.count; i++) {
        p.play(packets, i, i + 1);
        most = Math.max(most, p.books.liveOrders());
      }
      expect(p.books.liveOrders()).toBe(0);
      expect([...p.books.status]).toEqual(statuses);
    }
    expect(most).toBeGreaterThan(30);
    for (let i = 0; i < 3; i++) {
      expect(p.books.levels(i)).toEqual({ ...p.books.levels(i), bids: [], asks: [] });
      expect(p.books.flags(i)).toBe(0);
    }
    expect(p.log.trades.length).toBeGreaterThan(300);
    const strange = [FEED_UNKNOWN_TYPE, FEED_BAD_LENGTH, FEED_FILTERED];
    for (const counter of strange) expect(p.counters[counter]).toBe(0);
    // Nothing that the books count as wrong: 32..47 are theirs.
    expect([...p.counters.slice(32, 48)].every((n) => n === 0)).toBe(true);
  });

  test("halt an instrument and restrict its short sales now and then, and take both back", () => {
    const p = player();
    p.play(packets, 0, packets.count);
    const states = new Set(p.log.statuses.map(([, status]) => status));
    expect(states.size).toBeGreaterThan(2);
  });

  test("keep bid below ask: on a crossed book a strategy does nothing", () => {
    const p = player();
    p.play(packets, 0, packets.prologue);
    let [two, crossed] = [0, 0];
    for (let i = packets.prologue; i < packets.count; i++) {
      p.play(packets, i, i + 1);
      const view = p.books.view(0);
      if (view.bidPx(0) <= 0 || view.askPx(0) <= 0) continue;
      two++;
      if (view.bidPx(0) >= view.askPx(0)) crossed++;
    }
    expect(two).toBeGreaterThan((packets.count * 9) / 10);
    expect(crossed).toBe(0);
  });

  test("are the same for the same seed, and others for another", () => {
    expect(makeItchPackets(instruments(), 100, 7).bytes).toEqual(packets.bytes);
    expect(makeItchPackets(instruments(), 100, 8).bytes).not.toEqual(packets.bytes);
  });

  test("can be made and played without an instrument", () => {
    const empty = makeItchPackets(new Instruments([]), 100, 7);
    expect(empty.count).toBeGreaterThan(empty.prologue);
    const rig = feederRig(empty, new Instruments([]));
    rig.turns(500);
    expect(rig.counters[FEED_MESSAGES]).toBeGreaterThan(400);
    expect(rig.counters[FEED_BAD_HEADER]).toBe(0);
  });
});

/** A feeder in front of a played port and a real feed handler, in steps of 10 us. */
function feederRig(packets: WarmPackets, table: Instruments, lines = 2) {
  const shim = fakeShim();
  const arena = Arena.alloc(shim, UdpPort.arenaBytes() + 4096);
  const port = new UdpPort(shim, arena, { name: "warm", lines: [], played: true });
  const windowNs = 500_000;
  const feeder = new WarmFeeder(Array(lines).fill(port), 0, packets, windowNs);
  const p = player(table);
  const f = moldFor(
    { decoder: p.decoder, counters: p.counters, clear: () => p.books.clear() },
    { lineCount: lines, windowPackets: 64, windowNs, staleNs: 1e15, requestTimeoutNs: 1e15 },
  );
  let now = 1e9;
  const turns = (n: number, stepNs = 10_000, each?: () => void) => {
    for (let i = 0; i < n; i++) {
      now += stepNs;
      feeder.feed(now);
      const count = port.rxBurst();
      for (let k = 0; k < count; k++) f.mold.onPacket(port, k, now);
      f.mold.poll(now);
      each?.();
    }
  };
  return { ...p, ...f, turns, feeder };
}

describe("The feeder", () => {
  let packets: WarmPackets;
  beforeAll(() => {
    packets = makeItchPackets(instruments(), 100, 7);
  });

  test("goes on in sequence over many cycles: no message is lost, damaged or of another session", () => {
    const rig = feederRig(packets, instruments());
    rig.turns(3 * packets.count);
    expect(rig.states).toEqual(["live"]);
    expect(rig.sessions()).toBe(1);
    expect(rig.mold.nextSeq).toBe(rig.mold.highSeq);
    // One packet a turn and one more in 32: the prologue once, the cycle again and again.
    let messages = 0;
    const { count, prologue } = packets;
    for (let n = 0; n < 3 * count + Math.floor((3 * count) / 32); n++) {
      messages += packets.messages[n < count ? n : prologue + ((n - count) % (count - prologue))]!;
    }
    expect(rig.mold.nextSeq).toBe(1 + messages);
    expect(rig.counters[FEED_MESSAGES]).toBe(rig.mold.nextSeq - 1);
    for (const counter of [
      FEED_BAD_HEADER,
      FEED_BAD_BLOCK,
      FEED_TRAILING,
      FEED_OLD_SESSION,
      FEED_GAPS,
      FEED_LOST_MESSAGES,
      FEED_WINDOW_OVERFLOWS,
    ]) {
      expect(rig.counters[counter]).toBe(0);
    }
  });

  test("plays each packet on every line, and swaps one in 32", () => {
    const rig = feederRig(packets, instruments());
    rig.turns(640);
    expect(rig.counters[FEED_HELD]).toBe(20);
    expect(rig.mold.figures.linePackets[0]).toBe(660);
    expect(rig.mold.figures.linePackets[1]).toBe(640);
    expect(rig.counters[FEED_DUPLICATES]).toBe(640);
    const single = feederRig(packets, instruments(), 1);
    single.turns(640);
    expect(single.counters[FEED_DUPLICATES]).toBe(0);
  });

  test("plays a gap that recovery fills, and the books come out of it whole", () => {
    const rig = feederRig(packets, instruments());
    rig.turns(4095);
    expect(rig.counters[FEED_GAPS]).toBe(0);
    const seen = new Set<number>();
    rig.turns(200, 10_000, () => void seen.add(rig.mold.state));
    expect([...seen].sort()).toEqual([FEED_LIVE, FEED_GAP].sort());
    expect(rig.counters[FEED_GAPS]).toBe(1);
    expect(rig.counters[FEED_RECOVERED]).toBeGreaterThan(0);
    expect(rig.counters[FEED_LOST_MESSAGES]).toBe(0);
    expect(rig.mold.state).toBe(FEED_LIVE);
    expect(rig.mold.nextSeq).toBe(rig.mold.highSeq);
    rig.turns(500);
    expect([...rig.counters.slice(32, 48)].every((n) => n === 0)).toBe(true);
  });

  test("hands the packet held back in by the recovery ring, as control does", () => {
    const shim = fakeShim();
    const arena = Arena.alloc(shim, UdpPort.arenaBytes() + ringBytes(16_384) + 32_768);
    const port = new UdpPort(shim, arena, { name: "warm", lines: [], played: true });
    const memory = arena.take(ringBytes(16_384));
    const ring = new RingPort(shim, arena, { name: "recovery", memory, create: true });
    const writer = new RingWriter(shim, arena, memory, false);
    const feeder = new WarmFeeder([port, port], 0, packets, 500_000, writer);
    let recovered = 0;
    for (let turn = 0, now = 1e9; turn < 5000; turn++, now += 10_000) {
      feeder.feed(now);
      port.rxBurst();
      recovered += ring.rxBurst();
      ring.rxRelease();
    }
    expect(recovered).toBe(1);
    expect(ring.desc[DESC_LINE]).toBe(2);
  });

  test("does not wait longer than its turns for a window that takes for ever", () => {
    const rig = feederRig(packets, instruments());
    rig.turns(4096);
    const { nextSeq } = rig.mold;
    rig.turns(511, 1);
    expect(rig.mold.nextSeq).toBe(nextSeq);
    rig.turns(2, 1);
    expect(rig.mold.nextSeq).toBeGreaterThan(nextSeq);
  });
});
