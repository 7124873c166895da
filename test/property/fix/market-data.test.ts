/** Random books told by a venue in every form, with losses, silence and cuts: ours equal the venue's. */
import { describe, expect, test } from "bun:test";
import { BOOK_STALE } from "../../../src/book/flags.ts";
import { MD_OUT_OF_STEP, MD_RPT_SEQ_JUMPS } from "../../../src/fix/market-data/counters.ts";
import { SUB_LIVE } from "../../../src/fix/market-data/subscriptions.ts";
import { mulberry } from "../../e2e/helpers/mulberry.ts";
import { field, MarketDataRig } from "../../support/market-data.ts";

interface Level {
  px: number;
  qty: number;
  count: number;
}

interface Form {
  name: string;
  entries: "price" | "id";
  style: "each" | "all";
  update: "incremental" | "full";
  depth: number;
  /** Deletes and changes name a position and no price. */
  positions: boolean;
  /** Levels pushed out of the depth are not deleted in so many words. */
  implicit: boolean;
}

const FORMS: Form[] = [
  {
    name: "levels by price",
    entries: "price",
    style: "each",
    update: "incremental",
    depth: 0,
    positions: false,
    implicit: false,
  },
  {
    name: "five levels, the rest deleted in words",
    entries: "price",
    style: "all",
    update: "incremental",
    depth: 5,
    positions: false,
    implicit: false,
  },
  {
    name: "five levels, the rest forgotten, by position",
    entries: "price",
    style: "each",
    update: "incremental",
    depth: 5,
    positions: true,
    implicit: true,
  },
  {
    name: "levels by position, asked for at once",
    entries: "price",
    style: "all",
    update: "incremental",
    depth: 0,
    positions: true,
    implicit: false,
  },
  {
    name: "the whole book at each change",
    entries: "price",
    style: "each",
    update: "full",
    depth: 3,
    positions: false,
    implicit: false,
  },
  {
    name: "orders by id",
    entries: "id",
    style: "each",
    update: "incremental",
    depth: 0,
    positions: false,
    implicit: false,
  },
  {
    name: "orders by id, asked for at once",
    entries: "id",
    style: "all",
    update: "incremental",
    depth: 0,
    positions: false,
    implicit: false,
  },
];

const SYMBOLS = ["AA", "BB", "CC"];

/** One book of the venue: entries by id, whatever the form; a level is the sum of its entries. */
class VenueBook {
  readonly entries = new Map<string, { side: number; px: number; qty: number }>();
  rptSeq = 0;

  levels(side: number, depth: number): Level[] {
    const byPx = new Map<number, Level>();
    for (const e of this.entries.values()) {
      if (e.side !== side) continue;
      const level = byPx.get(e.px) ?? { px: e.px, qty: 0, count: 0 };
      level.qty += e.qty;
      level.count++;
      byPx.set(e.px, level);
    }
    const all = [...byPx.values()].sort((a, b) => (side === 0 ? b.px - a.px : a.px - b.px));
    return depth === 0 ? all : all.slice(0, depth);
  }
}

class Venue {
  readonly books = new Map(SYMBOLS.map((s) => [s, new VenueBook()]));
  readonly rig: MarketDataRig;
  /** MDReqID to symbols. */
  private readonly requests = new Map<string, string[]>();
  /** Symbols of which something was lost that the feed can't know of yet. */
  readonly lost = new Set<string>();
  private read = 0;
  private nextId = 1;

  constructor(
    private readonly form: Form,
    private readonly random: () => number,
  ) {
    const { entries, style, update, depth } = form;
    this.rig = new MarketDataRig({
      symbols: SYMBOLS,
      request: { entries, style, update, depth, retries: 1000, timeoutNs: 5e6 },
    });
  }

  /** Answers requests; a snapshot in so many is never sent. */
  serve(silence: number): void {
    for (; this.read < this.rig.sent.length; this.read++) {
      const message = this.rig.sent[this.read]!;
      const id = field(message, 262);
      const symbols = [...message.matchAll(/\|55=([^|]*)/g)].map((m) => m[1]!);
      const type = field(message, 263);
      if (type === "2") this.requests.delete(id);
      else {
        if (type === "1") this.requests.set(id, symbols);
        for (const symbol of symbols) if (this.random() >= silence) this.snapshot(id, symbol);
      }
    }
  }

