import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { TokenBucket } from "../../../../src/core/token-bucket.ts";
import { Throttle } from "../../../../src/fix/session/throttle.ts";

const S = 1e9;

/** How many of a kind leave at one moment. */
function leave(throttle: Throttle, may: "mayOpen" | "mayCancel", nowNs: number): number {
  let n = 0;
  while (n < 1000 && throttle[may](nowNs)) {
    throttle.sent(nowNs);
    n++;
  }
  return n;
}

describe("The throttle of a session", () => {
  test("lets a burst of orders leave but for the reserve, which cancels use up", () => {
    const throttle = new Throttle(10, 8, 2);
    expect(leave(throttle, "mayOpen", 0)).toBe(6);
    expect(leave(throttle, "mayCancel", 0)).toBe(2);
    expect(throttle.mayCancel(0)).toBe(false);
  });

  test("gives cancels the first tokens that come back", () => {
    const throttle = new Throttle(10, 8, 2);
    leave(throttle, "mayCancel", 0);
    expect([throttle.mayOpen(0.1 * S), throttle.mayCancel(0.1 * S)]).toEqual([false, true]);
    expect([throttle.mayOpen(0.29 * S), throttle.mayOpen(0.3 * S)]).toEqual([false, true]);
  });

  test("counts a Heartbeat when there is no token, and orders wait until it is paid back", () => {
    const throttle = new Throttle(10, 4, 1);
    leave(throttle, "mayCancel", 0);
    for (let i = 0; i < 3; i++) throttle.sent(0);
    expect(throttle.mayCancel(0.39 * S)).toBe(false);
    expect(throttle.mayCancel(0.4 * S)).toBe(true);
    expect(throttle.mayOpen(0.49 * S)).toBe(false);
    expect(throttle.mayOpen(0.5 * S)).toBe(true);
  });

  test("owes a burst at most, however many a peer makes us answer", () => {
    const throttle = new Throttle(10, 4, 0);
    for (let i = 0; i < 1000; i++) throttle.sent(0);
    expect(throttle.mayOpen(0.49 * S)).toBe(false);
    expect(throttle.mayOpen(0.5 * S)).toBe(true);
  });

  test("is not moved by who only asks", () => {
    const asked = new Throttle(10, 4, 1);
    const quiet = new Throttle(10, 4, 1);
    for (const throttle of [asked, quiet]) leave(throttle, "mayOpen", 0);
    for (let t = 0; t < S; t += 1e6) asked.mayOpen(t);
    expect(leave(asked, "mayCancel", S)).toBe(leave(quiet, "mayCancel", S));
  });

  test("without a rate lets everything leave", () => {
    const throttle = new Throttle(0, 1, 0);
    expect(throttle.on).toBe(false);
    expect(leave(throttle, "mayOpen", 0)).toBe(1000);
    expect(throttle.mayCancel(0)).toBe(true);
  });

  test("refuses a reserve that leaves nothing for orders", () => {
    expect(() => new Throttle(10, 4, 4)).toThrow("4 of 4 tokens are reserved; allowed: 0 to 3");
    expect(() => new Throttle(10, 1, -1)).toThrow("-1 of 1");
  });

  test("never lets more leave in any stretch of time than the burst and what comes back in it", () => {
    const event = fc.record({ waitNs: fc.integer({ min: 0, max: 3e8 }), opens: fc.boolean() });
    const events = fc.array(event, { maxLength: 200 });
    const rate = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(rate, fc.integer({ min: 2, max: 20 }), events, (perS, burst, all) => {
        const throttle = new Throttle(perS, burst, Math.floor(burst / 4));
        const left: number[] = [];
        let nowNs = 0;
        for (const { waitNs, opens } of all) {
          nowNs += waitNs;
          if (!(opens ? throttle.mayOpen(nowNs) : throttle.mayCancel(nowNs))) continue;
          throttle.sent(nowNs);
          left.push(nowNs);
        }
        for (let from = 0; from < left.length; from++) {
          for (let to = from; to < left.length; to++) {
            const back = ((left[to]! - left[from]!) / S) * perS;
            expect(to - from + 1).toBeLessThanOrEqual(burst + back + 1e-6);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

test("a bucket tells a token above a reserve, and can be made to owe", () => {
  const bucket = new TokenBucket(1, 3);
  expect([bucket.hasAbove(0, 2), bucket.hasAbove(0, 3)]).toEqual([true, false]);
  for (let i = 0; i < 4; i++) bucket.spend(0);
  expect([bucket.has(1.9 * S), bucket.has(2 * S)]).toEqual([false, true]);
});
