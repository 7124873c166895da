// @hot
/**
 * Holds a message against the dictionary: which fields there are, where, and what their values look
 * like (FIX Session Layer, "Reject"). One walk over the index; nothing is allocated.
 *
 * When several things are wrong, one is told: order of header, body and trailer (14), then MsgType
 * (11), then a required field that is missing (1: header, trailer, body, groups; the lowest tag
 * first), then the first field of the message that is wrong, and of a field, in this order: it
 * repeats (13), is empty (4), has a bad format (6) or value (5), is unknown (0) or not of this
 * message (2), or its group is out of order (15) or miscounted (16).
 */
import * as R from "./reject-reason.ts";
import { FIELD_WORDS, readInt, type TagIndex } from "./tag-index.ts";
import * as P from "./validation-plan.ts";
import { hasFormat, KIND_DATA } from "./value-format.ts";

/** validate(): nothing is wrong. Above it: SessionRejectReason (373) + 1. */
export const VALID = 0;
/** validate(): a field is not of the form tag=value: the message is garbled and to be ignored. */
export const GARBLED = -1;

export interface ValidatorOptions {
  /** Tags from 5000 on have to be in the dictionary and in the message. Default true. */
  checkUserTags?: boolean;
  /** So do tags below 5000. Default true. */
  checkUnknown?: boolean;
  /** Header before body before trailer. Default true. */
  checkOrder?: boolean;
  /** A value is one of those that the dictionary names. Default true. */
  checkValues?: boolean;
  /** No field is empty. Default true; with false, an empty value is of every type. */
  checkEmpty?: boolean;
}

const USER_TAG_MIN = 5000;
const MSG_TYPE = 35;
const BLANK = 0x20;
const EQUALS = 0x3d;
const STAMP_MAX = 0x70000000;
const INT_MAX = 0x7fffffff;

export class Validator {
  /** RefTagID (371) of what the last validate() found; may be 0 or negative; R.NO_REF_TAG = none. */
  refTag = R.NO_REF_TAG;

  private readonly plan: P.ValidationPlan;
  private readonly fieldCount: number;
  private readonly dense: Uint16Array;
  private readonly rows: Uint16Array;
  private readonly rules: Int32Array;
  private readonly maps: Int32Array;
  /** seen[depth * fieldCount + dense] = stamp of the message, or of the group's entry. */
  private readonly seen: Int32Array;
  private stamp = 0;
  /** Row of the message, then of each group around the one being walked. */
  private readonly surrounding = new Int32Array(new ArrayBuffer(4 * (P.DEPTH_MAX + 1)));
  private readonly checkUserTags: boolean;
  private readonly checkUnknown: boolean;
  private readonly checkOrder: boolean;
  private readonly checkEmpty: boolean;
  private readonly checkValues: boolean;

  private tags!: TagIndex;
  private bytes!: Uint8Array;
  private fields!: Int32Array;
  private end = 0;
  /** What was found so far, by rank; 0 = nothing. */
  private orderFault = 0;
  private orderTag = 0;
  private groupMissing = 0;
  private fieldFault = 0;
  private fieldTag = 0;
  private badTag = 0;

  constructor(plan: P.ValidationPlan, options: ValidatorOptions = {}) {
    this.plan = plan;
    this.fieldCount = plan.fieldCount;
    this.dense = plan.dense;
    this.rows = plan.rows;
    this.rules = plan.rules;
    this.maps = plan.maps;
    const cells = plan.fieldCount * (P.DEPTH_MAX + 1);
    this.seen = new Int32Array(new ArrayBuffer(4 * cells));
    this.checkUserTags = options.checkUserTags ?? true;
    this.checkUnknown = options.checkUnknown ?? true;
    this.checkOrder = options.checkOrder ?? true;
    this.checkEmpty = options.checkEmpty ?? true;
    this.checkValues = options.checkValues ?? true;
  }

