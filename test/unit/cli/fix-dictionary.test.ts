import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT_FAILED, EXIT_OK } from "../../../src/cli/exit-codes.ts";
import { SMALL } from "../../support/fix-dictionary.ts";
import { runCli } from "../../support/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-cli-dictionary-"));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}
const run = (...words: string[]) => runCli("fix", "dictionary", ...words);

describe("hairpin fix dictionary", () => {
  test("prints what a good one holds, warnings on stderr", async () => {
    const { code, out, err } = await run(file("good.xml", SMALL));
    expect(code).toBe(EXIT_OK);
    expect(out).toContain("good.xml: FIX42, ApplVerID 4, BeginString FIX.4.2");
    expect(out).toContain("2 messages, 11 fields, 2 groups, 2 components, 1 data fields");
    expect(out).toMatch(/D +Order +app +4 +2 +2/);
    expect(err).toBe(
      "FIX dictionary good.xml: line 2: warning: header lacks tag 9, 35, 49, 56, 34, 52, which every FIX message carries\n",
    );
  });

  test("prints every fault with its line, and how many are errors", async () => {
    const bad = SMALL.replace('name="Thing" req', 'name="Nothing" req').replace('"55"', '"x"');
    const { code, out, err } = await run(file("bad.xml", bad));
    expect(code).toBe(EXIT_FAILED);
    expect(out).toBe("");
    expect(err).toContain("FIX dictionary bad.xml: line 7: Order uses component Nothing");
    expect(err).toContain('FIX dictionary bad.xml: line 26: field Symbol has number "x"');
    expect(err).toEndWith("\n2 errors\n");
  });

  test("prints one JSON document either way", async () => {
    const good = JSON.parse((await run(file("good.xml", SMALL), "--json")).out);
    expect(good.ok).toBe(true);
    expect(good.messages[0]).toEqual({
      msgType: "D",
      name: "Order",
      admin: false,
      fields: 4,
      required: 2,
      groups: 2,
    });
    expect(good.problems[0].severity).toBe("warning");
    const result = await run(file("bad.xml", "<fix>"), "--json");
    expect(result.code).toBe(EXIT_FAILED);
    expect(result.err).toBe("");
    const bad = JSON.parse(result.out);
    expect(bad.ok).toBe(false);
    expect(bad.problems[0]).toMatchObject({ severity: "error", file: "bad.xml", line: 1 });
  });

  test("takes built-in names, and joins a transport and an overlay", async () => {
    expect((await run("FIX50SP2")).out).toContain("no session layer");
    const joined = await run("FIX50SP2", "--transport", "FIXT11");
    expect(joined.out).toContain("FIX50SP2+FIXT11: FIX50SP2, ApplVerID 9, BeginString FIXT.1.1");
    const overlay = file(
      "own.xml",
      '<fix overlay="FIX44"><fields><field number="7001" name="Own" type="CHAR"/></fields></fix>',
    );
    const words = (text: string) => Number(text.match(/(\d+) fields,/)?.[1]);
    const before = words((await run("FIX44")).out);
    expect(words((await run("FIX44", "--overlay", overlay)).out)).toBe(before + 1);
    expect(words((await run(overlay)).out)).toBe(before + 1);
  });

  test("a file that is not there is one sentence", async () => {
    const { code, out, err } = await run("/nowhere/x.xml");
    expect(code).toBe(EXIT_FAILED);
    expect(out).toBe("");
    expect(err).toBe("hairpin: there is no file /nowhere/x.xml\n");
  });

  test("a folder, or a file larger than any dictionary, is one sentence", async () => {
    mkdirSync(join(folder, "folder.xml"));
    expect((await run(join(folder, "folder.xml"))).err).toEndWith(
      "folder.xml is no file; allowed: an .xml file\n",
    );
    const path = file("large.xml", SMALL);
    truncateSync(path, (64 << 20) + 1);
    const { code, err } = await run(path);
    expect(code).toBe(EXIT_FAILED);
    expect(err).toEndWith("large.xml has 67108865 bytes; allowed for a FIX dictionary: 67108864\n");
  });
});
