import { expect, test } from "bun:test";
import fc from "fast-check";
import { describeItch, ITCH_MESSAGES } from "../../../src/feed/itch/itch-fields.ts";
import type { MessageDecoder } from "../../../src/feed/message-decoder.ts";
import { Guard, GuardedView, guardedBytes, guardedPort } from "../../support/guarded.ts";
import { itch, mold as packetOf } from "../../support/itch-bytes.ts";
import { market, moldFor } from "../../support/market.ts";
import { PacketPort } from "../../support/packet-port.ts";

const anyMessage = fc
  .record({
    entry: fc.constantFrom(...ITCH_MESSAGES),
    locate: fc.nat(3),
    body: fc.uint8Array({ minLength: 50, maxLength: 50 }),
    symbol: fc.constantFrom("A", "B", "C"),
  })
  .map(({ entry, locate, body, symbol }) => {
    const bytes = itch(
      entry.type,
      entry.fields.some((f) => f.name === "stock") ? { stock: symbol } : {},
    );
    const stock = entry.fields.find((f) => f.name === "stock")?.offset ?? -1;
    for (let i = 11; i < bytes.length; i++) {
      if (i < stock || i >= stock + 8) bytes[i] = body[i]! % 5;
    }
    bytes[2] = locate;
    return bytes;
  });

const mutation = fc.record({
  at: fc.nat(200),
  value: fc.nat(255),
  cut: fc.option(fc.nat(200), { freq: 4 }),
});

test("damaged packets never throw and never cause a read outside themselves", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          messages: fc.array(anyMessage, { maxLength: 5 }),
          mutations: fc.array(mutation, { maxLength: 3 }),
          step: fc.integer({ min: -2, max: 3 }),
          line: fc.nat(3),
        }),
        { maxLength: 25 },
      ),
      (packets) => {
        const guard = new Guard();
        const { port, show } = guardedPort(guard);
        const m = market(["A", "B"], { maxOrders: 16, maxLevels: 8 });
        const { mold } = moldFor(
          { decoder: m.decoder, counters: m.counters, clear: () => m.books.clear() },
          { windowPackets: 3, slotBytes: 128 },
        );
        let seq = 1;
        packets.forEach(({ messages, mutations, step, line }, i) => {
          let bytes = packetOf("SESSION001", Math.max(0, seq + step), messages);
          seq += messages.length;
          for (const { at, value, cut } of mutations) {
            if (at < bytes.length) bytes[at] = value;
            if (cut !== null && cut < bytes.length) bytes = bytes.slice(0, cut);
          }
          show(bytes, line);
          mold.onPacket(port, 0, i * 400);
          mold.poll(i * 400 + 100);
        });
        expect(guard.outside).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

test("the guard of the test above does report a read outside", () => {
  const guard = new Guard();
  const { port, show } = guardedPort(guard);
  show(packetOf("SESSION001", 1, [itch("S", { event_code: "O" })]), 0);
  const careless: MessageDecoder = {
    decode: (view, bytes, offset, length) => {
      view.getUint16(offset + length - 1);
      bytes[offset + length];
    },
    flush: () => {},
  };
  const { mold } = moldFor({ decoder: careless, counters: new Float64Array(256) });
  mold.onPacket(port, 0, 0);
  expect(guard.outside.length).toBe(2);
});

test("a message of any bytes and length is decoded within its bounds or counted", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(255), (body, type) => {
      const guard = new Guard();
      const arena = new Uint8Array(256);
      const bytes = body.length > 0 ? body.with(0, type) : body;
      arena.set(bytes, 100);
      guard.low = 100;
      guard.high = 100 + bytes.length;
      const view = new GuardedView(arena.buffer as ArrayBuffer);
      view.guard = guard;
      const m = market({ capacity: 2 }, { maxOrders: 4, maxLevels: 4 });
      m.decoder.decode(view, guardedBytes(arena, guard), 100, bytes.length);
      m.decoder.flush(true);
      describeItch(guardedBytes(arena, guard), 100, bytes.length);
      expect(guard.outside).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("a damaged copy of a packet, whatever the damage to its framing, does not spoil the books", () => {
  fc.assert(
    fc.property(
      fc.array(anyMessage, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom("cut", "count", "length"),
      (messages, where, value, damage) => {
        const good = packetOf("SESSION001", 1, messages);
        const run = (copies: Uint8Array[]) => {
          const m = market(["A", "B"]);
          const { mold } = moldFor({
            decoder: m.decoder,
            counters: m.counters,
            clear: () => m.books.clear(),
          });
          const port = new PacketPort();
          copies.forEach((bytes, line) => {
            port.load(bytes, line);
            mold.onPacket(port, 0, line);
          });
          return {
            next: mold.nextSeq,
            books: [m.books.levels(0), m.books.levels(1)],
            state: mold.state,
          };
        };
        let bad = good.slice();
        if (damage === "cut") bad = bad.slice(0, 20 + (where % (bad.length - 20)));
        else if (damage === "count") bad[19] = bad[19]! ^ (value & 0x1f || 1);
        else bad[21] = bad[21]! ^ value;
        fc.pre(!fits(bad));
        const clean = run([good]);
        const spoiled = run([bad, good]);
        expect(spoiled).toEqual(clean);
      },
    ),
    { numRuns: 200 },
  );
});

/** True when the blocks happen to fill the packet exactly: damage that no framing can show. */
function fits(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 20;
  let left = view.getUint16(18);
  for (; left > 0 && at + 2 <= bytes.length; left--) at += 2 + view.getUint16(at);
  return left === 0 && at === bytes.length;
}
