import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { MessageBuilder } from "../../../src/fix/codec/builder.ts";
import { digitCount, writeDigits, writeLongDigits } from "../../../src/fix/codec/digits.ts";
import { frame, readCheckSum } from "../../../src/fix/codec/framing.ts";
import { INT_BAD, readDecimalUnits, readInt, TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { messageBytes } from "../../../src/fix/codec/text.ts";
import { UtcTime } from "../../../src/fix/codec/utc-time.ts";
import { loadDictionary } from "../../../src/fix/dictionary/load.ts";
import { OrderTemplates } from "../../../src/fix/order/order-templates.ts";
import { fixInstruments } from "../../support/fix-instruments.ts";

const dictionary = loadDictionary("FIX44");
const int32 = fc.integer({ min: 0, max: 0x7fffffff });

function templates(zeroPad: boolean, time: UtcTime): OrderTemplates {
  return new OrderTemplates(
    {
      dictionary,
      instruments: fixInstruments(),
      session: 0,
      beginString: "FIX.4.4",
      senderCompId: "ME",
      targetCompId: "VENUE",
      headerTags: {},
      staticTags: { 1: "ACC" },
      postOnly: { tag: 18, value: "6" },
      idPrefix: "HP",
      timestampDigits: 6,
      zeroPad,
    },
    new Uint8Array(new ArrayBuffer(16_384)),
    0,
    time,
  );
}

describe("what is written is read again", () => {
  test("orders, in any succession over one set of templates", () => {
    const time = new UtcTime(1_767_312_000, 6);
    const sets = [templates(false, time), templates(true, time)];
    const index = new TagIndex();
    const order = fc.record({
      seq: fc.integer({ min: 1, max: 999_999_999 }),
      slot: fc.integer({ min: 0, max: 0xfffff }),
      generation: fc.integer({ min: 0, max: 0xffffffff }),
      instrument: fc.integer({ min: 0, max: 2 }),
      side: fc.constantFrom(1, -1),
      qty: int32,
      px: fc.integer({ min: -0x7fffffff, max: 0x7fffffff }),
      flags: fc.integer({ min: 0, max: 63 }),
      ns: fc.integer({ min: 0, max: 86_400_000 }),
      replace: fc.boolean(),
      set: fc.constantFrom(0, 1),
    });
    const check = (o: typeof order extends fc.Arbitrary<infer T> ? T : never) => {
      const t = sets[o.set]!;
      time.set(o.ns * 1e6 + 123_000);
      if (o.replace) {
        t.encodeReplace(o.seq, o.slot, o.generation, 7, o.instrument, o.side, o.qty, o.px, o.flags);
      } else t.encodeNew(o.seq, o.slot, o.generation, o.instrument, o.side, o.qty, o.px, o.flags);
      const end = t.start + t.length;
      expect(frame(t.tx, t.start, end, 4096)).toBe(t.length);
      index.parse(t.tx, t.start, end);
      expect(index.int(34, 0)).toBe(o.seq);
      expect(index.units(38, 0, 1, -1)).toBe(o.qty);
      const market = (o.flags & 1) !== 0;
      const px = index.units(44, t.decimals[o.instrument]!, t.unit[o.instrument]!, INT_BAD);
      expect(px).toBe(market ? INT_BAD : o.px);
      const id = `HP${o.slot.toString(16).padStart(5, "0")}${o.generation.toString(16).padStart(8, "0")}`;
      expect(index.equals(11, messageBytes(id))).toBe(true);
      expect(index.equals(60, time.bytes.slice(0, time.length))).toBe(true);
      expect(index.equals(52, time.bytes.slice(0, time.length))).toBe(true);
      expect(index.badField).toBe(-1);
    };
    fc.assert(
      fc.property(fc.array(order, { minLength: 1, maxLength: 20 }), (all) => all.forEach(check)),
      {
        numRuns: 300,
      },
    );
  });

  test("sequence numbers one after the other, over every count of digits and after a reset", () => {
    const time = new UtcTime(1_767_312_000, 3);
    time.set(1e9);
    const index = new TagIndex();
    for (const isPadded of [false, true]) {
      const t = templates(isPadded, time);
      const check = (seq: number, qty: number) => {
        t.encodeNew(seq, 1, 2, 0, 1, qty, 1_015_000, 0);
        const end = t.start + t.length;
        expect(frame(t.tx, t.start, end, 4096)).toBe(t.length);
        index.parse(t.tx, t.start, end);
        const text = String(seq).padStart(isPadded ? 9 : 1, "0");
        expect(index.equals(34, messageBytes(text))).toBe(true);
      };
      for (let power = 1; power <= 1e8; power *= 10) {
        for (let i = Math.max(1, power - 3); i < power + 3; i++) check(i, 100);
        for (let i = power; i < power + 3; i++) check(i, 10 ** (i % 3));
        for (let i = 3; i > 0; i--) check(Math.max(1, Math.floor(power / 2) - i), 100);
        check(1, 100);
        check(power * 9, 100);
      }
    }
  });

  test("builder fields, data with SOH included", () => {
    const b = new MessageBuilder();
    const index = new TagIndex();
    const value = fc.string({ unit: fc.constantFrom(..."abc=|19 "), minLength: 1, maxLength: 20 });
    const data = fc.uint8Array({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(value, fc.integer(), data, (text, n, raw) => {
        b.begin("FIX.4.4", "U1").string(58, text).int(6001, n).int(95, raw.length);
        b.raw(96, raw, 0, raw.length).decimal(44, n, 3).finish();
        const end = b.start + b.length;
        expect(frame(b.bytes, b.start, end, 4096)).toBe(b.length);
        index.parse(b.bytes, b.start, end);
        expect(index.equals(58, new Uint8Array(Buffer.from(text, "latin1")))).toBe(true);
        expect(index.int(6001, 0)).toBe(n === INT_BAD ? INT_BAD : n);
        expect(index.equals(96, raw)).toBe(true);
        expect(index.units(44, 3, 1, 0)).toBe(n === INT_BAD ? INT_BAD : n);
      }),
      { numRuns: 500 },
    );
  });

  test("digits", () => {
    const bytes = new Uint8Array(64);
    const view = new DataView(bytes.buffer);
    const text = (end: number, width: number) =>
      Buffer.from(bytes.slice(end - width, end)).toString("latin1");
    fc.assert(
      fc.property(int32, fc.integer({ min: 0, max: 5 }), (n, pad) => {
        const width = digitCount(n) + pad;
        expect(digitCount(n)).toBe(String(n).length);
        const sum = writeDigits(view, 40, n, width);
        expect(text(40, width)).toBe(String(n).padStart(width, "0"));
        expect(sum).toBe(bytes.slice(40 - width, 40).reduce((a, c) => a + c, 0));
        expect(readInt(bytes, 40 - width, width)).toBe(n);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (n) => {
        writeLongDigits(bytes, 40, n, 16);
        expect(text(40, 16)).toBe(String(n).padStart(16, "0"));
      }),
    );
  });

  test("decimals agree with exact arithmetic", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 12 });
    fc.assert(
      fc.property(
        digits,
        digits,
        fc.boolean(),
        fc.integer({ min: 0, max: 6 }),
        fc.constantFrom(1, 5, 25),
        (whole, part, minus, decimals, unit) => {
          const text = `${minus ? "-" : ""}${whole}.${part}`;
          const got = readDecimalUnits(messageBytes(text), 0, text.length, decimals, unit);
          const scaled = BigInt(`${whole}${part}` || "0") * 10n ** BigInt(decimals);
          const divisor = 10n ** BigInt(part.length) * BigInt(unit);
          const value = (minus ? -1n : 1n) * (scaled / divisor);
          const exact = whole.length + part.length > 0 && scaled % divisor === 0n;
          const fits = value >= -0x7fffffffn && value <= 0x7fffffffn;
          expect(got).toBe(exact && fits ? Number(value) : INT_BAD);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("the trailer's digits are the sum", () => {
    const b = new MessageBuilder();
    for (let n = 0; n < 300; n++) {
      b.begin("FIX.4.4", "0").int(112, n).finish();
      let sum = 0;
      for (let i = b.start; i < b.start + b.length - 7; i++) sum += b.bytes[i]!;
      expect(readCheckSum(b.bytes, b.start + b.length - 7)).toBe(sum & 255);
    }
  });
});
