import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ORDER_EVENT_ACK, ORDER_EVENT_FILL } from "../../../src/core/codes.ts";
import * as L from "../../../src/ffi/layout.ts";
import { formatRecord, recordToJson } from "../../../src/journal/fields.ts";
import { realFiles } from "../../../src/journal/files.ts";
import { Projection, projectInMemory } from "../../../src/journal/query.ts";
import { datesIn, isSound, JournalReader } from "../../../src/journal/reader.ts";
import { recover } from "../../../src/journal/recover.ts";
import { combinedHash, dateDirectory, walkJournal } from "../../../src/journal/verify.ts";
import {
  DIRECTORY,
  exec,
  intent,
  MemoryDisk,
  makeDrain,
  makeRing,
  sent,
  type TestRing,
  writeWords,
} from "./kit.ts";

function stored(write: (ring: TestRing) => void, epoch = 1): MemoryDisk {
  const ring = makeRing(1 << 16, 1, epoch);
  const disk = new MemoryDisk();
  const drain = makeDrain(ring.buffer, disk);
  write(ring);
  drain.flush();
  return disk;
}
const fold = (disk: MemoryDisk) => recover({ directory: DIRECTORY, engine: 0, files: disk });
const stateRecord = (ring: TestRing, type: number, state: number, kill: number) =>
  writeWords(ring.journal, type, [state, kill, 0, 0]);

describe("recover", () => {
  test("an empty journal is a first run", () => {
    const state = fold(new MemoryDisk());
    expect(state).toMatchObject({
      records: 0,
      lastNumber: 0,
      epoch: 0,
      isKilled: false,
      stops: [],
    });
    expect(state.sessions[0]).toEqual({ nextOut: 1, nextIn: 1 });
  });

  test("NOT_SENT gives the sequence number back only while nothing was sent after it", () => {
    const disk = stored(({ journal }) => {
      intent(journal, { msgSeq: 5 });
      writeWords(journal, L.HP_JR_NOT_SENT, [0, 5, 0, 0]);
    });
    expect(fold(disk).sessions[0]!.nextOut).toBe(5);
    const later = stored(({ journal }) => {
      intent(journal, { msgSeq: 5 });
      intent(journal, { msgSeq: 6 });
      writeWords(journal, L.HP_JR_NOT_SENT, [0, 5, 0, 0]);
    });
    expect(fold(later).sessions[0]!.nextOut).toBe(7);
  });

  test("a replayed report does not take the inbound number back", () => {
    const disk = stored(({ journal }) => {
      exec(journal, { msgSeq: 9, event: ORDER_EVENT_ACK });
      exec(journal, { msgSeq: 4, event: ORDER_EVENT_ACK });
    });
    expect(fold(disk).sessions[0]!.nextIn).toBe(10);
  });

  test("a kill survives restarts and disarming, until a person arms", () => {
    const kill = (ring: TestRing) => {
      stateRecord(ring, L.HP_JR_STATE, L.HP_STATE_KILLED, L.HP_KILL_CLI);
      stateRecord(ring, L.HP_JR_START, L.HP_STATE_STARTING, 0);
      stateRecord(ring, L.HP_JR_STATE, L.HP_STATE_DISARMED, 0);
    };
    expect(fold(stored(kill))).toMatchObject({ isKilled: true, kill: L.HP_KILL_CLI });
    const armed = stored((ring) => {
      kill(ring);
      stateRecord(ring, L.HP_JR_STATE, L.HP_STATE_ARMED, 0);
    });
    expect(fold(armed)).toMatchObject({ isKilled: false, kill: 0, state: L.HP_STATE_ARMED });
  });

  test("the highest run number is found", () => {
    expect(fold(stored(({ journal }) => sent(journal, 1), 7)).epoch).toBe(7);
  });

  test("a session number out of range is ignored, not a crash", () => {
    const disk = stored(({ journal }) =>
      writeWords(journal, L.HP_JR_SESSION_OUT, [99, 1, 0, 2, 2, 0]),
    );
    expect(fold(disk).records).toBe(1);
  });

  test("a missing segment in the middle is reported as a gap", () => {
    const ring = makeRing();
    const disk = new MemoryDisk();
    const drain = makeDrain(ring.buffer, disk, { segmentBytes: 100 });
    for (let i = 1; i <= 4; i++) {
      sent(ring.journal, i);
      drain.poll();
    }
    disk.data.delete(`${DIRECTORY}/0-000002.hpj`);
    const { stops } = fold(disk);
    expect(stops.map((stop) => [stop.kind, stop.reason])).toEqual([["gap", "number 3 follows 1"]]);
    expect(isSound(stops)).toBe(false);
  });
});

