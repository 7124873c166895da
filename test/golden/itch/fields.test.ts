import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describeItch } from "../../../src/feed/itch-fields.ts";
import { CAPTURES, haveCaptures, readCapture } from "../../support/captures.ts";
import { readPcap } from "../../support/pcap.ts";

const SUFFIX = ".pcap.jsonl";
const files = haveCaptures("itch/expected")
  ? readdirSync(join(CAPTURES, "itch/expected")).filter((name) => name.endsWith(SUFFIX))
  : [];

/** Header and blocks of every packet, in file order, as the expected lines have them. */
function messagesOf(file: Uint8Array): Record<string, unknown>[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const out: Record<string, unknown>[] = [];
  for (const packet of readPcap(file)) {
    const session = String.fromCharCode(...file.subarray(packet.offset, packet.offset + 10));
    const seq = Number(view.getBigUint64(packet.offset + 10));
    const count = view.getUint16(packet.offset + 18);
    let at = packet.offset + 20;
    for (let k = 0; k < count; k++) {
      const length = view.getUint16(at);
      const record = describeItch(file, at + 2, length);
      out.push({ session, seq: seq + k, ...record });
      at += 2 + length;
    }
    expect(at).toBe(packet.offset + packet.length);
  }
  return out;
}

for (const name of files) {
  const capture = name.slice(0, -".jsonl".length);
  test(`${capture} reads field for field as the independent dissector did`, () => {
    const lines = new TextDecoder()
      .decode(readCapture("itch", "expected", name))
      .trim()
      .split("\n");
    const expected = lines.map((line) => {
      const { ts, locate_code, ...fields } = JSON.parse(line);
      // One layout of the dissector names the locate of Y differently.
      return locate_code === undefined ? fields : { ...fields, stock_locate: locate_code };
    });
    expect(expected.length).toBeGreaterThan(0);
    expect(messagesOf(readCapture("itch", capture))).toEqual(expected);
  });
}

test.skipIf(files.length === 0)("every recorded capture has its expected lines", () => {
  const captures = readdirSync(join(CAPTURES, "itch")).filter((name) => name.endsWith(".pcap"));
  expect(files.map((name) => name.slice(0, -".jsonl".length)).sort()).toEqual(captures.sort());
});