  /** VALID, GARBLED, or SessionRejectReason (373) + 1 with `refTag` set. `tags` holds a message. */
  validate(tags: TagIndex): number {
    this.begin(tags);
    const type = tags.find(MSG_TYPE);
    const row = type < 0 ? 0 : this.rowOf(tags.offsetAt(type), tags.lengthAt(type));
    const base = row * this.fieldCount;
    const stamp = ++this.stamp;
    const fields = this.fields;
    const dense = this.dense;
    const rows = this.rows;
    const seen = this.seen;
    const rules = this.rules;
    const end = this.end;
    let place = P.PLACE_HEADER;
    let found = 0;
    let at = 0;
    while (at < end) {
      const w = at * FIELD_WORDS;
      const tag = fields[w]!;
      if (tag === 0) {
        if (!this.takeBadTag(fields[w + 1]!, fields[w + 2]!)) return GARBLED;
        if (place === P.PLACE_TRAILER) this.misplaced(this.badTag);
        else place = P.PLACE_BODY;
        at++;
        continue;
      }
      const field = tag < P.DENSE_DIRECT_MAX ? dense[tag]! : this.largeField(tag);
      const cell = rows[base + field]!;
      const own = cell & P.PLACE_MASK;
      if (own < place) this.misplaced(tag);
      else place = own;
      const length = fields[w + 2]!;
      const isAgain = field !== 0 && seen[field] === stamp;
      if (isAgain) {
        // A group that the dictionary does not have repeats tags that it has elsewhere.
        if ((cell & P.OUTSIDE) === 0 || this.isChecked(tag)) this.fault(R.REJECT_REPEATED, tag);
      } else {
        seen[field] = stamp;
        found += (cell >> P.REQUIRED_SHIFT) & 1;
      }
      const rule = rules[field]!;
      if (length === 0 || rule !== 0) this.checkValue(at, field, rule, length);
      if ((cell & P.OUTSIDE) !== 0) this.outside(cell, tag);
      at++;
      const group = cell >> P.ROW_SHIFT;
      if (group !== 0) at = this.walkGroup(group, at, 1, row, stamp);
    }
    return this.verdict(row, type, found, stamp);
  }

  private begin(tags: TagIndex): void {
    this.tags = tags;
    this.bytes = tags.bytes;
    this.fields = tags.fields;
    this.end = tags.count;
    this.orderFault = 0;
    this.groupMissing = 0;
    this.fieldFault = 0;
    this.refTag = R.NO_REF_TAG;
    if (this.stamp > STAMP_MAX) {
      this.seen.fill(0);
      this.stamp = 0;
    }
  }

  private verdict(row: number, type: number, found: number, stamp: number): number {
    if (this.orderFault !== 0 && this.checkOrder) {
      this.refTag = this.orderTag;
      return R.REJECT_ORDER + 1;
    }
    if (row === 0 && type >= 0) return R.REJECT_MSG_TYPE + 1;
    let missing = 0;
    if (found !== this.plan.requiredCount[row]!) missing = this.firstMissing(row, 0, stamp);
    if (missing === 0) missing = this.groupMissing;
    if (missing !== 0) {
      this.refTag = missing;
      return R.REJECT_REQUIRED_MISSING + 1;
    }
    if (this.fieldFault !== 0) this.refTag = this.fieldTag;
    return this.fieldFault;
  }

