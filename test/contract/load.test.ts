/** How the shim gets into a program: from sources, and from inside a compiled executable. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCompiler } from "../../native/build.ts";
import { compile } from "../../native/compile.ts";
import { HP_ABI_VERSION } from "../../src/ffi/layout.ts";
import { loadShim, openShim } from "../../src/ffi/load.ts";
import { REAL_SKIPPED } from "./backends.ts";

const title = REAL_SKIPPED === undefined ? "" : ` (skipped: ${REAL_SKIPPED})`;
const loadPath = join(import.meta.dir, "../../src/ffi/load.ts");
const scratch = mkdtempSync(join(tmpdir(), "hairpin-load-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Two workers and the main thread: each tells the clock's session start, and what is mapped. */
const MAIN = `
import { readFileSync } from "node:fs";
import { loadShim } from ${JSON.stringify(loadPath)};
const shim = loadShim();
shim.hp_clock_init(1e9);
let left = 2;
for (let i = 0; i < 2; i++) {
  const worker = new Worker("./worker.ts");
  worker.onmessage = (event) => {
    const gap = Math.abs(shim.hp_clock_ns() - event.data);
    console.log("gap", gap < 60e9 ? "small" : gap);
    worker.terminate();
    if (--left > 0) return;
    const maps = readFileSync("/proc/self/maps", "utf8").split("\\n");
    const code = maps.filter((line) => line.includes("r-xp") && line.includes("hairpin.so"));
    console.log("copies", code.length, code.every((line) => line.includes("/memfd:")));
  };
}
`;
const WORKER = `
import { loadShim } from ${JSON.stringify(loadPath)};
postMessage(loadShim().hp_clock_ns());
`;

describe.skipIf(REAL_SKIPPED !== undefined)(`loading the shim${title}`, () => {
  test("from sources it is the built library, once per thread", () => {
    expect(loadShim().hp_abi_version()).toBe(HP_ABI_VERSION);
    expect(loadShim()).toBe(loadShim());
    expect(loadShim().isFake).toBe(false);
  });

  test("another ABI version is one clear sentence", () => {
    const source = join(scratch, "other.c");
    const library = join(scratch, "other.so");
    writeFileSync(source, "int hp_abi_version(void) { return 99; }\n");
    const built = Bun.spawnSync([findCompiler()!, "-shared", "-fPIC", source, "-o", library]);
    expect(built.exitCode).toBe(0);
    expect(() => openShim(library)).toThrow(
      `the shim has ABI version 99 and this program needs ${HP_ABI_VERSION}: run \`bun run shim\``,
    );
  });

  test("a compiled program loads it from memory, one copy for all threads, with no writable /tmp", async () => {
    writeFileSync(join(scratch, "main.ts"), MAIN);
    writeFileSync(join(scratch, "worker.ts"), WORKER);
    const program = join(scratch, "out/program");
    expect(await compile([join(scratch, "main.ts"), join(scratch, "worker.ts")], program)).toBe(0);
    const nowhere = join(scratch, "no-such-folder");
    const run = Bun.spawnSync([program], {
      cwd: "/",
      env: { TMPDIR: nowhere, BUN_TMPDIR: nowhere, PATH: "" },
    });
    expect(run.stderr.toString()).toBe("");
    expect(run.stdout.toString()).toBe("gap small\ngap small\ncopies 1 true\n");
  }, 30_000);
});
