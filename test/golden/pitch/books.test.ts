/** The realtime capture through sequencer and books, against what its expected lines add up to. */
import { expect, test } from "bun:test";
import { BOOK_STALE } from "../../../src/book/flags.ts";
import { SIDE_BUY, SIDE_SELL } from "../../../src/core/codes.ts";
import {
  FEED_BAD_LENGTH,
  FEED_GAPS,
  FEED_LOST_MESSAGES,
  FEED_MESSAGES,
  FEED_UNKNOWN_TYPE,
} from "../../../src/feed/counters.ts";
import { BLOCK_GAP_FROM, BLOCK_GAP_TO } from "../../../src/feed/feed-block.ts";
import { readCapturePackets } from "../../support/capture-packets.ts";
import { haveCaptures, readCapture } from "../../support/captures.ts";
import { PacketPort } from "../../support/packet-port.ts";
import { pitchMarket, unitFeed } from "../../support/pitch-market.ts";

const have = haveCaptures("cboe-pitch");
const NAME = "BATS__mcastpitch_realtime_useq.pcap";

interface Line {
  type: string;
  [field: string]: string;
}

/** All messages, values as text: ids do not fit a double. */
function messages(): Line[] {
  const lines = new TextDecoder().decode(readCapture("cboe-pitch", `${NAME}.jsonl`)).split("\n");
  return lines.flatMap((line) =>
    [...line.matchAll(/\{"seq": [^}]*\}/g)].map((m) => {
      const fields = [...m[0].matchAll(/"(\w+)": "?([^",}]*)/g)].map((f) => [f[1]!, f[2]!]);
      return Object.fromEntries(fields) as Line;
    }),
  );
}

const priceOf = (m: Line) =>
  Number(m["price_binary_long_price_8"] ?? 100 * Number(m["price_binary_short_price_2"]));
const qtyOf = (m: Line) => Number(m["quantity_binary_4"] ?? m["quantity_binary_2"]);

/** Trades and what rests at the end, as simply as it can be said. */
function replay(all: readonly Line[]) {
  const orders = new Map<string, { px: number; qty: number; side: string }>();
  const trades: number[][] = [];
  const aggressor = (side: string) => (side === "B" ? SIDE_SELL : SIDE_BUY);
  for (const m of all) {
    const id = m["order_id"]!;
    const order = orders.get(id);
    if (m.type === "0x21" || m.type === "0x22") {
      orders.set(id, { px: priceOf(m), qty: qtyOf(m), side: m["side_indicator"]! });
    } else if (m.type === "0x2A" || m.type === "0x2B") {
      trades.push([0, priceOf(m), qtyOf(m), 0]);
    } else if (order !== undefined) {
      if (m.type === "0x27" || m.type === "0x28")
        Object.assign(order, { px: priceOf(m), qty: qtyOf(m) });
      if (m.type === "0x29") orders.delete(id);
      if (m.type === "0x26") order.qty -= Number(m["canceled_quantity_binary_2"]);
      if (m.type === "0x23") {
        const qty = Number(m["executed_quantity"]);
        order.qty -= qty;
        trades.push([0, order.px, qty, aggressor(order.side)]);
        if (order.qty === 0) orders.delete(id);
      }
    }
  }
  return { orders, trades };
}

async function run(onHole: "request" | "skip") {
  const { bytes, packets, lineCount } = await readCapturePackets("cboe-pitch", NAME);
  const m = pitchMarket(["A"]);
  const feed = unitFeed(m, { lineCount, windowNs: 1e6, staleNs: 1e10, onHole });
  const port = new PacketPort(bytes);
  const tops: string[] = [];
  for (const { offset, length, line, timeNs } of packets) {
    port.at(offset, length, line);
    feed.sequencer.onPacket(port, 0, timeNs);
    feed.sequencer.poll(timeNs + 2e6);
    const { bids } = m.books.levels(0);
    const top = bids.map((level) => `${level.px}x${level.qty}`).join(" ");
    if (top !== tops.at(-1)) tops.push(top);
  }
  return { ...m, ...feed, tops };
}

test.skipIf(!have)("trades and books are those of the expected lines", async () => {
  const all = messages();
  const r = await run("skip");
  const { orders, trades } = replay(all);
  expect(r.log.trades).toEqual(trades as typeof r.log.trades);
  expect(trades.length).toBe(6);
  expect(r.books.liveOrders()).toBe(orders.size);
  expect(orders.size).toBe(0);
  const seen = all.map((_, i) => {
    const at = replay(all.slice(0, i + 1)).orders;
    return [...at.values()].map((order) => `${order.px}x${order.qty}`).join(" ");
  });
  expect(r.tops).toEqual(["", ...seen].filter((top, i, tops) => top !== tops[i - 1]));
  expect(r.counters[FEED_MESSAGES]).toBe(all.length);
  expect([r.counters[FEED_BAD_LENGTH], r.counters[FEED_UNKNOWN_TYPE]]).toEqual([0, 0]);
  // 76390 s, 793166 us after the last 0x20.
  expect(r.books.timeNs[0]).toBe(76_390_793_166_000);
});

test.skipIf(!have)("the two messages that the capture lacks are missed, and said", async () => {
  const skipped = await run("skip");
  expect([skipped.counters[FEED_GAPS], skipped.counters[FEED_LOST_MESSAGES]]).toEqual([1, 2]);
  expect(skipped.books.flags(0)).toBe(BOOK_STALE);
  const asked = await run("request");
  // Asked for, and given up: nobody answers in a capture.
  expect(asked.states).toEqual(["live", "gap", "lost"]);
  expect([asked.block.doubles[BLOCK_GAP_FROM], asked.block.doubles[BLOCK_GAP_TO]]).toEqual([1, 3]);
  expect(asked.counters[FEED_MESSAGES]).toBe(0);
});
