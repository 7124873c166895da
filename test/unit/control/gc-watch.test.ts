import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GcWatch } from "../../../src/control/gc-watch.ts";
import { GC_MARK_ARMED, GC_MARK_BEGIN, GC_MARK_END } from "../../../src/engine/gc-marks.ts";

const start = (heap: string): string =>
  `[GC<${heap}>: START M 1488kb => FullCollection, a=0kb hf=0.000 mu=0.600 v=0kb\nGC END!\n[GC<${heap}>: epilogue 0.04ms]\n`;
const MAIN = "0x20b0b79c118";
const WORKER = "0x20b0d200118";
const LEARN = `${GC_MARK_BEGIN}\n${start(WORKER)}${start(MAIN)}${start(WORKER)}${GC_MARK_END}\n`;

function run(text: string, cut = text.length): { watch: GcWatch; lines: string[] } {
  const lines: string[] = [];
  const watch = new GcWatch({ onLine: (line) => lines.push(line) });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += cut) watch.feed(bytes.subarray(at, at + cut));
  watch.end();
  return { watch, lines };
}

describe("GcWatch", () => {
  test("takes the heap that collects between the marks for the worker's", () => {
    expect(run(start(MAIN) + LEARN).watch.heap).toBe(WORKER);
  });

  test("counts only that heap, and only once armed", () => {
    const before = start(MAIN) + LEARN + start(WORKER);
    expect(run(before).watch.collections).toBe(0);
    const after = `${before}${GC_MARK_ARMED}\n${start(MAIN)}${start(WORKER)}${start(MAIN)}`;
    expect(run(after).watch.collections).toBe(1);
    expect(run(after).watch.total).toBe(8);
  });

  test("passes on what others wrote, and keeps the collector's lines to itself", () => {
    const text = `before\n${LEARN}Requesting GC because bytes allocated this cycle: 9\nafter\nend`;
    expect(run(text).lines).toEqual(["before", "after", "end"]);
  });

  test("keeps the end of a collector's line that a mark has cut in two", () => {
    const text = `[GC<${MAIN}>: START M 6548kb ${GC_MARK_ARMED}\n=> 6544kb, p=6.750393ms (max 10.007127), cycle 17.118139ms END]\nafter\n`;
    expect(run(text).lines).toEqual(["after"]);
  });

  test("does not mind where the stream is cut", () => {
    const text = `${LEARN}ärger\n${GC_MARK_ARMED}\n${start(WORKER)}`;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (cut) => {
        const { watch, lines } = run(text, cut);
        return watch.collections === 1 && watch.heap === WORKER && lines.join() === "ärger";
      }),
    );
  });

  test("a stream without line ends does not grow without bound", () => {
    const { lines } = run("x".repeat(200_000), 10_000);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join("").length).toBe(200_000);
  });
});
