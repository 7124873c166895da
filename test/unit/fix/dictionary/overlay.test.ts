import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Dictionary,
  DictionaryError,
  formatDictionaryProblem,
  loadDictionary,
  loadSessionDictionary,
} from "../../../../src/fix/dictionary/load.ts";
import { SMALL } from "../../../support/fix-dictionary.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-dictionary-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "base.xml"), SMALL);

let files = 0;
/** The path of a file with that text. */
function file(text: string, name = `f${files++}.xml`): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
/** SMALL with an overlay of these sections put on it. */
function overlaid(sections: string): Dictionary {
  return loadDictionary(file(`<fix overlay="base.xml">\n${sections}\n</fix>`));
}
function faults(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    if (!(error instanceof DictionaryError)) throw error;
    return error.problems.filter((p) => p.severity === "error").map(formatDictionaryProblem);
  }
  return [];
}
const tags = (d: Dictionary, type: string) => d.message(type)!.members.map((m) => m.field.tag);
const order = (members: string) => `<messages><message msgtype="D">${members}</message></messages>`;
const SHARE = '<fields><field number="7001" name="Share" type="CHAR"/></fields>';

describe("an overlay", () => {
  test("adds fields and puts them at the end of a message, or where it says", () => {
    const share = (where: string) =>
      tags(overlaid(`${order(`<field name="Share" required="N" ${where}/>`)}${SHARE}`), "D");
    expect(share("")).toEqual([54, 55, 453, 58, 7001]);
    expect(share('before="Side"')).toEqual([7001, 54, 55, 453, 58]);
    expect(share('after="Thing"')).toEqual([54, 55, 453, 7001, 58]);
  });

  test("makes a member required or optional, and removes one", () => {
    const dictionary = overlaid(
      order('<field name="Side" required="N"/><component name="Maybe" remove="Y"/>'),
    );
    expect(dictionary.message("D")!.required).toEqual([55]);
    expect(tags(dictionary, "D")).toEqual([54, 55, 453]);
    expect(dictionary.message("F")!.required).toEqual([54]);
  });

  test("reaches into groups and components, wherever they are used", () => {
    const dictionary = overlaid(`<components><component name="Thing">
        <group name="NoParts"><field name="PartID" required="N"/>
          <field name="Share" required="Y"/></group></component></components>${SHARE}`);
    const parts = dictionary.message("D")!.byTag.get(453)!;
    expect(parts.required).toBe(false);
    expect(parts.group!.map((m) => [m.field.tag, m.required])).toEqual([
      [448, false],
      [802, false],
      [7001, true],
    ]);
  });

  test("adds values to a field, drops one, or replaces them all", () => {
    const side = (inner: string, more = "") => {
      const fields = `<fields><field name="Side"${more}>${inner}</field></fields>`;
      return [...overlaid(fields).field("Side")!.values];
    };
    const two = '<value enum="2" description="SELL"/>';
    expect(side(two)).toEqual([
      ["1", "BUY"],
      ["2", "SELL"],
    ]);
    expect(side(two, ' values="replace"')).toEqual([["2", "SELL"]]);
    expect(side(`${two}<value enum="1" remove="Y"/>`)).toEqual([["2", "SELL"]]);
    expect(side('<value enum="1" description="LONG"/>')).toEqual([["1", "LONG"]]);
  });

  test("adds and removes messages, and adds components", () => {
    const dictionary = overlaid(`<messages><message msgtype="F" remove="Y"/>
      <message name="Own" msgtype="U1" msgcat="app"><component name="New" required="Y"/></message>
      </messages><components><component name="New"><field name="Text" required="Y"/></component>
      </components>`);
    expect(dictionary.messages.map((m) => m.msgType)).toEqual(["D", "U1"]);
    expect(dictionary.message("U1")!.required).toEqual([58]);
  });

  test("changes header and trailer", () => {
    const dictionary = overlaid('<header><field name="Text" required="Y"/></header>');
    expect(dictionary.header.required).toEqual([8, 58]);
  });

  test("lies over another overlay", () => {
    const first = file(`<fix overlay="base.xml">${order('<field name="Text" required="N"/>')}
      <components><component name="Maybe"><field name="Text" remove="Y"/></component></components></fix>`);
    const second = file(
      `<fix overlay="${first}">${order('<field name="Text" required="Y"/>')}</fix>`,
    );
    expect(loadDictionary(first).message("D")!.required).toEqual([54, 55]);
    expect(loadDictionary(second).message("D")!.required).toEqual([54, 55, 58]);
  });

  test("leaves its base as it was", () => {
    const before = loadDictionary("FIX44").message("D")!.members.length;
    const path = file(
      `<fix overlay="FIX44">${order('<field name="Share" required="Y"/>')}${SHARE}</fix>`,
    );
    expect(loadDictionary(path).message("D")!.members.length).toBe(before + 1);
    expect(loadDictionary("FIX44").message("D")!.members.length).toBe(before);
    expect(loadDictionary("FIX44").field("Share")).toBeUndefined();
  });
});

