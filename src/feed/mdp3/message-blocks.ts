// @hot
/** Blocks and groups of one MDP 3.0 message: where they are, and which row of offsets fits them. */
import {
  GROUP_BLOCK_AT,
  GROUP_COUNT_AT,
  GROUP_COUNT_BYTES,
  GROUP_DIMENSION,
  GROUP_NEED,
  MessagePlans,
  PLAN_GROUP1,
  PLAN_GROUP2,
  PLAN_ROOT_NEED,
} from "./message-plans.ts";
import type { SbeSchema } from "./sbe-schema.ts";

export class MessageBlocks {
  readonly plans: MessagePlans;
  protected readonly words: Int32Array;
  protected readonly rowOf: Int32Array;
  /** Of the message at hand: its row, and its groups' first entries, block lengths and counts. */
  protected row = 0;
  protected first = 0;
  protected block = 0;
  protected count = 0;
  protected first2 = 0;
  protected block2 = 0;
  protected count2 = 0;
  private next = 0;
  /** At each row: the lengths of root and groups that its narrowed one was made for, and that one. */
  private readonly narrowedFor: Int32Array;

  constructor(schema: SbeSchema) {
    this.plans = new MessagePlans(schema);
    this.words = this.plans.words;
    this.rowOf = this.plans.rowOf;
    this.narrowedFor = new Int32Array(new ArrayBuffer(4 * this.words.length)).fill(-2);
  }

  /** Finds the groups, and the row for their lengths. False when something does not fit. */
  protected enter(view: DataView, rootEnd: number, stop: number, rootLength: number): boolean {
    const words = this.words;
    const row = this.row;
    if (rootEnd > stop) return false;
    let isShort = rootLength < words[row + PLAN_ROOT_NEED]!;
    this.count = 0;
    this.count2 = 0;
    if (words[row + PLAN_GROUP1]! >= 0) {
      if (!this.group(view, rootEnd, stop, row + PLAN_GROUP1)) return false;
      this.first = this.first2;
      this.block = this.block2;
      this.count = this.count2;
      this.count2 = 0;
      if (this.count > 0 && this.block < words[row + PLAN_GROUP1 + GROUP_NEED]!) isShort = true;
      // A message of a version before the second group ends here.
      if (words[row + PLAN_GROUP2]! >= 0 && this.next < stop) {
        if (!this.group(view, this.next, stop, row + PLAN_GROUP2)) return false;
        if (this.count2 > 0 && this.block2 < words[row + PLAN_GROUP2 + GROUP_NEED]!) isShort = true;
      }
    }
    return !isShort || this.narrow(rootLength);
  }

  /** The group whose dimension stands at `from`: first2, block2, count2, next. */
  private group(view: DataView, from: number, stop: number, plan: number): boolean {
    const words = this.words;
    const first = from + words[plan + GROUP_DIMENSION]!;
    if (first > stop) return false;
    const block = view.getUint16(from + words[plan + GROUP_BLOCK_AT]!, true);
    const countAt = from + words[plan + GROUP_COUNT_AT]!;
    const count =
      words[plan + GROUP_COUNT_BYTES] === 1
        ? view.getUint8(countAt)
        : view.getUint16(countAt, true);
    this.first2 = first;
    this.block2 = block;
    this.count2 = count;
    this.next = first + block * count;
    return this.next <= stop;
  }

  /** The row for blocks that are shorter than the schema's; the one made last is kept. */
  private narrow(rootLength: number): boolean {
    const row = this.row;
    const made = this.narrowedFor;
    const block = this.count > 0 ? this.block : -1;
    const block2 = this.count2 > 0 ? this.block2 : -1;
    if (made[row] !== rootLength || made[row + 1] !== block || made[row + 2] !== block2) {
      made[row] = rootLength;
      made[row + 1] = block;
      made[row + 2] = block2;
      made[row + 3] = this.plans.narrowed(row, rootLength, block, block2);
    }
    this.row = made[row + 3]!;
    return this.row >= 0;
  }
}