describe("A number that is there twice", () => {
  /** Drains records (by MsgSeqNum) from a ring of that run and first number, as a drain of its own. */
  const drainTo = (disk: MemoryDisk, first: number, seqs: number[], epoch = 1): void => {
    const ring = makeRing(1 << 16, first, epoch);
    const drain = makeDrain(ring.buffer, disk);
    for (const seq of seqs) sent(ring.journal, seq);
    drain.flush();
    drain.close();
  };

  test("with the same record is fine: a crash came between disk and tail", () => {
    const disk = new MemoryDisk();
    drainTo(disk, 1, [1, 2, 3]);
    drainTo(disk, 2, [2, 3, 4]);
    expect(fold(disk)).toMatchObject({ records: 4, stops: [] });
  });

  for (const [what, seqs, epoch] of [
    ["another record", [7, 8, 9], 1],
    ["the same words of another run", [2, 3, 4], 2],
  ] as const) {
    test(`with ${what} is damage, told once with file and byte`, () => {
      const disk = new MemoryDisk();
      drainTo(disk, 1, [1, 2, 3]);
      drainTo(disk, 2, [...seqs], epoch);
      const { stops, records } = fold(disk);
      expect(records).toBe(4);
      expect(stops).toEqual([
        {
          source: `${DIRECTORY}/0-000002.hpj`,
          offset: 64,
          afterNumber: 3,
          kind: "corrupt",
          reason:
            "number 2 is there twice, with different content: two runs wrote into this folder",
        },
      ]);
      expect(walkJournal(DIRECTORY, undefined, disk)[0]!.isSound).toBe(false);
    });
  }

  test("behind a hole is still known for what it was", () => {
    const disk = new MemoryDisk();
    drainTo(disk, 1, [1, 2]);
    drainTo(disk, 9, [9, 10]);
    drainTo(disk, 1, [1, 5]);
    drainTo(disk, 9, [9, 10]);
    drainTo(disk, 5, [5, 6]);
    expect(fold(disk).stops.map((stop) => [stop.kind, stop.source.slice(-6, -4)])).toEqual([
      ["gap", "02"],
      ["corrupt", "03"],
    ]);
  });

  test("is no damage where reading began behind it: what it was before is not known", () => {
    const disk = new MemoryDisk();
    drainTo(disk, 1, [1, 2, 3]);
    const source = { directory: DIRECTORY, engine: 0, files: disk, afterNumber: 2 };
    const reader = new JournalReader(source);
    expect([...reader.read()].length).toBe(1);
    expect(reader.stops).toEqual([]);
  });
});