describe("an overlay that is wrong is told with its own line", () => {
  const cases: [title: string, sections: string, problem: string][] = [
    [
      "a field that nobody defines",
      order('\n<field name="Nope" required="N"/>'),
      "line 3: Order uses field Nope, which is not defined",
    ],
    [
      "a tag that the base has given",
      '<fields><field number="55" name="Own" type="CHAR"/></fields>',
      "line 2: tag 55 is given to both Symbol and Own; the other is on line 26 of base.xml",
    ],
    [
      "another number for a field of the base",
      '<fields><field number="5555" name="Side"/></fields>',
      "line 2: field Side has number 5555 here; its base gives it 54",
    ],
    [
      "another name for a message of the base",
      '<messages><message name="Trade" msgtype="D"/></messages>',
      "line 2: MsgType D is Order in the base, and Trade here",
    ],
    [
      "a place that is not there",
      order('<field name="Text" required="N" before="Nope"/>'),
      "line 2: Order has no member Nope, which before names",
    ],
    [
      "a place that is not there for what the base has",
      order('\n<field name="Side" after="Nope"/>'),
      "line 3: Order has no member Nope, which after names",
    ],
    [
      "two places",
      order('<field name="Side" after="Thing" before="Maybe"/>'),
      "line 2: field Side has both before and after; allowed: one of them",
    ],
    [
      "remove that is not Y",
      order('\n<field name="Side" remove="yes"/>'),
      'line 3: field Side has remove "yes"; allowed: Y',
    ],
    [
      "remove that is not Y on a value",
      '<fields><field name="Side"><value enum="1" description="BUY" remove="N"/></field></fields>',
      'line 2: value 1 has remove "N"; allowed: Y',
    ],
    [
      "something to remove that is not there",
      order('<field name="Text" remove="Y"/>'),
      "line 2: Order has no field Text to remove",
    ],
    [
      "a message to remove that is not there",
      '<messages><message msgtype="ZZ" remove="Y"/></messages>',
      "line 2: there is no message ZZ to remove",
    ],
    [
      "a value to remove that is not there",
      '<fields><field name="Side"><value enum="9" remove="Y"/></field></fields>',
      'line 2: field Side has no value "9" to remove',
    ],
    [
      "a field to remove altogether",
      '<fields><field name="Side" remove="Y"/></fields>',
      "line 2: fields can't be removed",
    ],
    [
      "a group where the base has a field",
      order('<group name="Side" required="N"><field name="Text" required="N"/></group>'),
      "line 2: Order has Side as a field (line 6 of base.xml), and as a group here",
    ],
    [
      "required that is neither Y nor N",
      order('<field name="Side" required="maybe"/>'),
      'line 2: field Side has required "maybe"; allowed: Y or N',
    ],
  ];
  for (const [title, sections, problem] of cases) {
    test(title, () => {
      const found = faults(() => overlaid(sections));
      expect(found).toHaveLength(1);
      expect(found[0]).toContain(problem);
    });
  }

  test("a base that is not there", () => {
    const found = faults(() => loadDictionary(file('<fix\noverlay="FIX99"/>')));
    expect(found[0]).toContain('line 1: no FIX dictionary "FIX99": built in are FIX42');
  });

  test("overlays that rest on one another", () => {
    const path = file('<fix overlay="b.xml"/>', "a.xml");
    file('<fix overlay="a.xml"/>', "b.xml");
    expect(faults(() => loadDictionary(path))[0]).toContain(
      "the overlay rests on itself (a.xml > b.xml > a.xml)",
    );
  });

  test("one for another version", () => {
    const overlay = file('<fix overlay="FIX44"/>');
    expect(faults(() => loadSessionDictionary({ application: "FIX42", overlay }))[0]).toContain(
      "it is an overlay for FIX44, and not for FIX42",
    );
    const whole = join(folder, "base.xml");
    expect(
      faults(() => loadSessionDictionary({ application: "FIX42", overlay: whole }))[0],
    ).toContain('it is no overlay; allowed: <fix overlay="FIX42">');
  });
});
