import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { Recorder } from "../../../src/replay/recorder.ts";
import { writeItch } from "../../support/replay/generated-capture.ts";
import { run } from "../../support/replay/run.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-recorder-"));
afterAll(() => rmSync(folder, { recursive: true }));

const capture = join(folder, "a.itch");
writeItch(capture, { seed: 5, ms: 300 });
const { recorder, result } = await run(fakeShim(), { capture });

test("the first turn is a sample, and then one each millisecond at most", () => {
  const { timeNs } = recorder.samples;
  expect(timeNs[0]!).toBeLessThan(result.firstNs);
  for (let k = 1; k < timeNs.length - 1; k++) {
    expect(timeNs[k]! - timeNs[k - 1]!).toBeGreaterThanOrEqual(1_000_000);
  }
});

test("all columns are of one length, one market for each instrument with a session", () => {
  const { fees, markets, realized, timeNs, unrealized } = recorder.samples;
  expect(markets.map((m) => m.instrument)).toEqual([0, 1]);
  const columns = [
    realized,
    unrealized,
    fees,
    ...markets.flatMap((m) => [m.bid, m.ask, m.position]),
  ];
  for (const column of columns) expect(column.length).toBe(timeNs.length);
});

test("of a long time every other sample is dropped, and the distance doubles", () => {
  const again = new Recorder("HP");
  again.attach(result.replay);
  let nowNs = 0;
  for (let k = 0; k < 100_000; k++) {
    again.onTurn(nowNs, 0);
    nowNs += 1_000_000;
  }
  again.onEnd(nowNs);
  const { timeNs } = again.samples;
  expect(timeNs.length).toBeLessThanOrEqual(20_001);
  expect(timeNs.length).toBeGreaterThanOrEqual(10_000);
  expect(timeNs[0]).toBe(0);
  expect(timeNs.at(-1)).toBe(nowNs);
  const distances = new Set(timeNs.slice(1, -1).map((t, k) => t - timeNs[k]!));
  expect([...distances]).toEqual([8_000_000]);
});

test("only turns that sent count for the software's latency", () => {
  const again = new Recorder("HP");
  again.attach(result.replay);
  again.onTurn(0, 0);
  again.onTurn(1, 700);
  expect(again.software.buckets.reduce((a, b) => a + b)).toBe(1);
});

test("a fill has its order's id, its price in currency and its fee", () => {
  expect(recorder.fills.length).toBeGreaterThan(0);
  for (const fill of recorder.fills) {
    expect(fill.order).toMatch(/^[A-Z0-9]{2}[0-9a-f]+$/i);
    expect(fill.px).toBe(Number(fill.px.toFixed(2)));
    expect(Math.abs(fill.px - 100)).toBeLessThan(20);
    expect(fill.fee).toBe(0);
  }
});
