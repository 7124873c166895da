import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../../..");
const MAIN = join(ROOT, "src/main.ts");

function run(...argv: string[]) {
  const done = Bun.spawnSync([process.execPath, MAIN, ...argv], { cwd: ROOT });
  return { code: done.exitCode, out: String(done.stdout), err: String(done.stderr) };
}

describe("main", () => {
  test("ends with the verb's exit code, data on stdout, words on stderr", () => {
    expect(run("version", "--json")).toMatchObject({ code: 0, err: "" });
    const bad = run("check", "nowhere.toml");
    expect(bad).toMatchObject({ code: 3, out: "" });
    expect(bad.err).toContain("nowhere.toml: can't be read: there is no such file");
  });

  test("ends quietly when the reader of its data goes away", async () => {
    const script = `
      import { processIo, PipeClosed } from "${join(ROOT, "src/cli/io.ts")}";
      try {
        for (;;) processIo.out("x".repeat(65536));
      } catch (error) {
        process.exit(error instanceof PipeClosed ? 0 : 1);
      }`;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    expect(await child.exited).toBe(0);
    expect(await new Response(child.stderr).text()).toBe("");
  });
});
