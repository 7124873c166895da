import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TAPE_DEVICES } from "../../../../src/journal/tape/entries.ts";
import { TAPE_RING_HEADER, TR_HEAD, TR_LOST } from "../../../../src/journal/tape/tape-ring.ts";
import { TapeWriter } from "../../../../src/journal/tape/tape-writer.ts";
import { bytes, TapeKit } from "../../../support/tape/tape-kit.ts";

let kit: TapeKit;
beforeEach(() => {
  kit = new TapeKit();
});
afterEach(() => kit.remove());

const header = () => new Int32Array(kit.buffer);
const filled = (size: number, value: number) => new Uint8Array(size).fill(value);

describe("a tape", () => {
  test("has on disk what was kept, in its order", () => {
    kit.start();
    kit.burst(1, 1000, [
      [0, bytes(1, 2, 3)],
      [1, bytes(4)],
    ]);
    kit.writer.begin(2, 0);
    kit.writer.clock(2000);
    kit.writer.end(false);
    kit.burst(3, 3000, [[0, bytes(5)]]);
    kit.writer.finish();
    kit.poll();
    expect(kit.read()).toEqual([
      "turn 0",
      "turn 1",
      "packet 0 010203",
      "packet 1 04",
      "turn 3",
      "packet 0 05",
      "end",
    ]);
    expect(kit.drain.flush()).toBe(true);
  });

  test("has the packets as a capture: bytes, destination, and the time of their burst", async () => {
    kit.start();
    kit.writer.begin(1, 0);
    kit.writer.wall(500);
    kit.writer.end(false);
    kit.burst(2, 36_000e9 + 123_456, [
      [0, bytes(1)],
      [1, bytes(2), 36_000e9 + 77],
    ]);
    kit.burst(3, 36_001e9, [[0, bytes(3)]], 2);
    kit.burst(4, 36_002e9, [[8, bytes(4)]], 1);
    kit.poll();
    kit.drain.flush();
    const captured = await kit.capture();
    expect(captured).toHaveLength(4);
    expect(captured.toSorted((a, b) => a[2].localeCompare(b[2]))).toEqual([
      ["ef010101:2001", 36_000e9 + 123_956, "01"],
      ["ef010102:2002", 36_000e9 + 77, "02"],
      ["7f000001:2003", 36_001e9 + 500, "03"],
      ["7fff0000:9", 36_002e9 + 500, "04"],
    ]);
  });

  test("has a device's packets under the lines of the feeds that they are for", async () => {
    kit.start();
    // Feed * 256 + line, as a descriptor's words make it.
    const packets: [number, Uint8Array][] = [
      [256, bytes(1)],
      [1, bytes(2)],
      [0, bytes(3)],
    ];
    kit.burst(1, 36_000e9, packets, TAPE_DEVICES);
    kit.burst(2, 36_001e9, [[256, bytes(4)]], TAPE_DEVICES + 1);
    kit.poll();
    kit.drain.flush();
    expect((await kit.capture()).map(([to, , payload]) => `${to} ${payload}`)).toEqual([
      "7f000001:2003 01",
      "ef010102:2002 02",
      "ef010101:2001 03",
      "7f000001:2003 04",
    ]);
  });

  test("goes round its ring many times, over pads of every size", () => {
    kit.start();
    const wanted = ["turn 0"];
    for (let turn = 1; turn <= 2000; turn++) {
      const packet = filled(1 + ((turn * 37) % 1200), turn & 255);
      kit.burst(turn, turn, [[turn & 1, packet]]);
      wanted.push(`turn ${turn}`, `packet ${turn & 1} ${Buffer.from(packet).toString("hex")}`);
      if (turn % 7 === 0) kit.poll(1);
    }
    kit.poll();
    kit.drain.flush();
    expect(header()[TR_LOST]).toBe(0);
    expect(kit.read()).toEqual(wanted);
  });

  test("goes on when its cursors pass 2^31 and 2^32", () => {
    // As in a ring that has been in use for long.
    for (const word of [TR_HEAD, 36, 44]) header()[word] = 0x7fffff00;
    kit.writer = new TapeWriter(kit.buffer);
    kit.takeOver();
    kit.start();
    for (let turn = 1; turn <= 300; turn++) {
      kit.burst(turn, turn, [[0, filled(1000, turn & 255)]]);
      kit.poll(1);
    }
    kit.drain.flush();
    expect(kit.read()).toHaveLength(601);
  });
});

