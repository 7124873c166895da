import { describe, expect, test } from "bun:test";
import { ItchDecoder } from "../../../src/feed/itch/itch.ts";
import { ITCH_MESSAGES } from "../../../src/feed/itch/itch-fields.ts";
import type { ItchSink } from "../../../src/feed/itch/itch-sink.ts";
import type { MessageDecoder } from "../../../src/feed/message-decoder.ts";
import { itch, mold } from "../../support/itch-bytes.ts";
import { market, moldFor, newCounters } from "../../support/market.ts";
import { PacketPort } from "../../support/packet-port.ts";

const LOCATE = 7;
const REF = 0x1_8000_0002n;

/** A decoder whose sink writes down what it is to look at. */
function reader(readsAhead = true) {
  const seen: [number, number][] = [];
  const locates = new Int32Array(65536);
  locates[LOCATE] = 1;
  const sink = { locates, readsAhead, onAhead: (hi: number, lo: number) => seen.push([hi, lo]) };
  const decoder = new ItchDecoder({ sink: sink as unknown as ItchSink, counters: newCounters() });
  return { decoder, seen };
}

function prefixed(messages: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(messages.reduce((n, m) => n + 2 + m.length, 0));
  let at = 0;
  for (const message of messages) {
    bytes[at + 1] = message.length;
    bytes.set(message, at + 2);
    at += 2 + message.length;
  }
  return bytes;
}

function read(r: ReturnType<typeof reader>, messages: readonly Uint8Array[]): void {
  const bytes = prefixed(messages);
  r.decoder.readAhead(new DataView(bytes.buffer), bytes, 0, messages.length);
}

describe("reading ahead", () => {
  test("looks at the orders that messages name, and at no other reference", () => {
    for (const { type, fields } of ITCH_MESSAGES) {
      const r = reader();
      const reference = fields.find((field) => field.offset === 11 && field.size === 8);
      const named = reference === undefined ? {} : { [reference.name]: REF };
      read(r, [itch(type, { stock_locate: LOCATE, ...named })]);
      const isNaming = "DEXCU".includes(type);
      expect([type, ...r.seen]).toEqual(isNaming ? [type, [1, 0x80000002 | 0]] : [type]);
    }
  });

  test("leaves out what nobody subscribed to, and a sink that wants none of it", () => {
    const other = reader();
    read(other, [itch("D", { stock_locate: LOCATE + 1, order_reference_number: REF })]);
    expect(other.seen).toEqual([]);
    const none = reader(false);
    read(none, [itch("D", { stock_locate: LOCATE, order_reference_number: REF })]);
    expect(none.seen).toEqual([]);
  });

  test("passes messages of a wrong length, and empty ones", () => {
    const r = reader();
    const deletion = itch("D", { stock_locate: LOCATE, order_reference_number: REF });
    const short = deletion.subarray(0, 18);
    const long = new Uint8Array(20);
    long.set(deletion);
    read(r, [short, long, new Uint8Array(0), deletion, new Uint8Array(0)]);
    expect(r.seen.length).toBe(1);
  });

  test("comes before a packet of many messages, and not before one of few", () => {
    const heard: string[] = [];
    const decoder: MessageDecoder = {
      decode: () => void heard.push("decode"),
      flush: () => {},
      readAhead: (_view, _bytes, _offset, count) => void heard.push(`ahead ${count}`),
    };
    const port = new PacketPort();
    const { mold: feed } = moldFor({ decoder, counters: newCounters(), clear: () => {} });
    const messages = (count: number) => Array.from({ length: count }, () => new Uint8Array(4));
    port.load(mold("SESSION001", 1, messages(3)), 0);
    feed.onPacket(port, 0, 1);
    expect(heard).toEqual(["decode", "decode", "decode"]);
    heard.length = 0;
    port.load(mold("SESSION001", 4, messages(8)), 0);
    feed.onPacket(port, 0, 2);
    expect(heard).toEqual(["ahead 8", ...messages(8).map(() => "decode")]);
  });

  test("changes no book", () => {
    const m = market({ capacity: 4 }, { maxOrders: 1 << 18 });
    expect(m.books.readsAhead).toBe(true);
    const add = { stock: "AAPL", stock_locate: LOCATE, buy_sell_indicator: "B" };
    m.feed(itch("A", { ...add, order_reference_number: REF, shares: 100, price: 10_000 }));
    const before = [m.books.levels(0), m.books.liveOrders()];
    m.books.onAhead(1, 0x80000002 | 0);
    m.books.onAhead(5, 6);
    expect([m.books.levels(0), m.books.liveOrders()]).toEqual(before);
    expect(market({ capacity: 4 }, { maxOrders: 1 << 16 }).books.readsAhead).toBe(false);
  });
});
