import { describe, expect, test } from "bun:test";
import * as C from "../../../../src/core/codes.ts";
import * as N from "../../../../src/fix/counters.ts";
import type { Execution } from "../../../../src/fix/order/execution.ts";
import { FakeVenue } from "../../../support/fake-venue.ts";

function read(body: string, more: object = {}): { e: Execution; venue: FakeVenue } {
  const venue = new FakeVenue(more).up();
  venue.say(body);
  return { e: venue.sink.executions[0]!, venue };
}

describe("an ExecutionReport", () => {
  test("becomes numbers", () => {
    const { e, venue } = read(
      "8|37=V123|17=E9|19=E8|11=HP0001f00300007|41=HP0001f00300006|150=F|39=1|55=AAPL|54=5|38=100|" +
        "44=101.5|32=40|31=101.4999|14=40|151=60|6=0|103=99|851=2",
    );
    expect({ ...e, execIdLo: 0, execIdHi: 0, refIdLo: 0, refIdHi: 0, venueIdOffset: 0 }).toEqual({
      session: 0,
      msgSeq: 3,
      possDup: 0,
      slot: 0x1f,
      generation: 0x300007,
      ours: 1,
      origSlot: 0x1f,
      origGeneration: 0x300006,
      execType: 0x46,
      ordStatus: 0x31,
      instrument: 0,
      side: C.SIDE_SELL,
      orderQty: 100,
      px: 1_015_000,
      lastQty: 40,
      lastPx: 1_014_999,
      cumQty: 40,
      leavesQty: 60,
      execIdLo: 0,
      execIdHi: 0,
      refIdLo: 0,
      refIdHi: 0,
      venueIdOffset: 0,
      venueIdLength: 4,
      reason: 99,
      responseTo: 0,
      liquidity: 2,
      inexact: 0,
    });
    const id = venue.stream.rx.slice(e.venueIdOffset, e.venueIdOffset + e.venueIdLength);
    expect(Buffer.from(id).toString()).toBe("V123");
  });

  test("of FIX 4.2 says by ExecTransType what is a bust, a correction or an answer", () => {
    const typeOf = (fields: string) =>
      String.fromCharCode(read(`8|37=V|17=E|55=AAPL|${fields}`).e.execType);
    expect(typeOf("20=0|150=1|39=1|32=40")).toBe("1");
    expect(typeOf("20=1|19=E1|150=1|39=0|32=40")).toBe("H");
    expect(typeOf("20=2|19=E1|150=1|39=1|32=30")).toBe("G");
    expect(typeOf("20=3|150=1|39=1")).toBe("I");
  });

  test("of FIX 4.0 has no ExecType and no LeavesQty: its status and quantities tell", () => {
    const told = (fields: string) => {
      const { e } = read(`8|37=V|17=E|20=0|55=AAPL|38=100|${fields}`);
      return [String.fromCharCode(e.execType), e.leavesQty];
    };
    expect(told("39=0|32=0|14=0")).toEqual(["0", 100]);
    expect(told("39=1|32=40|14=40")).toEqual(["1", 60]);
    expect(told("39=2|32=60|14=100")).toEqual(["2", 0]);
    expect(told("39=1|32=0|14=40")).toEqual(["I", 60]);
    expect(told("39=4|32=0|14=40")).toEqual(["4", 0]);
    expect(told("39=5|32=0|14=40")).toEqual(["5", 60]);
    expect(told("39=8|32=0|14=0")).toEqual(["8", 0]);
  });

  test("hashes ExecID by 64-bit FNV-1a", () => {
    for (const id of ["E1", "a-very-long-execution-id-0123456789", "\u00ff"]) {
      const { e } = read(`8|17=${id}|19=x${id}|55=AAPL`);
      expect((BigInt(e.execIdHi) << 32n) | BigInt(e.execIdLo)).toBe(hashLatin1(id));
      expect((BigInt(e.refIdHi) << 32n) | BigInt(e.refIdLo)).toBe(hashLatin1(`x${id}`));
    }
  });

  test("tells the same ExecID of two sessions apart: counterparties choose them", () => {
    const [first, other] = [0, 1].map((index) => {
      const { e } = read("8|17=X1|19=X1|55=AAPL", { index, instrumentSession: 0 });
      expect([e.refIdLo, e.refIdHi]).toEqual([e.execIdLo, e.execIdHi]);
      return [e.execIdLo, e.execIdHi];
    });
    expect(other).not.toEqual(first!);
  });

  test("has zeros for what is absent, and no reason", () => {
    const { e } = read("8|37=V");
    expect([e.slot, e.ours, e.instrument, e.reason, e.execIdLo, e.px, e.inexact]).toEqual([
      C.NO_SLOT,
      0,
      C.NO_INSTRUMENT,
      -1,
      0,
      0,
      0,
    ]);
  });

  test("knows its own ids only by prefix and form", () => {
    for (const id of ["XX0001f00300007", "HP0001f0030000", "HP0001f0030000g", "HP-manual"]) {
      expect(read(`8|11=${id}|55=AAPL`).e.ours).toBe(0);
    }
    expect(read("8|11=HP0001f00300007|55=AAPL").e.ours).toBe(1);
  });

  test("converts by the instrument's unit, and marks what does not divide", () => {
    expect(read("8|55=ESH6|31=5000.25|44=5000").e.lastPx).toBe(20_001);
    const { e, venue } = read("8|55=ESH6|31=5000.26|32=1");
    expect([e.lastPx, e.inexact]).toEqual([0, 1]);
    expect(venue.counters[N.FIX_INEXACT]).toBe(1);
    for (const bad of ["32=1.5", "14=-1", "151=99999999999", "38=x", "44=1e3"]) {
      expect(read(`8|55=AAPL|${bad}`).e.inexact).toBe(1);
    }
    expect(read("8|55=AAPL|32=100.00").e.lastQty).toBe(100);
  });

  test("a price of an unknown symbol is not guessed", () => {
    const { e } = read("8|55=NOPE|31=5|32=1");
    expect([e.instrument, e.lastPx, e.inexact]).toEqual([C.NO_INSTRUMENT, 0, 1]);
  });

  test("PossResend counts as possible duplicate", () => {
    expect(read("8|97=Y|55=AAPL").e.possDup).toBe(1);
  });
});

describe("an OrderCancelReject", () => {
  test("tells what was refused and why", () => {
    const { e } = read("9|37=V|11=HP0001f00300007|41=HP0001f00300006|39=0|434=2|102=3");
    expect([e.responseTo, e.reason, e.generation, e.origGeneration]).toEqual([
      2, 3, 0x300007, 0x300006,
    ]);
  });
});

function hashLatin1(text: string): bigint {
  let h = 0xcbf29ce484222325n;
  for (const c of Buffer.from(text, "latin1")) {
    h = ((h ^ BigInt(c)) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return h;
}
