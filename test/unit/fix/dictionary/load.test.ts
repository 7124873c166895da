import { describe, expect, test } from "bun:test";
import {
  DictionaryError,
  loadDictionary,
  parseDictionary,
} from "../../../../src/fix/dictionary/load.ts";

const SMALL = `<fix type="FIX" major="4" minor="2">
  <header><field name="BeginString" required="Y"/></header>
  <trailer><field name="CheckSum" required="Y"/></trailer>
  <messages>
    <message name="Order" msgtype="D" msgcat="app">
      <field name="Side" required="Y"/>
      <component name="Thing" required="Y"/>
      <component name="Maybe" required="N"/>
    </message>
  </messages>
  <components>
    <component name="Thing"><field name="Symbol" required="Y"/>
      <group name="NoParts" required="N"><field name="PartID" required="Y"/>
        <group name="NoSubs" required="N"><field name="SubID" required="N"/></group>
      </group>
    </component>
    <component name="Maybe"><field name="Text" required="Y"/></component>
  </components>
  <fields>
    <field number="8" name="BeginString" type="STRING"/>
    <field number="10" name="CheckSum" type="STRING"/>
    <field number="54" name="Side" type="CHAR"><value enum="1" description="BUY"/></field>
    <field number="55" name="Symbol" type="STRING"/>
    <field number="58" name="Text" type="STRING"/>
    <field number="453" name="NoParts" type="NUMINGROUP"/>
    <field number="448" name="PartID" type="STRING"/>
    <field number="802" name="NoSubs" type="NUMINGROUP"/>
    <field number="523" name="SubID" type="STRING"/>
    <field number="95" name="RawDataLength" type="LENGTH"/>
    <field number="96" name="RawData" type="DATA"/>
  </fields>
</fix>`;

function failure(from: string, to: string): string {
  expect(SMALL).toContain(from);
  try {
    parseDictionary(SMALL.replace(from, to), "X.xml");
  } catch (error) {
    expect(error).toBeInstanceOf(DictionaryError);
    return (error as Error).message;
  }
  return "";
}

describe("parseDictionary", () => {
  test("resolves components and groups in the order of the file", () => {
    const order = parseDictionary(SMALL, "X.xml").message("D")!;
    expect(order.members.map((m) => m.field.tag)).toEqual([54, 55, 453, 58]);
    const parts = order.byTag.get(453)!;
    expect(parts.group!.map((m) => m.field.tag)).toEqual([448, 802]);
    expect(parts.group![1]!.group![0]!.field.name).toBe("SubID");
  });

  test("an optional component requires nothing of the message", () => {
    expect(parseDictionary(SMALL, "X.xml").message("D")!.required).toEqual([54, 55]);
  });

  test("pairs data fields with their lengths", () => {
    expect(parseDictionary(SMALL, "X.xml").dataTags).toEqual([95, 96]);
  });

  test("says in one sentence what is wrong, and where", () => {
    expect(failure('<component name="Thing" req', '<component name="Nothing" req')).toBe(
      "FIX dictionary X.xml: line 7: Order uses component Nothing, which is not defined",
    );
    expect(failure('<field name="Side" req', '<field name="Sid" req')).toContain(
      "line 6: Order uses field Sid, which is not defined",
    );
    expect(failure('number="55"', 'number="54"')).toContain(
      "tag 54 is given to both Side and Symbol",
    );
    expect(failure('number="55"', 'number="x"')).toContain('field Symbol has number "x"');
    expect(failure('<field name="Text" req', '<component name="Maybe" req')).toContain(
      "component Maybe contains itself (Maybe > Maybe)",
    );
    expect(failure("</fix>", "</fox>")).toContain("it is no well-formed XML");
    expect(failure(SMALL, "<other/>")).toContain("outermost element is not <fix>");
  });
});

describe("the built-in FIX 4.4 dictionary", () => {
  const dictionary = loadDictionary("FIX44");

  test("has the session layer and order entry", () => {
    expect(dictionary.beginString).toBe("FIX.4.4");
    for (const type of "0123458 9ADFGHjqr".replace(" ", "")) {
      expect(dictionary.message(type)).toBeDefined();
    }
    expect(dictionary.message("D")!.required.toSorted((a, b) => a - b)).toEqual([
      11, 40, 54, 55, 60,
    ]);
    expect(dictionary.field("Side")!.values.get("5")).toBe("SELL_SHORT");
    expect(dictionary.message("D")!.byTag.get(453)!.group!.length).toBe(4);
    expect(dictionary.message("A")!.admin).toBe(true);
  });

  test("a name that is neither built in nor a file is one sentence", () => {
    expect(() => loadDictionary("FIX99")).toThrow(
      'no FIX dictionary "FIX99": built in are FIX42, FIX44',
    );
    expect(() => loadDictionary("/nowhere/x.xml")).toThrow("/nowhere/x.xml");
  });
});
