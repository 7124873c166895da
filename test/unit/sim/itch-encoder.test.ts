import { describe, expect, test } from "bun:test";
import {
  encodeItch,
  ITCH_TYPES,
  type ItchType,
  itchLength,
} from "../../../src/sim/itch-encoder.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const ascii = (text: string) => Buffer.from(text, "latin1").toString("hex");
const HEADER = { locate: 0x0102, tracking: 0x0304, timeNs: 0x0a0b0c0d0e0f };
const HEAD = "010203040a0b0c0d0e0f";
const AAPL = ascii("AAPL    ");

describe("an ITCH 5.0 message", () => {
  test("has the length that the specification gives, for all 23 types", () => {
    const lengths: Record<ItchType, number> = {
      S: 12,
      R: 39,
      H: 25,
      Y: 20,
      L: 26,
      V: 35,
      W: 12,
      K: 28,
      J: 35,
      h: 21,
      A: 36,
      F: 40,
      E: 31,
      C: 36,
      X: 23,
      D: 19,
      U: 35,
      P: 44,
      Q: 40,
      B: 19,
      I: 50,
      N: 20,
      O: 48,
    };
    expect(ITCH_TYPES).toHaveLength(23);
    for (const type of ITCH_TYPES) expect([type, itchLength(type)]).toEqual([type, lengths[type]]);
  });

  test("A, F and P carry reference, side, shares, stock and price at their offsets", () => {
    const fields = { ref: 0x1122334455667788n, side: "B", shares: 300, stock: "AAPL", px: 1900100 };
    const body = `1122334455667788${ascii("B")}0000012c${AAPL}001cfe44`;
    expect(hex(encodeItch("A", HEADER, fields))).toBe(`${ascii("A")}${HEAD}${body}`);
    const f = encodeItch("F", HEADER, { ...fields, attribution: "SIM" });
    expect(hex(f)).toBe(`${ascii("F")}${HEAD}${body}${ascii("SIM ")}`);
    const p = encodeItch("P", HEADER, { ...fields, match: 7 });
    expect(hex(p)).toBe(`${ascii("P")}${HEAD}${body}0000000000000007`);
  });

  test("E, C, X, D and U change an order by its reference", () => {
    const ref = 2 ** 32 + 5;
    const r = "0000000100000005";
    const e = encodeItch("E", HEADER, { ref, shares: 100, match: 9 });
    expect(hex(e)).toBe(`${ascii("E")}${HEAD}${r}000000640000000000000009`);
    const c = encodeItch("C", HEADER, { ref, shares: 100, match: 9, printable: "N", px: 10_000 });
    expect(hex(c)).toBe(`${ascii("C")}${HEAD}${r}000000640000000000000009${ascii("N")}00002710`);
    const x = encodeItch("X", HEADER, { ref, shares: 1 });
    expect(hex(x)).toBe(`${ascii("X")}${HEAD}${r}00000001`);
    expect(hex(encodeItch("D", HEADER, { ref }))).toBe(`${ascii("D")}${HEAD}${r}`);
    const u = encodeItch("U", HEADER, { ref, newRef: 6, shares: 2, px: 3 });
    expect(hex(u)).toBe(`${ascii("U")}${HEAD}${r}00000000000000060000000200000003`);
  });

  test("S, R, H and Y tell of the day and of a stock", () => {
    expect(hex(encodeItch("S", HEADER, { event: "Q" }))).toBe(`${ascii("S")}${HEAD}${ascii("Q")}`);
    const r = encodeItch("R", HEADER, {
      stock: "AAPL",
      marketCategory: "Q",
      financialStatus: "N",
      roundLot: 100,
      roundLotsOnly: "N",
      issueClass: "C",
      issueSubType: "Z",
      authenticity: "P",
      shortSaleThreshold: "N",
      ipo: "N",
      luldTier: "1",
      etp: "Y",
      etpLeverage: 3,
      inverse: "Y",
    });
    const tail = `${ascii("NCZ PNN1Y")}00000003${ascii("Y")}`;
    expect(hex(r)).toBe(`${ascii("R")}${HEAD}${AAPL}${ascii("QN")}00000064${tail}`);
    const h = encodeItch("H", HEADER, { stock: "AAPL", state: "H", reserved: "", reason: "T1" });
    expect(hex(h)).toBe(`${ascii("H")}${HEAD}${AAPL}${ascii("H T1  ")}`);
    const y = encodeItch("Y", HEADER, { stock: "AAPL", action: "1" });
    expect(hex(y)).toBe(`${ascii("Y")}${HEAD}${AAPL}${ascii("1")}`);
  });

  test("L, V, W, K, J and h place each field where the specification has it", () => {
    const l = encodeItch("L", HEADER, {
      mpid: "SIMM",
      stock: "AAPL",
      primary: "Y",
      mode: "N",
      state: "A",
    });
    expect(hex(l)).toBe(`${ascii("L")}${HEAD}${ascii("SIMM")}${AAPL}${ascii("YNA")}`);
    const v = encodeItch("V", HEADER, { level1: 1, level2: 2, level3: 3 });
    expect(hex(v)).toBe(`${ascii("V")}${HEAD}000000000000000100000000000000020000000000000003`);
    expect(hex(encodeItch("W", HEADER, { level: "2" }))).toBe(`${ascii("W")}${HEAD}${ascii("2")}`);
    const k = encodeItch("K", HEADER, { stock: "AAPL", releaseTime: 1, qualifier: "A", px: 2 });
    expect(hex(k)).toBe(`${ascii("K")}${HEAD}${AAPL}00000001${ascii("A")}00000002`);
    const j = encodeItch("J", HEADER, {
      stock: "AAPL",
      referencePx: 1,
      upperPx: 2,
      lowerPx: 3,
      extension: 4,
    });
    expect(hex(j)).toBe(`${ascii("J")}${HEAD}${AAPL}00000001000000020000000300000004`);
    const o = encodeItch("h", HEADER, { stock: "AAPL", market: "Q", action: "H" });
    expect(hex(o)).toBe(`${ascii("h")}${HEAD}${AAPL}${ascii("QH")}`);
  });

  test("Q, B, I, N and O place each field where the specification has it", () => {
    const q = encodeItch("Q", HEADER, {
      shares: 1,
      stock: "AAPL",
      px: 2,
      match: 3,
      crossType: "O",
    });
    expect(hex(q)).toBe(
      `${ascii("Q")}${HEAD}0000000000000001${AAPL}000000020000000000000003${ascii("O")}`,
    );
    expect(hex(encodeItch("B", HEADER, { match: 3 }))).toBe(`${ascii("B")}${HEAD}0000000000000003`);
    const i = encodeItch("I", HEADER, {
      paired: 1,
      imbalance: 2,
      direction: "B",
      stock: "AAPL",
      farPx: 3,
      nearPx: 4,
      referencePx: 5,
      crossType: "C",
      variation: "L",
    });
    expect(hex(i)).toBe(
      `${ascii("I")}${HEAD}00000000000000010000000000000002${ascii("B")}${AAPL}` +
        `000000030000000400000005${ascii("CL")}`,
    );
    const n = encodeItch("N", HEADER, { stock: "AAPL", interest: "A" });
    expect(hex(n)).toBe(`${ascii("N")}${HEAD}${AAPL}${ascii("A")}`);
    const o = encodeItch("O", HEADER, {
      stock: "AAPL",
      eligibility: "Y",
      minimumPx: 1,
      maximumPx: 2,
      nearPx: 3,
      nearTime: 4,
      lowerPx: 5,
      upperPx: 6,
    });
    expect(hex(o)).toBe(
      `${ascii("O")}${HEAD}${AAPL}${ascii("Y")}000000010000000200000003` +
        "00000000000000040000000500000006",
    );
  });

  test("refuses a value that its field can't hold", () => {
    expect(() => encodeItch("D", HEADER, { ref: 1n << 64n })).toThrow(RangeError);
    expect(() => encodeItch("D", HEADER, { ref: -1 })).toThrow(RangeError);
    expect(() => encodeItch("X", HEADER, { ref: 1, shares: 2 ** 32 })).toThrow(RangeError);
    expect(() => encodeItch("S", { locate: 65_536, timeNs: 0 }, { event: "O" })).toThrow(
      RangeError,
    );
    expect(() => encodeItch("N", HEADER, { stock: "TOOLONGER", interest: "A" })).toThrow(
      RangeError,
    );
  });
});
