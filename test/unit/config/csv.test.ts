import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parseInstrumentsCsv } from "../../../src/config/csv.ts";
import { checkConfig } from "../../../src/config/load.ts";
import { formatProblem } from "../../../src/config/problem.ts";
import { GOOD, HOST } from "./fixture.ts";

const messages = (source: string) =>
  parseInstrumentsCsv(source, "i.csv").problems.map(formatProblem);

describe("the CSV of instruments", () => {
  test("gives what the TOML would have given", () => {
    const source =
      '\uFEFFsymbol,price_unit,tags,ticks,order_symbol\r\n# comment\r\nMSFT,0.01,207=XNAS;100=N,0:0.01;1:0.05,"MS,""FT"""\r\n';
    const { instruments, problems } = parseInstrumentsCsv(source, "i.csv");
    expect(problems).toEqual([]);
    expect(instruments[0]).toMatchObject({
      line: 3,
      raw: {
        symbol: "MSFT",
        price_unit: 0.01,
        tags: { "207": "XNAS", "100": "N" },
        ticks: [
          { from: 0, tick: 0.01 },
          { from: 1, tick: 0.05 },
        ],
        order_symbol: 'MS,"FT"',
      },
    });
  });

  test("an empty field is as if the key were left out", () => {
    const { instruments } = parseInstrumentsCsv("symbol,lot\nA,\n", "i.csv");
    expect(instruments[0]!.raw).toEqual({ symbol: "A" });
  });

  test("a bad field is named by file, line and column", () => {
    expect(messages("symbol,lot\nA,100\nBB,ten\n")).toEqual([
      'i.csv:3:4: lot: found "ten"; allowed: a whole number from 1 to 1000000',
    ]);
  });

  test("an unknown column gets the nearest one", () => {
    expect(messages("symbol,price_unt\n")).toEqual([
      "i.csv:1:8: price_unt: no such column; did you mean price_unit?",
    ]);
  });

  test("too many fields, an open quote and a missing header are told", () => {
    expect(messages("symbol\nA,B\n")[0]).toContain("found 2 fields; the header has 1");
    expect(messages('symbol\n"A\n')[0]).toContain("does not end");
    expect(messages("\n\n")[0]).toContain("no header");
    expect(messages("lot\n1\n")[0]).toContain("no symbol");
  });

  test("any text is read to an end without throwing", () => {
    const unit = fc.constantFrom(...'symbol,lt\n\r"0.1;=:# ');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 80 }), (text) => {
        parseInstrumentsCsv(text, "i.csv");
        parseInstrumentsCsv(`symbol,lot,tags,ticks\n${text}`, "i.csv");
      }),
      { numRuns: 500 },
    );
  });
});

describe("instruments_file", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hairpin-csv-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const check = (csv: string) => {
    writeFileSync(join(folder, "i.csv"), csv);
    const toml = join(folder, "t.toml");
    writeFileSync(toml, `instruments_file = "i.csv"\n${GOOD}`);
    return checkConfig(toml, { host: HOST });
  };

  test("adds its instruments behind those of the TOML", () => {
    const { config } = check("symbol,price_unit\nMSFT,0.01\nIBM,0.01\n");
    expect(config!.instrument.map((i) => i.symbol)).toEqual(["AAPL", "MSFT", "IBM"]);
  });

  test("has its schema and cross errors named by its own line and column", () => {
    const { problems } = check("symbol,lot,price_unit,feed\nMSFT,0,0.01,\nIBM,1,0.01,itc\n");
    const texts = problems.map(formatProblem);
    expect(texts[0]).toMatch(/i\.csv:2:6: instrument\[1\]\.lot: found 0; allowed: a whole number/);
    expect(texts[1]).toMatch(/i\.csv:3:12: instrument\[2\]\.feed: .*did you mean "itch"\?/);
  });

  test("that is not there is one sentence", () => {
    const toml = join(folder, "n.toml");
    writeFileSync(toml, `instruments_file = "none.csv"\n${GOOD}`);
    const { problems, config } = checkConfig(toml, { host: HOST });
    expect(config).toBeUndefined();
    expect(problems.map(formatProblem).join()).toContain("there is no such file");
  });
});
