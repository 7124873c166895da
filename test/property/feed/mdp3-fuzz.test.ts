/**
 * MDP 3.0 packets with bytes changed, cut or put together anew, from generated packets and from the
 * captured day: nothing is thrown, and no read leaves the packet.
 */
import { expect, test } from "bun:test";
import { FEED_BAD_LENGTH, FEED_MESSAGES, FEED_UNKNOWN_TYPE } from "../../../src/feed/counters.ts";
import { describeMdp3, MESSAGE_HEADER_BYTES } from "../../../src/feed/mdp3/mdp3-fields.ts";
import { readSbeSchema, type SbeSchema } from "../../../src/feed/mdp3/sbe-schema.ts";
import { builtInSchema } from "../../../src/feed/mdp3/templates.ts";
import { Random } from "../../../src/sim/random.ts";
import { readCapturePackets } from "../../support/capture-packets.ts";
import { haveCaptures, readCapture } from "../../support/captures.ts";
import { definition } from "../../support/market.ts";
import * as wire from "../../support/mdp3-bytes.ts";
import { mdp3Feed, mdp3Market, TICK } from "../../support/mdp3-market.ts";
import { Mdp3Venue } from "../../support/mdp3-venue.ts";

const MUTATIONS = Number(
  process.env["HAIRPIN_MUTATIONS"] ?? (process.env["HAIRPIN_FULL"] ? 5e6 : 5e4),
);
const AT = 512;

class GuardedView extends DataView<ArrayBuffer> {
  low = 0;
  high = 0;
  outside = 0;
  private see(at: number, size: number): void {
    if (at < this.low || at + size > this.high) this.outside++;
  }
  override getUint8(at: number): number {
    this.see(at, 1);
    return super.getUint8(at);
  }
  override getInt8(at: number): number {
    this.see(at, 1);
    return super.getInt8(at);
  }
  override getUint16(at: number, little?: boolean): number {
    this.see(at, 2);
    return super.getUint16(at, little);
  }
  override getInt32(at: number, little?: boolean): number {
    this.see(at, 4);
    return super.getInt32(at, little);
  }
  override getUint32(at: number, little?: boolean): number {
    this.see(at, 4);
    return super.getUint32(at, little);
  }
}

function mutated(random: Random, packets: readonly Uint8Array[]): Uint8Array {
  const bytes = packets[random.below(packets.length)]!.slice();
  for (let k = random.below(4); k >= 0; k--) {
    const at = random.below(random.below(2) === 0 ? bytes.length : Math.min(40, bytes.length));
    const kind = random.below(4);
    if (kind === 0) bytes[at] = random.below(256);
    else if (kind === 1) bytes[at] = bytes[at]! ^ (1 << random.below(8));
    else if (kind === 2) bytes[at] = random.below(2) === 0 ? 0 : 255;
    else if (random.below(6) === 0) return bytes.slice(0, at);
  }
  return bytes;
}

function fuzz(
  packets: Uint8Array[],
  market: ReturnType<typeof mdp3Market>,
  schema: SbeSchema,
  seed: number,
): void {
  const random = new Random(seed);
  const feed = mdp3Feed(market, { windowPackets: 4 });
  const view = new GuardedView(feed.port.bytes.buffer as ArrayBuffer);
  // The window's memory is not the arena: what is held is read through a view of its own.
  Object.assign(feed.port, { view });
  let described = 0;
  for (let n = 0; n < MUTATIONS; n++) {
    const bytes = mutated(random, packets);
    // In sequence mostly: what is ahead or behind is not decoded.
    if (bytes.length >= 12 && random.below(10) > 0) {
      new DataView(bytes.buffer).setUint32(0, feed.feed.nextSeq, true);
    }
    feed.port.bytes.fill(0xff, AT - 32, AT + bytes.length + 64);
    feed.port.load(bytes, random.below(5), AT);
    view.low = AT;
    view.high = AT + bytes.length;
    feed.feed.onPacket(feed.port, 0, n * 100);
    if (n % 16 === 0) feed.feed.poll(n * 100);
    if (n % 4 === 0) {
      const length = Math.max(0, bytes.length - 12);
      if (describeMdp3(schema, bytes, 12, length) !== undefined) described++;
    }
  }
  expect(view.outside).toBe(0);
  expect(market.counters[FEED_MESSAGES]).toBeGreaterThan(MUTATIONS / 10);
  expect(market.counters[FEED_BAD_LENGTH]).toBeGreaterThan(0);
  expect(market.counters[FEED_UNKNOWN_TYPE]).toBeGreaterThan(0);
  expect(described).toBeGreaterThan(MUTATIONS / 100);
}

test("generated packets, all templates", () => {
  const ids = [101, 102];
  const venue = new Mdp3Venue({ seed: 5, ids, tick: TICK });
  const packets = Array.from({ length: 200 }, () => venue.packet());
  packets.push(...venue.loop());
  const order = { order: 5, id: 101, type: "0", px: TICK, qty: 1 };
  packets.push(
    wire.packet(201, [wire.orderBook([order]), wire.limits(101, 9, TICK, 0), wire.channelReset()]),
    wire.packet(202, [wire.status({ group: "ES", status: 17 }), wire.quoteRequest(102, 1)]),
    wire.packet(203, [
      wire.book([{ id: 102, rpt: 1, type: "1", px: 1, qty: 1 }], {}, [{ order: 8, reference: 1 }]),
    ]),
    wire.packet(1, [wire.definition({ id: 103, symbol: "NEW", depth: 3 })]),
    wire.packet(2, [
      wire.orderSnapshot({ lastSeq: 3, id: 101, chunks: 1, chunk: 1, orders: [{ ...order }] }),
    ]),
  );
  const market = mdp3Market(["A", "B"], {
    capacity: 8,
    maxOrders: 8,
    keptUpdates: 8,
    wildcard: (d) => definition(d.symbol, 0.01),
  });
  fuzz(packets, market, builtInSchema(), 1);
}, 600_000);

const have = haveCaptures("cme-mdp3");
test.skipIf(!have)(
  "the captured day",
  async () => {
    const xml = new TextDecoder().decode(readCapture("cme-mdp3", "templates_FixBinary_v9.xml"));
    const name = "Cme.Mdp3.Sbe.v8.1.Example.pcap";
    const { bytes, packets } = await readCapturePackets("cme-mdp3", name);
    const some = packets
      .filter((_, k) => k % 5 === 0)
      .map(({ offset, length }) => bytes.slice(offset, offset + length));
    const view = new DataView(bytes.buffer);
    expect(view.getUint16(packets[0]!.offset + 12, true)).toBeGreaterThan(MESSAGE_HEADER_BYTES);
    const schema = readSbeSchema(xml, "v9.xml");
    const market = mdp3Market([], {
      schema,
      capacity: 64,
      undefinedAs: (id) => definition(`#${id}`, 0.00001),
    });
    fuzz(some, market, schema, 2);
  },
  600_000,
);
