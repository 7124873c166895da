import { expect, test } from "bun:test";
import { cString, fromCString } from "../../../src/core/c-string.ts";
import { expectOk, type StatusError, statusText } from "../../../src/core/status.ts";
import * as layout from "../../../src/ffi/layout.ts";

test("every status code of the header has its text", () => {
  const codes = Object.entries(layout).filter(
    ([name, value]) => /^HP_E[A-Z]+$/.test(name) && value < 0,
  );
  expect(codes.length).toBeGreaterThanOrEqual(14);
  for (const [name, value] of codes)
    expect([name, statusText(value)]).not.toEqual([name, `status ${value}`]);
  expect(statusText(-999)).toBe("status -999");
});

test("expectOk passes what is good and throws what is not, with what was attempted", () => {
  expect(expectOk(5, "open")).toBe(5);
  expect(() => expectOk(layout.HP_ENOSPC, "can't open x")).toThrow("can't open x: no space left");
  try {
    expectOk(layout.HP_ESYS, "x", 22);
  } catch (error) {
    expect((error as StatusError).status).toBe(layout.HP_ESYS);
    expect((error as StatusError).message).toContain("errno 22");
  }
});

test("a C string ends in NUL and cannot hold one", () => {
  expect([...cString("aé")]).toEqual([97, 0xc3, 0xa9, 0]);
  expect(fromCString(cString("aé"))).toBe("aé");
  expect(() => cString("a\0b")).toThrow("NUL");
});
