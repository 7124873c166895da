import { describe, expect, test } from "bun:test";
import { ARRAY_BYTES_MAX, arraysOf } from "../../../src/engine/arrays-of.ts";
import { LINES_A_TURN, WorkingSet } from "../../../src/engine/working-set.ts";

const LINE_WORDS = 16;

function words(count: number): Int32Array {
  return new Int32Array(new ArrayBuffer(4 * count));
}

/** 1 in the first word of each line, 1000 in every other one. */
function marked(lines: number): Int32Array {
  return words(lines * LINE_WORDS).map((_, i) => (i % LINE_WORDS === 0 ? 1 : 1000));
}

describe("the arrays of a path", () => {
  class Inner {
    private readonly table = words(100);
    readonly sameMemory = new Uint8Array(this.table.buffer);
  }
  class Outer {
    readonly inner = new Inner();
    readonly list = [{ column: new Float64Array(new ArrayBuffer(64)) }];
    readonly self: Outer = this;
  }

  test("are found behind fields, lists and cycles, each buffer once", () => {
    const bytes = arraysOf(new Outer()).map((array) => array.byteLength);
    expect(bytes.sort((a, b) => a - b)).toEqual([64, 400]);
  });

  test("are taken from the front when they are large, and left out when they have no word", () => {
    const root = { large: words(1 << 20), empty: words(0), tiny: new Uint8Array(3) };
    const [only, ...rest] = arraysOf(root);
    expect(rest).toEqual([]);
    expect(only?.byteLength).toBe(ARRAY_BYTES_MAX);
    expect(only?.buffer).toBe(root.large.buffer);
  });

  test("are not those of ports and streams", () => {
    const port = { bytes: words(64), rxBurst: () => 0 };
    const stream = { rx: words(64), recv: () => 0 };
    expect(arraysOf({ port, stream })).toEqual([]);
  });

  test("are looked for without calling a getter", () => {
    const root = {
      get table(): Int32Array {
        throw new Error("called");
      },
    };
    expect(arraysOf(root)).toEqual([]);
  });
});

describe("the working set", () => {
  test("reads one word of every line, and begins again", () => {
    const arrays = [marked(3), marked(LINES_A_TURN), marked(2 * LINES_A_TURN + 5)];
    const set = new WorkingSet(arrays);
    const lines = 3 * LINES_A_TURN + 8;
    expect(set.lineCount).toBe(lines);
    for (let turn = 1; turn <= 10 * lines; turn++) {
      set.touch();
      expect(set.readings).toBe(turn * LINES_A_TURN);
    }
  });

  test("reads each line as often as any other", () => {
    const arrays = [words(40), words(7), words(1000)];
    let lines = 0;
    for (const array of arrays) {
      for (let at = 0; at < array.length; at += LINE_WORDS) array[at] = 1 << (2 * (lines++ % 3));
    }
    const set = new WorkingSet(arrays);
    expect(set.lineCount).toBe(lines);
    for (let turn = 0; turn < lines; turn++) set.touch();
    const once = arrays.flatMap((array) => [...array]).reduce((sum, word) => sum + word, 0);
    expect(set.readings).toBe(once * LINES_A_TURN);
  });

  test("with nothing in it reads nothing", () => {
    const set = new WorkingSet([]);
    set.touch();
    expect(set.readings).toBe(0);
  });
});