  /**
   * Walks the entries of a group from field `from` on; the field before it is its count. Returns the
   * first field behind the group. `outer`: row in which it stands.
   */
  private walkGroup(
    row: number,
    from: number,
    depth: number,
    outer: number,
    outerStamp: number,
  ): number {
    const fields = this.fields;
    const seen = this.seen;
    const base = row * this.fieldCount;
    const seenBase = depth * this.fieldCount;
    const first = this.plan.firstOf[row]!;
    const countAt = (from - 1) * FIELD_WORDS;
    const countTag = fields[countAt]!;
    const declared = readInt(this.bytes, fields[countAt + 1]!, fields[countAt + 2]!);
    const isCountFirst = this.fieldFault === 0;
    this.surrounding[depth - 1] = outer;
    let entries = 0;
    /** The entry began with its first member. */
    let isLed = true;
    let found = 0;
    let stamp = 0;
    let at = from;
    while (at < this.end) {
      const w = at * FIELD_WORDS;
      const tag = fields[w]!;
      const field = tag < P.DENSE_DIRECT_MAX ? this.dense[tag]! : this.largeField(tag);
      const cell = this.rows[base + field]!;
      if ((cell & P.OUTSIDE) !== 0) {
        if (!this.isForeign(tag, field, depth)) break;
        at++;
        continue;
      }
      const isAgain = stamp !== 0 && seen[seenBase + field] === stamp;
      // All entries are there: a field that the surrounding place still misses belongs to it.
      if (isAgain && field !== first && entries === declared) {
        const outside = this.rows[outer * this.fieldCount + field]! & P.OUTSIDE;
        if (outside === 0 && seen[seenBase - this.fieldCount + field] !== outerStamp) break;
      }
      // Swapped with the field that began the last entry, if that was another: no further entry.
      const isFirst = field === first && (isAgain || isLed || entries < declared);
      if (isFirst || entries === 0 || (isAgain && entries < declared)) {
        if (entries > 0) this.endEntry(row, depth, found, stamp);
        if (field !== first && declared > 0) this.fault(R.REJECT_GROUP_ORDER, tag);
        entries++;
        isLed = field === first;
        found = 0;
        stamp = ++this.stamp;
      } else if (isAgain) this.fault(R.REJECT_REPEATED, tag);
      if (seen[seenBase + field] !== stamp) {
        seen[seenBase + field] = stamp;
        found += (cell >> P.REQUIRED_SHIFT) & 1;
      }
      const length = fields[w + 2]!;
      const rule = this.rules[field]!;
      if (length === 0 || rule !== 0) this.checkValue(at, field, rule, length);
      at++;
      const group = cell >> P.ROW_SHIFT;
      if (group !== 0) at = this.walkGroup(group, at, depth + 1, row, stamp);
    }
    if (entries > 0) this.endEntry(row, depth, found, stamp);
    if (entries !== declared && isCountFirst) {
      // The count stands before the entries, and so does what is wrong with it.
      this.fieldFault = R.REJECT_GROUP_COUNT + 1;
      this.fieldTag = countTag;
    }
    return at;
  }

  /** Unknown to every place around, and let pass there: a venue's own field within an entry. */
  private isForeign(tag: number, field: number, depth: number): boolean {
    if (this.isChecked(tag)) return false;
    for (let d = 0; d < depth; d++) {
      const cell = this.rows[this.surrounding[d]! * this.fieldCount + field]!;
      if ((cell & P.OUTSIDE) === 0) return false;
    }
    return true;
  }

  private endEntry(row: number, depth: number, found: number, stamp: number): void {
    if (this.groupMissing !== 0 || found === this.plan.requiredCount[row]!) return;
    this.groupMissing = this.firstMissing(row, depth, stamp);
  }

  /** The first required tag of a row that was not seen, or 0. */
  private firstMissing(row: number, depth: number, stamp: number): number {
    const from = this.plan.requiredAt[row]!;
    const to = from + this.plan.requiredCount[row]!;
    for (let i = from; i < to; i++) {
      const tag = this.plan.required[i]!;
      const field = tag < P.DENSE_DIRECT_MAX ? this.dense[tag]! : this.largeField(tag);
      if (this.seen[depth * this.fieldCount + field] !== stamp) return tag;
    }
    return 0;
  }

  private checkValue(at: number, field: number, rule: number, length: number): void {
    const w = at * FIELD_WORDS;
    if (length === 0) {
      if (this.checkEmpty) this.fault(R.REJECT_EMPTY, this.fields[w]!);
      return;
    }
    const bytes = this.bytes;
    const offset = this.fields[w + 1]!;
    const map = rule >> P.RULE_MAP_SHIFT;
    if (map !== 0 && length === 1) {
      const c = bytes[offset]!;
      if (((this.maps[(map << P.MAP_WORDS_SHIFT) + (c >> 5)]! >>> (c & 31)) & 1) !== 0) return;
    }
    const kind = rule & P.RULE_KIND_MASK;
    const isFormat =
      kind === KIND_DATA ? this.isData(at, field, length) : hasFormat(kind, bytes, offset, length);
    if (!isFormat) this.fault(R.REJECT_FORMAT, this.fields[w]!);
    else if (this.checkValues && map !== 0 && !this.isAllowed(field, rule, offset, length)) {
      this.fault(R.REJECT_VALUE, this.fields[w]!);
    }
  }

