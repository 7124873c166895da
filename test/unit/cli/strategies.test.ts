import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dispatch } from "../../../src/cli/dispatch.ts";
import { EXIT_CONFIG, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../../../src/cli/exit-codes.ts";

const EXAMPLE = readFileSync(`${import.meta.dir}/../../../docs/examples/appliance.toml`, "utf8");
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hairpin-new-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...argv: string[]) {
  let out = "";
  let err = "";
  const code = await dispatch(argv, {
    out: (t) => {
      out += t;
    },
    err: (t) => {
      err += t;
    },
    isTerminal: false,
    columns: 80,
  });
  return { code, out, err };
}
function check(strategy: string) {
  const file = join(folder, "t.toml");
  const at = EXAMPLE.indexOf("[[strategy]]");
  const end = EXAMPLE.indexOf("[risk]");
  writeFileSync(file, `${EXAMPLE.slice(0, at)}${strategy}\n${EXAMPLE.slice(end)}`);
  return run("check", file);
}

describe("new strategy", () => {
  test("writes files that `check` accepts", async () => {
    const done = await run("new", "strategy", "mine", "--folder", folder);
    expect(done.err).toBe("");
    expect(done.code).toBe(EXIT_OK);
    expect(readdirSync(folder).sort()).toEqual(["hairpin.d.ts", "mine.ts", "tsconfig.json"]);
    const checked = await check('[[strategy]]\nname = "mine"\nuses = "mine.ts"\n');
    expect(checked.err).toBe("");
    expect(checked.code).toBe(EXIT_OK);
  });

  test("does not overwrite what is there, unless forced", async () => {
    writeFileSync(join(folder, "mine.ts"), "// mine");
    const done = await run("new", "strategy", "mine", "--folder", folder);
    expect(done.code).toBe(EXIT_FAILED);
    expect(done.err).toContain("--force overwrites it");
    expect(readFileSync(join(folder, "mine.ts"), "utf8")).toBe("// mine");
    expect((await run("new", "strategy", "mine", "--folder", folder, "--force")).code).toBe(
      EXIT_OK,
    );
    expect(readFileSync(join(folder, "mine.ts"), "utf8")).toContain("defineStrategy");
  });

  test("a new config is the example, and `check` accepts it", async () => {
    expect((await run("new", "config", "--folder", folder)).err).toBe("");
    const file = join(folder, "appliance.toml");
    expect(readFileSync(file, "utf8")).toBe(EXAMPLE);
    expect(await run("check", file)).toMatchObject({ code: EXIT_OK, err: "" });
    writeFileSync(file, "# mine");
    expect((await run("new", "config", "--folder", folder)).err).toContain("is there already");
    expect(readFileSync(file, "utf8")).toBe("# mine");
    expect((await run("new", "config", "b.toml", "--folder", folder)).code).toBe(EXIT_OK);
    expect(readFileSync(join(folder, "b.toml"), "utf8")).toBe(EXAMPLE);
  });

  test("refuses other kinds, and names that are no file names", async () => {
    expect((await run("new", "feed", "x")).code).toBe(EXIT_USAGE);
    expect((await run("new", "strategy", "../x")).code).toBe(EXIT_USAGE);
    expect((await run("new", "strategy")).code).toBe(EXIT_USAGE);
  });
});

test("check tells the edition of a PITCH feed", async () => {
  const file = join(folder, "pitch.toml");
  const at = EXAMPLE.indexOf("[[feed]]");
  const head = '[[feed]]\nprotocol = "pitch"\nunit = 3\n';
  const rest = EXAMPLE.slice(at + 9)
    .replace('protocol = "itch50"\n', "")
    .replace(/^rerequest = .*$/m, "");
  const text = (words: string) => EXAMPLE.slice(0, at) + head + words + rest;
  writeFileSync(file, text(""));
  expect((await run("check", file)).out).toContain("pitch 3 us-equities ");
  writeFileSync(file, text('edition = "cfe-futures"\n'));
  expect((await run("check", file)).out).toContain("pitch 3 cfe-futures ");
});

describe("check of strategies", () => {
  test("names the line of a parameter that is unknown", async () => {
    const done = await check(
      '[[strategy]]\nname = "m"\nuses = "maker"\n[strategy.params]\nno_such_thing = 1\n',
    );
    expect(done.code).toBe(EXIT_CONFIG);
    const line = EXAMPLE.slice(0, EXAMPLE.indexOf("[[strategy]]")).split("\n").length + 4;
    expect(done.err).toContain(`t.toml:${line}:1: strategy[0].params.no_such_thing: `);
  });

  test("names a file that is no strategy", async () => {
    writeFileSync(join(folder, "bad.ts"), "export const x = 1;\n");
    const done = await check('[[strategy]]\nname = "m"\nuses = "bad.ts"\n');
    expect(done.code).toBe(EXIT_CONFIG);
    expect(done.err).toContain("no default export");
  });
});