describe("a ring that is full", () => {
  test("ends the tape, which is told once, and nothing behind it is on disk", () => {
    kit.start();
    let turn = 1;
    for (; header()[TR_LOST] === 0; turn++) kit.burst(turn, turn, [[0, filled(900, turn & 255)]]);
    kit.poll();
    kit.burst(turn, turn, [[0, bytes(1)]]);
    kit.writer.finish();
    kit.poll();
    kit.drain.flush();
    const read = kit.read();
    expect(read.at(-1)).not.toBe("end");
    const turns = read.filter((line) => line.startsWith("turn"));
    expect(turns).toEqual(Array.from({ length: turns.length }, (_, i) => `turn ${i}`));
    expect(turns.length).toBeLessThan(turn);
    expect(kit.words).toEqual([
      "capture of engine 0: its ring was full, nothing more of this run is recorded; raise [journal] capture_ring_mib",
    ]);
  });

  test("lets the engine's next run be recorded", () => {
    kit.start();
    for (let turn = 1; header()[TR_LOST] === 0; turn++) {
      kit.burst(turn, turn, [[0, filled(900, turn & 255)]]);
    }
    kit.poll();
    kit.writer = new TapeWriter(kit.buffer);
    kit.start(2);
    kit.burst(1, 1, [[0, bytes(7)]]);
    kit.poll();
    kit.drain.flush();
    expect(kit.read(2)).toEqual(["turn 0", "turn 1", "packet 0 07"]);
  });

  test("between a burst and its clock does not hold up the next run", () => {
    kit.start();
    kit.writer.begin(1, 0);
    kit.open([[0, bytes(1)]]);
    // The engine was killed here. Its next run fills the ring twice over.
    kit.writer = new TapeWriter(kit.buffer);
    kit.start(2);
    for (let turn = 1; turn <= 150; turn++) {
      kit.burst(turn, turn, [[0, filled(1000, turn & 255)]]);
      kit.poll(1);
    }
    kit.drain.flush();
    expect(header()[TR_LOST]).toBe(0);
    expect(kit.read()).toEqual(["turn 0", "turn 1", "packet 0 01"]);
    expect(kit.read(2)).toHaveLength(301);
  });
});

describe("a burst whose clock has not come", () => {
  test("waits in the ring, and has its time when it comes", async () => {
    kit.start();
    kit.writer.begin(1, 0);
    kit.open([[0, bytes(1)]]);
    kit.poll();
    expect(kit.read().filter((line) => line.startsWith("packet"))).toEqual([]);
    kit.writer.clock(36_000e9);
    kit.writer.end(false);
    kit.poll();
    kit.drain.flush();
    expect(kit.read()).toEqual(["turn 0", "turn 1", "packet 0 01"]);
    expect(await kit.capture()).toEqual([["ef010101:2001", 36_000e9, "01"]]);
  });

  test("is written at the end all the same", () => {
    kit.start();
    kit.writer.begin(1, 0);
    kit.open([[0, bytes(1)]]);
    kit.poll();
    expect(kit.drain.flush()).toBe(true);
    expect(kit.read()).toEqual(["turn 0", "turn 1", "packet 0 01"]);
  });
});

