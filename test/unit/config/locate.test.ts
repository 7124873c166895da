import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parse } from "smol-toml";
import { locate } from "../../../src/config/locate.ts";

const line = (source: string, ...path: (string | number)[]) => locate(source).find(path).line;

describe("locate", () => {
  test("keys of plain, dotted and quoted form have their own lines", () => {
    const source = "# top\na = 1\nb.c = 2\n\n\"d e\".'f.g' = 3\n";
    expect(line(source, "a")).toBe(2);
    expect(line(source, "b", "c")).toBe(3);
    expect(line(source, "d e", "f.g")).toBe(5);
  });

  test("columns are those of the key", () => {
    expect(locate("  a = 1\n").find(["a"])).toEqual({ line: 1, column: 3 });
    expect(locate("t = { x = 1, yy = 2 }\n").find(["t", "yy"])).toEqual({ line: 1, column: 14 });
  });

  test("tables and arrays of tables count their elements", () => {
    const source =
      '[t]\nx = 1\n[[e]]\nn = "a"\n[e.sub]\ny = 1\n[[e]]\nn = "b"\n[[e.deep]]\nz = 1\n[[e.deep]]\nz = 2\n';
    expect(line(source, "t", "x")).toBe(2);
    expect(line(source, "e", 0, "n")).toBe(4);
    expect(line(source, "e", 0, "sub", "y")).toBe(6);
    expect(line(source, "e", 1)).toBe(7);
    expect(line(source, "e", 1, "deep", 0, "z")).toBe(10);
    expect(line(source, "e", 1, "deep", 1, "z")).toBe(12);
  });

  test("arrays over several lines, with comments and tables in them, are followed", () => {
    const source =
      'l = [\n  { a = 1 }, # one\n\n  # two ]\n  { a = "]", b = [1,\n   2] },\n]\nz = 1\n';
    expect(line(source, "l", 0, "a")).toBe(2);
    expect(line(source, "l", 1)).toBe(5);
    expect(line(source, "l", 1, "b", 1)).toBe(6);
    expect(line(source, "z")).toBe(8);
  });

  test("strings of all four kinds hide what looks like structure", () => {
    const source = [
      'a = "x # [y] \\" = 1"',
      "b = 'c:\\'",
      'd = """one',
      '[no] "" two\\""""',
      "e = '''",
      "[[no]]",
      "'''",
      "f = 1",
    ].join("\n");
    parse(source);
    expect(line(source, "f")).toBe(8);
    expect(locate(source).has(["no"])).toBe(false);
  });

  test("a path that is not there gives the table around it", () => {
    expect(line("[t]\nx = 1\n", "t", "missing")).toBe(1);
    expect(line("a = 1\n", "missing")).toBe(0);
  });

  test("every key that the parser finds is found, for any document of these shapes", () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9_-]{0,5}$/);
    const quoted = fc
      .string({ maxLength: 6, unit: "grapheme-ascii" })
      .map((s) => JSON.stringify(s));
    const scalar = fc.oneof(fc.integer().map(String), quoted, fc.constant("1979-05-27T07:32:00Z"));
    const value = fc.oneof(
      scalar,
      fc.array(scalar, { maxLength: 3 }).map((v) => `[\n ${v.join(", # c ]\n")}\n]`),
      fc
        .uniqueArray(key, { maxLength: 3 })
        .map((k) => `{ ${k.map((x) => `${x} = "}"`).join(", ")} }`),
    );
    const pair = fc.tuple(
      fc.oneof(
        key,
        quoted.filter((q) => q.length > 2),
      ),
      value,
    );
    const body = fc.uniqueArray(pair, { maxLength: 4, selector: ([k]) => k.replaceAll('"', "") });
    fc.assert(
      fc.property(body, fc.array(body, { maxLength: 3 }), (top, tables) => {
        const text = (b: [string, string][]) => b.map(([k, v]) => `${k} = ${v}\n`).join("");
        const source = text(top) + tables.map((b) => `[[zz9]]\n${text(b)}`).join("\n");
        let raw: unknown;
        try {
          raw = parse(source);
        } catch {
          return;
        }
        const places = locate(source);
        for (const path of pathsOf(raw, [])) {
          if (!places.has(path)) throw new Error(`${JSON.stringify(path)} not found`);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("any text at all is scanned to an end", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."[]{}=\"'.,#\n a1\\") }), (text) => {
        locate(text);
      }),
      { numRuns: 1000 },
    );
  });
});

function pathsOf(value: unknown, path: (string | number)[]): (string | number)[][] {
  const own = path.length === 0 ? [] : [path];
  if (Array.isArray(value)) return [...own, ...value.flatMap((v, i) => pathsOf(v, [...path, i]))];
  if (value === null || typeof value !== "object" || value instanceof Date) return own;
  return [...own, ...Object.entries(value).flatMap(([k, v]) => pathsOf(v, [...path, k]))];
}
