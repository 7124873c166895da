/** What a GroupCursor needs of the dictionary, as tables. Built once at start. */
import { type Dictionary, DictionaryError, type Member } from "../dictionary/model.ts";
import { int32Table } from "./tables.ts";

/** Tags below this have their slot in a table; others are searched for. */
export const DIRECT_MEMBERS_MAX = 8192;

export interface GroupShape {
  /** Tag of the NumInGroup field. */
  readonly countTag: number;
  /** Tag with which each entry begins. */
  readonly firstTag: number;
  readonly memberCount: number;
  /** Tag to slot, 1 and up; 0 = no member. */
  readonly slots: Uint16Array;
  readonly largeTags: Int32Array;
  readonly largeSlots: Int32Array;
  /** Slot to the number in `nested` of the group that it counts, or -1. */
  readonly nestedAt: Int32Array;
  readonly nested: readonly GroupShape[];
}

/**
 * Shape of the group of a message (MsgType 35) whose count has this tag or name (268, NoMDEntries),
 * with all groups nested in it. Throws DictionaryError when the dictionary has no such message or
 * group.
 */
export function groupShape(
  dictionary: Dictionary,
  msgType: string,
  count: number | string,
): GroupShape {
  const message = dictionary.message(msgType);
  if (message === undefined) {
    throw new DictionaryError(
      `FIX dictionary ${dictionary.name}: it has no message of MsgType ${msgType}`,
    );
  }
  const tag = dictionary.field(count)?.tag ?? -1;
  const member = message.byTag.get(tag) ?? dictionary.header.byTag.get(tag);
  if (member?.group === undefined) {
    throw new DictionaryError(
      `FIX dictionary ${dictionary.name}: ${message.name} has no repeating group with the count ${tag < 0 ? count : dictionary.label(tag)}`,
    );
  }
  return shapeOf(member as GroupMember);
}

type GroupMember = Member & { group: readonly Member[] };

function shapeOf(member: GroupMember): GroupShape {
  const members = member.group;
  const slots = new Uint16Array(new ArrayBuffer(2 * DIRECT_MEMBERS_MAX));
  const large: [number, number][] = [];
  const nestedAt = new Int32Array(new ArrayBuffer(4 * (members.length + 1))).fill(-1);
  const nested: GroupShape[] = [];
  members.forEach((m, i) => {
    const tag = m.field.tag;
    if (tag < DIRECT_MEMBERS_MAX) slots[tag] = i + 1;
    else large.push([tag, i + 1]);
    if (m.group !== undefined) nestedAt[i + 1] = nested.push(shapeOf(m as GroupMember)) - 1;
  });
  return {
    countTag: member.field.tag,
    firstTag: members[0]!.field.tag,
    memberCount: members.length,
    slots,
    largeTags: int32Table(large.map((l) => l[0])),
    largeSlots: int32Table(large.map((l) => l[1])),
    nestedAt,
    nested,
  };
}
