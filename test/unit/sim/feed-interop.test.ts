/** The simulator's feed through the product's own feed handler and books. */
import { describe, expect, test } from "bun:test";
import { dumpLevels } from "../../../src/book/levels.ts";
import {
  BLOCK_GAP_FROM,
  BLOCK_GAP_SEQ,
  BLOCK_GAP_TO,
  BLOCK_GAPS,
  BLOCK_LOST,
} from "../../../src/feed/feed-block.ts";
import { definition, market, moldFor } from "../../support/market.ts";
import { PacketPort } from "../../support/packet-port.ts";
import { makeVenue } from "../../support/sim-venue.ts";

const FAULTS = { loss: 0.05, duplicate: 0.03, reorder: 0.03 };
const BUSY = {
  session: "INTEROP",
  symbols: [
    { symbol: "AAPL", px: 190 },
    { symbol: "MSFT", px: 410 },
  ],
  lines: [
    { group: "239.0.0.1", ...FAULTS },
    { group: "239.0.0.2", ...FAULTS },
  ],
  flow: { rate: 20_000, ordersPerSymbol: 60, haltEveryMs: 150, haltMs: 20 },
};

describe("the product's feed and books, behind a lossy simulator", () => {
  for (const seed of [1, 2, 3]) {
    test(`hold the venue's books at the end, every level, with seed ${seed}`, () => {
      const venue = makeVenue({ ...BUSY, seed });
      const m = market([definition("AAPL"), definition("MSFT")], { maxOrders: 8192 });
      const { mold, block, states } = moldFor(m, { windowNs: 3e6, requestTimeoutNs: 2e6 });
      const port = new PacketPort();
      const taken = [0, 0];
      let asked = 0;

      const deliver = (packet: Uint8Array, line: number) => {
        port.load(packet, line);
        mold.onPacket(port, 0, venue.clock.timeNs);
        m.books.flush();
      };
      const recover = () => {
        if (block.words[BLOCK_GAP_SEQ] === asked) return;
        asked = block.words[BLOCK_GAP_SEQ]!;
        const from = block.doubles[BLOCK_GAP_FROM]!;
        const to = block.doubles[BLOCK_GAP_TO]!;
        if (to < from || from === 0) return;
        const request = new Uint8Array(20);
        request.set(Buffer.from("INTEROP   "));
        const view = new DataView(request.buffer);
        view.setBigUint64(10, BigInt(from));
        view.setUint16(18, Math.min(60_000, to - from + 1));
        venue.exchange.feed.recovery.onRequest!(request, (answer) => deliver(answer, 2));
      };
      const turn = () => {
        venue.run(1);
        for (const line of [0, 1]) {
          const packets = venue.feed.packets[line]!;
          while (taken[line]! < packets.length) deliver(packets[taken[line]!++]!, line);
        }
        mold.poll(venue.clock.timeNs);
        recover();
      };

      venue.exchange.start();
      for (let ms = 0; ms < 800; ms++) turn();
      venue.exchange.quiesce();
      for (let ms = 0; ms < 1500; ms++) turn();

      const report = venue.exchange.report();
      expect(mold.nextSeq).toBe(report.nextSequence);
      expect(states.at(-1)).toBe("live");
      expect(block.doubles[BLOCK_GAPS]).toBeGreaterThan(0);
      expect(block.doubles[BLOCK_LOST]).toBe(0);
      for (const [index, book] of report.books.entries()) {
        const levels = dumpLevels(m.books.view(index));
        expect(levels).toEqual({ bids: book.bids, asks: book.asks });
      }
    });
  }
});
