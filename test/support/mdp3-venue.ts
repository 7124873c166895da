/**
 * A venue that makes up MDP 3.0: books behind the ones that are shown (ten levels, two implied), random
 * events, the packets that tell of them, and snapshot loops. It keeps every state of every shown book
 * by its RptSeq. Same seed, same packets.
 */
import { Random } from "../../src/sim/random.ts";
import * as wire from "./mdp3-bytes.ts";

export interface ShownLevel {
  px: number;
  qty: number;
  count: number;
}

const DEPTHS = [10, 10, 2, 2];
const TYPES = ["0", "1", "E", "F"];
/** Levels that the venue has of a side. */
const FULL_DEPTH = 14;

class Side {
  /** Best first, all of it. */
  readonly full: ShownLevel[] = [];
  shown: ShownLevel[] = [];
  constructor(
    readonly k: number,
    readonly depth: number,
  ) {}

  /** Where a price belongs. */
  rank(px: number): number {
    const isBid = this.k % 2 === 0;
    const at = this.full.findIndex((l) => (isBid ? l.px <= px : l.px >= px));
    return at < 0 ? this.full.length : at;
  }
}

export interface VenueOptions {
  seed: number;
  ids: number[];
  /** Mantissa of one price unit. */
  tick: number;
  /** Price around which each instrument moves, in units. Default 1000. */
  mid?: number;
  /** False: nothing but levels and trades. Default true. */
  hasStatistics?: boolean;
}

export class Mdp3Venue {
  seq = 0;
  /** By instrument and RptSeq: the four sides as shown. */
  readonly states: ShownLevel[][][][] = [];
  /** By packet: RptSeq of each instrument behind it. */
  readonly rptAfter: number[][] = [];
  readonly rpt: number[];
  private readonly sides: Side[][];
  private readonly random: Random;
  private readonly options: VenueOptions;
  private loopSeq = 0;

  constructor(options: VenueOptions) {
    this.options = options;
    this.random = new Random(options.seed);
    this.sides = options.ids.map(() => DEPTHS.map((depth, k) => new Side(k, depth)));
    this.rpt = options.ids.map(() => 0);
    options.ids.forEach((_, i) => {
      this.states.push([]);
      this.record(i);
    });
    this.rptAfter.push([...this.rpt]);
  }

  /** The next packet: one to three messages of one event, which may go on in the next packet. */
  packet(): Uint8Array {
    const messages: Uint8Array[] = [];
    const count = 1 + this.random.below(3);
    for (let k = 0; k < count; k++) {
      const event = k === count - 1 && this.random.below(4) > 0 ? wire.END : 4;
      messages.push(this.message(event));
    }
    this.seq++;
    this.rptAfter.push([...this.rpt]);
    return wire.packet(this.seq, messages);
  }

  private message(event: number): Uint8Array {
    const { ids, hasStatistics = true } = this.options;
    const kind = this.random.below(20);
    const i = this.random.below(ids.length);
    const id = ids[i]!;
    if (kind === 0) {
      const px = this.price(0) * this.options.tick;
      const rpt = this.advance(i);
      const qty = 1 + this.random.below(9);
      return wire.trades([{ id, rpt, px, qty, aggressor: this.random.below(3) }], { event });
    }
    if (kind === 1 && hasStatistics) return wire.volume(id, this.advance(i), this.seq, { event });
    if (kind === 2 && hasStatistics) {
      const rpt = this.advance(i);
      return wire.sessionStatistics([{ id, rpt, type: "N", px: this.options.tick }], { event });
    }
    const levels: wire.Level[] = [];
    const changes = 1 + this.random.below(3);
    for (let k = 0; k < changes; k++) {
      const other = this.random.below(ids.length);
      this.change(
        other,
        this.sides[other]![this.random.below(10) < 8 ? k % 2 : 2 + (k % 2)]!,
        levels,
      );
    }
    return wire.book(levels, { event });
  }

  /** Something at one price of a side; entries for what is shown. */
  private change(i: number, side: Side, out: wire.Level[]): void {
    const { full } = side;
    const px = this.price(side.k);
    const rank = side.rank(px);
    const there = full[rank]?.px === px ? full[rank] : undefined;
    const qty = 1 + this.random.below(500);
    const count = 1 + this.random.below(20);
    if (there === undefined) {
      full.splice(rank, 0, { px, qty, count });
      if (full.length > FULL_DEPTH) full.pop();
      if (rank < side.depth && full[rank]?.px === px) this.tell(i, side, 0, rank, out);
    } else if (this.random.below(3) > 0) {
      Object.assign(there, { qty, count });
      if (rank < side.depth) this.tell(i, side, 1, rank, out);
    } else {
      if (rank < side.depth) this.tell(i, side, 2, rank, out);
      full.splice(rank, 1);
      // What comes up from behind is told as new.
      if (rank < side.depth && full.length >= side.depth) {
        this.tell(i, side, 0, side.depth - 1, out);
      }
    }
  }

  private tell(i: number, side: Side, action: number, rank: number, out: wire.Level[]): void {
    const { px, qty, count } = side.full[rank]!;
    if (action === 0) {
      side.shown.splice(rank, 0, { px, qty, count });
      side.shown.length = Math.min(side.shown.length, side.depth);
    } else if (action === 1) side.shown[rank] = { px, qty, count };
    else side.shown.splice(rank, 1);
    out.push({
      id: this.options.ids[i]!,
      rpt: this.advance(i),
      type: TYPES[side.k]!,
      action,
      level: rank + 1,
      px: px * this.options.tick,
      qty,
      orders: count,
    });
  }

  private price(k: number): number {
    const distance = Math.floor(16 * this.random.next() ** 2);
    const mid = this.options.mid ?? 1000;
    return k % 2 === 0 ? mid - distance : mid + 1 + distance;
  }

  private advance(i: number): number {
    this.rpt[i]! += 1;
    this.record(i);
    return this.rpt[i]!;
  }

  private record(i: number): void {
    this.states[i]!.push(this.sides[i]!.map((side) => side.shown.map((l) => ({ ...l }))));
  }

  /** A round of the snapshot loop as of now, two reports a packet; instruments without updates are left out. */
  loop(): Uint8Array[] {
    const { ids, tick } = this.options;
    const active = ids.map((_, i) => i).filter((i) => this.rpt[i]! > 0);
    const reports = active.map((i) =>
      wire.snapshot({
        lastSeq: this.seq,
        total: active.length,
        id: ids[i]!,
        rpt: this.rpt[i]!,
        entries: this.sides[i]!.flatMap((side) =>
          side.shown.map(({ px, qty, count }, rank) => ({
            type: TYPES[side.k]!,
            level: rank + 1,
            px: px * tick,
            qty,
            orders: count,
          })),
        ),
      }),
    );
    const packets: Uint8Array[] = [];
    this.loopSeq = 0;
    for (let k = 0; k < reports.length; k += 2) {
      packets.push(wire.packet(++this.loopSeq, reports.slice(k, k + 2)));
    }
    return packets;
  }
}
