import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LATENCY_FORMS, latencyModel } from "../../../../src/replay/venue/latency.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-latency-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (text: string) => {
  const path = join(folder, "h.csv");
  writeFileSync(path, text);
  return path;
};
const legs = (text: string, seed: number, count: number) => {
  const model = latencyModel(text, seed);
  return Array.from({ length: count }, () => model.leg());
};
const failure = (text: string) => {
  try {
    latencyModel(text, 1);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

describe("a fixed latency", () => {
  test("is half of its round trip each way, in ns", () => {
    expect(legs("50us", 1, 3)).toEqual([25_000, 25_000, 25_000]);
    expect(legs("fixed:1ms", 1, 1)).toEqual([500_000]);
    expect(legs("1.5us", 1, 1)).toEqual([750]);
    expect(legs("7ns", 1, 1)).toEqual([4]);
    expect(legs("0us", 1, 1)).toEqual([0]);
    expect(legs("2s", 1, 1)).toEqual([1e9]);
  });
});

describe("a normal latency", () => {
  test("has its mean and deviation, never less than 0", () => {
    const all = legs("normal:100us,10us", 5, 20_000).map((ns) => 2 * ns);
    const mean = all.reduce((a, b) => a + b) / all.length;
    const deviation = Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length);
    expect(mean).toBeGreaterThan(99_500);
    expect(mean).toBeLessThan(100_500);
    expect(deviation).toBeGreaterThan(9_700);
    expect(deviation).toBeLessThan(10_300);
    expect(Math.min(...legs("normal:1us,50us", 5, 5000))).toBe(0);
  });
});

describe("a measured latency", () => {
  test("is drawn from the buckets as they were counted, even within each", () => {
    const path = file("upper_ns,count\n1000,0\n2000,3\n4000,1\n");
    const all = legs(`histogram:${path}`, 3, 20_000).map((ns) => 2 * ns);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThanOrEqual(4000);
    const low = all.filter((ns) => ns <= 2000).length / all.length;
    expect(low).toBeGreaterThan(0.73);
    expect(low).toBeLessThan(0.77);
  });

  test("begins a bucket where the one before ends, counted or not", () => {
    const all = legs(`histogram:${file("1000,0\n2000,3\n")}`, 3, 2000).map((ns) => 2 * ns);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(1000);
  });

  test("takes the CSV of a report, with more columns and Windows line ends", () => {
    const path = file("series,upper_ns,count\r\nanswers,1000,2\r\n\r\nanswers,2000,2\r\n");
    expect(Math.max(...legs(`histogram:${path}`, 1, 100))).toBeLessThanOrEqual(1000);
  });

  test("refuses a file that is none in one sentence", () => {
    const path = join(folder, "h.csv");
    for (const [text, line, found] of [
      ["1000,5\n1000,5\n", 2, "1000,5"],
      ["1000,5\n900,5\n", 2, "900,5"],
      ["1000,-5\n", 1, "1000,-5"],
      ["1000\n", 1, "1000"],
      ["1000,5\nx,y\n", 2, "x,y"],
      ["1000,\n", 1, "1000,"],
      ["1000,5\nInfinity,5\n", 2, "Infinity,5"],
      ["1000,5\n2000,1e999\n", 2, "2000,1e999"],
    ] as const) {
      file(text);
      expect(failure(`histogram:${path}`)).toBe(
        `latency: histogram ${path}, line ${line}: found "${found}"; allowed: upper_ns,count with upper_ns above the line before, up to 2 s`,
      );
    }
    file("upper_ns,count\n");
    expect(failure(`histogram:${path}`)).toBe(`latency: histogram ${path}: it counts nothing`);
    file("");
    expect(failure(`histogram:${path}`)).toBe(`latency: histogram ${path}: it counts nothing`);
    expect(failure(`histogram:${path}.not`)).toStartWith(
      `latency: histogram ${path}.not: can't be read: ENOENT`,
    );
    expect(failure(`histogram:${folder}`)).toStartWith(
      `latency: histogram ${folder}: can't be read`,
    );
    file(`\x1f\x8b\x08binary\x00\xff`);
    expect(failure(`histogram:${path}`)).not.toBe("");
  });
});

test("a model that is none is one sentence that says what is allowed", () => {
  for (const text of [
    "",
    "50",
    "us",
    "-5us",
    "50 us ago",
    "1e3us",
    "50us,10us",
    "normal:50us",
    "normal:50us,10us,1us",
    "normal:50us,-10us",
    "normal:",
    "gamma:50us",
    "fixed:",
    "1000000s",
  ]) {
    expect(failure(text)).toBe(`latency: found "${text}"; allowed: ${LATENCY_FORMS}`);
  }
});

test("the same seed gives the same legs, another seed others", () => {
  const path = file("1000,1\n2000,3\n4000,1\n");
  for (const text of ["normal:100us,10us", `histogram:${path}`]) {
    expect(legs(text, 9, 200)).toEqual(legs(text, 9, 200));
    expect(legs(text, 9, 200)).not.toEqual(legs(text, 10, 200));
  }
});