  cut(): void {
    this.rig.down();
    this.requests.clear();
    this.read = this.rig.sent.length;
  }

  /** Changes some books, and tells it in one message; it may be lost on the way. */
  step(loss: number): void {
    const before = new Map(SYMBOLS.map((s) => [s, this.told(s)]));
    const actions: string[] = [];
    const count = 1 + this.pick(4);
    const touched = new Set<string>();
    for (let k = 0; k < count; k++) {
      const symbol = SYMBOLS[this.pick(SYMBOLS.length)]!;
      touched.add(symbol);
      actions.push(...this.act(symbol));
    }
    const isLost = this.random() < loss;
    for (const [id, symbols] of this.requests) {
      const named = symbols.filter((s) => touched.has(s));
      if (this.form.update === "full") {
        for (const symbol of named) {
          if (isLost) this.lost.add(symbol);
          else this.snapshot(id, symbol);
        }
        continue;
      }
      const entries =
        this.form.entries === "id"
          ? actions.filter((a) => named.includes(a.slice(0, 2))).map((a) => this.number(a))
          : named.flatMap((symbol) => this.changes(symbol, before.get(symbol)!));
      if (entries.length > 0 && !isLost) this.rig.update(entries, id);
      if (isLost && entries.length > 0) for (const symbol of named) this.lost.add(symbol);
    }
  }

  /** Of one symbol, as the form has it: [bids, asks]. */
  told(symbol: string): Level[][] {
    return [0, 1].map((side) => this.books.get(symbol)!.levels(side, this.form.depth));
  }

  /** One change of the book; by id, its entry with the symbol in front. */
  private act(symbol: string): string[] {
    const book = this.books.get(symbol)!;
    const ids = [...book.entries.keys()];
    const draw = this.random();
    if (ids.length < 4 || (draw < 0.45 && ids.length < 40)) {
      const id = `o${this.nextId++}`;
      const side = this.pick(2);
      const px = side === 0 ? 1000 - this.pick(12) : 1001 + this.pick(12);
      const qty = 1 + this.pick(900);
      book.entries.set(id, { side, px, qty });
      return [`${symbol}279=0|269=${side}|278=${id}|270=${text(px)}|271=${qty}|`];
    }
    const id = ids[this.pick(ids.length)]!;
    if (draw < 0.75) {
      book.entries.delete(id);
      return [`${symbol}279=2|278=${id}|`];
    }
    const entry = book.entries.get(id)!;
    entry.qty = 1 + this.pick(900);
    if (draw < 0.9) return [`${symbol}279=1|278=${id}|271=${entry.qty}|`];
    const next = `o${this.nextId++}`;
    book.entries.delete(id);
    book.entries.set(next, entry);
    entry.px += entry.side === 0 ? -1 : 1;
    return [`${symbol}279=1|278=${next}|280=${id}|270=${text(entry.px)}|271=${entry.qty}|`];
  }

  private number(action: string): string {
    const symbol = action.slice(0, 2);
    return `${action.slice(2)}55=${symbol}|83=${++this.books.get(symbol)!.rptSeq}|`;
  }

  /** Levels as they were told to as they are: deletes from the worst on, then the others. */
  private changes(symbol: string, before: Level[][]): string[] {
    const out: string[] = [];
    const add = (entry: string) => out.push(this.number(symbol + entry));
    const { positions, implicit, depth } = this.form;
    this.told(symbol).forEach((now, side) => {
      const was = before[side]!;
      const all = this.books.get(symbol)!.levels(side, 0);
      for (let k = was.length - 1; k >= 0; k--) {
        const { px } = was[k]!;
        if (now.some((n) => n.px === px)) continue;
        const isPushedOut = depth > 0 && all.some((l) => l.px === px);
        if (isPushedOut && implicit) continue;
        add(`279=2|269=${side}|${positions ? `290=${k + 1}|` : `270=${text(px)}|`}`);
      }
      now.forEach((level, k) => {
        const old = was.find((l) => l.px === level.px);
        const size = `271=${level.qty}|346=${level.count}|`;
        if (old === undefined) {
          add(`279=0|269=${side}|270=${text(level.px)}|${size}290=${k + 1}|`);
        } else if (old.qty !== level.qty || old.count !== level.count) {
          add(`279=1|269=${side}|${positions ? `290=${k + 1}|` : `270=${text(level.px)}|`}${size}`);
        }
      });
    });
    return out;
  }

