// @hot
/**
 * Messages of price levels (46, 32), which are nearly all there are, by a shorter way: the offsets of
 * their row are fields of this object, where each is one load, and no group is entered but the levels.
 * What is not as usual (blocks shorter than the schema's, orders that are wanted, lengths that lie) is
 * left to the long way.
 */
import type { Mdp3Sink } from "./mdp3-sink.ts";
import { QTY_NULL } from "./mdp3-sink.ts";
import { MessageEntries } from "./message-entries.ts";
import {
  GROUP_BLOCK_AT,
  GROUP_COUNT_AT,
  GROUP_COUNT_BYTES,
  GROUP_DIMENSION,
  GROUP_EXPONENT,
  GROUP_FIELDS,
  GROUP_NEED,
  PLAN_GROUP1,
  PLAN_GROUP2,
  PLAN_ROOT,
  PLAN_ROOT_NEED,
} from "./message-plans.ts";
import type { SbeSchema } from "./sbe-schema.ts";
import { MSG_BLOCK_LENGTH, MSG_ROOT, mantissaAt } from "./wire.ts";

/** No block is so long. */
const NEVER = 0x10000;

export class LevelMessages extends MessageEntries {
  /** Inside an event of the match engine: its last message has not come. */
  protected midEvent = false;
  private readonly takesOrders: boolean;
  private learnt = -1;
  private rootNeed = NEVER;
  private eventAt = 0;
  private dimension = 0;
  private blockAt = 0;
  private countAt = 0;
  private need = 0;
  private exponent = 0;
  private pxAt = 0;
  private qtyAt = 0;
  private idAt = 0;
  private rptAt = 0;
  private ordersAt = 0;
  private levelAt = 0;
  private actionAt = 0;
  private typeAt = 0;
  private dimension2 = 0;
  private blockAt2 = 0;
  private countAt2 = 0;

  constructor(schema: SbeSchema, sink: Mdp3Sink, counters: Float64Array) {
    super(schema, sink, counters);
    this.takesOrders = sink.takesOrders;
  }

  /** The message at `o`, whose row is `row`. False: nothing was done, it goes the long way. */
  protected shortLevels(view: DataView, o: number, length: number, row: number): boolean {
    if (row !== this.learnt) this.learn(row);
    const rootLength = view.getUint16(o + MSG_BLOCK_LENGTH, true);
    const from = o + MSG_ROOT + rootLength;
    const stop = o + length;
    let at = from + this.dimension;
    if (at > stop || rootLength < this.rootNeed) return false;
    const block = view.getUint16(from + this.blockAt, true);
    const count = view.getUint8(from + this.countAt);
    const end = at + block * count;
    if (end > stop || block < this.need || !this.isPlain(view, end, stop)) return false;
    for (; at < end; at += block) {
      const handle = this.handleOf(view.getInt32(at + this.idAt, true));
      if (handle < 0) continue;
      this.sink.onLevel(
        handle,
        view.getInt32(at + this.rptAt, true),
        view.getUint8(at + this.actionAt),
        view.getUint8(at + this.typeAt),
        view.getUint8(at + this.levelAt),
        mantissaAt(view, at + this.pxAt),
        this.exponent,
        view.getInt32(at + this.qtyAt, true),
        this.ordersAt < 0 ? QTY_NULL : view.getInt32(at + this.ordersAt, true),
      );
    }
    this.midEvent = view.getUint8(o + this.eventAt) < 0x80;
    return true;
  }

  /** True when no orders follow the levels, or none that are wanted. */
  private isPlain(view: DataView, from: number, stop: number): boolean {
    if (from === stop) return true;
    const first = from + this.dimension2;
    if (first > stop) return false;
    const count = view.getUint8(from + this.countAt2);
    if (count === 0) return true;
    return !this.takesOrders && first + count * view.getUint16(from + this.blockAt2, true) <= stop;
  }

  private learn(row: number): void {
    const words = this.words;
    const group = row + PLAN_GROUP1;
    const group2 = row + PLAN_GROUP2;
    const fields = group + GROUP_FIELDS;
    this.learnt = row;
    this.rootNeed = words[row + PLAN_ROOT_NEED]!;
    this.eventAt = MSG_ROOT + words[row + PLAN_ROOT + 1]!;
    this.dimension = words[group + GROUP_DIMENSION]!;
    this.blockAt = words[group + GROUP_BLOCK_AT]!;
    this.countAt = words[group + GROUP_COUNT_AT]!;
    this.need = words[group + GROUP_NEED]!;
    this.exponent = words[group + GROUP_EXPONENT]!;
    this.pxAt = words[fields]!;
    this.qtyAt = words[fields + 1]!;
    this.idAt = words[fields + 2]!;
    this.rptAt = words[fields + 3]!;
    this.ordersAt = words[fields + 4]!;
    this.levelAt = words[fields + 5]!;
    this.actionAt = words[fields + 6]!;
    this.typeAt = words[fields + 7]!;
    this.dimension2 = words[group2 + GROUP_DIMENSION]!;
    this.blockAt2 = words[group2 + GROUP_BLOCK_AT]!;
    this.countAt2 = words[group2 + GROUP_COUNT_AT]!;
    const isShort =
      words[group + GROUP_COUNT_BYTES] === 1 && words[group2 + GROUP_COUNT_BYTES] === 1;
    if (!isShort) this.rootNeed = NEVER;
  }
}
