import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lastEpoch, takeEpoch } from "../../../src/control/epoch.ts";
import {
  AlreadyRunning,
  defaultRunDirectory,
  makeRunDirectory,
  runPaths,
  takeLock,
} from "../../../src/control/run-dir.ts";
import {
  createSegments,
  destroySegments,
  renewEngine,
  type Segments,
} from "../../../src/control/segments.ts";
import { Region } from "../../../src/core/arena.ts";
import * as L from "../../../src/ffi/layout.ts";
import { recover } from "../../../src/journal/recover.ts";
import { RingJournal } from "../../../src/journal/ring-journal.ts";
import { ringState } from "../../../src/journal/ring-layout.ts";
import { TAPE_TURN } from "../../../src/journal/tape/entries.ts";
import { TapeWriter } from "../../../src/journal/tape/tape-writer.ts";
import { TapeCursor } from "../../../src/replay/tape/tape-cursor.ts";
import { HEAD } from "../../support/tape/tape-kit.ts";
import { intent, MemoryDisk, sent } from "../journal/kit.ts";
import { START_S, withHost } from "./kit.ts";

function journalOf(segments: Segments): RingJournal {
  const buffer = segments.journals[0]!.buffer;
  return new RingJournal({ buffer, engine: 0, counters: new Float64Array(256) });
}

describe("createSegments", () => {
  test("lays control block, journal rings and recovery rings out for run 1", () =>
    withHost((host) => {
      const { control, epoch, names } = host.segments();
      expect(epoch).toBe(1);
      expect(control.words[L.HP_CONTROL__EPOCH_W]).toBe(1);
      expect(control.doubles[L.HP_CONTROL__SESSION_START_S_D]).toBe(START_S);
      expect(control.killBits()).toBe(0);
      expect([...host.shim.network.memory.segments.keys()].sort()).toEqual(
        [names.control, names.journals[0]!, names.recoveries[0]!].sort(),
      );
    }));

  test("each run gets the next number, and numbers records where the last one stopped", () =>
    withHost((host) => {
      for (let run = 1; run <= 3; run++) {
        const segments = host.segments();
        expect(segments.epoch).toBe(run);
        const state = ringState(segments.journals[0]!.buffer);
        expect(state).toMatchObject({ epoch: run, nextNumber: (run - 1) * 2 + 1 });
        const journal = journalOf(segments);
        sent(journal, 1);
        sent(journal, 2);
      }
    }));

  test("what a killed run left in memory is on disk before anything is made anew", () =>
    withHost((host) => {
      const first = journalOf(host.segments());
      for (let i = 1; i <= 5; i++) intent(first, { msgSeq: i });
      const second = host.segments();
      expect(second.rescued).toBe(5);
      expect(host.sentences).toEqual([
        "saved 5 journal records that a killed run had left in memory",
      ]);
      const state = recover({ directory: host.options.journalDirectory, engine: 0 });
      expect(state.records).toBe(5);
      expect(state.sessions[0]!.nextOut).toBe(6);
    }));

  test("what a killed run had recorded is on disk before anything is made anew", () =>
    withHost((host) => {
      const options = { ...host.options, tapeBytes: 1 << 16 };
      const record = () => {
        const { epoch, names } = createSegments(host.shim, options);
        const writer = new TapeWriter(Region.shm(host.shim, names.tapes[0]!, 0).buffer);
        const json = new TextEncoder().encode(JSON.stringify(HEAD));
        writer.start(epoch, 1, 0, 4096, 0, false, json);
        writer.begin(0, 0);
        writer.clock(epoch);
        writer.end(true);
        return epoch;
      };
      expect([record(), record()]).toEqual([1, 2]);
      createSegments(host.shim, options);
      const files = () =>
        readdirSync(host.options.journalDirectory)
          .filter((f) => f.startsWith("capture"))
          .sort();
      const saved = [
        "capture-0-1.pcapng",
        "capture-0-1.tape",
        "capture-0-2.pcapng",
        "capture-0-2.tape",
      ];
      expect(files()).toEqual(saved);
      for (const epoch of [1, 2]) {
        const cursor = new TapeCursor(host.options.journalDirectory, 0, epoch);
        cursor.next();
        expect(cursor.type).toBe(TAPE_TURN);
        cursor.next();
        expect(cursor.body.getFloat64(0, true)).toBe(epoch);
        cursor.close();
      }
      // The third run recorded nothing.
      createSegments(host.shim, options);
      expect(files()).toEqual(saved);
    }));

  test("leftovers of another session date go to their own folder", () =>
    withHost((host) => {
      sent(journalOf(host.segments()), 1);
      const tomorrow = join(host.directory, "journal", "20261121");
      const next = createSegments(host.shim, {
        ...host.options,
        date: "20261121",
        journalDirectory: tomorrow,
      });
      expect(next.epoch).toBe(2);
      expect(recover({ directory: host.options.journalDirectory, engine: 0 }).records).toBe(1);
      expect(recover({ directory: tomorrow, engine: 0 }).records).toBe(0);
    }));

  test("a kill outlives the run that it killed", () =>
    withHost((host) => {
      host.segments().control.kill(L.HP_KILL_LOSS);
      expect(host.segments().control.killBits()).toBe(L.HP_KILL_LOSS);
    }));

  test("a disk that refuses the leftovers stops the start and leaves them where they are", () =>
    withHost((host) => {
      const first = host.segments();
      sent(journalOf(first), 1);
      const disk = new MemoryDisk();
      disk.createError = "ENOSPC";
      expect(() => createSegments(host.shim, { ...host.options, files: disk })).toThrow(
        /still in \/dev\/shm\/hairpin-test-.* and can't be saved .*ENOSPC.*: nothing was started/,
      );
      expect(host.segments().rescued).toBe(1);
    }));

  test("a damaged ring is kept whole for a person, and the start goes on", () =>
    withHost((host) => {
      const journal = journalOf(host.segments());
      sent(journal, 1);
      sent(journal, 2);
      journal.words[12 + 8] = 99;
      const next = host.segments();
      expect(next.rescued).toBe(1);
      const names = readdirSync(host.options.journalDirectory);
      expect(names.some((name) => name.endsWith(".damaged"))).toBe(true);
      expect(host.sentences.join(" ")).toContain("a check that does not match");
    }));

  test("a full /dev/shm is one sentence that names what did not fit, and leaves nothing behind", () =>
    withHost((host) => {
      host.shim.network.memory.shmLimit = 1 << 20;
      const options = { ...host.options, ringBytes: 64 << 20 };
      expect(() => createSegments(host.shim, options)).toThrow(
        '/dev/shm is full: the journal ring of engine "main" needs 64 MiB; free some of it, enlarge it, or lower [journal] ring_mib',
      );
      expect(host.shim.network.memory.segments.size).toBe(0);
    }));

  test("two appliances of one name in two folders share nothing", () =>
    withHost((one) =>
      withHost((two) => {
        const first = one.segments();
        const second = createSegments(one.shim, two.options);
        expect(second.names.control).not.toBe(first.names.control);
      }),
    ));

  test("an orderly end leaves no shared memory", () =>
    withHost((host) => {
      destroySegments(host.shim, host.segments(), host.paths);
      expect(host.shim.network.memory.segments.size).toBe(0);
      expect(existsSync(host.paths.note)).toBe(false);
    }));

  test("a restarted engine gets a new run number and keeps the record numbers", () =>
    withHost((host) => {
      const segments = host.segments();
      const buffer = segments.journals[0]!.buffer;
      const journal = journalOf(segments);
      sent(journal, 1);
      const header = new Int32Array(buffer);
      header[L.HP_JOURNAL__TAIL_W] = header[L.HP_JOURNAL__HEAD_W]!;
      segments.control.engine(0).words[L.HP_ENGINE__PID_W] = 77;
      expect(renewEngine(segments, 0, host.options.journalDirectory)).toBe(2);
      expect(ringState(buffer)).toMatchObject({ epoch: 2, nextNumber: 2 });
      expect(segments.control.engine(0).words[L.HP_ENGINE__PID_W]).toBe(0);
      expect(lastEpoch(host.options.journalDirectory)).toBe(2);
    }));

  test("an engine that died between counting a record and publishing it leaves no hole", () =>
    withHost((host) => {
      const segments = host.segments();
      const buffer = segments.journals[0]!.buffer;
      const header = new Int32Array(buffer);
      const journal = journalOf(segments);
      sent(journal, 1);
      const head = header[L.HP_JOURNAL__HEAD_W]!;
      sent(journal, 2);
      header[L.HP_JOURNAL__HEAD_W] = head;
      header[L.HP_JOURNAL__TAIL_W] = head;
      renewEngine(segments, 0, host.options.journalDirectory);
      expect(ringState(buffer)).toMatchObject({ nextNumber: 2 });
    }));
});

