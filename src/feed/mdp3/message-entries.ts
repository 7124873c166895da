// @hot
/** Entries of MDP 3.0 messages, read at the offsets of their row and told to the sink. */
import { FEED_BAD_LENGTH, FEED_FILTERED } from "../counters.ts";
import type { Mdp3Sink } from "./mdp3-sink.ts";
import { CODE_NULL, QTY_NULL } from "./mdp3-sink.ts";
import { MessageBlocks } from "./message-blocks.ts";
import {
  GROUP_EXPONENT,
  GROUP_FIELDS,
  PLAN_GROUP1,
  PLAN_GROUP2,
  PLAN_ROOT,
} from "./message-plans.ts";
import type { SbeSchema } from "./sbe-schema.ts";
import { mantissaAt, textWord } from "./wire.ts";

const NOT_FOUND = -1;
const NOT_LOOKED = -2;

export class MessageEntries extends MessageBlocks {
  protected readonly sink: Mdp3Sink;
  protected readonly counters: Float64Array;
  /** Of the packet at hand. */
  protected seq = 0;
  private foundId = 0;
  private found = NOT_LOOKED;

  constructor(schema: SbeSchema, sink: Mdp3Sink, counters: Float64Array) {
    super(schema);
    this.sink = sink;
    this.counters = counters;
  }

  /** What find() said may be another thing now. */
  protected forgetFound(): void {
    this.found = NOT_LOOKED;
  }

  /** The message cannot be read whole: what it would have told is lost. */
  protected refuse(): void {
    this.counters[FEED_BAD_LENGTH]! += 1;
  }

  protected handleOf(securityId: number): number {
    if (this.found === NOT_LOOKED || securityId !== this.foundId) {
      this.foundId = securityId;
      this.found = this.sink.find(securityId);
    }
    if (this.found === NOT_FOUND) this.counters[FEED_FILTERED]! += 1;
    return this.found;
  }

  protected levels(view: DataView): void {
    const words = this.words;
    const plan = this.row + PLAN_GROUP1;
    const exponent = words[plan + GROUP_EXPONENT]!;
    const px = words[plan + GROUP_FIELDS]!;
    const qty = words[plan + GROUP_FIELDS + 1]!;
    const id = words[plan + GROUP_FIELDS + 2]!;
    const rpt = words[plan + GROUP_FIELDS + 3]!;
    const orders = words[plan + GROUP_FIELDS + 4]!;
    const level = words[plan + GROUP_FIELDS + 5]!;
    const action = words[plan + GROUP_FIELDS + 6]!;
    const type = words[plan + GROUP_FIELDS + 7]!;
    const sink = this.sink;
    let at = this.first;
    for (let k = this.count; k > 0; k--) {
      const handle = this.handleOf(view.getInt32(at + id, true));
      if (handle >= 0) {
        sink.onLevel(
          handle,
          view.getInt32(at + rpt, true),
          view.getUint8(at + action),
          view.getUint8(at + type),
          view.getUint8(at + level),
          mantissaAt(view, at + px),
          exponent,
          view.getInt32(at + qty, true),
          orders < 0 ? QTY_NULL : view.getInt32(at + orders, true),
        );
      }
      at += this.block;
    }
  }

  /** Group 2 of a book message: orders of its levels, by their number in group 1. */
  protected ordersOfLevels(view: DataView): void {
    const words = this.words;
    const plan = this.row + PLAN_GROUP1 + GROUP_FIELDS;
    const plan2 = this.row + PLAN_GROUP2 + GROUP_FIELDS;
    const exponent = words[this.row + PLAN_GROUP1 + GROUP_EXPONENT]!;
    const qty = words[plan2 + 1]!;
    let at = this.first2;
    for (let k = this.count2; k > 0; k--) {
      const reference = view.getUint8(at + words[plan2 + 2]!);
      if (reference < 1 || reference > this.count) this.refuse();
      else {
        const level = this.first + (reference - 1) * this.block;
        const handle = this.handleOf(view.getInt32(level + words[plan + 2]!, true));
        const id = at + words[plan2]!;
        if (handle >= 0) {
          this.sink.onOrder(
            handle,
            view.getUint8(at + words[plan2 + 3]!),
            view.getUint8(level + words[plan + 7]!),
            view.getInt32(id + 4, true),
            view.getInt32(id, true),
            mantissaAt(view, level + words[plan]!),
            exponent,
            qty < 0 ? QTY_NULL : view.getInt32(at + qty, true),
          );
        }
      }
      at += this.block2;
    }
  }

