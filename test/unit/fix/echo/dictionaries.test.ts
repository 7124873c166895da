import { expect, test } from "bun:test";
import { EchoDictionaries } from "../../../../src/fix/echo/dictionaries.ts";

test("a folder without dictionaries is named, and cut short", () => {
  const none = new EchoDictionaries("x".repeat(300));
  expect(() => none.forSession("FIX.4.4")).toThrow(/^no dictionary FIX44 in x{80}\.\.\./);
  expect(() => none.forSession("FIXT.1.1")).toThrow(/^no dictionary for FIXT\.1\.1 in x{80}\.\.\./);
});
