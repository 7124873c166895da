/** COPY and DIFFERENCE records: sequence numbers, the projection, and what a person reads. */
import { expect, test } from "bun:test";
import { DIFFERENCE_TERMS, NO_SLOT } from "../../../src/core/codes.ts";
import * as L from "../../../src/ffi/layout.ts";
import { Execution } from "../../../src/fix/order/execution.ts";
import { formatRecord, recordToJson } from "../../../src/journal/fields.ts";
import { projectInMemory } from "../../../src/journal/query.ts";
import { recover } from "../../../src/journal/recover.ts";
import { DropCopyRecords } from "../../../src/order/drop-copy/records.ts";
import { DIRECTORY, MemoryDisk, makeDrain, makeRing } from "./kit.ts";

const SESSION = 2;

function written() {
  const ring = makeRing(1 << 16);
  const disk = new MemoryDisk();
  const drain = makeDrain(ring.buffer, disk);
  const records = new DropCopyRecords(ring.journal, new Float64Array(256), SESSION);
  const x = new Execution();
  const text = new TextEncoder().encode("..EXEC-0000000000000000000017");
  Object.assign(x, { msgSeq: 7, slot: 3, generation: 1 << 20, ours: 1, instrument: 1, side: -1 });
  Object.assign(x, { lastQty: 40, lastPx: 1_900_100, execType: 0x46, ordStatus: 0x31 });
  Object.assign(x, { execIdLo: 0x595af30, execIdHi: 0xf8fafa07, refIdLo: 5, liquidity: 1 });
  records.copy(x, text, 2, 6, 1e9);
  // A replayed one keeps its old number; the id is cut to fit.
  x.msgSeq = 4;
  x.possDup = 1;
  x.ours = 0;
  records.copy(x, text, 2, text.length - 2, 2e9);
  const at = [0x595af30, 0xf8fafa07, NO_SLOT, 0] as const;
  records.difference(DIFFERENCE_TERMS, 1, 1, ...at, -40, 1_900_100, -41, 1_900_000, 3e9);
  drain.flush();
  return { disk, ring, records };
}

test("a copied execution moves the number that its session expects, and a replayed one does not", () => {
  const { disk } = written();
  const state = recover({ directory: DIRECTORY, engine: 0, files: disk });
  expect(state.stops).toEqual([]);
  expect(state.sessions[SESSION]).toMatchObject({ nextOut: 1, nextIn: 8, lastNs: 2e9 });
  const rows = projectInMemory(DIRECTORY, disk).query("SELECT * FROM sessions");
  expect(rows).toMatchObject([{ session: SESSION, next_out: 1, next_in: 8 }]);
});

test("the records are read back as they were written", () => {
  const { disk } = written();
  const json: object[] = [];
  const lines: string[] = [];
  const handler = {
    onRecord(record: Parameters<typeof recordToJson>[0]) {
      json.push(recordToJson(record));
      lines.push(formatRecord(record));
    },
  };
  recover({ directory: DIRECTORY, engine: 0, files: disk }, handler);
  const own = { session: SESSION, instrument: 1, side: -1, lastQty: 40, lastPx: 1_900_100 };
  const ids = { execId: "f8fafa070595af30", refId: "0000000000000005" };
  expect(json).toMatchObject([
    { type: "copy", ...own, ...ids, slot: 3, execIdText: "EXEC-0", execType: "F", flags: 2 },
    {
      type: "copy",
      ...own,
      ...ids,
      slot: NO_SLOT,
      execIdText: "EXEC-0000000000000000000",
      flags: 1,
    },
    {
      ...{ type: "difference", session: SESSION, kind: "terms", isOpen: 1, instrument: 1 },
      ...{ oursQty: -40, oursPx: 1_900_100, theirsQty: -41, theirsPx: 1_900_000 },
    },
  ]);
  expect(lines[2]).toContain("difference");
  expect(lines[2]).toContain("kind=terms");
});

test("what is read from a record is the execution that was written", () => {
  const { ring, records } = written();
  const x = new Execution();
  const words = new Int32Array(ring.buffer, L.HP_JOURNAL_DATA);
  records.read(words, L.HP_RECORD_SIZE / 4, x);
  expect(x).toMatchObject({
    ...{ session: SESSION, msgSeq: 7, slot: 3, generation: 1 << 20, ours: 1, possDup: 0 },
    ...{ instrument: 1, side: -1, lastQty: 40, lastPx: 1_900_100, execType: 0x46 },
    ...{ execIdLo: 0x595af30, execIdHi: 0xf8fafa07, refIdLo: 5, refIdHi: 0, liquidity: 1 },
  });
});
