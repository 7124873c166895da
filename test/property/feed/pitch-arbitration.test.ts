/** PITCH through the sequencer: any loss on one line, both losing the same, several headers a datagram. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { BOOK_STALE } from "../../../src/book/flags.ts";
import { FEED_LIVE } from "../../../src/core/codes.ts";
import { FEED_GAPS, FEED_MESSAGES } from "../../../src/feed/counters.ts";
import { BLOCK_GAP_FROM, BLOCK_GAP_SEQ, BLOCK_GAP_TO } from "../../../src/feed/feed-block.ts";
import { generator } from "../../support/fix-mutator.ts";
import { PacketPort } from "../../support/packet-port.ts";
import * as p from "../../support/pitch-bytes.ts";
import { pitchMarket, unitFeed } from "../../support/pitch-market.ts";

const DATAGRAMS = 40;
const UNIT = 1;
const OTHER_UNIT = 2;

/** Messages of one unit, and datagrams of one to three headers, now and then one of another unit. */
function stream(seed: number) {
  const below = generator(seed + 1);
  const messages: Uint8Array[] = [p.time(34_200)];
  for (let id = 1; messages.length < DATAGRAMS * 3; id++) {
    const old = 1 + below(id);
    const side = below(2) === 0 ? "B" : "S";
    const px = side === "B" ? 100 - below(9) : 101 + below(9);
    const kind = below(7);
    if (kind < 3) messages.push(p.addShort({ id, side, qty: 1 + below(9), px, symbol: "A" }));
    else if (kind === 3) messages.push(p.remove({ id: old }));
    else if (kind === 4) messages.push(p.execute({ id: old, qty: 1 }));
    else if (kind === 5) messages.push(p.modifyShort({ id: old, qty: 1 + below(9), px, flags: 2 }));
    else messages.push(p.executeAt({ id: old, qty: 1, remaining: below(3), px: 10_000 }));
  }
  const datagrams: Uint8Array[] = [];
  for (let at = 0; at < messages.length; ) {
    const parts: Uint8Array[] = [];
    for (let n = 1 + below(3); n > 0 && at < messages.length; n--) {
      const count = 1 + below(3);
      if (below(4) === 0) parts.push(p.unit(OTHER_UNIT, 900, [p.addShort({ id: 1, px: 1 })]));
      parts.push(p.unit(UNIT, at + 1, messages.slice(at, at + count)));
      at += count;
    }
    datagrams.push(new Uint8Array(Buffer.concat(parts)));
  }
  return { messages, datagrams };
}

function truth(messages: readonly Uint8Array[]) {
  const m = pitchMarket(["A"]);
  m.feed(...messages);
  return m.books.levels(0);
}

function listener(options = {}) {
  const m = pitchMarket(["A"]);
  const feed = unitFeed(m, { windowPackets: 16, ...options });
  const port = new PacketPort();
  const send = (bytes: Uint8Array, line: number, nowNs: number) => {
    port.load(bytes, line);
    feed.sequencer.onPacket(port, 0, nowNs);
  };
  return { ...m, ...feed, send };
}

const FATES = fc.array(fc.integer({ min: 0, max: 3 }), {
  minLength: 3 * DATAGRAMS,
  maxLength: 3 * DATAGRAMS,
});

test("any loss on one line changes nothing while the other is whole", () => {
  fc.assert(
    fc.property(fc.nat(), FATES, fc.boolean(), (seed, fate, lead) => {
      const { messages, datagrams } = stream(seed);
      const s = listener();
      datagrams.forEach((bytes, i) => {
        for (const line of lead ? [0, 1] : [1, 0]) {
          if (line === 1 || (fate[i]! & 1) === 0) s.send(bytes, line, i);
        }
      });
      expect(s.states).toEqual(["live"]);
      expect(s.counters[FEED_MESSAGES]).toBe(messages.length);
      expect(s.books.levels(0)).toEqual(truth(messages));
    }),
    { numRuns: 60 },
  );
});

test("what both lines lose is a gap until the gap line brings it; then the books are exact", () => {
  fc.assert(
    fc.property(fc.nat(), FATES, fc.integer({ min: 1, max: 6 }), (seed, fate, perAnswer) => {
      const { messages, datagrams } = stream(seed);
      const s = listener({ windowNs: 5, requestTimeoutNs: 20, giveUpRequests: 1000 });
      let now = 0;
      let served = 0;
      const serve = () => {
        if (s.block.words[BLOCK_GAP_SEQ] === served) return;
        served = s.block.words[BLOCK_GAP_SEQ]!;
        const to = s.block.doubles[BLOCK_GAP_TO]!;
        for (let seq = s.block.doubles[BLOCK_GAP_FROM]!; seq < to; seq += perAnswer) {
          const part = messages.slice(seq - 1, Math.min(to - 1, seq - 1 + perAnswer));
          s.send(p.unit(UNIT, seq, part), 2, now);
        }
      };
      datagrams.forEach((bytes, i) => {
        now += 3;
        if ((fate[i]! & 1) === 0) s.send(bytes, 0, now);
        if ((fate[i]! & 2) === 0) s.send(bytes, 1, now);
        s.sequencer.poll(now);
        const shown = s.log.books.length;
        if (i % 3 === 0) serve();
        if (s.sequencer.state !== FEED_LIVE) expect(s.log.books.length).toBe(shown);
      });
      for (let turn = 0; turn < 400; turn++) {
        now += 10;
        s.send(p.unitHeartbeat(UNIT, messages.length + 1), turn & 1, now);
        s.sequencer.poll(now);
        serve();
      }
      expect(s.sequencer.state).toBe(FEED_LIVE);
      expect(s.counters[FEED_MESSAGES]).toBe(messages.length);
      if (fate.slice(0, datagrams.length).some((f) => f === 3)) {
        expect(s.counters[FEED_GAPS]).toBeGreaterThan(0);
      }
      expect(s.books.levels(0)).toEqual(truth(messages));
      expect(s.books.flags(0)).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test("with nobody to ask, a loss leaves books that say so, until the unit is cleared", () => {
  fc.assert(
    fc.property(fc.nat(), FATES, (seed, fate) => {
      const { messages, datagrams } = stream(seed);
      const s = listener({ windowNs: 5, onHole: "skip" });
      datagrams.forEach((bytes, i) => {
        if (fate[i] !== 3 || i === 0) s.send(bytes, 0, 10 * i);
        s.sequencer.poll(10 * i + 8);
      });
      const at = 10 * datagrams.length;
      const end = messages.length + 1;
      s.send(p.unitHeartbeat(UNIT, end), 0, at);
      s.sequencer.poll(at + 8);
      const isWhole = s.counters[FEED_MESSAGES] === messages.length;
      expect(s.books.flags(0) === 0).toBe(isWhole);
      if (isWhole) expect(s.books.levels(0)).toEqual(truth(messages));
      else expect(s.books.flags(0) & BOOK_STALE).toBe(BOOK_STALE);
      const fresh = [p.unitClear(), p.addShort({ id: 1, px: 5, symbol: "A" })];
      s.send(p.unit(UNIT, end, fresh), 0, at + 20);
      expect(s.books.flags(0)).toBe(0);
      expect(s.books.levels(0)).toEqual(truth(fresh));
    }),
    { numRuns: 60 },
  );
});
