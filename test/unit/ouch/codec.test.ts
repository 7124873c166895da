import { describe, expect, test } from "bun:test";
import { messageText } from "../../../src/ouch/message-text.ts";
import { describeOuch } from "../../../src/ouch/ouch-fields.ts";
import { OUCH_ID_BYTES, OuchIdReader, writeOuchId } from "../../../src/ouch/ouch-id.ts";
import * as O from "../../support/ouch-bytes.ts";

const out = (bytes: Uint8Array) => describeOuch("out", bytes, 0, bytes.length);

describe("an id", () => {
  test("holds any slot and generation in 14 characters, behind any prefix", () => {
    for (const prefix of ["A", "HP", "ABC", "Z9Z9"]) {
      const reader = new OuchIdReader(prefix);
      for (const [slot, generation] of [
        [0, 0],
        [1, 0x100001],
        [61, 62],
        [(1 << 20) - 1, 0xffffffff],
      ] as const) {
        const bytes = new Uint8Array(20).fill(0x20);
        bytes.set(O.ascii(prefix), 3);
        writeOuchId(bytes, 3 + prefix.length, slot, generation);
        expect(reader.read(bytes, 3)).toBe(true);
        expect([reader.slot, reader.generation]).toEqual([slot, generation]);
        expect(bytes[3 + OUCH_ID_BYTES]).toBe(0x20);
      }
    }
  });

  test("of somebody else is none of ours", () => {
    const reader = new OuchIdReader("HP");
    for (const id of [
      "",
      "HX0001004OmX",
      "HP0001004Om",
      "HP0001004Om_",
      "HP0001004OmXY",
      "HP0001zzzzzz",
    ]) {
      expect(reader.read(O.ascii(id.padEnd(14)), 0)).toBe(false);
    }
    expect(reader.read(O.ascii("HP0001004OmX  "), 0)).toBe(true);
  });
});

describe("the field table", () => {
  test("reads every message of the venue as it was built", () => {
    expect(out(O.replaced(7, 8, { quantity: 3, price: 1n << 40n, clordid: "X" }))).toMatchObject({
      orig_user_ref_num: 7,
      user_ref_num: 8,
      quantity: 3,
      price: 2 ** 40,
      clordid: "X",
      order_state: "L",
    });
    expect(out(O.executed(7, 40, 100, (1n << 63n) + 1n, "R"))).toMatchObject({
      quantity: 40,
      price: 100,
      match_number: (1n << 63n) + 1n,
      liquidity_flag: "R",
    });
    expect(out(O.aiqCanceled(7, 40, 10, 99))).toMatchObject({
      decrement_shares: 40,
      quantity_prevented_from_trading: 10,
      execution_price: 99,
    });
    expect(out(O.tradeCorrection(7, 1, 2, 3, "ID"))).toMatchObject({
      clordid: "ID",
      match_number: 3,
    });
    expect(out(O.rejected(7, 0x1234, "ID"))).toMatchObject({ rejected_order_reason: 0x1234 });
    expect(out(O.priorityUpdate(7, 5, 6))).toMatchObject({ price: 5, order_reference_number: 6 });
    expect(out(O.orderModified(7, "T", 6))).toMatchObject({ side: "T", quantity: 6 });
    expect(out(O.accountAnswer(12))).toMatchObject({ next_user_ref_num: 12 });
  });

  test("steps an appendage by length, and shows tags that it does not know", () => {
    const tail: O.OuchTail = [
      [22, O.u32(500)],
      [200, O.ascii("ab")],
    ];
    expect(out(O.orderRestated(7, "R", tail))).toMatchObject({
      display_quantity: 500,
      tag_200: "6162",
    });
  });

  test("reads the editions of AIQ canceled and of executions", () => {
    const tail: O.OuchTail = [[28, Uint8Array.of(3)]];
    expect(out(O.aiqCanceled(7, 40))).not.toHaveProperty("aiq_strategy");
    expect(out(O.lateAiqCanceled(7, 40))).toMatchObject({
      decrement_shares: 40,
      aiq_strategy: "O",
    });
    expect(out(O.lateAiqCanceled(7, 40, tail))).toMatchObject({
      aiq_strategy: "O",
      user_ref_idx: 3,
    });
    expect(out(O.executed(7, 40, 1, 2).slice(0, 34))).toMatchObject({ match_number: 2 });
    expect(out(O.executed(7, 40, 1, 2).slice(0, 35))).toBeUndefined();
  });

  test("refuses lengths that lie", () => {
    const whole = O.orderRestated(7, "R", [[22, O.u32(500)]]);
    const lie = (at: number, value: number) => whole.map((b, i) => (i === at ? value : b));
    expect(out(whole)).toBeDefined();
    expect(out(whole.slice(0, -1))).toBeUndefined();
    expect(out(lie(15, 7))).toBeUndefined();
    expect(out(lie(16, 6))).toBeUndefined();
    expect(out(lie(16, 0))).toBeUndefined();
    expect(describeOuch("out", whole, 4, whole.length)).toBeUndefined();
  });

  test("knows which way a message goes", () => {
    const modify = O.modifyOrder(3, "S", 10);
    expect(describeOuch("in", modify, 0, modify.length)).toMatchObject({ side: "S", quantity: 10 });
    expect(out(modify)).toBeUndefined();
  });
});

test("messages of a journal read as text, by either protocol", () => {
  const packet = O.soup("U", O.cancelOrder(17, 5));
  expect(messageText(packet)).toBe("cancel_order user_ref_num=17 quantity=5");
  expect(messageText(O.soup("R"))).toBe("R");
  expect(messageText(O.ascii("8=FIX.4.4\x0135=0\x01"))).toBe("8=FIX.4.4|35=0|");
  expect(messageText(O.ascii("     OUCH1"))).toBe("OUCH1");
  expect(messageText(new Uint8Array(0))).toBe("");
});