  protected orders(view: DataView): void {
    const words = this.words;
    const plan = this.row + PLAN_GROUP1 + GROUP_FIELDS;
    const exponent = words[this.row + PLAN_GROUP1 + GROUP_EXPONENT]!;
    let at = this.first;
    for (let k = this.count; k > 0; k--) {
      const handle = this.handleOf(view.getInt32(at + words[plan + 2]!, true));
      const id = at + words[plan + 3]!;
      if (handle >= 0) {
        this.sink.onOrder(
          handle,
          view.getUint8(at + words[plan + 4]!),
          view.getUint8(at + words[plan + 5]!),
          view.getInt32(id + 4, true),
          view.getInt32(id, true),
          mantissaAt(view, at + words[plan]!),
          exponent,
          view.getInt32(at + words[plan + 1]!, true),
        );
      }
      at += this.block;
    }
  }

  protected trades(view: DataView): void {
    const words = this.words;
    const plan = this.row + PLAN_GROUP1 + GROUP_FIELDS;
    const exponent = words[this.row + PLAN_GROUP1 + GROUP_EXPONENT]!;
    const aggressor = words[plan + 4]!;
    let at = this.first;
    for (let k = this.count; k > 0; k--) {
      const handle = this.handleOf(view.getInt32(at + words[plan + 2]!, true));
      if (handle >= 0) {
        this.sink.onTrade(
          handle,
          view.getInt32(at + words[plan + 3]!, true),
          this.actionOf(view, at, words[plan + 5]!),
          mantissaAt(view, at + words[plan]!),
          exponent,
          view.getInt32(at + words[plan + 1]!, true),
          aggressor < 0 ? 0 : view.getUint8(at + aggressor),
        );
      }
      at += this.block;
    }
  }

  protected volumes(view: DataView): void {
    const words = this.words;
    const plan = this.row + PLAN_GROUP1 + GROUP_FIELDS;
    let at = this.first;
    for (let k = this.count; k > 0; k--) {
      const handle = this.handleOf(view.getInt32(at + words[plan + 1]!, true));
      if (handle >= 0) {
        this.sink.onVolume(
          handle,
          view.getInt32(at + words[plan + 2]!, true),
          this.actionOf(view, at, words[plan + 3]!),
          view.getInt32(at + words[plan]!, true),
        );
      }
      at += this.block;
    }
  }

  protected statistics(view: DataView): void {
    const words = this.words;
    const plan = this.row + PLAN_GROUP1 + GROUP_FIELDS;
    const exponent = words[this.row + PLAN_GROUP1 + GROUP_EXPONENT]!;
    const qty = words[plan + 1]!;
    let at = this.first;
    for (let k = this.count; k > 0; k--) {
      const handle = this.handleOf(view.getInt32(at + words[plan + 2]!, true));
      if (handle >= 0) {
        this.sink.onStatistic(
          handle,
          view.getInt32(at + words[plan + 3]!, true),
          view.getUint8(at + words[plan + 4]!),
          view.getUint8(at + words[plan + 5]!),
          mantissaAt(view, at + words[plan]!),
          exponent,
          qty < 0 ? QTY_NULL : view.getInt32(at + qty, true),
        );
      }
      at += this.block;
    }
  }

  protected limits(view: DataView): void {
    const words = this.words;
    const plan = this.row + PLAN_GROUP1 + GROUP_FIELDS;
    const exponent = words[this.row + PLAN_GROUP1 + GROUP_EXPONENT]!;
    let at = this.first;
    for (let k = this.count; k > 0; k--) {
      const handle = this.handleOf(view.getInt32(at + words[plan + 2]!, true));
      if (handle >= 0) {
        this.sink.onLimits(
          handle,
          view.getInt32(at + words[plan + 3]!, true),
          mantissaAt(view, at + words[plan]!),
          mantissaAt(view, at + words[plan + 1]!),
          exponent,
        );
      }
      at += this.block;
    }
  }

  protected quotes(view: DataView): void {
    const words = this.words;
    const plan = this.row + PLAN_GROUP1 + GROUP_FIELDS;
    let at = this.first;
    for (let k = this.count; k > 0; k--) {
      const handle = this.handleOf(view.getInt32(at + words[plan]!, true));
      if (handle >= 0) {
        this.sink.onQuoteRequest(
          handle,
          words[plan + 1]! < 0 ? QTY_NULL : view.getInt32(at + words[plan + 1]!, true),
          view.getInt8(at + words[plan + 2]!),
          words[plan + 3]! < 0 ? 127 : view.getInt8(at + words[plan + 3]!),
        );
      }
      at += this.block;
    }
  }

