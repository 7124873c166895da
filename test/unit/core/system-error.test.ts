import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { sayWhat, systemReason } from "../../../src/core/system-error.ts";

function thrownBy(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("it did not throw");
}

test("a failed call is told in the system's words, without the name of the call", () => {
  const missing = thrownBy(() => readFileSync("/nowhere/at all"));
  expect(systemReason(missing)).toBe("no such file or directory (ENOENT)");
  expect(systemReason(thrownBy(() => readdirSync("/proc/version")))).toBe(
    "not a directory (ENOTDIR)",
  );
  expect(systemReason(new Error("anything else: really"))).toBe("anything else: really");
  expect(systemReason("text")).toBe("text");
});

test("the sentence in front keeps the error's code", () => {
  const told = sayWhat(
    "can't read it",
    thrownBy(() => readFileSync("/nowhere")),
  );
  expect(told).toMatchObject({
    message: "can't read it: no such file or directory (ENOENT)",
    code: "ENOENT",
  });
});
