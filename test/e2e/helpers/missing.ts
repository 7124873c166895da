import { test } from "bun:test";

/** What tests leave out for want of something is a failure in CI. `why`: "" = nothing is missing. */
export function failInCi(why: string): void {
  if (why === "" || process.env.CI !== "true") return;
  test("everything that these tests need is there", () => {
    throw new Error(`CI=true, and something is missing: ${why}`);
  });
}