  /** A data field follows its length field, which tells its count of bytes. */
  private isData(at: number, field: number, length: number): boolean {
    const lengthTag = this.plan.lengthTag[field]!;
    if (lengthTag === 0) return true;
    if (at === 0 || this.tags.tagAt(at - 1) !== lengthTag) return false;
    return readInt(this.bytes, this.tags.offsetAt(at - 1), this.tags.lengthAt(at - 1)) === length;
  }

  private isAllowed(field: number, rule: number, offset: number, length: number): boolean {
    if ((rule & P.RULE_WORDS) === 0) return this.isValue(field, rule, offset, length);
    let word = offset;
    for (let at = offset; at <= offset + length; at++) {
      if (at < offset + length && this.bytes[at] !== BLANK) continue;
      if (!this.isValue(field, rule, word, at - word)) return false;
      word = at + 1;
    }
    return true;
  }

  private isValue(field: number, rule: number, offset: number, length: number): boolean {
    if (length !== 1) return this.plan.values.has(field, this.bytes, offset, length);
    const c = this.bytes[offset]!;
    const map = rule >> P.RULE_MAP_SHIFT;
    return ((this.maps[(map << P.MAP_WORDS_SHIFT) + (c >> 5)]! >>> (c & 31)) & 1) !== 0;
  }

  /** A tag that has no place in the message is refused for it. */
  private isChecked(tag: number): boolean {
    return tag >= USER_TAG_MIN ? this.checkUserTags : this.checkUnknown;
  }

  private outside(cell: number, tag: number): void {
    if (!this.isChecked(tag)) return;
    const isKnown = (cell & P.NOT_KNOWN) === 0;
    this.fault(isKnown ? R.REJECT_NOT_IN_MESSAGE : R.REJECT_INVALID_TAG, tag);
  }

  /** The first field that is wrong counts, and what is found first of it. */
  private fault(reason: number, tag: number): void {
    if (this.fieldFault !== 0) return;
    this.fieldFault = reason + 1;
    this.fieldTag = tag;
  }

  private misplaced(tag: number): void {
    if (this.orderFault !== 0) return;
    this.orderFault = 1;
    this.orderTag = tag;
  }

  /**
   * A field without a tag from 1 to 99,999,999: its text is "0=...", a negative or a larger number,
   * which is an invalid tag number (true), or something else (false).
   */
  private takeBadTag(offset: number, length: number): boolean {
    const bytes = this.bytes;
    const end = offset + length;
    const isNegative = length > 0 && bytes[offset] === 0x2d;
    const from = isNegative ? offset + 1 : offset;
    let at = from;
    let tag = 0;
    for (; at < end && (bytes[at]! - 0x30) >>> 0 <= 9; at++) {
      tag = tag > INT_MAX ? tag : tag * 10 + bytes[at]! - 0x30;
    }
    if (at === from || at === end || bytes[at] !== EQUALS) return false;
    if (isNegative) tag = 0 - tag;
    this.badTag = tag > INT_MAX || tag < -INT_MAX ? R.NO_REF_TAG : tag;
    this.fault(R.REJECT_INVALID_TAG, this.badTag);
    return true;
  }

  private largeField(tag: number): number {
    const large = this.plan.largeTags;
    for (let i = 0; i < large.length; i++) if (large[i] === tag) return this.plan.largeDense[i]!;
    return 0;
  }

  /** Row of a MsgType, or 0. */
  private rowOf(offset: number, length: number): number {
    const bytes = this.bytes;
    // A NUL at the end would read as a shorter type.
    if (length === 0 || length > 4 || bytes[offset + length - 1] === 0) return 0;
    if (length === 1) return this.plan.shortTypes[bytes[offset]!]!;
    if (length === 2) return this.plan.shortTypes[bytes[offset]! | (bytes[offset + 1]! << 8)]!;
    let type = 0;
    for (let i = 0; i < length; i++) type |= bytes[offset + i]! << (8 * i);
    const types = this.plan.longTypes;
    for (let i = 0; i < types.length; i++) if (types[i] === type) return this.plan.longRows[i]!;
    return 0;
  }
}
