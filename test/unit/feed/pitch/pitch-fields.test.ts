import { expect, test } from "bun:test";
import {
  PITCH_EDITIONS,
  type PitchEdition,
  pitchMessages,
} from "../../../../src/feed/pitch/pitch-editions.ts";
import { describePitch, PITCH_SESSION_MESSAGES } from "../../../../src/feed/pitch/pitch-fields.ts";
import * as p from "../../../support/pitch-bytes.ts";

/** Fields do not overlap, and leave nothing between them or behind. */
for (const edition of PITCH_EDITIONS) {
  test(`fields of ${edition} fill their messages without gap or overlap`, () => {
    for (const message of [...pitchMessages(edition), ...PITCH_SESSION_MESSAGES]) {
      let at = 2;
      for (const field of message.fields) {
        expect(`${message.type} ${field.name} ${field.offset}`).toBe(
          `${message.type} ${field.name} ${at}`,
        );
        at += field.size;
      }
      expect(`${message.type} ${at}`).toBe(`${message.type} ${message.length}`);
    }
  });

  test(`no type of ${edition} comes twice`, () => {
    const codes = [...pitchMessages(edition), ...PITCH_SESSION_MESSAGES].map((m) => m.type);
    expect(new Set(codes).size).toBe(codes.length);
  });
}

test("lengths are those of each edition, where one type code has several", () => {
  const length = (edition: PitchEdition, code: number) =>
    pitchMessages(edition).find((m) => m.code === code)?.length;
  const row = (code: number) => PITCH_EDITIONS.map((edition) => length(edition, code));
  expect(row(0x20)).toEqual([6, 10, 10]);
  expect(row(0x21)).toEqual([34, 34, 33]);
  expect(row(0x22)).toEqual([26, 26, 25]);
  expect(row(0x23)).toEqual([26, 27, 27]);
  expect(row(0x24)).toEqual([38, 39, undefined]);
  expect(row(0x27)).toEqual([27, 27, 26]);
  expect(row(0x28)).toEqual([19, 19, 18]);
  expect(row(0x2a)).toEqual([41, 42, 42]);
  expect(row(0x2b)).toEqual([33, 34, 34]);
  expect(row(0x2f)).toEqual([41, 50, undefined]);
  expect(row(0x30)).toEqual([43, 44, undefined]);
  for (const code of [0x25, 0x26, 0x29, 0x2c, 0x2d, 0x31, 0x97]) {
    expect(new Set(row(code)).size).toBe(1);
  }
});

test("describePitch gives every field by name, bigint only beyond 2^53", () => {
  const bytes = p.addLong({ id: 2n ** 63n, ns: 7, side: "S", qty: 5, symbol: "A", px: 12 });
  expect(describePitch(bytes, 0, bytes.length)).toEqual({
    type: "0x21",
    len: 34,
    timestamp: 7,
    order_id: 2n ** 63n,
    side_indicator: "S",
    quantity_binary_4: 5,
    symbol_printable_ascii_6: "A",
    price_binary_long_price_8: 12,
    add_flags: 1,
  });
});

test("describePitch reads negative prices where the edition has them", () => {
  const short = p.futuresAddShort({ id: 1, px: -50 });
  const long = p.futuresAddLong({ id: 1, px: -(2n ** 60n) });
  expect(describePitch(short, 0, short.length, "cfe-futures")?.["price_binary_short_price_2"]).toBe(
    -50,
  );
  expect(describePitch(long, 0, long.length, "cfe-futures")?.["price_binary_long_price_8"]).toBe(
    -(2n ** 60n),
  );
});

test("describePitch refuses a length that is not the edition's, and one that lies", () => {
  const bytes = p.remove({ id: 1 });
  expect(describePitch(bytes, 0, 13)).toBeUndefined();
  expect(describePitch(bytes, 1, 14)).toBeUndefined();
  expect(describePitch(bytes, 0, 1)).toBeUndefined();
  expect(describePitch(bytes.with(0, 13), 0, 14)).toBeUndefined();
  expect(describePitch(bytes.with(1, 0xfe), 0, 14)).toBeUndefined();
  const time = p.datedTime(1, 2);
  expect(describePitch(time, 0, 10)).toBeUndefined();
  expect(describePitch(time, 0, 10, "us-options")).toEqual({
    type: "0x20",
    len: 10,
    time: 1,
    epoch_time: 2,
  });
});
