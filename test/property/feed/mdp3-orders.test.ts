/** MDP 3.0 by order: orders that are trusted are the venue's, whatever is lost; chunked snapshots heal. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Random } from "../../../src/sim/random.ts";
import * as wire from "../../support/mdp3-bytes.ts";
import { mdp3Feed, mdp3Market, TICK } from "../../support/mdp3-market.ts";

const IDS = [101, 102];

interface Order {
  side: number;
  px: number;
  qty: number;
}
type Book = Map<number, Order>;

/** Levels of both sides, best first, as sums of orders. */
function levelsOf(book: Book) {
  const sides = [0, 1].map((side) => {
    const levels = new Map<number, { px: number; qty: number; count: number }>();
    for (const order of book.values()) {
      if (order.side !== side) continue;
      const level = levels.get(order.px) ?? { px: order.px, qty: 0, count: 0 };
      levels.set(order.px, { ...level, qty: level.qty + order.qty, count: level.count + 1 });
    }
    return [...levels.values()].sort((a, b) => (side === 0 ? b.px - a.px : a.px - b.px));
  });
  return { bids: sides[0]!, asks: sides[1]! };
}

class OrderVenue {
  seq = 0;
  readonly books: Book[] = IDS.map(() => new Map());
  /** By packet and instrument. */
  readonly states = [IDS.map(() => levelsOf(new Map()))];
  private nextId = 1;
  constructor(private readonly random: Random) {}

  packet(): Uint8Array {
    const count = 1 + this.random.below(3);
    const messages = Array.from({ length: count }, () => wire.orderBook([this.change()]));
    this.seq++;
    this.states.push(this.books.map(levelsOf));
    return wire.packet(this.seq, messages);
  }

  private change(): wire.BookOrder {
    const i = this.random.below(IDS.length);
    const book = this.books[i]!;
    const known = [...book.keys()];
    const kind = known.length === 0 ? 0 : this.random.below(3);
    const id = kind === 0 ? this.nextId++ : known[this.random.below(known.length)]!;
    const side = kind === 0 ? this.random.below(2) : book.get(id)!.side;
    const order = { side, px: this.random.below(8) - 3, qty: 1 + this.random.below(9) };
    if (kind === 2) book.delete(id);
    else book.set(id, order);
    const { px, qty } = order;
    return { order: id, id: IDS[i]!, type: String(side), px: px * TICK, qty, action: kind };
  }

  /** As of now, three orders a chunk and a message a packet. */
  loop(): Uint8Array[] {
    return IDS.flatMap((id, i) => {
      const orders = [...this.books[i]!].map(([order, { side, px, qty }]) => {
        return { order, type: String(side), px: px * TICK, qty };
      });
      const chunks = Math.max(1, Math.ceil(orders.length / 3));
      return Array.from({ length: chunks }, (_, k) => {
        const part = { lastSeq: this.seq, id, chunks, chunk: k + 1 };
        return wire.orderSnapshot({ ...part, orders: orders.slice(3 * k, 3 * k + 3) });
      });
    }).map((message, k) => wire.packet(k + 1, [message]));
  }
}

const anyRun = fc.record({
  seed: fc.integer({ min: 1, max: 1e9 }),
  loss: fc.constantFrom(0, 5, 30),
  lossLoop: fc.constantFrom(0, 20),
  packets: fc.integer({ min: 1, max: 100 }),
  every: fc.integer({ min: 2, max: 20 }),
  delay: fc.nat(8),
  /** How much later than made live packets come: then snapshots are ahead of them. */
  lag: fc.nat(8),
  late: fc.constantFrom(0, 0, 10),
  kept: fc.constantFrom(0, 4, 1024),
});

test("orders that are trusted are the venue's; all are after a quiet round", () => {
  let trusted = 0;
  let distrusted = 0;
  const property = fc.property(anyRun, (run) => {
    const random = new Random(run.seed);
    const venue = new OrderVenue(random);
    const market = mdp3Market(["A", "B"], { maxOrders: 4096, keptUpdates: run.kept });
    const orders = market.books.orders!;
    const feed = mdp3Feed(market, { windowPackets: 3 });
    const pending: { at: number; bytes: Uint8Array; line: number }[] = [];
    const check = () => {
      for (let i = 0; i < IDS.length; i++) {
        if (!orders.isTrusted(i)) distrusted++;
        else {
          trusted++;
          // A snapshot may be ahead of the live lines.
          const seq = Math.max(feed.feed.nextSeq - 1, orders["heldTo"][i]!);
          const view = orders.view(i);
          const side = (depth: number, of: (k: number) => [number, number, number]) =>
            Array.from({ length: depth }, (_, k) => {
              const [px, qty, count] = of(k);
              return { px, qty, count };
            });
          expect({
            bids: side(view.bidDepth(), (k) => [view.bidPx(k), view.bidQty(k), view.bidCount(k)]),
            asks: side(view.askDepth(), (k) => [view.askPx(k), view.askQty(k), view.askCount(k)]),
          }).toEqual(venue.states[seq]![i]!);
        }
      }
    };
    const deliver = (now: number) => {
      for (let k = 0; k < pending.length; ) {
        if (pending[k]!.at > now) k++;
        else {
          const { bytes: due, line } = pending.splice(k, 1)[0]!;
          feed.take(due, line);
          check();
        }
      }
    };
    for (let n = 1; n <= run.packets; n++) {
      const bytes = venue.packet();
      const isHeard = n > run.late && random.below(100) >= run.loss;
      const jitter = n === 1 ? 0 : random.below(3);
      if (isHeard) pending.push({ at: n + run.lag + jitter, bytes, line: 0 });
      if (n % run.every === 0) {
        venue.loop().forEach((packet, k) => {
          if (random.below(100) < run.lossLoop) return;
          pending.push({ at: n + run.delay + (k >> 1), bytes: packet, line: 2 });
        });
      }
      deliver(n);
    }
    deliver(1e9);
    for (let k = 0; k < 6; k++) feed.take(venue.packet(), 0);
    feed.wait();
    for (const packet of venue.loop()) feed.take(packet, 2);
    check();
    expect(IDS.map((_, i) => orders.isTrusted(i))).toEqual([true, true]);
    expect(market.books.liveOrders()).toBe(venue.books.reduce((sum, book) => sum + book.size, 0));
  });
  fc.assert(property, { numRuns: process.env["HAIRPIN_FULL"] ? 5000 : 100 });
  expect(trusted).toBeGreaterThan(1000);
  expect(distrusted).toBeGreaterThan(100);
}, 600_000);
