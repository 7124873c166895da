/** The journal under crashes: any prefix, any torn tail, damage anywhere, a wrap at every offset. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import * as L from "../../src/ffi/layout.ts";
import { isSound, type JournalSource } from "../../src/journal/reader.ts";
import { recover } from "../../src/journal/recover.ts";
import { SEGMENT_HEADER_BYTES } from "../../src/journal/segment.ts";
import { DIRECTORY, MemoryDisk, makeDrain, makeRing, writeWords } from "../unit/journal/kit.ts";

const body = fc.array(fc.integer(), { minLength: 4, maxLength: 60 });
const FILE = `${DIRECTORY}/0-000001.hpj`;

/** A disk with one segment of these bodies; `ends` are the byte offsets after each record. */
function written(bodies: number[][]): { disk: MemoryDisk; ends: number[] } {
  const { buffer, journal } = makeRing(1 << 16);
  const disk = new MemoryDisk();
  const drain = makeDrain(buffer, disk);
  const ends = [SEGMENT_HEADER_BYTES];
  for (const words of bodies) {
    writeWords(journal, L.HP_JR_SENT, words);
    ends.push(SEGMENT_HEADER_BYTES + journal.position());
  }
  drain.flush();
  return { disk, ends };
}

function collect(source: JournalSource): {
  bodies: number[][];
  stops: ReturnType<typeof recover>["stops"];
} {
  const bodies: number[][] = [];
  const state = recover(source, {
    onRecord(record) {
      const words: number[] = [];
      for (let at = 0; at < record.bodyLength; at += 4) words.push(record.i32(at));
      bodies.push(words);
    },
  });
  return { bodies, stops: state.stops };
}

/** As a body reads back: padded to a multiple of 8 bytes. */
const padded = (words: number[]): number[] => (words.length % 2 === 0 ? words : [...words, 0]);

test("a file cut at any byte gives exactly the records that are whole, and says where it stopped", () => {
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 8 }), fc.nat(), (bodies, cut) => {
      const { disk, ends } = written(bodies);
      const bytes = disk.data.get(FILE)!;
      const length = cut % (bytes.length + 1);
      disk.data.set(FILE, bytes.slice(0, length));
      const whole = ends.filter((end) => end <= length).length - 1;
      const { bodies: found, stops } = collect({ directory: DIRECTORY, engine: 0, files: disk });
      expect(found).toEqual(bodies.slice(0, Math.max(whole, 0)).map(padded));
      expect(isSound(stops)).toBe(true);
      // Fewer than four bytes of a record can't be told from none.
      if (length - (ends[whole] ?? 0) >= 4)
        expect(stops[0]?.offset).toBe(whole < 0 ? 0 : ends[whole]!);
    }),
    { numRuns: 300 },
  );
});

test("a tail torn to zeros at any byte is sound and gives the records before it", () => {
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 8 }), fc.nat(), (bodies, cut) => {
      const { disk, ends } = written(bodies);
      const bytes = disk.data.get(FILE)!;
      const from = SEGMENT_HEADER_BYTES + (cut % (bytes.length - SEGMENT_HEADER_BYTES));
      const before = bytes.slice();
      bytes.fill(0, from);
      const same = (end: number): boolean =>
        Buffer.compare(bytes.slice(0, end), before.slice(0, end)) === 0;
      const whole = ends.filter(same).length - 1;
      const { bodies: found, stops } = collect({ directory: DIRECTORY, engine: 0, files: disk });
      expect(found).toEqual(bodies.slice(0, whole).map(padded));
      expect(isSound(stops)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("a flipped byte anywhere never throws and never yields a record that was not written", () => {
  fc.assert(
    fc.property(
      fc.array(body, { minLength: 2, maxLength: 8 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (bodies, position, flip) => {
        const { disk } = written(bodies);
        const bytes = disk.data.get(FILE)!;
        const at = position % bytes.length;
        bytes[at] = bytes[at]! ^ flip;
        const { bodies: found, stops } = collect({ directory: DIRECTORY, engine: 0, files: disk });
        expect(found).toEqual(bodies.slice(0, found.length).map(padded));
        expect(stops.length).toBeGreaterThan(0);
        expect(stops[0]!.source).toBe(FILE);
      },
    ),
    { numRuns: 300 },
  );
});

test("damage in front of good records is named corrupt, not torn", () => {
  const { disk, ends } = written([
    [1, 2, 3, 4],
    [5, 6, 7, 8],
    [9, 10, 11, 12],
  ]);
  const bytes = disk.data.get(FILE)!;
  bytes[ends[1]! + 40] = 77;
  const { stops } = collect({ directory: DIRECTORY, engine: 0, files: disk });
  expect(stops[0]).toMatchObject({
    source: FILE,
    offset: ends[1]!,
    kind: "corrupt",
    afterNumber: 1,
  });
});

test("arbitrary bytes as a segment never throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (noise, hasHeader) => {
      const { disk } = written([[1, 2, 3, 4]]);
      const header = disk.data.get(FILE)!.slice(0, hasHeader ? SEGMENT_HEADER_BYTES : 0);
      disk.data.set(FILE, new Uint8Array([...header, ...noise]));
      const { bodies } = collect({ directory: DIRECTORY, engine: 0, files: disk });
      expect(bodies).toEqual([]);
    }),
  );
});