describe("A journal that has lost files", () => {
  const path = (index: number): string => `${DIRECTORY}/0-00000${index}.hpj`;
  const stopsOf = (disk: MemoryDisk) =>
    fold(disk).stops.map(({ kind, source, reason }) => [kind, source, reason]);
  /** Three segments of two records, the last one open as a kill leaves it, or closed. */
  const threeSegments = (isClosed: boolean): MemoryDisk => {
    const ring = makeRing();
    const disk = new MemoryDisk();
    const drain = makeDrain(ring.buffer, disk, { segmentBytes: 100 });
    for (let i = 1; i <= 6; i += 2) {
      sent(ring.journal, i);
      sent(ring.journal, i + 1);
      drain.poll();
    }
    if (isClosed) drain.close();
    expect(fold(disk)).toMatchObject({ records: 6, stops: [] });
    return disk;
  };

  test("all of them, is not sound, and the engine is not forgotten", () => {
    const disk = threeSegments(false);
    for (const index of [1, 2, 3]) disk.data.delete(path(index));
    expect(stopsOf(disk)).toEqual([["gap", path(3), "the file is missing, and it was there"]]);
    expect(walkJournal(DIRECTORY, undefined, disk)).toMatchObject([
      { engine: 0, records: 0, isSound: false },
    ]);
  });

  test("the first one, is not sound", () => {
    const disk = threeSegments(false);
    disk.data.delete(path(1));
    expect(stopsOf(disk)).toEqual([["gap", path(2), "number 3 follows 0"]]);
  });

  test("the last one, is not sound, after a kill as after an orderly end", () => {
    for (const isClosed of [false, true]) {
      const disk = threeSegments(isClosed);
      disk.data.delete(path(3));
      expect(stopsOf(disk)).toEqual([["gap", path(3), "the file is missing, and it was there"]]);
    }
  });

  test("or only its end, after an orderly one, is not sound; after a kill that is a torn end", () => {
    const closed = threeSegments(true);
    closed.data.set(path(3), closed.data.get(path(3))!.slice(0, 64 + 48));
    expect(stopsOf(closed)).toEqual([
      ["gap", path(3), "records up to number 6 were on disk, the last one there is 5"],
    ]);
    const torn = threeSegments(true);
    torn.data.set(path(3), torn.data.get(path(3))!.slice(0, 64 + 60));
    expect(fold(torn).stops.map(({ kind, offset }) => [kind, offset])).toEqual([
      ["torn", 64 + 48],
      ["gap", 64 + 48],
    ]);
    const killed = threeSegments(false);
    killed.data.set(path(3), killed.data.get(path(3))!.slice(0, 64 + 60));
    expect(isSound(fold(killed).stops)).toBe(true);
  });

  test("or what a later run built on, is not sound", () => {
    const disk = threeSegments(false);
    disk.data.set(path(3), new Uint8Array(0));
    const ring = makeRing(4096, 7, 2);
    sent(ring.journal, 7);
    makeDrain(ring.buffer, disk).flush();
    expect(isSound(fold(disk).stops)).toBe(false);
  });

  test("is told from a first run that died before its first record was on disk", () => {
    const disk = new MemoryDisk();
    makeDrain(makeRing().buffer, disk).close();
    expect(fold(disk).stops).toEqual([]);
    const ring = makeRing();
    const drain = makeDrain(ring.buffer, disk);
    sent(ring.journal, 1);
    disk.syncError = "EIO";
    drain.poll();
    expect(disk.notes.size).toBe(1);
    const { records, stops } = fold(disk);
    expect(records).toBe(0);
    expect(isSound(stops)).toBe(true);
  });

  test("makes no file of their names anew", () => {
    const disk = threeSegments(false);
    disk.data.delete(path(3));
    const ring = makeRing(4096, 7, 2);
    sent(ring.journal, 7);
    makeDrain(ring.buffer, disk).flush();
    expect([...disk.data.keys()].at(-1)).toBe(path(4));
    expect(stopsOf(disk)).toEqual([["gap", path(4), "number 7 follows 4"]]);
  });

  test("can't be told when the note is damaged: that is no sound journal either", () => {
    for (const text of ["{", "null", '{"segments":-1,"number":2}', '{"segments":1}']) {
      const disk = threeSegments(true);
      disk.notes.set(`${DIRECTORY}/drained-0.json`, new TextEncoder().encode(text));
      const { stops } = fold(disk);
      expect(stops.map(({ kind, source }) => [kind, source])).toEqual([
        ["corrupt", `${DIRECTORY}/drained-0.json`],
      ]);
    }
  });

  test("is not suspected of it when it is of a version that made no note", () => {
    const disk = threeSegments(true);
    disk.notes.clear();
    expect(fold(disk)).toMatchObject({ records: 6, stops: [] });
  });

  test("a note that the disk refuses is a failed write: tried again, nothing lost", () => {
    const ring = makeRing();
    const disk = new MemoryDisk();
    const clock = { ms: 0 };
    const drain = makeDrain(ring.buffer, disk, { clock });
    disk.replaceError = "ENOSPC";
    sent(ring.journal, 1);
    for (; clock.ms < 1000; clock.ms += 100) drain.poll();
    expect(drain.stats.broken).toBe(L.HP_ENOSPC);
    expect(disk.data.size).toBe(0);
    disk.replaceError = "";
    drain.poll();
    expect(drain.stats.broken).toBe(0);
    expect(fold(disk)).toMatchObject({ records: 1, stops: [] });
  });
});