describe("run numbers", () => {
  test("a damaged file is made up for by what the records say", () =>
    withHost((host) => {
      const { journalDirectory } = host.options;
      takeEpoch(journalDirectory, 0);
      writeFileSync(join(journalDirectory, "epoch"), "\0\0\0");
      expect(lastEpoch(journalDirectory)).toBe(0);
      expect(takeEpoch(journalDirectory, 8)).toBe(9);
      expect(readFileSync(join(journalDirectory, "epoch"), "utf8")).toBe("9\n");
    }));

  test("run out after 4095 with one sentence", () =>
    withHost((host) => {
      expect(() => takeEpoch(host.options.journalDirectory, 4095)).toThrow(
        "start a new session date",
      );
    }));
});

describe("runtime folder", () => {
  test("is $XDG_RUNTIME_DIR, /run for root, /tmp else", () => {
    expect(defaultRunDirectory({ XDG_RUNTIME_DIR: "/x" }, 5)).toBe("/x/hairpin");
    expect(defaultRunDirectory({}, 0)).toBe("/run/hairpin");
    expect(defaultRunDirectory({}, 5)).toBe("/tmp/hairpin-5");
  });

  test("is closed to others", () =>
    withHost((host) => {
      const folder = join(host.directory, "open");
      makeRunDirectory(folder);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
    }));

  test("a path too long for a socket is refused with a sentence", () => {
    expect(() => runPaths(`/${"x".repeat(120)}`, "a")).toThrow(
      "choose a shorter [appliance] run_dir",
    );
  });

  test("a second run of the same name is refused", () =>
    withHost((host) => {
      takeLock(host.shim, host.paths, "test");
      expect(() => takeLock(host.shim, host.paths, "test")).toThrow(AlreadyRunning);
    }));
});
