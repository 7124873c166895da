import { describe, expect, test } from "bun:test";
import { DictionaryError, parseDictionary } from "../../../../src/fix/dictionary/load.ts";
import { NESTING_MAX } from "../../../../src/fix/dictionary/members.ts";
import { PROBLEMS_MAX } from "../../../../src/fix/dictionary/problem.ts";
import { edited, problemsOf, SMALL } from "../../../support/fix-dictionary.ts";

const SIDE_FIELD =
  '<field number="54" name="Side" type="CHAR"><value enum="1" description="BUY"/></field>';

/** What is replaced, by what, and the one problem that comes of it. */
type Case = [title: string, from: string, to: string, problem: string];

const ERRORS: Case[] = [
  [
    "a field that is not defined",
    '<field name="Text" req',
    '<field name="Txt" req',
    "line 20: Maybe uses field Txt, which is not defined",
  ],
  [
    "a field whose name has a line end in it",
    '<field name="Text" req',
    '<field name="Te\nxt" req',
    "line 20: Maybe uses field Te xt, which is not defined",
  ],
  [
    "a component that is not defined",
    '<component name="Thing" req',
    '<component name="Nothing" req',
    "line 7: Order uses component Nothing, which is not defined",
  ],
  [
    "a group whose count is not defined",
    '<group name="NoSubs"',
    '<group name="NoSub"',
    "line 17: group NoParts of Thing uses group NoSub, which is not defined as a field",
  ],
  [
    "a component that contains itself",
    '<field name="Text" required="Y"/></component>',
    '<component name="Maybe" required="Y"/></component>',
    "line 20: component Maybe contains itself (Maybe > Maybe)",
  ],
  [
    "a component defined twice",
    '<component name="Maybe"><',
    '<component name="Thing"><field name="Symbol" required="Y"/></component><component name="Maybe"><',
    "line 20: component Thing is defined twice; the other is on line 15",
  ],
  [
    "a tag given to two fields",
    'number="55"',
    'number="54"',
    "line 26: tag 54 is given to both Side and Symbol; the other is on line 25",
  ],
  [
    "a field defined twice",
    SIDE_FIELD,
    `${SIDE_FIELD}\n<field number="999" name="Side" type="CHAR"/>`,
    "line 26: field Side is defined twice, as 54 and as 999",
  ],
  [
    "a number that is no tag",
    'number="55"',
    'number="5x"',
    'line 26: field Symbol has number "5x", which is no tag; allowed: 1 to 99999999, without leading zeros',
  ],
  [
    "a number with a leading zero",
    'number="55"',
    'number="055"',
    'line 26: field Symbol has number "055", which is no tag; allowed: 1 to 99999999, without leading zeros',
  ],
  [
    "a number above the range of tags",
    'number="55"',
    'number="100000000"',
    'line 26: field Symbol has number "100000000", which is no tag; allowed: 1 to 99999999, without leading zeros',
  ],
  [
    "a value listed twice",
    '<value enum="1" description="BUY"/>',
    '<value enum="1" description="BUY"/>\n<value enum="1" description="SELL"/>',
    'line 26: field Side has value "1" twice, as BUY and SELL',
  ],
  ["a value without enum", 'enum="1" ', "", "line 25: an element <value> has no enum"],
  ["a field without number", 'number="55" ', "", "line 26: an element <field> has no number"],
  ["a message without msgtype", ' msgtype="F"', "", "line 10: an element <message> has no msgtype"],
  ["a message without name", 'name="Cancel" ', "", "line 10: an element <message> has no name"],
  [
    "a MsgType given to two messages",
    'msgtype="F"',
    'msgtype="D"',
    "line 10: MsgType D is given to both Order and Cancel",
  ],
  [
    "a message name given twice",
    'name="Cancel"',
    'name="Order"',
    "line 10: message Order is defined twice, with different MsgTypes",
  ],
  [
    "a field written twice in a message",
    '<component name="Maybe" required="N"/>',
    '<field name="Side" required="N"/>',
    "line 8: Order has field Side twice; the other is on line 6",
  ],
  [
    "required that is neither Y nor N",
    '<component name="Maybe" required="N"/>',
    '<component name="Maybe" required="yes"/>',
    'line 8: component Maybe has required "yes"; allowed: Y or N',
  ],
  [
    "an empty group",
    '<field name="SubID" required="N"/>',
    "",
    "line 17: group NoSubs of group NoParts of Thing is empty; its first member must be a field",
  ],
  [
    "a group inside itself",
    '<field name="SubID" required="N"/>',
    '<field name="SubID" required="N"/>\n<group name="NoParts" required="N"><field name="Text" required="N"/></group>',
    "line 18: group NoParts is inside itself; it begins on line 16",
  ],
  [
    "a group inside itself by way of a component",
    '</group>\n      </group>\n    </component>\n    <component name="Maybe">',
    '<component name="Maybe" required="N"/></group>\n      </group>\n    </component>\n    <component name="Maybe"><group name="NoParts" required="N"><field name="PartID" required="N"/></group>',
    "line 20: group NoParts is inside itself; it begins on line 16",
  ],
  [
    "a control character in a name",
    'name="RawDataLength"',
    'name="RawData\u0001Length"',
    "line 32: name of <field> holds the control character 0x01; allowed: printable text",
  ],
  ["a section twice", "</fields>", "</fields><fields/>", "line 34: <fields> is there twice"],
  ["a type that FIX does not have", 'type="FIX"', 'type="SWIFT"', 'type is "SWIFT"; allowed: FIX'],
  ["a version that is no number", 'major="4"', 'major="four"', '"four" is no major version'],
  ["no version at all", ' minor="2"', "", "<fix> has no minor version; allowed: a number"],
  [
    "another outermost element",
    SMALL,
    "<other/>",
    "its outermost element is not <fix> but <other>",
  ],
  ["an empty file", SMALL, " \n", "it is empty; <fix> is needed"],
  ["a file cut in the middle", SMALL, SMALL.slice(0, 700), "it is no well-formed XML"],
  ["a tag that is not closed", "</fix>", "</fox>", "line 35: it is no well-formed XML"],
  ["something that is no XML", SMALL, "8=FIX.4.2|9=5|35=0|10=161|", "it is no well-formed XML"],
];

