import { describe, expect, test } from "bun:test";
import { groupShape } from "../../../../src/fix/codec/group-shape.ts";
import { GROUP_ABSENT, GROUP_BAD, GroupCursor } from "../../../../src/fix/codec/groups.ts";
import { INT_BAD, TagIndex } from "../../../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../../../src/fix/codec/text.ts";
import { validationDictionary } from "../../../support/fix-validation.ts";

const dictionary = validationDictionary();
const shape = groupShape(dictionary, "D", 453);

function indexed(body: string): TagIndex {
  const bytes = wrapMessage(`35=D|${body}`);
  const tags = new TagIndex(64);
  tags.parse(bytes, 0, bytes.length);
  return tags;
}

describe("GroupCursor", () => {
  test("goes from entry to entry and finds members in the entry only", () => {
    const cursor = new GroupCursor(shape);
    expect(cursor.open(indexed("1=OUT|453=2|448=P|452=12|448=Q|1=A|58=x|"))).toBe(2);
    expect(cursor.entry).toBe(-1);
    expect(cursor.find(448)).toBe(-1);
    expect(cursor.next()).toBe(true);
    expect([cursor.entry, cursor.int(452, 0), cursor.char(448), cursor.find(1)]).toEqual([
      0, 12, 80, -1,
    ]);
    expect(cursor.next()).toBe(true);
    expect([cursor.entry, cursor.int(452, 0), cursor.char(448), cursor.char(1)]).toEqual([
      1, 0, 81, 65,
    ]);
    expect(cursor.find(58)).toBe(-1);
    expect(cursor.next()).toBe(false);
    expect(cursor.find(448)).toBe(-1);
    expect(cursor.next()).toBe(false);
  });

  test("goes into nested groups and comes back", () => {
    const cursor = new GroupCursor(shape);
    const nested = cursor.nested(802)!;
    cursor.open(indexed("453=2|448=P|802=2|523=S|803=1|523=T|803=2|1=A|448=Q|452=1|"));
    cursor.next();
    expect(nested.openIn(cursor)).toBe(2);
    const types: number[] = [];
    while (nested.next()) types.push(nested.int(803, -1));
    expect(types).toEqual([1, 2]);
    expect(cursor.char(1)).toBe(65);
    cursor.next();
    expect(cursor.int(452, 0)).toBe(1);
    expect(nested.openIn(cursor)).toBe(GROUP_ABSENT);
    expect(nested.next()).toBe(false);
    expect(cursor.nested(803)).toBeUndefined();
  });

  test("says when there is no group, or no count, and reads prices in units", () => {
    const cursor = new GroupCursor(shape);
    expect(cursor.next()).toBe(false);
    expect(cursor.open(indexed("58=x|"))).toBe(GROUP_ABSENT);
    expect(cursor.next()).toBe(false);
    expect(cursor.open(indexed("453=0|58=x|"))).toBe(0);
    expect(cursor.next()).toBe(false);
    expect(cursor.open(indexed("453=-1|448=P|"))).toBe(GROUP_BAD);
    expect(cursor.open(indexed("453=x|448=P|"))).toBe(GROUP_BAD);
    cursor.open(indexed("453=1|448=10.25|452=x|"));
    cursor.next();
    expect(cursor.units(448, 2, 1, -1)).toBe(1025);
    expect(cursor.units(1, 2, 1, -1)).toBe(-1);
    expect(cursor.int(452, 0)).toBe(INT_BAD);
  });

  test("holds nothing of the message before", () => {
    const cursor = new GroupCursor(shape);
    cursor.open(indexed("453=1|448=P|452=12|"));
    cursor.next();
    cursor.open(indexed("453=1|448=P|"));
    cursor.next();
    expect(cursor.find(452)).toBe(-1);
  });
});

describe("groupShape", () => {
  test("names the message or group that the dictionary lacks", () => {
    expect(() => groupShape(dictionary, "ZZ", 453)).toThrow("no message of MsgType ZZ");
    expect(() => groupShape(dictionary, "D", 55)).toThrow(
      "no repeating group with the count 55 (Symbol)",
    );
    expect(() => groupShape(dictionary, "D", "NoSuch")).toThrow("with the count NoSuch");
    expect(groupShape(dictionary, "0", 627).firstTag).toBe(628);
    expect(groupShape(dictionary, "D", "NoParties").countTag).toBe(453);
  });
});
