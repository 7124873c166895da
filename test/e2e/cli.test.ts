/** The command line of the compiled executable, alone in an empty folder with an empty PATH. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BINARY = process.env.HAIRPIN_BINARY ?? "";
const EXAMPLE = join(import.meta.dir, "../../docs/examples/appliance.toml");

describe.skipIf(BINARY === "")("the executable alone", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hairpin-e2e-cli-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(...argv: string[]) {
    const env = { PATH: "/nonexistent", HOME: folder, XDG_RUNTIME_DIR: folder };
    const done = Bun.spawnSync([BINARY, ...argv], { cwd: folder, env, stdin: "ignore" });
    return { code: done.exitCode, out: String(done.stdout), err: String(done.stderr) };
  }

  test("shows help and version, and leaves no file behind", () => {
    expect(run("help").out).toContain("Usage: hairpin VERB");
    expect(run("version", "--json").code).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("checks a config, dictionary included", () => {
    expect(run("new", "config")).toMatchObject({ code: 0, out: "appliance.toml\n", err: "" });
    expect(readFileSync(join(folder, "appliance.toml"), "utf8")).toBe(
      readFileSync(EXAMPLE, "utf8"),
    );
    const done = run("check", "appliance.toml", "--json");
    expect(done.err).toBe("");
    expect(done.code).toBe(0);
    expect(JSON.parse(done.out).config.journal.dir).toBe(join(folder, "journal"));
  });

  test("runs the simulator for a while and ends it", () => {
    const done = run("sim", "--seconds", "1", "--json");
    expect(done.code).toBe(0);
    expect(JSON.parse(done.out.split("\n")[0]!).ready).toBe(true);
  });

  test("has an exit code of its own for what does not run", () => {
    expect(run("status", "appliance.toml").code).toBe(4);
    expect(run("run", "nowhere.toml").code).toBe(3);
    expect(run("run").code).toBe(2);
  });
});