const WARNINGS: Case[] = [
  [
    "a field that a message and its component both have",
    '<component name="Maybe" required="N"/>',
    '<field name="Symbol" required="N"/>',
    "line 8: warning: Order has field Symbol twice; the other is on line 15; the first counts",
  ],
  [
    "required left out",
    '<component name="Maybe" required="N"/>',
    '<component name="Maybe"/>',
    "line 8: warning: component Maybe has no required; it is taken as N",
  ],
  [
    "a type that FIX does not have",
    'name="Symbol" type="STRING"',
    'name="Symbol" type="TEXT"',
    'line 26: warning: field Symbol has type "TEXT", which FIX does not have; any value passes',
  ],
  [
    "a field without type",
    'name="Symbol" type="STRING"',
    'name="Symbol"',
    "line 26: warning: field Symbol has no type; it is taken as STRING",
  ],
  [
    "a category that is not known",
    'msgtype="F" msgcat="app"',
    'msgtype="F" msgcat="business"',
    'line 10: warning: message Cancel has msgcat "business"; allowed: admin or app; app is taken',
  ],
  [
    "a group that counts with a string",
    'name="NoSubs" type="NUMINGROUP"',
    'name="NoSubs" type="STRING"',
    "line 17: warning: group NoSubs counts with a field of type STRING; allowed: NUMINGROUP, INT",
  ],
  [
    "a data field without its length",
    'number="95" name="RawDataLength" type="LENGTH"',
    'number="94" name="Other" type="LENGTH"',
    "line 33: warning: data field RawData (96) has no field for its length",
  ],
  [
    "a field of the header in a message",
    '<component name="Maybe" required="N"/>',
    '<field name="BeginString" required="N"/>',
    "line 8: warning: Order has field BeginString, which belongs to the header",
  ],
  [
    "a field of the trailer in a component that is used twice",
    '<field name="Text" required="Y"/></component>',
    '<field name="Text" required="Y"/><field name="CheckSum" required="N"/></component>',
    "line 20: warning: Order has field CheckSum, which belongs to the trailer",
  ],
  [
    "an element that is not known",
    '<component name="Maybe" required="N"/>',
    '<feild name="Side" required="N"/>',
    "line 8: warning: <feild> is left out; allowed here: field, group, component",
  ],
  [
    "an attribute that is not known",
    '<component name="Maybe" required="N"/>',
    '<component name="Maybe" requird="N" required="N"/>',
    "line 8: warning: <component> has attribute requird; allowed: name, required",
  ],
  [
    "a field defined twice alike",
    SIDE_FIELD,
    `${SIDE_FIELD}\n${SIDE_FIELD}`,
    "line 26: warning: field Side is defined twice, alike",
  ],
  [
    "a file for a venue's messages that has none",
    SMALL,
    `${SMALL.slice(0, SMALL.indexOf("<messages>"))}<messages/>${SMALL.slice(SMALL.indexOf("</messages>") + 11)}`,
    "line 1: warning: it defines no messages",
  ],
  [
    "text between the elements",
    "<messages>",
    "<messages>\nhello",
    'line 6: warning: text "hello" inside <messages> is left out; allowed are elements',
  ],
];

