import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BUILT_IN_DICTIONARIES,
  dictionaryNames,
  loadDictionary,
  loadSessionDictionary,
} from "../../../../src/fix/dictionary/load.ts";

const COINBASE = join(import.meta.dir, "../../../../fix-dictionaries/coinbase-exchange.xml");

describe("an application dictionary joined to its transport", () => {
  const joined = loadSessionDictionary({ application: "FIX50SP2", transport: "FIXT11" });

  test("has header, trailer and session messages of the transport", () => {
    expect(joined.beginString).toBe("FIXT.1.1");
    expect(joined.hasSessionLayer).toBe(true);
    expect(joined.header.byTag.has(1128)).toBe(true);
    expect(joined.trailer.required).toEqual([10]);
    expect(joined.message("A")!.required).toContain(1137);
    expect(joined.message("A")!.admin).toBe(true);
    for (const type of "012345A") expect(joined.message(type)).toBeDefined();
  });

  test("has the business messages of the application, and its DefaultApplVerID", () => {
    for (const type of ["D", "F", "G", "8", "9", "j", "q", "r", "AE", "V", "W", "X", "Y", "x", "y"])
      expect(joined.message(type)!.admin).toBe(false);
    expect(joined.version).toBe("FIX50SP2");
    expect(joined.applVerId).toBe("9");
  });

  test("has the fields of both, each tag once and one object for all members", () => {
    const tags = joined.fields.map((f) => f.tag);
    expect(new Set(tags).size).toBe(tags.length);
    expect(tags).toEqual(tags.toSorted((a, b) => a - b));
    for (const part of [joined.header, joined.trailer, ...joined.messages]) {
      for (const member of part.members) expect(joined.field(member.field.tag)).toBe(member.field);
    }
    expect(joined.dataTags.join()).toContain("95,96");
    expect(joined.dataTags.join()).toContain("1184,1185");
  });

  test("comes of the application's name alone", () => {
    const alone = loadSessionDictionary({ application: "FIX50SP2" });
    expect(alone.beginString).toBe("FIXT.1.1");
    expect(alone.messages.length).toBe(joined.messages.length);
  });

  test("is not made of what is no transport", () => {
    expect(() => loadSessionDictionary({ application: "FIX50SP2", transport: "FIX44" })).toThrow(
      "it is FIX.4.4, which is no transport; allowed: a dictionary of type FIXT",
    );
    expect(() => loadSessionDictionary({ application: "FIXT11", transport: "FIXT11" })).toThrow(
      "it is FIXT.1.1, which is no application dictionary",
    );
  });

  test("a version with a session layer of its own needs none", () => {
    const four = loadSessionDictionary({ application: "FIX44" });
    expect(four.beginString).toBe("FIX.4.4");
    expect(four.applVerId).toBe("6");
    expect(four.messages.length).toBe(loadDictionary("FIX44").messages.length);
  });

  test("a tag that both name differently is a warning, and the transport's name is taken", () => {
    const folder = mkdtempSync(join(tmpdir(), "hairpin-dictionary-"));
    const path = join(folder, "app.xml");
    writeFileSync(
      path,
      `<fix type="FIX" major="5" minor="0"><header/><messages>
        <message name="News" msgtype="B" msgcat="app"><field name="Words" required="Y"/>
        <field name="Side" required="N"/></message>
        <message name="Heartbeat" msgtype="0" msgcat="admin"/></messages><trailer/><components/>
        <fields><field number="58" name="Words" type="STRING"/>
        <field number="54" name="Side" type="CHAR"/></fields></fix>`,
    );
    const dictionary = loadSessionDictionary({ application: path });
    rmSync(folder, { recursive: true });
    expect(dictionary.warnings.map((w) => w.message)).toEqual([
      "tag 58 is Text here and Words in the application dictionary; Text is taken",
    ]);
    expect(dictionary.message("B")!.members.map((m) => m.field.name)).toEqual(["Text", "Side"]);
    expect(dictionary.messages.filter((m) => m.msgType === "0")).toHaveLength(1);
    expect(dictionary.message("0")!.members).toHaveLength(1);
    expect(dictionary.applVerId).toBe("7");
  });
});

describe("the example of a venue overlay", () => {
  const dictionary = loadDictionary(COINBASE);

  test("is a whole session dictionary by its path alone", () => {
    expect(dictionary.beginString).toBe("FIXT.1.1");
    expect(dictionary.warnings).toEqual([]);
  });

  test("puts logon fields into the transport and order fields into the application", () => {
    expect(dictionary.message("A")!.byTag.has(8013)).toBe(true);
    const tags = dictionary.message("D")!.members.map((m) => m.field.tag);
    expect(tags.indexOf(7928)).toBe(tags.indexOf(11) + 1);
    expect(dictionary.field(9406)!.values.get("Y")).toBe("DROP_COPY");
  });
});

describe("names", () => {
  test("follow from BeginString and DefaultApplVerID", () => {
    expect(dictionaryNames("FIX.4.2")).toEqual({ application: "FIX42" });
    expect(dictionaryNames("FIXT.1.1", "7")).toEqual({ application: "FIX50", transport: "FIXT11" });
    expect(dictionaryNames("FIXT.1.1", "9")!.application).toBe("FIX50SP2");
    expect(dictionaryNames("FIXT.1.1", "6")!.application).toBe("FIX44");
    expect(dictionaryNames("FIXT.1.1")).toBeUndefined();
    expect(dictionaryNames("FIX.6.0")).toBeUndefined();
  });

  test("a built-in dictionary is resolved once a process", () => {
    for (const name of Object.keys(BUILT_IN_DICTIONARIES)) {
      expect(loadDictionary(name)).toBe(loadDictionary(name));
      expect(loadDictionary(name).warnings).toEqual([]);
    }
    const joined = { application: "FIX50SP2", transport: "FIXT11" };
    expect(loadSessionDictionary(joined)).toBe(loadSessionDictionary({ ...joined }));
    expect(loadSessionDictionary(joined)).not.toBe(loadDictionary("FIX50SP2"));
  });

  test("what every object has is no name of a dictionary", () => {
    expect(() => loadDictionary("constructor")).toThrow('no FIX dictionary "constructor"');
  });
});
