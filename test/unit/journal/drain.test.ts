import { describe, expect, test } from "bun:test";
import * as L from "../../../src/ffi/layout.ts";
import { JournalReader } from "../../../src/journal/reader.ts";
import { ringState } from "../../../src/journal/ring-layout.ts";
import { DIRECTORY, MemoryDisk, makeDrain, makeRing, sent } from "./kit.ts";

const state = (buffer: ArrayBuffer) => {
  const found = ringState(buffer);
  if (typeof found === "string") throw new Error(found);
  return found;
};

function numbersOn(disk: MemoryDisk): number[] {
  const reader = new JournalReader({ directory: DIRECTORY, engine: 0, files: disk });
  const numbers: number[] = [];
  for (const record of reader.read()) numbers.push(record.number);
  expect(reader.stops.filter((stop) => stop.kind !== "torn")).toEqual([]);
  return numbers;
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe("RingDrain", () => {
  test("writes records to a segment and gives the ring back after fsync", () => {
    const { buffer, journal } = makeRing();
    const disk = new MemoryDisk();
    const drain = makeDrain(buffer, disk);
    for (let i = 1; i <= 5; i++) sent(journal, i);
    expect(drain.poll()).toBe(5);
    expect(disk.syncs).toBe(1);
    expect(state(buffer)).toMatchObject({ usedBytes: 0, durable: journal.position() });
    expect(numbersOn(disk)).toEqual(upTo(5));
  });

  test("with an interval, the tail waits for the fsync that is due", () => {
    const { buffer, journal } = makeRing();
    const disk = new MemoryDisk();
    const clock = { ms: 0 };
    const drain = makeDrain(buffer, disk, { durable: { intervalMs: 10 }, clock });
    sent(journal, 1);
    drain.poll();
    expect(numbersOn(disk)).toEqual([1]);
    expect(state(buffer).durable).toBe(0);
    clock.ms = 10;
    drain.poll();
    sent(journal, 2);
    drain.poll();
    disk.settle();
    expect(state(buffer).durable).toBe(48);
    expect(state(buffer).usedBytes).toBe(48);
  });

  test("keeps all records of many laps around the ring, over rolled segments", () => {
    const { buffer, journal } = makeRing(4096);
    const disk = new MemoryDisk();
    const drain = makeDrain(buffer, disk, { segmentBytes: 1000 });
    for (let i = 1; i <= 700; i++) {
      expect(sent(journal, i)).toBe(true);
      if (i % 7 === 0) drain.poll();
    }
    expect(drain.flush()).toBe(true);
    expect(numbersOn(disk)).toEqual(upTo(700));
    expect(drain.stats.segments).toBeGreaterThan(30);
    for (const bytes of disk.data.values()) expect(bytes.length).toBeLessThanOrEqual(1000);
  });

  test("a full disk sets broken, loses nothing, and is cleared when there is room again", () => {
    const { buffer, journal } = makeRing(4096);
    const disk = new MemoryDisk();
    const clock = { ms: 0 };
    const sentences: string[] = [];
    const drain = makeDrain(buffer, disk, { clock, log: (text) => sentences.push(text) });
    sent(journal, 1);
    drain.poll();
    disk.room = 20;
    for (let i = 2; i <= 10; i++) sent(journal, i);
    drain.poll();
    expect(state(buffer).broken).toBe(L.HP_ENOSPC);
    expect(journal.hasRoom()).toBe(false);
    expect(state(buffer).usedBytes).toBe(9 * 48);
    clock.ms = 1000;
    drain.poll();
    expect(sentences.length).toBe(1);
    expect(sentences[0]).toContain("ENOSPC");
    disk.room = 1 << 20;
    clock.ms = 2000;
    drain.poll();
    expect(state(buffer)).toMatchObject({ broken: 0, usedBytes: 0 });
    expect(journal.hasRoom()).toBe(true);
    expect(sentences[1]).toContain("works again");
    expect(numbersOn(disk)).toEqual(upTo(10));
  });

  test("no room for even a segment's header leaves no empty segments behind", () => {
    const { buffer, journal } = makeRing();
    const disk = new MemoryDisk();
    const clock = { ms: 0 };
    disk.room = 10;
    const drain = makeDrain(buffer, disk, { clock });
    sent(journal, 1);
    for (; clock.ms < 5000; clock.ms += 100) drain.poll();
    expect(disk.data.size).toBe(0);
    expect(state(buffer).broken).toBe(L.HP_ENOSPC);
    disk.room = 1 << 20;
    drain.poll();
    expect(numbersOn(disk)).toEqual([1]);
  });

  test("after a failed fsync the unsynced records are written again to a new segment", () => {
    const { buffer, journal } = makeRing();
    const disk = new MemoryDisk();
    const clock = { ms: 0 };
    const drain = makeDrain(buffer, disk, { clock });
    sent(journal, 1);
    drain.poll();
    disk.syncError = "EIO";
    sent(journal, 2);
    drain.poll();
    expect(state(buffer).broken).toBe(L.HP_ESYS);
    expect(state(buffer).durable).toBe(48);
    disk.syncError = "";
    clock.ms = 1000;
    drain.poll();
    expect(state(buffer)).toMatchObject({ broken: 0, durable: 96, usedBytes: 0 });
    expect(disk.data.size).toBe(2);
    expect(numbersOn(disk)).toEqual([1, 2]);
  });

  test("an fsync in the background that fails late does not move the cursor of the next segment", () => {
    const { buffer, journal } = makeRing();
    const disk = new MemoryDisk();
    const clock = { ms: 0 };
    const drain = makeDrain(buffer, disk, { clock, durable: { intervalMs: 1 } });
    sent(journal, 1);
    drain.poll();
    clock.ms = 5;
    disk.syncError = "EIO";
    drain.poll();
    disk.settle();
    expect(state(buffer)).toMatchObject({ broken: L.HP_ESYS, durable: 0 });
    disk.syncError = "";
    clock.ms = 1000;
    drain.poll();
    expect(state(buffer)).toMatchObject({ broken: 0, durable: 48 });
    expect(numbersOn(disk)).toEqual([1]);
  });

  test("a write that takes only part is finished", () => {
    const { buffer, journal } = makeRing();
    const disk = new MemoryDisk();
    disk.writeMax = 7;
    const drain = makeDrain(buffer, disk);
    for (let i = 1; i <= 4; i++) sent(journal, i);
    drain.poll();
    expect(numbersOn(disk)).toEqual(upTo(4));
  });

  test("a corrupt record stops the drain, keeps the ring as it is and denies new orders", () => {
    const { buffer, journal } = makeRing();
    const disk = new MemoryDisk();
    const sentences: string[] = [];
    const drain = makeDrain(buffer, disk, { log: (text) => sentences.push(text) });
    sent(journal, 1);
    sent(journal, 2);
    journal.words[12 + 9] = 12345;
    drain.poll();
    sent(journal, 3);
    drain.poll();
    expect(numbersOn(disk)).toEqual([1]);
    expect(state(buffer).broken).toBe(L.HP_EINVAL);
    expect(sentences).toEqual(["journal ring of engine 0, byte 48: a check that does not match"]);
  });

  test("a number that jumps is corruption", () => {
    const { buffer, journal } = makeRing();
    const drain = makeDrain(buffer, new MemoryDisk());
    sent(journal, 1);
    drain.poll();
    const other = makeRing(4096, 5, 1, 48);
    sent(other.journal, 2);
    journal.words.set(other.journal.words.subarray(12, 24), 12);
    new Int32Array(buffer)[L.HP_JOURNAL__HEAD_W] = 96;
    drain.poll();
    expect(drain.stats.lastError).toContain("number 5 where 2 was due");
  });

  test("a control that starts anew goes on at the tail, in a new segment", () => {
    const { buffer, journal } = makeRing();
    const disk = new MemoryDisk();
    const first = makeDrain(buffer, disk, { durable: { intervalMs: 1000 } });
    sent(journal, 1);
    first.poll();
    // Killed here: record 1 is in the file, but the tail never moved.
    const second = makeDrain(buffer, disk);
    sent(journal, 2);
    second.poll();
    expect(disk.data.size).toBe(2);
    expect(numbersOn(disk)).toEqual([1, 2]);
  });

  test("each record is shown once, however often it is written", () => {
    const { buffer, journal } = makeRing();
    const disk = new MemoryDisk();
    const clock = { ms: 0 };
    const seen: number[] = [];
    const onRecord = (record: { number: number }) => seen.push(record.number);
    const drain = makeDrain(buffer, disk, { clock, onRecord });
    disk.syncError = "EIO";
    sent(journal, 1);
    drain.poll();
    disk.syncError = "";
    clock.ms = 1000;
    sent(journal, 2);
    drain.poll();
    expect(seen).toEqual([1, 2]);
  });
});
