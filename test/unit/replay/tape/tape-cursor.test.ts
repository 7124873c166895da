import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import * as T from "../../../../src/journal/tape/entries.ts";
import { TAPE_HEAD_BYTES } from "../../../../src/journal/tape/tape-head.ts";
import { TAPE_OVER, TapeCursor } from "../../../../src/replay/tape/tape-cursor.ts";
import { mulberry } from "../../../e2e/helpers/mulberry.ts";
import { eager, RecordedRig } from "../../../support/tape/recorded-rig.ts";
import { packetsPath, readTape, tapePath, writeTape } from "../../../support/tape/tape-file.ts";
import { add } from "../../engine/rig.ts";

let rig: RecordedRig;
let tape: string;
let packets: string;
beforeEach(() => {
  rig = new RecordedRig({ definition: eager }).up().arm();
  rig.packet([add(1, 100, "B", 999_800)]);
  rig.serve(8);
  rig.stop();
  tape = tapePath(rig.directory);
  packets = packetsPath(rig.directory);
});
afterEach(() => rig.remove());

/** The sentence with which the replay ends, or "" for a result. */
async function sentence(): Promise<string> {
  try {
    const result = await rig.replay();
    return result.difference;
  } catch (error) {
    expect((error as Error).constructor).toBe(Error);
    return (error as Error).message;
  }
}

const at = (path: string, change: (bytes: Buffer) => void) => {
  const bytes = Buffer.from(readFileSync(path));
  change(bytes);
  writeFileSync(path, bytes);
};

describe("a tape that can't be read", () => {
  test("that is empty, foreign, or not there", async () => {
    writeFileSync(tape, "");
    expect(await sentence()).toBe(`${tape}: no tape of this version of hairpin`);
    writeFileSync(tape, "A text of somebody's, longer than a head.");
    expect(await sentence()).toBe(`${tape}: no tape of this version of hairpin`);
    rmSync(tape);
    expect(await sentence()).toStartWith(`${tape}: can't be read: ENOENT`);
  });

  test("whose head is cut off, nonsense, or of nothing", async () => {
    const { head } = readTape(rig.directory);
    writeFileSync(tape, head.subarray(0, 100));
    expect(await sentence()).toBe(`${tape}: cut off in its head`);
    at(tape, (b) => b.writeUInt32LE(0xfffffff0, 8));
    expect(await sentence()).toBe(`${tape}: cut off in its head`);
    for (const json of ["{", "null", "[]", '{"options":{}}']) {
      const bytes = Buffer.alloc(TAPE_HEAD_BYTES + ((json.length + 7) & ~7), 0x20);
      head.copy(bytes, 0, 0, 8);
      bytes.writeUInt32LE(json.length, 8);
      bytes.write(json, TAPE_HEAD_BYTES);
      writeFileSync(tape, bytes);
      expect(await sentence()).toBe(`${tape}: what it says of its engine is damaged`);
    }
  });

  test("that ends behind its head, or begins with something else", async () => {
    const file = readTape(rig.directory);
    writeTape(rig.directory, { ...file, entries: [] });
    expect(await sentence()).toBe(`${tape}: its first entry is no start`);
    writeTape(rig.directory, { ...file, entries: file.entries.slice(1) });
    expect(await sentence()).toBe(`${tape}: its first entry is no start`);
  });

  test("whose start does not fit its name", async () => {
    const file = readTape(rig.directory);
    file.entries[0]!.body.writeInt32LE(5, 4 * T.TAPE_START_EPOCH);
    writeTape(rig.directory, file);
    expect(await sentence()).toBe(`${tape}: its start is damaged, or it has another run's name`);
  });

  test("with an entry of a length that can't be", async () => {
    for (const length of [3, 12, 0x7ffffff8]) {
      const file = readTape(rig.directory);
      const first = file.entries.slice(0, 9);
      writeTape(rig.directory, { ...file, entries: first });
      const size = statSync(tape).size;
      writeTape(rig.directory, file);
      at(tape, (b) => b.writeUInt32LE(length, size));
      expect(await sentence()).toBe(`${tape}: an entry of ${length} bytes: it is damaged there`);
      writeTape(rig.directory, file);
    }
  });

  test("with a burst of more packets than there can be", async () => {
    const file = readTape(rig.directory);
    file.entries.find((e) => e.type === T.TAPE_BURST)!.body.writeInt32LE(1e9, 0);
    writeTape(rig.directory, file);
    expect(await sentence()).toBe(`${tape}: a burst of 1000000000 packets: it is damaged there`);
  });

  test("without its packets, or with others", async () => {
    truncateSync(packets, 300);
    expect(await sentence()).toBe(`${tape}: the pcapng beside it has fewer packets than it`);
    rmSync(packets);
    expect(await sentence()).toStartWith(`${packets}: can't be read: ENOENT`);
  });

  test("whose packet is of another length", async () => {
    const file = readTape(rig.directory);
    const packet = file.entries.find((e) => e.type === T.TAPE_PACKET)!;
    const length = packet.body.readUInt32LE(0);
    packet.body.writeUInt32LE(length - 1, 0);
    writeTape(rig.directory, file);
    expect(await sentence()).toBe(
      `${tape}: a packet of ${length - 1} bytes is not the one in the pcapng beside it`,
    );
  });

  test("keeps no descriptor open", async () => {
    writeFileSync(tape, "HPTAPE01");
    const open = () => readdirSync("/proc/self/fd").length;
    const before = open();
    for (let i = 0; i < 20; i++) await sentence();
    rmSync(packets);
    for (let i = 0; i < 20; i++) await sentence();
    expect(open()).toBe(before);
  });
});