describe("an error with its line", () => {
  for (const [title, from, to, problem] of ERRORS) {
    test(title, () => {
      const text = edited(from, to);
      const problems = problemsOf(text).filter((p) => !p.includes("warning:"));
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(problem);
      expect(() => parseDictionary(text, "X.xml")).toThrow(DictionaryError);
    });
  }

  test("components that contain one another", () => {
    const text = edited(
      '<field name="Text" required="Y"/></component>',
      '<component name="Thing" required="Y"/></component>',
    ).replace('<field name="Symbol" required="Y"/>', '<component name="Maybe" required="N"/>');
    expect(problemsOf(text)).toEqual([
      "FIX dictionary X.xml: line 20: component Thing contains itself (Thing > Maybe > Thing)",
    ]);
  });

  test("groups nested deeper than anybody needs", () => {
    const depth = NESTING_MAX + 1;
    const open = '<group name="NoSubs" required="N">'.repeat(depth);
    const deep = `${open}<field name="SubID" required="N"/>${"</group>".repeat(depth)}`;
    const problems = problemsOf(edited('<component name="Maybe" required="N"/>', deep));
    expect(problems.join("\n")).toContain(`nests deeper than ${NESTING_MAX} levels`);
  });

  test("an element over several lines counts from its first", () => {
    const text = edited(
      '<component name="Maybe" required="N"/>',
      '<component\n        name="Nothing"\n        required="N"/>',
    );
    expect(problemsOf(text)[0]).toContain("line 8: Order uses component Nothing");
  });

  test("lines ended by CR LF count as one", () => {
    const text = edited('number="55"', 'number="x"').replaceAll("\n", "\r\n");
    expect(problemsOf(text)[0]).toContain("line 26: field Symbol");
  });
});

describe("a warning, and a dictionary none the less", () => {
  for (const [title, from, to, problem] of WARNINGS) {
    test(title, () => {
      const text = edited(from, to);
      expect(parseDictionary(text, "X.xml").field("Side")).toBeDefined();
      const problems = problemsOf(text);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(problem);
    });
  }

  test("a header that lacks what every message carries", () => {
    const { warnings } = parseDictionary(SMALL, "X.xml");
    expect(warnings.map((w) => [w.line, w.message])).toEqual([
      [2, "header lacks tag 9, 35, 49, 56, 34, 52, which every FIX message carries"],
    ]);
  });
});

describe("all problems of a file", () => {
  const broken = edited('number="55"', 'number="x"')
    .replace('<component name="Thing" req', '<component name="Nothing" req')
    .replace('msgtype="F"', 'msgtype="D"');

  test("are told at once, in order of line", () => {
    expect(problemsOf(broken).map((p) => p.match(/line (\d+)/)?.[1])).toEqual(["7", "10", "26"]);
  });

  test("make one sentence of the first, and a count", () => {
    expect(() => parseDictionary(broken, "X.xml")).toThrow(
      "FIX dictionary X.xml: line 7: Order uses component Nothing, which is not defined (and 2 errors more)",
    );
  });

  test(`are kept up to ${PROBLEMS_MAX}; the rest is counted, and no error gives way to a warning`, () => {
    const many = (text: string) => `${text}\n`.repeat(PROBLEMS_MAX + 20);
    const text = edited("</messages>", "</messages>").replace(
      '<component name="Maybe" required="N"/>',
      `${many("<oops/>")}${many('<field name="Nope" required="N"/>')}`,
    );
    try {
      parseDictionary(text, "X.xml");
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof DictionaryError)) throw error;
      expect(error.problems).toHaveLength(PROBLEMS_MAX);
      expect(error.problems.every((p) => p.severity === "error")).toBe(true);
      expect(error.errors).toBe(PROBLEMS_MAX + 20);
      expect(error.problems.length + error.dropped).toBe(2 * (PROBLEMS_MAX + 20) + 1);
    }
  });

  test("one fault in a component that many messages use is told once", () => {
    const text = edited('<field name="Text" req', '<field name="Txt" req').replace(
      'msgtype="F" msgcat="app">',
      'msgtype="F" msgcat="app"><component name="Maybe" required="Y"/>',
    );
    expect(problemsOf(text)).toHaveLength(1);
  });
});

test("a component used in two places is resolved once, and requires only where it is required", () => {
  const text = edited(
    'msgtype="F" msgcat="app">',
    'msgtype="F" msgcat="app"><component name="Thing" required="N"/>',
  );
  const dictionary = parseDictionary(text, "X.xml");
  const order = dictionary.message("D")!;
  const cancel = dictionary.message("F")!;
  expect(order.required).toEqual([54, 55]);
  expect(cancel.required).toEqual([54]);
  expect(cancel.byTag.get(453)!.group).toBe(order.byTag.get(453)!.group!);
  expect(cancel.byTag.get(453)!.group![0]!.required).toBe(true);
});
