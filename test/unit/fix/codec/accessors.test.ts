import { describe, expect, test } from "bun:test";
import { messageFields } from "../../../../src/fix/codec/accessors.ts";
import { TagIndex } from "../../../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../../../src/fix/codec/text.ts";
import { ORDER, validationDictionary } from "../../../support/fix-validation.ts";

const dictionary = validationDictionary();

describe("accessors", () => {
  test("read fields by name, of the body and of the header", () => {
    const f = messageFields(dictionary, "D", [
      "MsgSeqNum",
      "Side",
      "OrderQty",
      "SecurityType",
      "Text",
    ]);
    const bytes = wrapMessage(`${ORDER}38=12.5|167=FUT|`);
    const tags = new TagIndex(64);
    tags.parse(bytes, 0, bytes.length);
    expect(f.MsgSeqNum.int(tags, 0)).toBe(2);
    expect(f.Side.char(tags)).toBe(0x31);
    expect(f.OrderQty.units(tags, 1, 1, 0)).toBe(125);
    expect(f.OrderQty.text(tags)).toBe("12.5");
    expect([f.SecurityType.text(tags), f.SecurityType.meaning(tags)]).toEqual(["FUT", "V_FUT"]);
    expect([f.Text.find(tags), f.Text.text(tags), f.Text.meaning(tags)]).toEqual([
      -1,
      undefined,
      undefined,
    ]);
  });

  test("are refused for what the message does not have", () => {
    expect(() => messageFields(dictionary, "ZZ", [])).toThrow("no message of MsgType ZZ");
    expect(() => messageFields(dictionary, "0", ["Side"])).toThrow("Heartbeat has no Side");
    expect(() => messageFields(dictionary, "0", ["Sid"])).toThrow("Heartbeat has no Sid");
  });
});
