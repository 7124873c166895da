import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CapturePort } from "../../../src/net/capture/capture-port.ts";
import { decodeCapture } from "../../../src/replay/decode.ts";
import { CAPTURES, haveCaptures, readCapture } from "../../support/captures.ts";

const SUFFIX = ".pcap.jsonl";
const files = haveCaptures("itch/expected")
  ? readdirSync(join(CAPTURES, "itch/expected")).filter((name) => name.endsWith(SUFFIX))
  : [];

async function decoded(capture: string): Promise<string[]> {
  const port = await CapturePort.open(join(CAPTURES, "itch", capture));
  const lines: string[] = [];
  const counts = await decodeCapture(port, { limit: 1e12 }, (json) => lines.push(json));
  port.close();
  expect(port.fault).toBeUndefined();
  expect(counts).toEqual({ messages: lines.length, foreign: 0, unknown: 0, badSums: 0 });
  return lines;
}

for (const name of files) {
  const capture = name.slice(0, -".jsonl".length);
  test(`${capture} reads field for field as the independent dissector did`, async () => {
    const expected = new TextDecoder()
      .decode(readCapture("itch", "expected", name))
      .trim()
      .split("\n")
      // One layout of the dissector names the locate of Y differently.
      .map((line) => line.replace('"locate_code"', '"stock_locate"'));
    expect(expected.length).toBeGreaterThan(0);
    // As text: the times do not fit a double.
    expect(await decoded(capture)).toEqual(expected);
  });
}

test.skipIf(files.length === 0)("every recorded capture has its expected lines", () => {
  const captures = readdirSync(join(CAPTURES, "itch")).filter((name) => name.endsWith(".pcap"));
  expect(files.map((name) => name.slice(0, -".jsonl".length)).sort()).toEqual(captures.sort());
});
