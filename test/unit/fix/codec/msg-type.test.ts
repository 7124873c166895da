import { expect, test } from "bun:test";
import { msgTypeOf } from "../../../../src/fix/codec/msg-type.ts";
import { TagIndex } from "../../../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../../../src/fix/codec/text.ts";

const index = new TagIndex();

function typeOf(body: string): number {
  const bytes = wrapMessage(body);
  index.parse(bytes, 0, bytes.length);
  return msgTypeOf(index);
}

test("MsgType is up to four characters, little-endian", () => {
  expect(typeOf("35=D|34=1|")).toBe(0x44);
  expect(typeOf("35=AE|34=1|")).toBe(0x4541);
  expect(typeOf("35=U123|34=1|")).toBe(0x33323155);
});

test("no MsgType, or an empty one, is 0", () => {
  expect(typeOf("34=1|")).toBe(0);
  expect(typeOf("35=|34=1|")).toBe(0);
});

test("a longer MsgType, or one padded with NUL, is none of the known ones", () => {
  for (const text of ["A\0", "8\0\0\0", "D\0\0\0x", "U1234", "\0"]) {
    expect([text, typeOf(`35=${text}|34=1|`)]).toEqual([text, -1]);
  }
});
