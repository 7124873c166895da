import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parse } from "smol-toml";
import { parseConfig } from "../../../src/config/load.ts";
import {
  applyOverrides,
  OverrideError,
  parseOverride,
  parseSet,
  parseValue,
} from "../../../src/config/override.ts";
import { formatProblem } from "../../../src/config/problem.ts";
import { GOOD, HOST } from "./fixture.ts";

const wrong = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    if (!(error instanceof OverrideError)) throw error;
    return error.message;
  }
  throw new Error("accepted");
};
interface Raw {
  risk: object;
  strategy: object[];
  instrument: object[];
  feed: object[];
}
const set = (path: string, value: string) => {
  const raw = parse(GOOD);
  const [at] = applyOverrides(raw, [{ path, value }]);
  return { raw: raw as unknown as Raw, at };
};
const load = (...sets: { path: string; value: string }[]) =>
  parseConfig(GOOD, "/etc/hairpin/t.toml", { host: HOST, sets });

describe("parseSet", () => {
  const good: [string, string, string[]][] = [
    ["a.b=1,2", "a.b", ["1", "2"]],
    ["a.b = 1", "a.b", ["1"]],
    ['a.b="x,y",z', "a.b", ['"x,y"', "z"]],
    ["a.b='x,y',z", "a.b", ["'x,y'", "z"]],
    ["a.b=[1,2],[3]", "a.b", ["[1,2]", "[3]"]],
    ["a.b={x=1,y=[2,3]},4", "a.b", ["{x=1,y=[2,3]}", "4"]],
    ['a.b=["]",1],2', "a.b", ['["]",1]', "2"]],
    ['a.b="say \\"a,b\\"",2', "a.b", ['"say \\"a,b\\""', "2"]],
    ["a.b=O'Neil,x", "a.b", ["O'Neil", "x"]],
    ["a.b=x=y", "a.b", ["x=y"]],
    ['risk.instrument."A=B".lot=1', 'risk.instrument."A=B".lot', ["1"]],
  ];
  for (const [word, path, values] of good) {
    test(`reads ${word}`, () => expect(parseSet(word)).toEqual({ path, values }));
  }

  const bad: [string, string][] = [
    ["a.b", "--set a.b: no value; write KEY=VALUE"],
    ["a=1", "--set a: names no key of a section"],
    ["=1", "--set : is no path; write it as risk.max_loss, parts in quotes or not"],
    ["a..b=1", "--set a..b: is no path; write it as risk.max_loss, parts in quotes or not"],
    ["a.b=1,,2", '--set a.b: an empty value; write "" for empty text'],
    ["a.b=", '--set a.b: an empty value; write "" for empty text'],
    ['a.b="x', '--set a.b: a quote (") is not closed'],
    ["a.b=[1,2", "--set a.b: a ] is missing"],
  ];
  for (const [word, message] of bad) {
    test(`refuses ${word}`, () => expect(wrong(() => parseSet(word))).toBe(message));
  }

  test("reads any text to an end, and gives back what was separated by commas", () => {
    const unit = fc.constantFrom(...`ab.,="'[]{}\\ 1`);
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 30 }), (text) => {
        try {
          expect(parseSet(`a.b=${text}`).values.join(",").length).toBeLessThanOrEqual(text.length);
        } catch (error) {
          expect(error).toBeInstanceOf(OverrideError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("where one value makes sense, several are refused", () => {
    expect(parseOverride("a.b=[1,2]")).toEqual({ path: "a.b", value: "[1,2]" });
    expect(wrong(() => parseOverride("a.b=1,2"))).toContain("2 values, and only one makes sense");
  });
});

test("values are TOML, and text when they are not", () => {
  const cases: [string, unknown][] = [
    ["0.1", 0.1],
    ["1_000", 1000],
    ["true", true],
    ['"x"', "x"],
    ["[1, 2]", [1, 2]],
    ["maker", "maker"],
    ["2026-01-02", "2026-01-02"],
    ["04:00", "04:00"],
    ["1\nrisk = 2", "1\nrisk = 2"],
  ];
  for (const [text, value] of cases) expect(parseValue(text)).toEqual(value as never);
});

describe("applyOverrides", () => {
  test("finds tables by their names, instruments by their symbols", () => {
    const { raw, at } = set("strategy.quotes.params.skew_ticks", "0.5");
    expect(at as unknown[]).toEqual(["strategy", 0, "params", "skew_ticks"]);
    expect(raw.strategy[0]).toMatchObject({ params: { skew_ticks: 0.5 } });
    expect(set("instrument.AAPL.lot", "100").raw.instrument[0]).toMatchObject({ lot: 100 });
    expect(set("risk.max_loss", "5").raw.risk).toMatchObject({ max_loss: 5 });
    expect(set('risk.instrument."AAPL".max_loss', "5").raw.risk).toMatchObject({
      instrument: { AAPL: { max_loss: 5 } },
    });
    expect(set("feed.itch.lines.1.port", "7").raw.feed[0]).toMatchObject({
      lines: [{ port: 2001 }, { port: 7 }],
    });
  });

  const bad: [string, string][] = [
    ["strategy.quote.params.x", 'no [[strategy]] has the name "quote"; did you mean "quotes"?'],
    ["strategy.zzz.params.x", 'no [[strategy]] has the name "zzz"; there is quotes'],
    ["instrument.IBM.lot", 'no [[instrument]] has the symbol "IBM"; there is AAPL'],
    ["strategy.quotes", "names no key; write strategy.NAME.KEY"],
    ["risk.max_loss.x", "risk.max_loss is no table"],
    ["feed.itch.lines.2.port", '"2" is no index into lines, which has 2 entries'],
    ["risk.__proto__.x", '"__proto__" is no key'],
  ];
  for (const [path, reason] of bad) {
    test(`refuses ${path}`, () => {
      expect(wrong(() => set(path, "1"))).toBe(`--set ${path}: ${reason}`);
    });
  }

  test("refuses a table by name when there is no such section", () => {
    expect(wrong(() => applyOverrides({}, [{ path: "strategy.a.seed", value: "1" }]))).toBe(
      "--set strategy.a.seed: there is no [[strategy]]",
    );
  });
});

describe("a config with --set", () => {
  test("has the value, and another hash", () => {
    const { config, problems } = load({ path: "risk.max_loss", value: "5" });
    expect(problems).toEqual([]);
    expect(config!.risk.max_loss).toBe(5);
    expect(config!.hash).not.toBe(load().config!.hash);
  });

  const cases: [string, string, string][] = [
    [
      "risk.max_los",
      "5",
      '--set risk.max_los: risk.max_los: no such key; did you mean "max_loss"?',
    ],
    [
      "risk.max_loss",
      "much",
      '--set risk.max_loss: risk.max_loss: found "much"; allowed: a number',
    ],
    [
      "strategy.quots.seed",
      "5",
      '--set strategy.quots.seed: no [[strategy]] has the name "quots"; did you mean "quotes"?',
    ],
    ["instrument.AAP.lot", "5", '--set instrument.AAP.lot: no [[instrument]] has the symbol "AAP"'],
  ];
  for (const [path, value, message] of cases) {
    test(`names the --set that is wrong: ${path}=${value}`, () => {
      const { config, problems } = load({ path, value });
      expect(config).toBeUndefined();
      expect(problems.map(formatProblem).join()).toStartWith(message);
    });
  }
});
