import { describe, expect, test } from "bun:test";
import * as L from "../../../src/ffi/layout.ts";
import {
  JOURNAL_NO_ROOM,
  JOURNAL_PADS,
  JOURNAL_RECORDS,
  JOURNAL_REFUSED,
} from "../../../src/journal/counters.ts";
import { JOURNAL_FULL } from "../../../src/journal/journal.ts";
import { createNullJournal } from "../../../src/journal/null-journal.ts";
import { RingJournal } from "../../../src/journal/ring-journal.ts";
import { layoutRing, ringState } from "../../../src/journal/ring-layout.ts";
import { makeRing, sent, setTail, writeWords } from "./kit.ts";

const SMALL = L.HP_RECORD_SIZE + L.HP_JR_SENT_SIZE;

describe("RingJournal", () => {
  test("a record is invisible to readers until it is committed", () => {
    const { buffer, journal } = makeRing();
    journal.begin(L.HP_JR_SENT, 16);
    expect(ringState(buffer)).toMatchObject({ head: 0 });
    journal.commit(5);
    expect(ringState(buffer)).toMatchObject({ head: SMALL, nextNumber: 2 });
    const header = new DataView(buffer, L.HP_JOURNAL_DATA);
    expect(header.getUint32(L.HP_RECORD__LENGTH, true)).toBe(SMALL);
    expect(header.getUint16(L.HP_RECORD__TYPE, true)).toBe(L.HP_JR_SENT);
    expect(header.getFloat64(L.HP_RECORD__TIME_NS, true)).toBe(5);
    expect(header.getUint32(L.HP_RECORD__EPOCH, true)).toBe(1);
  });

  test("a record that was opened and not committed is overwritten by the next one", () => {
    const { journal } = makeRing();
    const first = journal.begin(L.HP_JR_SENT, 16);
    expect(journal.begin(L.HP_JR_STATE, 16)).toBe(first);
  });

  test("a second commit without a begin writes nothing", () => {
    const { journal, counters } = makeRing();
    sent(journal, 1);
    journal.commit(9);
    expect(counters[JOURNAL_RECORDS]).toBe(1);
    expect(journal.position()).toBe(SMALL);
  });

  test("the bytes between a body and its padded end are zero", () => {
    const { journal } = makeRing();
    journal.bytes.fill(0xee);
    const at = journal.begin(L.HP_JR_INTENT, 13);
    journal.bytes.fill(1, at * 4, at * 4 + 13);
    journal.commit(0);
    expect([...journal.bytes.subarray(at * 4 + 13, at * 4 + 16)]).toEqual([0, 0, 0]);
  });

  test("a record never wraps: the end of the ring is padded", () => {
    const { buffer, journal, counters } = makeRing(4096);
    while (journal.position() < 4096 - SMALL) {
      sent(journal, 1);
      setTail(buffer, journal.position());
    }
    const left = 4096 - journal.position();
    expect(writeWords(journal, L.HP_JR_STATE, new Array(30).fill(1))).toBe(true);
    expect(counters[JOURNAL_PADS]).toBe(1);
    expect(new Int32Array(buffer, L.HP_JOURNAL_DATA)[(4096 - left) / 4]).toBe(left);
    expect(journal.position()).toBe(4096 + L.HP_RECORD_SIZE + 120);
  });

  test("a full ring refuses records, and takes them again once control has drained it", () => {
    const { buffer, journal, counters } = makeRing(4096);
    let written = 0;
    while (sent(journal, 1)) written++;
    expect(written).toBe(Math.floor(4096 / SMALL));
    expect(journal.begin(L.HP_JR_SENT, 16)).toBe(JOURNAL_FULL);
    expect(counters[JOURNAL_REFUSED]).toBe(2);
    setTail(buffer, SMALL * 3);
    expect(sent(journal, 2)).toBe(true);
  });

  test("new orders are refused from three quarters on, cancels are not", () => {
    const { buffer, journal, counters } = makeRing(4096);
    while (journal.position() < 3072) sent(journal, 1);
    expect(journal.hasRoom()).toBe(false);
    expect(counters[JOURNAL_NO_ROOM]).toBe(1);
    expect(sent(journal, 1)).toBe(true);
    setTail(buffer, journal.position());
    expect(journal.hasRoom()).toBe(true);
  });

  test("a failing disk refuses new orders at once", () => {
    const { buffer, journal } = makeRing();
    expect(journal.hasRoom()).toBe(true);
    new Int32Array(buffer)[L.HP_JOURNAL__BROKEN_W] = L.HP_ENOSPC;
    expect(journal.hasRoom()).toBe(false);
  });

  test("a position is durable when control's cursor has passed it, across the 2^32 wrap", () => {
    const { buffer, journal } = makeRing(4096, 1, 1, -SMALL);
    sent(journal, 1);
    sent(journal, 2);
    const end = journal.position();
    expect(end).toBe(SMALL);
    expect(journal.isDurable(end)).toBe(false);
    new Int32Array(buffer)[L.HP_JOURNAL__DURABLE_W] = 0;
    expect(journal.isDurable(0)).toBe(true);
    expect(journal.isDurable(end)).toBe(false);
    new Int32Array(buffer)[L.HP_JOURNAL__DURABLE_W] = SMALL;
    expect(journal.isDurable(end)).toBe(true);
  });

  test("a restarted engine goes on with the numbers of the ring", () => {
    const { buffer, journal } = makeRing();
    sent(journal, 1);
    const again = new RingJournal({ buffer, engine: 0, counters: new Float64Array(256) });
    sent(again, 2);
    expect(ringState(buffer)).toMatchObject({ nextNumber: 3, head: 2 * SMALL });
  });

  test("the shadow's journal never fills, is always durable and is the same class", () => {
    const shadow = createNullJournal(0, 4096);
    for (let i = 0; i < 1000; i++) expect(sent(shadow, i)).toBe(true);
    expect(shadow.hasRoom()).toBe(true);
    expect(shadow.isDurable(shadow.position())).toBe(true);
    expect(shadow).toBeInstanceOf(RingJournal);
  });

  test("a ring of a size that is no power of two is refused", () => {
    const options = { engine: 0, epoch: 1, nextNumber: 1 };
    expect(() => layoutRing(new ArrayBuffer(9000), { ...options, dataBytes: 5000 })).toThrow(
      "power of two",
    );
    expect(ringState(new ArrayBuffer(4608))).toBe("has no journal magic");
    expect(ringState(new ArrayBuffer(8))).toBe("is shorter than a journal header");
  });
});