test("a killed run's ring is read behind the disk, whatever was drained and wherever it wraps", () => {
  const size = 4096;
  for (let start = 0; start < size; start += 8) {
    const { buffer, journal } = makeRing(size, 1, 1, (0x1_0000_0000 - size * 2 + start) | 0);
    const disk = new MemoryDisk();
    const drain = makeDrain(buffer, disk, { durable: { intervalMs: 1 << 30 } });
    const bodies: number[][] = [];
    for (let i = 0; i < 60; i++) {
      const words = new Array<number>(4 + ((i * 7) % 40)).fill(i + start);
      if (!writeWords(journal, L.HP_JR_SENT, words)) {
        drain.flush();
        writeWords(journal, L.HP_JR_SENT, words);
      }
      bodies.push(padded(words));
      if (i === 50) drain.poll();
    }
    const { bodies: found, stops } = collect({
      directory: DIRECTORY,
      engine: 0,
      ring: buffer,
      files: disk,
    });
    if (stops.length > 0 || found.length !== bodies.length) {
      throw new Error(
        `start ${start}: ${found.length} of ${bodies.length}, ${JSON.stringify(stops)}`,
      );
    }
    expect(found[59]).toEqual(bodies[59]!);
  }
});

test("recovery of any prefix agrees with the fold of that prefix", () => {
  const step = fc.record({
    type: fc.constantFrom(
      L.HP_JR_INTENT,
      L.HP_JR_NOT_SENT,
      L.HP_JR_EXEC,
      L.HP_JR_SESSION_OUT,
      L.HP_JR_SESSION_IN,
    ),
    session: fc.integer({ min: 0, max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, cut) => {
      const { buffer, journal } = makeRing(1 << 16);
      const disk = new MemoryDisk();
      const drain = makeDrain(buffer, disk);
      const out = [1, 1, 1];
      const into = [1, 1, 1];
      const kept = steps.slice(0, steps.length === 0 ? 0 : cut % (steps.length + 1));
      for (const { type, session } of kept) {
        const words = new Array<number>(30).fill(0);
        if (type === L.HP_JR_INTENT) {
          words[L.HP_JR_INTENT__SESSION_W] = session;
          words[L.HP_JR_INTENT__MSG_SEQ_W] = out[session]!++;
        } else if (type === L.HP_JR_NOT_SENT) {
          if (out[session]! === 1) continue;
          words[L.HP_JR_SENT__SESSION_W] = session;
          words[L.HP_JR_SENT__MSG_SEQ_W] = --out[session]!;
        } else if (type === L.HP_JR_EXEC) {
          words[L.HP_JR_EXEC__SESSION_W] = session;
          words[L.HP_JR_EXEC__MSG_SEQ_W] = into[session]!++;
        } else {
          const isOut = type === L.HP_JR_SESSION_OUT;
          words[L.HP_JR_SESSION__SESSION_W] = session;
          words[L.HP_JR_SESSION__MSG_SEQ_W] = isOut ? out[session]!++ : into[session]!++;
          words[L.HP_JR_SESSION__NEXT_OUT_W] = out[session]!;
          words[L.HP_JR_SESSION__NEXT_IN_W] = into[session]!;
        }
        writeWords(journal, type, words);
      }
      drain.flush();
      const state = recover({ directory: DIRECTORY, engine: 0, files: disk });
      expect(state.sessions.slice(0, 3)).toMatchObject(
        [0, 1, 2].map((s) => ({ nextOut: out[s]!, nextIn: into[s]! })),
      );
    }),
  );
});