test("reading from a record on opens no file that ends before it", () => {
  const ring = makeRing();
  const disk = new MemoryDisk();
  const drain = makeDrain(ring.buffer, disk, { segmentBytes: 100 });
  for (let i = 1; i <= 9; i++) {
    sent(ring.journal, i);
    drain.poll();
  }
  for (let afterNumber = 0; afterNumber <= 9; afterNumber++) {
    disk.reads.length = 0;
    const reader = new JournalReader({ directory: DIRECTORY, engine: 0, files: disk, afterNumber });
    const numbers: number[] = [];
    for (const record of reader.read()) numbers.push(record.number);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].slice(afterNumber));
    expect(reader.stops).toEqual([]);
    expect(disk.reads.length).toBe(Math.max(1, 9 - afterNumber));
  }
});

describe("journal hash", () => {
  const fix = (time: string): string =>
    `8=FIX.4.4\x0135=D\x0152=${time}\x0160=${time}\x0110=123\x01`;
  const hashOf = (disk: MemoryDisk) => combinedHash(walkJournal(DIRECTORY, undefined, disk));

  test("is the same for another wall time and another run, and differs for another order", () => {
    const a = stored(({ journal }) =>
      intent(journal, { msgSeq: 1, fix: fix("20261120-10:00:00") }),
    );
    const b = stored(
      ({ journal }) => intent(journal, { msgSeq: 1, fix: fix("20270101-23:59:59") }),
      2,
    );
    const c = stored(({ journal }) =>
      intent(journal, { msgSeq: 1, slot: 1, fix: fix("20261120-10:00:00") }),
    );
    expect(hashOf(a)).toBe(hashOf(b));
    expect(hashOf(a)).not.toBe(hashOf(c));
    expect(hashOf(a)).toMatch(/^[0-9a-f]{64}$/);
  });

  test("does not depend on how the records fell into segments", () => {
    const hashes = [100, 1 << 20].map((segmentBytes) => {
      const ring = makeRing();
      const disk = new MemoryDisk();
      const drain = makeDrain(ring.buffer, disk, { segmentBytes });
      for (let i = 1; i <= 9; i++) {
        sent(ring.journal, i);
        drain.poll();
      }
      return hashOf(disk);
    });
    expect(hashes[0]).toBe(hashes[1]!);
  });
});

test("a record prints as one line and as JSON", () => {
  const disk = stored(({ journal }) => intent(journal, { msgSeq: 3, fix: "35=D\x0155=A\x01" }));
  const lines: string[] = [];
  walkJournal(
    DIRECTORY,
    (record) => {
      lines.push(formatRecord(record));
      expect(recordToJson(record)).toMatchObject({
        type: "intent",
        kind: "new",
        msgSeq: 3,
        qty: 100,
      });
    },
    disk,
  );
  expect(lines[0]).toContain("message=35=D|55=A|");
});

