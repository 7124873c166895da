import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  type Dictionary,
  DictionaryError,
  type Member,
  parseDictionary,
} from "../../../src/fix/dictionary/load.ts";
import { summarize } from "../../../src/fix/dictionary/summary.ts";
import { SMALL } from "../../support/fix-dictionary.ts";

const RUNS = process.env["HAIRPIN_FULL"] === "1" ? 100_000 : 3000;

/** Pieces that turn up in dictionaries, and some that should not. */
const PIECES = [
  ...SMALL.split(/(?=[<" ])/),
  "</group>",
  "<group name='NoParts' required='Y'>",
  '<component name="Thing" required="Y"/>',
  '<fix overlay="FIX44">',
  '<fix overlay="X.xml">',
  ' remove="Y"',
  ' number="0"',
  "&lt;&#0;&nope;",
  "<![CDATA[",
  "<!--",
  "<!DOCTYPE fix [<!ENTITY a 'b'>]>",
  "\u0000\u0001",
  "\ufeff",
  "__proto__",
  "constructor",
];

const edit = fc.record({
  at: fc.nat(SMALL.length),
  cut: fc.nat(40),
  piece: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 8 })),
});

function load(text: string): Dictionary | DictionaryError {
  try {
    return parseDictionary(text, "X.xml");
  } catch (error) {
    if (error instanceof DictionaryError) return error;
    throw error;
  }
}

test("a mutated file either loads or is a DictionaryError with lines inside the file", () => {
  let loaded = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let text = SMALL;
      for (const e of edits) text = text.slice(0, e.at) + e.piece + text.slice(e.at + e.cut);
      const result = load(text);
      if (result instanceof DictionaryError) {
        refused++;
        expect(result.message.split("\n")).toHaveLength(1);
        expect(result.errors).toBeGreaterThan(0);
        const lines = text.split("\n").length;
        for (const p of result.problems) {
          if (p.file === "X.xml") expect(p.line).toBeLessThanOrEqual(lines);
        }
      } else {
        loaded++;
        expectSound(result);
      }
    }),
    { numRuns: RUNS },
  );
  expect(loaded).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});

test("components that each hold the next twice cost no more than their fields", () => {
  const count = 25;
  const uses = (n: number) => `<component name="C${n}" required="Y"/>`.repeat(2);
  const components = Array.from(
    { length: count },
    (_, i) =>
      `<component name="C${i}"><field name="F${i}" required="Y"/>${i + 1 < count ? uses(i + 1) : ""}</component>`,
  );
  const fields = components.map((_, i) => `<field number="${1000 + i}" name="F${i}" type="CHAR"/>`);
  const text = SMALL.replace("</components>", `${components.join("\n")}</components>`)
    .replace("</fields>", `${fields.join("\n")}</fields>`)
    .replace('<component name="Maybe" required="N"/>', uses(0));
  const order = parseDictionary(text, "X.xml").message("D")!;
  expect(order.members.length).toBe(3 + count);
});

/** What a validator relies on. */
function expectSound(dictionary: Dictionary): void {
  for (const part of [dictionary.header, dictionary.trailer, ...dictionary.messages]) {
    expect(part.byTag.size).toBe(part.members.length);
    expect(part.required).toEqual(part.members.filter((m) => m.required).map((m) => m.field.tag));
    expectMembers(dictionary, part.members);
  }
  expect(dictionary.dataTags.length % 2).toBe(0);
  expect(summarize(dictionary).messages.length).toBe(dictionary.messages.length);
}

function expectMembers(dictionary: Dictionary, members: readonly Member[]): void {
  for (const member of members) {
    expect(dictionary.field(member.field.tag)).toBe(member.field);
    expect(dictionary.field(member.field.name)).toBe(member.field);
    if (member.group === undefined) continue;
    expect(member.group.length).toBeGreaterThan(0);
    expectMembers(dictionary, member.group);
  }
}