  protected status(view: DataView, root: number): void {
    const words = this.words;
    const plan = this.row + PLAN_ROOT;
    const group = words[plan]!;
    const asset = words[plan + 1]!;
    const id = words[plan + 2]!;
    const securityId = id < 0 ? QTY_NULL : view.getInt32(root + id, true);
    const handle = securityId === QTY_NULL ? NOT_FOUND : this.handleOf(securityId);
    this.sink.onStatus(
      handle,
      securityId,
      group < 0 ? 0 : textWord(view, root + group, 4),
      group < 0 ? 0 : textWord(view, root + group + 4, 2),
      asset < 0 ? 0 : textWord(view, root + asset, 4),
      asset < 0 ? 0 : textWord(view, root + asset + 4, 2),
      view.getUint8(root + words[plan + 4]!),
      words[plan + 5]! < 0 ? CODE_NULL : view.getUint8(root + words[plan + 5]!),
      words[plan + 6]! < 0 ? CODE_NULL : view.getUint8(root + words[plan + 6]!),
    );
  }

  protected snapshot(view: DataView, root: number): void {
    const words = this.words;
    const plan = this.row + PLAN_ROOT;
    const handle = this.handleOf(view.getInt32(root + words[plan + 2]!, true));
    const lastSeq = view.getUint32(root + words[plan]!, true);
    const total = words[plan + 1]! < 0 ? 0 : view.getUint32(root + words[plan + 1]!, true);
    if (handle >= 0) this.snapshotOf(view, root, handle, lastSeq);
    // Behind its book: with the last report of a loop it is known what had none.
    this.sink.onSnapshotReport(handle, total, lastSeq);
  }

  private snapshotOf(view: DataView, root: number, handle: number, lastSeq: number): void {
    const words = this.words;
    const plan = this.row + PLAN_ROOT;
    const rptSeq = view.getInt32(root + words[plan + 3]!, true);
    const status = words[plan + 4]! < 0 ? CODE_NULL : view.getUint8(root + words[plan + 4]!);
    if (!this.sink.onSnapshot(handle, lastSeq, rptSeq, status)) return;
    const group = this.row + PLAN_GROUP1 + GROUP_FIELDS;
    const exponent = words[this.row + PLAN_GROUP1 + GROUP_EXPONENT]!;
    const orders = words[group + 2]!;
    let at = this.first;
    for (let k = this.count; k > 0; k--) {
      this.sink.onSnapshotEntry(
        handle,
        view.getUint8(at + words[group + 4]!),
        view.getInt8(at + words[group + 3]!),
        mantissaAt(view, at + words[group]!),
        exponent,
        view.getInt32(at + words[group + 1]!, true),
        orders < 0 ? QTY_NULL : view.getInt32(at + orders, true),
      );
      at += this.block;
    }
    this.sink.onSnapshotEnd(handle, rptSeq);
  }

  protected orderSnapshot(view: DataView, root: number): void {
    const words = this.words;
    const plan = this.row + PLAN_ROOT;
    if (!this.sink.takesOrders) return;
    const handle = this.handleOf(view.getInt32(root + words[plan + 1]!, true));
    if (handle < 0) return;
    const lastSeq = view.getUint32(root + words[plan]!, true);
    const chunks = view.getUint32(root + words[plan + 2]!, true);
    const chunk = view.getUint32(root + words[plan + 3]!, true);
    if (!this.sink.onOrderSnapshot(handle, lastSeq, chunks, chunk)) return;
    const group = this.row + PLAN_GROUP1 + GROUP_FIELDS;
    const exponent = words[this.row + PLAN_GROUP1 + GROUP_EXPONENT]!;
    let at = this.first;
    for (let k = this.count; k > 0; k--) {
      const id = at + words[group + 2]!;
      this.sink.onSnapshotOrder(
        handle,
        view.getUint8(at + words[group + 3]!),
        view.getInt32(id + 4, true),
        view.getInt32(id, true),
        mantissaAt(view, at + words[group]!),
        exponent,
        view.getInt32(at + words[group + 1]!, true),
      );
      at += this.block;
    }
    this.sink.onOrderSnapshotEnd(handle, chunks, chunk);
  }

  /** MDUpdateAction, new where it is a constant. */
  private actionOf(view: DataView, at: number, offset: number): number {
    return offset < 0 ? 0 : view.getUint8(at + offset);
  }
}
