import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSecretFile } from "../../../src/core/secret-file.ts";

const folder = mkdtempSync(join(tmpdir(), "secret-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string, mode: number): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

test("a secret is all of a file that only its owner may read", () => {
  expect(readSecretFile(fileOf("own", "line\nline 2\n", 0o600)).toString()).toBe("line\nline 2\n");
  expect(readSecretFile(fileOf("read", "x", 0o400)).toString()).toBe("x");
});

test("a file that the group or others may touch is refused, by its mode", () => {
  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601]) {
    const file = fileOf("open", "hush", mode);
    expect(() => readSecretFile(file)).toThrow(
      `the secret file ${file} has mode 0${mode.toString(8)}: others can read it; chmod 600 it`,
    );
  }
});

test("what is no file, is not there or is too large is told by its name, and nothing of its content", () => {
  chmodSync(folder, 0o700);
  expect(() => readSecretFile(folder)).toThrow(`the secret file ${folder} is no regular file`);
  expect(() => readSecretFile(join(folder, "none"))).toThrow(/can't read the secret file .*none/);
  const large = fileOf("large", "z".repeat(70_000), 0o600);
  expect(() => readSecretFile(large)).toThrow(/^the secret file \S+large has 70000 bytes/);
});