describe("a control that takes over from a killed one", () => {
  test("cuts both files back to what counts, and goes on there", async () => {
    kit.start();
    kit.writer.begin(1, 0);
    kit.writer.wall(500);
    kit.writer.end(false);
    kit.burst(2, 1000, [[0, bytes(1)]]);
    kit.poll();
    const tape = kit.file("capture-0-1.tape");
    const packets = kit.file("capture-0-1.pcapng");
    kit.burst(3, 2000, [[0, bytes(2)]]);
    // Half of what the killed one was about to write.
    writeFileSync(join(kit.directory, "capture-0-1.tape"), Buffer.concat([tape, bytes(9, 9, 9)]));
    writeFileSync(join(kit.directory, "capture-0-1.pcapng"), Buffer.concat([packets, bytes(8)]));
    kit.takeOver();
    kit.poll();
    kit.drain.flush();
    expect(kit.read().filter((line) => line.startsWith("packet"))).toEqual([
      "packet 0 01",
      "packet 0 02",
    ]);
    // The wall clock was told before.
    expect((await kit.capture()).map(([, ns]) => ns)).toEqual([1500, 2500]);
  });

  test("knows whose packets they are that waited for their clock", async () => {
    kit.start();
    kit.writer.begin(1, 0);
    kit.open([[0, bytes(1)]], 2);
    kit.poll();
    kit.takeOver();
    kit.writer.clock(1000);
    kit.writer.end(false);
    kit.poll();
    kit.drain.flush();
    expect(await kit.capture()).toEqual([["7f000001:2003", 1000, "01"]]);
  });

  test("at any moment gives the tape of an undisturbed one", async () => {
    const wanted: string[] = ["turn 0"];
    kit.start();
    for (let turn = 1; turn <= 400; turn++) {
      const source = turn % 3 === 0 ? 2 : 0;
      const hex = turn.toString(16).padStart(4, "0");
      kit.writer.begin(turn, 0);
      if (turn % 50 === 0) kit.writer.wall(turn);
      kit.open([[0, Uint8Array.from(Buffer.from(hex, "hex"))]], source);
      if (turn % 5 === 0) kit.poll(1);
      if (turn % 10 === 0) kit.takeOver();
      kit.writer.clock(1000 * turn);
      kit.writer.end(false);
      if (turn % 7 === 0) kit.poll(1);
      if (turn % 14 === 0) kit.takeOver();
      wanted.push(`turn ${turn}`, `packet 0 ${hex}`);
    }
    kit.poll();
    kit.drain.flush();
    expect(kit.read()).toEqual(wanted);
    const captured = await kit.capture();
    expect(captured.map(([to, ns, hex]) => [to, ns, hex])).toEqual(
      Array.from({ length: 400 }, (_, i) => {
        const turn = i + 1;
        const to = turn % 3 === 0 ? "7f000001:2003" : "ef010101:2001";
        const wall = turn - (turn % 50);
        return [to, 1000 * turn + wall, turn.toString(16).padStart(4, "0")];
      }),
    );
  });
});

describe("the engine's next run", () => {
  test("opens a pair of files of its own", () => {
    kit.start();
    kit.burst(1, 1, [[0, bytes(1)]]);
    kit.writer = new TapeWriter(kit.buffer);
    kit.start(2);
    kit.burst(1, 1, [[0, bytes(2)]]);
    kit.writer.finish();
    kit.poll();
    kit.drain.flush();
    expect(kit.read(1)).toEqual(["turn 0", "turn 1", "packet 0 01"]);
    expect(kit.read(2)).toEqual(["turn 0", "turn 1", "packet 0 02", "end"]);
  });
});

test("a ring that holds nonsense is told, and stops nothing", () => {
  for (const length of [0, 3, -8, 1 << 20]) {
    kit.start();
    kit.burst(1, 1, [[0, bytes(1)]]);
    kit.poll();
    const at = header()[TR_HEAD]! & 0xffff;
    kit.burst(2, 2, [[0, bytes(2)]]);
    new Int32Array(kit.buffer, TAPE_RING_HEADER)[at >> 2] = length;
    kit.poll();
    expect(kit.drain.flush()).toBe(false);
    expect(kit.words).toEqual([
      `capture of engine 0: its ring is damaged: an entry of ${length} bytes`,
    ]);
    expect(kit.read()).toEqual(["turn 0", "turn 1", "packet 0 01"]);
    kit.remove();
    kit = new TapeKit();
  }
});

describe("a disk that fails", () => {
  test("is told once and tried again; nothing is lost while the ring has room", () => {
    rmSync(kit.directory, { recursive: true });
    kit.start();
    kit.burst(1, 1, [[0, bytes(1)]]);
    kit.poll(5000);
    expect(kit.words).toHaveLength(1);
    expect(kit.words[0]).toMatch(/^capture of engine 0: can't open .*capture-0-1\.tape: ENOENT$/);
    mkdirSync(kit.directory);
    kit.poll(2000);
    kit.drain.flush();
    expect(kit.read()).toEqual(["turn 0", "turn 1", "packet 0 01"]);
  });

  test("keeps no descriptor open for each try", () => {
    kit.start();
    kit.burst(1, 1, [[0, bytes(1)]]);
    kit.poll();
    kit.takeOver();
    rmSync(join(kit.directory, "capture-0-1.pcapng"));
    kit.burst(2, 2, [[0, bytes(2)]]);
    const open = () => readdirSync("/proc/self/fd").length;
    kit.poll(1100);
    const before = open();
    kit.poll(20_000);
    expect(open()).toBe(before);
    expect(existsSync(join(kit.directory, "capture-0-1.pcapng"))).toBe(false);
  });
});
