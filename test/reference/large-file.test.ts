/** The generated file of the benches: well formed, the same each time, and the same books in C. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeLargeFile } from "../bench/large-file.ts";
import { openReference } from "../support/reference.ts";

const MESSAGES = 200_000;
const ROOT = join(import.meta.dir, "../..");
const directory = mkdtempSync(join(tmpdir(), "hairpin-large-"));
const path = join(directory, "large.itch");
const size = writeLargeFile(path, MESSAGES);
const reference = await openReference();

afterAll(() => rmSync(directory, { recursive: true }));

function books(script: string[]): string {
  const run = Bun.spawnSync([process.execPath, ...script], { cwd: ROOT });
  expect(run.stderr.toString()).toBe("");
  expect(run.exitCode).toBe(0);
  return run.stdout.toString();
}

describe("the generated file", () => {
  test("has the messages that were asked for, and the length that was told", () => {
    const bytes = readFileSync(path);
    let count = 0;
    for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt16BE(at)) count++;
    expect(bytes.length).toBe(size);
    expect(count).toBe(MESSAGES);
  });

  test("is the same each time", () => {
    const again = join(directory, "again.itch");
    writeLargeFile(again, MESSAGES);
    expect(Bun.hash(readFileSync(again))).toBe(Bun.hash(readFileSync(path)));
  });

  test.skipIf(reference === undefined)("leads to the same books in hairpin and in C", () => {
    const ours = books(["src/main.ts", "book", path, "--csv"]);
    expect(ours.split("\n").length).toBe(102);
    expect(books(["test/bench/reference-book.ts", path])).toBe(ours);
  });
});
