import { describe, expect, test } from "bun:test";
import { readCheckSum } from "../../../../src/fix/codec/framing.ts";
import {
  INDEX_FULL,
  INDEX_UNFRAMED,
  INT_BAD,
  readDecimalUnits,
  readInt,
  TagIndex,
} from "../../../../src/fix/codec/tag-index.ts";
import { messageBytes, wrapMessage } from "../../../../src/fix/codec/text.ts";

function indexed(body: string, fieldsMax = 64): TagIndex {
  const bytes = wrapMessage(body);
  const index = new TagIndex(fieldsMax);
  index.parse(bytes, 0, bytes.length);
  return index;
}

function textOf(index: TagIndex, field: number): string {
  const at = index.offsetAt(field);
  return Buffer.from(index.bytes.slice(at, at + index.lengthAt(field))).toString("latin1");
}

describe("TagIndex", () => {
  test("finds fields by tag, small and large, and says when one is absent", () => {
    const index = indexed("35=8|34=12|55=ABC|20001=x|6=0|");
    expect(textOf(index, index.find(55))).toBe("ABC");
    expect(textOf(index, index.find(20001))).toBe("x");
    expect(index.find(54)).toBe(-1);
    expect(index.find(20002)).toBe(-1);
    expect(index.int(34, -1)).toBe(12);
    expect(index.int(99, -1)).toBe(-1);
    expect(index.char(35)).toBe(0x38);
  });

  test("a tag of the message before is forgotten", () => {
    const index = new TagIndex(16);
    const one = wrapMessage("35=8|55=ABC|");
    const two = wrapMessage("35=8|54=1|");
    index.parse(one, 0, one.length);
    index.parse(two, 0, two.length);
    expect(index.find(55)).toBe(-1);
    index.parse(one, 0, one.length);
    expect(index.find(54)).toBe(-1);
    expect(index.find(55)).toBeGreaterThan(0);
  });

  test("sums the message while it indexes", () => {
    const bytes = wrapMessage("35=8|55=ABC|54=1|");
    const index = new TagIndex(16);
    index.parse(bytes, 0, bytes.length);
    expect(index.checkSum).toBe(readCheckSum(bytes, bytes.length - 7));
  });

  test("first occurrence wins, next() walks a repeating group", () => {
    const index = indexed("35=8|453=2|448=A|452=1|448=B|452=2|");
    const a = index.find(448);
    const b = index.next(448, a);
    expect(textOf(index, a)).toBe("A");
    expect(textOf(index, b)).toBe("B");
    expect(index.next(448, b)).toBe(-1);
  });

  test("a data field may hold SOH and equals signs", () => {
    const index = indexed("35=A|95=5|96=a|b=c|108=30|");
    expect(textOf(index, index.find(96))).toBe("a\u0001b=c");
    expect(index.int(108, 0)).toBe(30);
    expect(index.badField).toBe(-1);
  });

  test("a data length that lies does not swallow the message", () => {
    const index = indexed("35=A|95=500|96=ab|108=30|");
    expect(textOf(index, index.find(96))).toBe("ab");
    expect(index.int(108, 0)).toBe(30);
  });

  test("what is not digits=value is marked, and the rest still read", () => {
    for (const bad of ["x=1", "55", "=5", "0=5", "5a=1", "999999999999=1", ""]) {
      const index = indexed(`35=0|${bad}|54=2|`);
      expect(index.badField).toBe(3);
      expect(index.int(54, 0)).toBe(2);
    }
  });

  test("more fields than it holds, or bytes that are no message, give a code and no fields", () => {
    const bytes = wrapMessage("35=0|49=A|56=B|34=1|");
    const index = new TagIndex(4);
    expect(index.parse(bytes, 0, bytes.length)).toBe(INDEX_FULL);
    expect(index.find(35)).toBe(-1);
    expect(index.parse(bytes, 0, bytes.length - 1)).toBe(INDEX_UNFRAMED);
    expect(index.parse(bytes, 0, 0)).toBe(INDEX_UNFRAMED);
    expect(index.find(8)).toBe(-1);
  });
});

describe("readInt", () => {
  const read = (text: string) => readInt(messageBytes(text), 0, text.length);
  test("reads an int32 and refuses all else", () => {
    expect(read("0")).toBe(0);
    expect(read("-7")).toBe(-7);
    expect(read("00042")).toBe(42);
    expect(read("2147483647")).toBe(2147483647);
    for (const bad of ["", "-", "+1", "1.0", "2147483648", "99999999999999999999", "1 "]) {
      expect(read(bad)).toBe(INT_BAD);
    }
  });
});

describe("readDecimalUnits", () => {
  const read = (text: string, decimals: number, unit = 1) =>
    readDecimalUnits(messageBytes(text), 0, text.length, decimals, unit);
  test("scales exactly", () => {
    expect(read("101.5", 4)).toBe(1015000);
    expect(read("101.50000", 2)).toBe(10150);
    expect(read("100", 2)).toBe(10000);
    expect(read(".5", 1)).toBe(5);
    expect(read("5.", 0)).toBe(5);
    expect(read("-0.0001", 4)).toBe(-1);
    expect(Object.is(read("-0", 4), 0)).toBe(true);
  });
  test("divides by the unit, or refuses", () => {
    expect(read("5000.25", 2, 25)).toBe(20001);
    expect(read("5000.26", 2, 25)).toBe(INT_BAD);
  });
  test("never rounds, never overflows", () => {
    for (const bad of ["101.505", "", ".", "-", "1.2.3", "1e5", "21474836.48", "NaN"]) {
      expect(read(bad, 2)).toBe(INT_BAD);
    }
    expect(read("9".repeat(400), 2)).toBe(INT_BAD);
    expect(read("21474836.47", 2)).toBe(2147483647);
  });
});
