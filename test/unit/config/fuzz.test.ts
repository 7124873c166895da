import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatProblem } from "../../../src/config/problem.ts";
import { GOOD, load } from "./fixture.ts";

const LINES = GOOD.split("\n");
const VALUES = [
  '"x"',
  "0",
  "-1",
  "inf",
  "nan",
  "9007199254740993",
  "1979-05-27",
  "3.5",
  "true",
  "[]",
  "{}",
  "[[1]]",
  '{ a = "b" }',
  '""',
];

/** A line left out, doubled, moved, or given another value. */
const edit = fc.record({
  line: fc.nat(LINES.length - 1),
  how: fc.constantFrom("drop", "double", "move", "value", "chop"),
  value: fc.constantFrom(...VALUES),
  to: fc.nat(LINES.length - 1),
});

test("a config broken in any way gives problems in words, and never throws", () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const lines = [...LINES];
      for (const e of edits) {
        const text = lines[e.line] ?? "";
        if (e.how === "drop") lines.splice(e.line, 1);
        if (e.how === "double") lines.splice(e.to, 0, text);
        if (e.how === "move") lines.splice(e.to, 0, ...lines.splice(e.line, 1));
        if (e.how === "value") lines[e.line] = text.replace(/= .*/, `= ${e.value}`);
        if (e.how === "chop") lines[e.line] = text.slice(0, Math.floor(text.length / 2));
      }
      const { config, problems } = load(lines.join("\n"));
      const errors = problems.filter((p) => p.severity === "error");
      if ((config === undefined) !== errors.length > 0) throw new Error("neither good nor bad");
      for (const p of problems) {
        const said = formatProblem(p);
        if (/undefined|null|\[object/.test(said)) throw new Error(said);
        if (p.line < 0 || p.line > lines.length + 1) throw new Error(`line ${p.line}`);
      }
    }),
    { numRuns: 1000 },
  );
});

test("text that is no config at all never throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      expect(load(text).config).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});