describe("Projection", () => {
  const write = ({ journal }: TestRing): void => {
    intent(journal, { msgSeq: 1, slot: 4 });
    exec(journal, { msgSeq: 1, slot: 4, event: ORDER_EVENT_ACK, leaves: 100 });
    exec(journal, { msgSeq: 2, slot: 4, event: ORDER_EVENT_FILL, cum: 100, leaves: 0 });
    writeWords(journal, L.HP_JR_DENY, [3, 1, 100, 5000, -17, 0]);
  };
  const inTemporary = (use: (directory: string) => void): void => {
    const directory = mkdtempSync(join(tmpdir(), "hairpin-projection-"));
    try {
      use(directory);
    } finally {
      rmSync(directory, { recursive: true });
    }
  };

  test("shows orders, executions, sessions and denials", () => {
    const projection = projectInMemory(DIRECTORY, stored(write));
    expect(projection.query("SELECT state, cum_qty, leaves_qty FROM orders")).toEqual([
      { state: "filled", cum_qty: 100, leaves_qty: 0 },
    ]);
    expect(projection.query("SELECT event FROM executions ORDER BY number")).toEqual([
      { event: "ack" },
      { event: "fill" },
    ]);
    expect(projection.query("SELECT next_out, next_in FROM sessions")).toEqual([
      { next_out: 2, next_in: 3 },
    ]);
    expect(projection.query("SELECT code FROM denials")).toEqual([{ code: "rate" }]);
    projection.close();
  });

  test("a corrupt database is filled again from the segments", () => {
    inTemporary((directory) => {
      const ring = makeRing();
      const drain = makeDrain(ring.buffer, realFiles, { directory });
      write(ring);
      drain.flush();
      drain.close();
      const path = join(directory, "journal.db");
      writeFileSync(path, "this is not a database, and long enough to be looked at".repeat(40));
      const sentences: string[] = [];
      const log = (text: string) => sentences.push(text);
      const projection = new Projection({ path, directory, nowMs: () => 0, log });
      expect(projection.finish()).toBe(true);
      expect(projection.query("SELECT count(*) AS n FROM executions")).toEqual([{ n: 2 }]);
      expect(sentences.length).toBe(1);
      projection.close();
    });
  });

  test("a locked database is left alone and caught up with once it is free", () => {
    inTemporary((directory) => {
      const ring = makeRing();
      const drain = makeDrain(ring.buffer, realFiles, { directory });
      write(ring);
      drain.flush();
      drain.close();
      const path = join(directory, "journal.db");
      const clock = { ms: 0 };
      const projection = new Projection({ path, directory, nowMs: () => clock.ms });
      const other = new Database(path, { create: true });
      other.run("PRAGMA journal_mode = WAL");
      other.run("BEGIN IMMEDIATE");
      projection.poll();
      expect(projection.lastError).toContain("locked");
      expect(projection.isCaughtUp()).toBe(false);
      other.run("COMMIT");
      other.close();
      expect(projection.finish()).toBe(true);
      expect(projection.query("SELECT count(*) AS n FROM executions")).toEqual([{ n: 2 }]);
      projection.close();
    });
  });

  test("goes on where it stopped, and fetches from disk what it did not see", () => {
    inTemporary((directory) => {
      const ring = makeRing();
      const path = join(directory, "journal.db");
      const first = new Projection({ path, directory, nowMs: () => 0 });
      first.finish();
      const drain = makeDrain(ring.buffer, realFiles, { directory, onRecord: (r) => first.add(r) });
      write(ring);
      drain.flush();
      first.close();
      const second = new Projection({ path, directory, nowMs: () => 0 });
      write(ring);
      drain.flush();
      expect(second.finish()).toBe(true);
      expect(second.query("SELECT count(*) AS n FROM executions")).toEqual([{ n: 4 }]);
      second.close();
      drain.close();
      expect(dateDirectory(directory)).toBeNull();
      expect(datesIn(directory)).toEqual([]);
    });
  });
});
