import { describe, expect, test } from "bun:test";
import {
  UNIT_FAULT,
  UNIT_HEADER,
  UNIT_PARTIAL,
  UnitSplitter,
} from "../../../../src/control/recovery/unit-frames.ts";
import { message, unitFrame } from "./unit-bytes.ts";

/** What is found in a stream that comes in pieces: types, and the last answer. */
function split(chunks: readonly Uint8Array[]): { found: number[]; last: number } {
  const splitter = new UnitSplitter();
  const bytes = Buffer.concat(chunks);
  const found: number[] = [];
  let from = 0;
  let to = 0;
  let last = UNIT_PARTIAL;
  for (const chunk of chunks) {
    to += chunk.length;
    for (;;) {
      last = splitter.next(bytes, from, to);
      if (last === UNIT_PARTIAL || last === UNIT_FAULT) break;
      if (last !== UNIT_HEADER) {
        expect(bytes[splitter.at + 1]).toBe(last);
        expect(bytes[splitter.at]).toBe(splitter.length);
        found.push(last);
      }
      from = splitter.end;
    }
  }
  return { found, last };
}

describe("the splitter of sequenced units", () => {
  const stream = Buffer.concat([
    unitFrame([]),
    unitFrame([message(0x20, 1), message(0x21, "x".repeat(32))]),
    unitFrame([message(0x29, "123456789012")]),
    unitFrame([]),
  ]);

  test("finds the same messages wherever the stream is cut", () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const pieces = [stream.subarray(0, cut), stream.subarray(cut)];
      expect(split(pieces)).toEqual({ found: [0x20, 0x21, 0x29], last: UNIT_PARTIAL });
    }
    const bytewise = [...stream].map((byte) => Uint8Array.of(byte));
    expect(split(bytewise).found).toEqual([0x20, 0x21, 0x29]);
  });

  test.each([
    ["a length shorter than a header", [7, 0, 0, 0, 0, 0, 0, 0]],
    ["a heartbeat with bytes behind it", [9, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["a count without room for its messages", [11, 0, 2, 0, 0, 0, 0, 0, 3, 1, 0]],
    ["a message of one byte", [10, 0, 1, 0, 0, 0, 0, 0, 1, 0x20]],
    ["a message of type 0", [10, 0, 1, 0, 0, 0, 0, 0, 2, 0]],
    ["a message that is longer than the unit", [11, 0, 1, 0, 0, 0, 0, 0, 9, 0x20, 0]],
    ["a last message that leaves bytes over", [12, 0, 1, 0, 0, 0, 0, 0, 3, 0x20, 0, 0]],
  ])("refuses %s", (_, bytes) => {
    expect(split([Uint8Array.from(bytes)])).toEqual({ found: [], last: UNIT_FAULT });
  });
});