describe("a tape that was cut off", () => {
  test("anywhere ends there: that is told, nothing else differs, and nothing is made up", async () => {
    const whole = Buffer.from(readFileSync(tape));
    const { entries, head } = readTape(rig.directory);
    const front = head.length + 8 + entries[0]!.body.length;
    const random = mulberry(7);
    const all = await rig.replay();
    for (let i = 0; i < 16; i++) {
      const size = front + Math.floor(random() * (whole.length - front));
      writeFileSync(tape, whole.subarray(0, size));
      const cut = await rig.replay();
      expect(cut.difference).toMatch(cut.behindTape > 0 ? /^the tape ends / : /^$/);
      expect(cut.isWhole).toBe(false);
      expect(cut.records + cut.behindTape).toBe(all.records);
      expect(cut.behindJournal).toBe(0);
    }
  }, 60_000);

  test("with zeros behind it ends there too", async () => {
    const file = readTape(rig.directory);
    writeTape(rig.directory, { ...file, entries: file.entries.slice(0, -20) });
    at(tape, () => {});
    const bytes = readFileSync(tape);
    writeFileSync(tape, Buffer.concat([bytes, Buffer.alloc(4096)]));
    const result = await rig.replay();
    expect(result.isWhole).toBe(false);
    expect(result.difference).toMatch(/^the tape ends /);
  });
});

test("any byte of a tape changed gives a result or one sentence", async () => {
  const whole = Buffer.from(readFileSync(tape));
  const random = mulberry(11);
  let told = 0;
  for (let i = 0; i < 60; i++) {
    const bytes = Buffer.from(whole);
    const where = Math.floor(random() * bytes.length);
    bytes[where]! ^= 1 << Math.floor(random() * 8);
    writeFileSync(tape, bytes);
    if ((await sentence()) !== "") told++;
  }
  // Much of it is read by nobody: names of files, pads, the rest of the first lines.
  expect(told).toBeGreaterThan(8);
}, 60_000);

test("a cursor gives the entries in order, and none behind the last", () => {
  const { entries } = readTape(rig.directory);
  const cursor = new TapeCursor(rig.directory, 0, 1);
  for (const entry of entries) {
    expect([cursor.type, cursor.index]).toEqual([entry.type, entry.index]);
    cursor.next();
  }
  expect(cursor.type).toBe(TAPE_OVER);
  cursor.close();
});
