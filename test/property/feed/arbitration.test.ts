import { expect, test } from "bun:test";
import fc from "fast-check";
import { FEED_LIVE } from "../../../src/core/codes.ts";
import { FEED_GAPS, FEED_MESSAGES } from "../../../src/feed/counters.ts";
import { BLOCK_GAP_FROM, BLOCK_GAP_SEQ, BLOCK_GAP_TO } from "../../../src/feed/feed-block.ts";
import { heartbeat, itch, mold as packetOf } from "../../support/itch-bytes.ts";
import { type Market, market, moldFor } from "../../support/market.ts";
import { PacketPort } from "../../support/packet-port.ts";

const S = "SESSION001";
const PACKETS = 40;

/** A stream of book messages and their packets, the same for every run of a seed. */
function stream(seed: number) {
  let state = seed >>> 0;
  const next = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * n);
  };
  const messages = [itch("R", { stock_locate: 1, stock: "A", round_lot_size: 100 })];
  for (let ref = 1; messages.length < PACKETS * 3; ref++) {
    const old = 1 + next(ref);
    const kind = next(4);
    const head = { stock_locate: 1, order_reference_number: kind < 2 ? ref : old };
    if (kind < 2) {
      const side = next(2) === 0 ? "B" : "S";
      const px = side === "B" ? 100 - next(9) : 101 + next(9);
      messages.push(
        itch("A", { ...head, buy_sell_indicator: side, shares: 1 + next(9), price: px }),
      );
    } else if (kind === 2) messages.push(itch("D", head));
    else messages.push(itch("E", { ...head, executed_shares: 1 }));
  }
  const packets: { seq: number; bytes: Uint8Array }[] = [];
  for (let at = 0; at < messages.length; ) {
    const count = 1 + next(4);
    packets.push({ seq: at + 1, bytes: packetOf(S, at + 1, messages.slice(at, at + count)) });
    at += count;
  }
  return { messages, packets };
}

function books(): Market {
  return market(["A"]);
}

function truth(messages: readonly Uint8Array[]) {
  const m = books();
  for (const message of messages) m.feed(message);
  return m.books.levels(0);
}

function listener(m: Market, options = {}) {
  const feed = moldFor(
    { decoder: m.decoder, counters: m.counters, clear: () => m.books.clear() },
    options,
  );
  const port = new PacketPort();
  const send = (bytes: Uint8Array, line: number, nowNs: number) => {
    port.load(bytes, line);
    feed.mold.onPacket(port, 0, nowNs);
  };
  return { ...feed, send };
}

test("any loss on one line changes nothing while the other is whole", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(fc.boolean(), { minLength: 90, maxLength: 90 }),
      fc.boolean(),
      (seed, lost, lead) => {
        const { messages, packets } = stream(seed);
        const m = books();
        const { mold, send, states } = listener(m);
        packets.forEach((packet, i) => {
          const lines = lead ? [0, 1] : [1, 0];
          for (const line of lines) if (line === 1 || lost[i] !== true) send(packet.bytes, line, i);
        });
        expect(states).toEqual(["live"]);
        expect(mold.nextSeq).toBe(messages.length + 1);
        expect(m.books.levels(0)).toEqual(truth(messages));
      },
    ),
    { numRuns: 60 },
  );
});

test("any order of packets within the window gives the same books and no gap", () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(fc.nat(7), { minLength: 90, maxLength: 90 }), (seed, delays) => {
      const { messages, packets } = stream(seed);
      const m = books();
      const { mold, send, states } = listener(m, { windowPackets: 32, windowNs: 1000 });
      const order = packets.map((packet, i) => ({ packet, at: i + delays[i]! + i / 1000 }));
      order.sort((a, b) => a.at - b.at);
      for (const { packet, at } of order) send(packet.bytes, 0, at);
      mold.poll(500);
      expect(states).toEqual(["live"]);
      expect(m.counters[FEED_MESSAGES]).toBe(messages.length);
      expect(m.books.levels(0)).toEqual(truth(messages));
    }),
    { numRuns: 60 },
  );
});

test("loss on both lines is a gap, in which no book is shown; recovery gives the exact books", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 90, maxLength: 90 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 2, max: 16 }),
      fc.boolean(),
      (seed, fate, perAnswer, windowPackets, answersLost) => {
        const { messages, packets } = stream(seed);
        const m = books();
        const feed = listener(m, {
          windowPackets,
          windowNs: 5,
          requestTimeoutNs: 20,
          giveUpRequests: 1000,
        });
        const { mold, send, block } = feed;
        let now = 0;
        let served = 0;
        let asked = 0;
        const serve = () => {
          if (block.words[BLOCK_GAP_SEQ] === served) return;
          served = block.words[BLOCK_GAP_SEQ]!;
          const to = block.doubles[BLOCK_GAP_TO]!;
          for (let seq = block.doubles[BLOCK_GAP_FROM]!; seq < to; seq += perAnswer) {
            const part = messages.slice(seq - 1, Math.min(to - 1, seq - 1 + perAnswer));
            if (answersLost && asked++ % 3 === 0) continue;
            send(packetOf(S, seq, part), 2, now);
          }
        };
        packets.forEach((packet, i) => {
          now += 3;
          if ((fate[i]! & 1) === 0) send(packet.bytes, 0, now);
          if ((fate[i]! & 2) === 0) send(packet.bytes, 1, now);
          mold.poll(now);
          const shown = m.log.books.length;
          if (i % 3 === 0) serve();
          if (mold.state !== FEED_LIVE) expect(m.log.books.length).toBe(shown);
        });
        for (let turn = 0; turn < 400; turn++) {
          now += 10;
          send(heartbeat(S, messages.length + 1), turn & 1, now);
          mold.poll(now);
          serve();
        }
        expect(mold.state).toBe(FEED_LIVE);
        expect(mold.nextSeq).toBe(messages.length + 1);
        expect(m.counters[FEED_MESSAGES]).toBe(messages.length);
        const bothLost = fate.slice(0, packets.length).some((f) => f === 3);
        if (bothLost) expect(m.counters[FEED_GAPS]).toBeGreaterThan(0);
        expect(m.books.levels(0)).toEqual(truth(messages));
      },
    ),
    { numRuns: 60 },
  );
});
