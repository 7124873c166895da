/**
 * The same properties for every protocol, on the feed as the engine builds it: what one line loses
 * changes nothing; what all lines lose makes books stale, and then exact again. In between, a book
 * that says it is right is right: equal to what it was, undisturbed, at the feed's sequence number.
 */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FEED_LIVE } from "../../../src/core/codes.ts";
import { FEED_GAPS } from "../../../src/feed/counters.ts";
import { BLOCK_GAP_FROM, BLOCK_GAP_SEQ, BLOCK_GAP_TO } from "../../../src/feed/feed-block.ts";
import { RECOVERY_LINE } from "../../../src/net/desc.ts";
import { itchRig, pitchRig } from "../../support/feed-rigs/by-order.ts";
import { deepRig, topsRig } from "../../support/feed-rigs/iex.ts";
import { mdp3Rig } from "../../support/feed-rigs/mdp3.ts";
import { opraRig } from "../../support/feed-rigs/opra.ts";
import { LINES, openFeed, type Packet, type Rig } from "../../support/feed-rigs/rig.ts";

const RIGS: readonly Rig[] = [itchRig, pitchRig, deepRig, topsRig, opraRig, mdp3Rig];
const RUNS = 25;
const PACKET_NS = 100;

/** Every book by the next sequence number, undisturbed. */
function undisturbed(rig: Rig, packets: readonly Packet[]): Map<number, string[]> {
  const feed = openFeed(rig);
  const books = new Map<number, string[]>();
  for (const packet of packets) {
    feed.send(packet.bytes, 0, 0);
    books.set(
      packet.end,
      feed.symbols.map((_, i) => feed.book(i)),
    );
    expect(feed.symbols.map((_, i) => feed.books.flags(i))).toEqual(feed.symbols.map(() => 0));
  }
  expect(feed.handler.state).toBe(FEED_LIVE);
  expect(books.get(packets.at(-1)!.end)!.join()).toContain("px");
  return books;
}

/** Bits of the lines that lose a packet, by packet; never the first one. */
const fates = fc.array(fc.integer({ min: 0, max: (1 << LINES) - 1 }), {
  minLength: 300,
  maxLength: 300,
});

function expectTruth(rig: Rig, feed: ReturnType<typeof openFeed>, books: Map<number, string[]>) {
  const now = books.get(feed.handler.nextSeq);
  if (now === undefined || feed.handler.state !== FEED_LIVE) return;
  feed.symbols.forEach((symbol, i) => {
    if (feed.books.flags(i) !== 0) return;
    expect(`${rig.name} ${symbol} ${feed.book(i)}`).toBe(`${rig.name} ${symbol} ${now[i]}`);
  });
}

for (const rig of RIGS) {
  describe(rig.name, () => {
    test("any loss on one line changes nothing while the other is whole", () => {
      fc.assert(
        fc.property(fc.nat(), fates, fc.boolean(), (seed, lost, isFirst) => {
          const packets = rig.packets(seed);
          const books = undisturbed(rig, packets);
          const feed = openFeed(rig);
          packets.forEach(({ bytes }, k) => {
            for (const line of isFirst ? [0, 1] : [1, 0]) {
              if (line === 0 && k > 0 && lost[k] !== 0) continue;
              feed.send(bytes, line, k * PACKET_NS);
            }
            feed.handler.poll(k * PACKET_NS);
            expectTruth(rig, feed, books);
          });
          expect(feed.counters[FEED_GAPS]).toBe(0);
          expect(feed.handler.nextSeq).toBe(packets.at(-1)!.end);
          expect(feed.symbols.map((_, i) => feed.books.flags(i))).toEqual(
            feed.symbols.map(() => 0),
          );
          expect(feed.symbols.map((_, i) => feed.book(i))).toEqual(books.get(packets.at(-1)!.end)!);
        }),
        { numRuns: RUNS },
      );
    });

    test("loss on both lines is told, no wrong book is called right, and all become exact", () => {
      fc.assert(
        fc.property(fc.nat(), fates, fc.boolean(), (seed, fate, losesAnswers) => {
          const packets = rig.packets(seed);
          const books = undisturbed(rig, packets);
          const feed = openFeed(rig);
          const { block, handler } = feed;
          let nowNs = 0;
          let served = 0;
          let asked = 0;
          const serve = () => {
            if (rig.answer === undefined || block.words[BLOCK_GAP_SEQ] === served) return;
            served = block.words[BLOCK_GAP_SEQ]!;
            const from = block.doubles[BLOCK_GAP_FROM]!;
            const to = block.doubles[BLOCK_GAP_TO]!;
            for (const bytes of to > from ? rig.answer(packets, from, to) : []) {
              if (losesAnswers && asked++ % 3 === 0) continue;
              feed.send(bytes, RECOVERY_LINE, nowNs);
            }
          };
          const step = () => {
            handler.poll(nowNs);
            expectTruth(rig, feed, books);
          };
          packets.forEach(({ bytes }, k) => {
            nowNs += PACKET_NS;
            const lost = k === 0 ? 0 : fate[k]!;
            for (let line = 0; line < LINES; line++) {
              if ((lost & (1 << line)) === 0) feed.send(bytes, line, nowNs);
            }
            step();
            if (k % 5 === 0) serve();
          });
          const end = packets.at(-1)!.end;
          for (let turn = 0; turn < 300 && handler.nextSeq < end; turn++) {
            nowNs += 1000;
            if (rig.heartbeat !== undefined) feed.send(rig.heartbeat(end), turn % LINES, nowNs);
            step();
            serve();
          }
          const isAllLost = packets.some((_, k) => k > 0 && fate[k] === (1 << LINES) - 1);
          if (isAllLost) expect(feed.counters[FEED_GAPS]).toBeGreaterThan(0);
          for (const { line, bytes } of rig.healing?.(seed, packets) ?? []) {
            feed.send(bytes, line, nowNs);
            handler.poll(nowNs);
          }
          expect(handler.state).toBe(FEED_LIVE);
          feed.symbols.forEach((_, i) => {
            if (rig.heals === false && feed.books.flags(i) !== 0) return;
            expect(feed.books.flags(i)).toBe(0);
            expect(feed.book(i)).toBe(books.get(end)![i]!);
          });
        }),
        { numRuns: RUNS },
      );
    });

    test("a book that has missed something carries a flag until it is whole", () => {
      const packets = rig.packets(1);
      // What is held behind the hole may heal a book before anybody looks at it.
      const feed = openFeed(rig, { windowPackets: 1 });
      const lost = Math.floor(packets.length / 2);
      let wasTold = false;
      packets.forEach(({ bytes }, k) => {
        if (k !== lost) feed.send(bytes, 0, k * PACKET_NS);
        feed.handler.poll(k * PACKET_NS);
        const isStale = feed.symbols.some((_, i) => feed.books.flags(i) !== 0);
        wasTold ||= isStale || feed.handler.state !== FEED_LIVE;
        if (k < lost) expect(wasTold).toBe(false);
      });
      expect(wasTold).toBe(true);
    });
  });
}
