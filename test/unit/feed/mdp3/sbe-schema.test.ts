import { describe, expect, test } from "bun:test";
import { MessagePlans } from "../../../../src/feed/mdp3/message-plans.ts";
import { loadSbeSchema, readSbeSchema } from "../../../../src/feed/mdp3/sbe-schema.ts";
import { builtInSchema, TEMPLATES_XML } from "../../../../src/feed/mdp3/templates.ts";

const HEADER = `<composite name="messageHeader"><type name="blockLength" primitiveType="uint16"/>
<type name="templateId" primitiveType="uint16"/><type name="schemaId" primitiveType="uint16"/>
<type name="version" primitiveType="uint16"/></composite>`;

function xml(types: string, messages: string, attributes = 'version="9"'): string {
  return `<messageSchema ${attributes}><types>${HEADER}${types}</types>${messages}</messageSchema>`;
}

const message = (inside: string, attributes = 'blockLength="8"') =>
  `<message name="M" id="1" ${attributes}>${inside}</message>`;

function fault(text: string): string {
  try {
    readSbeSchema(text, "my.xml");
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("an SBE schema", () => {
  test("has offsets as written, and behind the field before where none is written", () => {
    const schema = readSbeSchema(
      xml(
        '<type name="Five" primitiveType="char" length="5"/>',
        message(
          '<field name="a" type="uint8"/><field name="b" type="Five"/><field name="c" type="uint16"/>',
        ),
      ),
      "my.xml",
    );
    const fields = schema.messages.get(1)!.fields.map((f) => [f.name, f.offset, f.type.size]);
    expect(fields).toEqual([
      ["a", 0, 1],
      ["b", 1, 5],
      ["c", 6, 2],
    ]);
  });

  test("knows nulls, constants, exponents and versions", () => {
    const message46 = builtInSchema().messages.get(46)!;
    const px = message46.groups[0]!.fields[0]!;
    expect(px.type).toMatchObject({ exponent: -9, size: 8, nullValue: 9223372036854775807n });
    const trade = builtInSchema().messages.get(48)!.groups[0]!;
    const type = trade.fields.find((f) => f.name === "MDEntryType")!.type;
    expect(type).toMatchObject({ size: 0, constant: "2" });
    const reset = builtInSchema().messages.get(4)!.groups[0]!;
    expect(reset.fields.find((f) => f.name === "ApplID")!.since).toBe(3);
  });

  test("reads group dimensions of three and of eight bytes", () => {
    const groups = builtInSchema()
      .messages.get(46)!
      .groups.map((g) => g.dimension);
    expect(groups).toEqual([
      { size: 3, blockLengthAt: 0, countAt: 2, countBytes: 1 },
      { size: 8, blockLengthAt: 0, countAt: 7, countBytes: 1 },
    ]);
  });

  const bad: [what: string, text: string, sentence: RegExp][] = [
    ["no XML", "hello", /no well-formed XML/],
    ["cut off", TEMPLATES_XML.slice(0, 5000), /well-formed XML/],
    ["another root", "<fix/>", /line 1: the outermost element is <fix>; wanted: messageSchema/],
    ["big endian", xml("", message(""), 'version="9" byteOrder="bigEndian"'), /supported: littleE/],
    ["no version", xml("", message(""), ""), /has no version; wanted: a whole number/],
    ["no message", xml("", ""), /there is no message; wanted: one at least/],
    ["a strange element", xml("", "<massage/>"), /<massage> inside messageSchema; allowed: types/],
    ["a header of another shape", xml("", message("")).replace("templateId", "id"), /header/],
    [
      "an unknown type",
      xml("", message('<field name="a" type="X"/>')),
      /a of message M has type "X"/,
    ],
    [
      "a field outside",
      xml("", message('<field name="a" type="int64" offset="4"/>')),
      /ends at 12/,
    ],
    [
      "an offset that is none",
      xml("", message('<field name="a" type="int8" offset="-1"/>')),
      /allow/,
    ],
    ["two of one id", xml("", message("") + message("")), /id 1 is there twice/],
    ["a name that is none", xml("", message('<field name="a b" type="int8"/>')), /letters, digits/],
    ["a float", xml('<type name="F" primitiveType="float"/>', message("")), /allowed: char, int8/],
    [
      "a null that is none",
      xml('<type name="N" primitiveType="int8" presence="optional" nullValue="x"/>', message("")),
      /nullValue="x"/,
    ],
    [
      "a group of no dimension",
      xml("", message('<group name="G" dimensionType="int8"/>')),
      /uint16/,
    ],
    [
      "an enum of nothing",
      xml('<enum name="E" encodingType="Q"/>', message("")),
      /encodingType="Q"/,
    ],
  ];
  for (const [what, text, sentence] of bad) {
    test(`refuses ${what} in one sentence`, () => {
      const said = fault(text);
      expect(said).toMatch(sentence);
      expect(said).toStartWith("SBE templates my.xml:");
      expect(said).not.toContain("\n");
    });
  }

  test("says which line it is", () => {
    const text = TEMPLATES_XML.replace('type="uInt64" offset="0"/>', 'type="uInt65" offset="0"/>');
    const line = text.slice(0, text.indexOf("uInt65")).split("\n").length;
    expect(fault(text)).toContain(`line ${line}:`);
  });

  test("says so when the file cannot be read", () => {
    expect(loadSbeSchema("/nowhere/t.xml")).rejects.toThrow(
      /SBE templates \/nowhere\/t.xml: it cannot be read/,
    );
  });
});

describe("what the decoder needs of a schema", () => {
  const plans = (text: string) => () => new MessagePlans(readSbeSchema(text, "my.xml"));

  test("is there in the built-in one", () => {
    expect(new MessagePlans(builtInSchema()).exponents).toEqual([-9]);
  });

  test("a field that is missing, or of another type, is one sentence", () => {
    expect(plans(TEMPLATES_XML.replaceAll('name="RptSeq"', 'name="Rpt"'))).toThrow(
      /has no field RptSeq on the wire/,
    );
    expect(
      plans(
        TEMPLATES_XML.replaceAll(
          'name="SecurityID" type="Int32"',
          'name="SecurityID" type="uInt32"',
        ),
      ),
    ).toThrow(/field SecurityID of .* has type uInt32; supported: int32/);
    expect(plans(TEMPLATES_XML.replaceAll('nullValue="2147483647"', 'nullValue="7"'))).toThrow(
      /nullValue 7; supported: 2147483647/,
    );
    expect(
      plans(TEMPLATES_XML.replaceAll('<group name="NoMDEntries"', '<group name="NoX"')),
    ).toThrow(/group 1 of .* is NoX; wanted: NoMDEntries/);
  });

  test("other exponents are read as they are", () => {
    const text = TEMPLATES_XML.replaceAll(">-9<", ">-7<");
    expect(plans(text)().exponents).toEqual([-7]);
  });
});
