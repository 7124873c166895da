// @hot
/**
 * Repeating groups where they lie in a message: nothing is copied, nothing allocated.
 *
 *   268=2 | 269=0 270=10.5 271=3 | 269=1 270=10.6 271=5 | 10=...
 *   open    next(): entry 0        next(): entry 1        next(): false
 *
 * An entry begins with the first member that the dictionary names and ends before the next such one,
 * or before a field that is no member (FIX 5.0 SP2, volume 1, "Repeating Groups"). `open` tells the
 * count that the message declares; next() gives the entries that are there. Both are the same in a
 * message that validates. A cursor and those of its nested groups are made once, at start, from
 * groupShape (group-shape.ts).
 */
import { DIRECT_MEMBERS_MAX, type GroupShape } from "./group-shape.ts";
import { FIELD_WORDS, INT_BAD, readDecimalUnits, readInt, TagIndex } from "./tag-index.ts";

/** open(): the message, or entry, has no such group. */
export const GROUP_ABSENT = -1;
/** open(): the count is no whole number. */
export const GROUP_BAD = -2;

const STAMP_MAX = 0x7f000000;
/** What a cursor stands in before open(). */
const NOTHING = new TagIndex(1);

export class GroupCursor {
  readonly shape: GroupShape;
  /** Number of the entry that find() looks at: 0 and up; -1 before the first next(). */
  entry = -1;
  /** First field of the entry, and one past its last, nested groups included. */
  from = 0;
  to = 0;
  private tags = NOTHING;
  private readonly nestedCursors: GroupCursor[] = [];
  /** Member slot to its field in the entry; valid when fieldStamp has the entry's stamp. */
  private readonly fieldOf: Int32Array;
  private readonly fieldStamp: Int32Array;
  private stamp = 0;

  constructor(shape: GroupShape) {
    this.shape = shape;
    this.fieldOf = new Int32Array(new ArrayBuffer(4 * (shape.memberCount + 1)));
    this.fieldStamp = new Int32Array(new ArrayBuffer(4 * (shape.memberCount + 1)));
    for (const nested of shape.nested) this.nestedCursors.push(new GroupCursor(nested));
  }

  /** Stands before the group's first entry in a message. Returns the count declared, or GROUP_*. */
  open(tags: TagIndex): number {
    return this.openAt(tags, tags.find(this.shape.countTag));
  }

  /** As open(), for a group nested in the entry at which `outer` stands. */
  openIn(outer: GroupCursor): number {
    return this.openAt(outer.tags, outer.find(this.shape.countTag));
  }

  /** The cursor of a nested group, by its count's tag; undefined when there is none such. For start. */
  nested(countTag: number): GroupCursor | undefined {
    for (let i = 0; i < this.nestedCursors.length; i++) {
      if (this.nestedCursors[i]!.shape.countTag === countTag) return this.nestedCursors[i];
    }
    return undefined;
  }

  /** Goes to the next entry; false when there is none, and find() finds nothing then. */
  next(): boolean {
    this.forget();
    this.from = this.to;
    const shape = this.shape;
    const tags = this.tags;
    if (this.from >= tags.count || tags.tagAt(this.from) !== shape.firstTag) return false;
    this.entry++;
    let at = this.from;
    while (at < tags.count) {
      const tag = tags.tagAt(at);
      if (tag === shape.firstTag && at > this.from) break;
      const slot = slotOf(shape, tag);
      if (slot === 0) break;
      if (this.fieldStamp[slot] !== this.stamp) {
        this.fieldStamp[slot] = this.stamp;
        this.fieldOf[slot] = at;
      }
      at++;
      const nested = shape.nestedAt[slot]!;
      if (nested >= 0) at = groupEnd(shape.nested[nested]!, tags, at);
    }
    this.to = at;
    return true;
  }

  /** Field number of a member of this entry, or -1. Members of nested groups are not found here. */
  find(tag: number): number {
    const slot = slotOf(this.shape, tag);
    return slot !== 0 && this.fieldStamp[slot] === this.stamp ? this.fieldOf[slot]! : -1;
  }

  /** Integer value of a member; `absent` when it is not there, INT_BAD when it is no int32. */
  int(tag: number, absent: number): number {
    const field = this.find(tag);
    if (field < 0) return absent;
    const tags = this.tags;
    return readInt(tags.bytes, tags.offsetAt(field), tags.lengthAt(field));
  }

  /** First character of a member's value, 0 when it is absent or empty. */
  char(tag: number): number {
    const field = this.find(tag);
    if (field < 0 || this.tags.lengthAt(field) === 0) return 0;
    return this.tags.bytes[this.tags.offsetAt(field)]!;
  }

  /** Price or quantity of a member in units of `unit` / 10^decimals; see readDecimalUnits. */
  units(tag: number, decimals: number, unit: number, absent: number): number {
    const field = this.find(tag);
    if (field < 0) return absent;
    const tags = this.tags;
    const offset = tags.offsetAt(field);
    return readDecimalUnits(tags.bytes, offset, tags.lengthAt(field), decimals, unit);
  }

  /** find() finds nothing of the entry before. */
  private forget(): void {
    if (this.stamp > STAMP_MAX) {
      this.fieldStamp.fill(0);
      this.stamp = 0;
    }
    this.stamp++;
  }

  private openAt(tags: TagIndex, count: number): number {
    this.tags = tags;
    this.entry = -1;
    this.forget();
    this.to = tags.count;
    if (count < 0) return GROUP_ABSENT;
    this.to = count + 1;
    const w = count * FIELD_WORDS;
    const declared = readInt(tags.bytes, tags.fields[w + 1]!, tags.fields[w + 2]!);
    return declared === INT_BAD || declared < 0 ? GROUP_BAD : declared;
  }
}

/** The first field at or behind `from` that is of no entry of the group. */
function groupEnd(shape: GroupShape, tags: TagIndex, from: number): number {
  let at = from;
  if (at >= tags.count || tags.tagAt(at) !== shape.firstTag) return at;
  while (at < tags.count) {
    const slot = slotOf(shape, tags.tagAt(at));
    if (slot === 0) return at;
    at++;
    const nested = shape.nestedAt[slot]!;
    if (nested >= 0) at = groupEnd(shape.nested[nested]!, tags, at);
  }
  return at;
}

/** 1 and up for a member of the group's entries, else 0. */
function slotOf(shape: GroupShape, tag: number): number {
  if (tag < DIRECT_MEMBERS_MAX) return shape.slots[tag]!;
  for (let i = 0; i < shape.largeTags.length; i++) {
    if (shape.largeTags[i] === tag) return shape.largeSlots[i]!;
  }
  return 0;
}
