import { describe, expect, test } from "bun:test";
import { Instruments } from "../../../../src/book/instruments.ts";
import { loadDictionary, parseDictionary } from "../../../../src/fix/dictionary/load.ts";
import { planTemplates, type TemplateOptions } from "../../../../src/fix/order/template-plan.ts";
import { definition, fixInstruments } from "../../../support/fix-instruments.ts";

function failure(more: Partial<TemplateOptions>): string {
  try {
    planTemplates({
      dictionary: loadDictionary("FIX44"),
      instruments: fixInstruments(),
      session: 0,
      beginString: "FIX.4.4",
      senderCompId: "ME",
      targetCompId: "VENUE",
      headerTags: {},
      staticTags: {},
      postOnly: { tag: 18, value: "6" },
      idPrefix: "HP",
      timestampDigits: 3,
      zeroPad: false,
      ...more,
    });
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("tags that can't be sent are one sentence at start", () => {
  test("unknown, ours, in no order message, wrong value, empty", () => {
    expect(failure({ staticTags: { 9999: "x" } })).toBe(
      "tags: tag 9999 is not in the FIX dictionary FIX44",
    );
    expect(failure({ staticTags: { 54: "1" } })).toBe(
      "tags: tag 54 (Side) is written by hairpin itself",
    );
    expect(failure({ staticTags: { 112: "x" } })).toBe(
      "tags: tag 112 (TestReqID) is in no order message of the dictionary",
    );
    expect(failure({ staticTags: { 21: "9" } })).toContain(
      'tag 21 (HandlInst) can\'t be "9"; allowed are 1 ',
    );
    expect(failure({ staticTags: { 1: "" } })).toContain("tag 1 (Account) has an empty value");
    expect(failure({ staticTags: { 18: "M 6" } })).toBe("");
    expect(failure({ staticTags: { 18: "M ?" } })).toContain('can\'t be "?"');
  });

  test("header tags, groups, prefix, post-only", () => {
    expect(failure({ headerTags: { 55: "x" } })).toBe("header tag 55 (Symbol) is no header field");
    expect(failure({ headerTags: { 34: "1" } })).toContain("is written by the session itself");
    expect(failure({ staticTags: { 453: "2", 448: "A" } })).toContain(
      "static groups have one entry",
    );
    expect(failure({ idPrefix: "hp" })).toContain('id prefix "hp"');
    expect(failure({ postOnly: { tag: 18, value: "?" } })).toContain("post-only: tag 18");
  });

  test("instruments: their own tags and symbols", () => {
    const bad = (more: object) =>
      failure({ instruments: new Instruments([definition("A", more)]) });
    expect(bad({ orderTags: { 9999: "x" } })).toContain("order tags of A: tag 9999 is not in");
    expect(bad({ orderSymbol: "" })).toContain('instrument A: "" is no FIX symbol');
  });

  test("what the dictionary requires must be given", () => {
    const xml = `<fix type="FIX" major="4" minor="2"><header><field name="BeginString" required="Y"/></header>
      <trailer/><messages>${["D", "F", "G"]
        .map(
          (t) => `<message name="M${t}" msgtype="${t}" msgcat="app">
            <field name="ClOrdID" required="Y"/><field name="Symbol" required="Y"/>
            <field name="ExecInst" required="N"/><field name="HandlInst" required="Y"/></message>`,
        )
        .join("")}</messages><components/><fields>
      <field number="8" name="BeginString" type="STRING"/><field number="11" name="ClOrdID" type="STRING"/>
      <field number="55" name="Symbol" type="STRING"/><field number="18" name="ExecInst" type="STRING"/>
      <field number="21" name="HandlInst" type="CHAR"/></fields></fix>`;
    const dictionary = parseDictionary(xml, "X");
    const instruments = new Instruments([definition("A")]);
    expect(failure({ dictionary, instruments })).toBe(
      "MD needs tag 21 (HandlInst) by the FIX dictionary X: give it under the session's tags",
    );
    expect(failure({ dictionary, instruments, staticTags: { 21: "1" } })).toBe("");
  });
});