  private snapshot(id: string, symbol: string): void {
    const book = this.books.get(symbol)!;
    const entries: string[] = [];
    if (this.form.entries === "id") {
      for (const [name, e] of book.entries) {
        entries.push(`269=${e.side}|278=${name}|270=${text(e.px)}|271=${e.qty}|`);
      }
    } else {
      this.told(symbol).forEach((levels, side) => {
        for (const l of levels) {
          entries.push(`269=${side}|270=${text(l.px)}|271=${l.qty}|346=${l.count}|`);
        }
      });
    }
    if (entries.length === 0) entries.push("269=J|");
    const rpt = book.rptSeq === 0 ? "" : `83=${book.rptSeq}|`;
    this.rig.message("W", `262=${id}|55=${symbol}|${rpt}268=${entries.length}|${entries.join("")}`);
    this.lost.delete(symbol);
  }

  private pick(n: number): number {
    return Math.floor(this.random() * n);
  }
}

function text(px: number): string {
  return (px / 100).toFixed(2);
}

/** Every book that claims to be good is the venue's, unless something of it was lost just now. */
function check(venue: Venue, isSettled: boolean): void {
  const { rig } = venue;
  SYMBOLS.forEach((symbol, i) => {
    const isLive = rig.feed.subscriptions.state[i] === SUB_LIVE;
    expect((rig.flags(symbol) & BOOK_STALE) === 0).toBe(isLive);
    if (!isLive) venue.lost.delete(symbol);
    if (isSettled) expect(isLive).toBe(true);
    if (!isLive || venue.lost.has(symbol)) return;
    const [bids, asks] = venue.told(symbol);
    expect(rig.books.levels(i)).toEqual({ bids: bids!, asks: asks! });
  });
}

function play(form: Form, seed: number, loss: number, silence: number): Venue {
  const random = mulberry(seed);
  const venue = new Venue(form, random);
  const { rig } = venue;
  rig.up();
  for (let step = 0; step < 250; step++) {
    venue.serve(silence);
    check(venue, false);
    venue.step(loss);
    check(venue, false);
    if (loss > 0 && random() < 0.01) {
      venue.cut();
      check(venue, false);
      for (let k = 0; k < 3; k++) venue.step(0);
      rig.up();
      venue.lost.clear();
    }
    rig.poll(1);
  }
  // Nothing is lost any more: a last change of every book shows what was.
  for (let k = 0; k < 60; k++) {
    venue.serve(0);
    venue.step(0);
    rig.poll(10);
  }
  venue.serve(0);
  check(venue, true);
  return venue;
}

describe("FIX market data", () => {
  for (const form of FORMS) {
    test(`${form.name}: books are the venue's after every message`, () => {
      for (let seed = 1; seed <= 15; seed++) {
        const { rig } = play(form, seed, 0, 0);
        expect([seed, rig.count(MD_OUT_OF_STEP), rig.count(MD_RPT_SEQ_JUMPS)]).toEqual([
          seed,
          0,
          0,
        ]);
      }
    });

    test(`${form.name}: with updates and snapshots lost, and cuts, too`, () => {
      let jumps = 0;
      for (let seed = 101; seed <= 115; seed++) {
        jumps += play(form, seed, 0.05, 0.2).rig.count(MD_RPT_SEQ_JUMPS);
      }
      if (form.update === "incremental") expect(jumps).toBeGreaterThan(15);
    });
  }
});
