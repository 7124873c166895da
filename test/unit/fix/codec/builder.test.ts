import { describe, expect, test } from "bun:test";
import { MessageBuilder } from "../../../../src/fix/codec/builder.ts";
import { frame } from "../../../../src/fix/codec/framing.ts";
import { showMessage, wrapMessage } from "../../../../src/fix/codec/text.ts";
import { UtcTime } from "../../../../src/fix/codec/utc-time.ts";

const START_S = Date.UTC(2026, 1, 28) / 1000;

describe("MessageBuilder", () => {
  test("writes length and checksum around the fields", () => {
    const time = new UtcTime(START_S, 3);
    time.set(37_800.123456789e9);
    const b = new MessageBuilder();
    b.begin("FIX.4.4", "D").string(49, "ME").int(34, 12).utc(52, time).decimal(44, -1015, 2);
    b.char(54, 0x31).int(9999, 7, 5).finish();
    const expected = wrapMessage(
      "35=D|49=ME|34=12|52=20260228-10:30:00.123|44=-10.15|54=1|9999=00007|",
    );
    expect(showMessage(b.bytes, b.start, b.start + b.length)).toBe(showMessage(expected));
    expect(frame(b.bytes, b.start, b.start + b.length, 4096)).toBe(b.length);
  });

  test("a message beyond the capacity gives 0, and the next one is whole again", () => {
    const b = new MessageBuilder(new Uint8Array(128));
    expect(b.begin("FIX.4.4", "0").string(58, "x".repeat(200)).finish()).toBe(0);
    expect(b.begin("FIX.4.4", "0").int(34, 1).finish()).toBeGreaterThan(0);
  });

  test("integers have their own digits or as many as asked, up to 2^53", () => {
    const values = [0, 1, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1];
    for (let at = 1; at < 15; at++) values.push(10 ** at - 1, 10 ** at, 10 ** at + 1);
    const b = new MessageBuilder();
    for (const value of values) {
      for (const width of [1, 4, 10, 12]) {
        b.begin("FIX.4.4", "0").int(34, value, width).int(36, -value, width).finish();
        const digits = String(value).padStart(width, "0");
        const minus = value === 0 ? "" : "-";
        const text = showMessage(b.bytes, b.start, b.start + b.length);
        expect(text).toContain(`|34=${digits}|36=${minus}${digits}|10=`);
      }
    }
  });

  test("decimals are written in full, whatever the value and their count", () => {
    const b = new MessageBuilder();
    const text = (value: number, decimals: number) => {
      b.begin("FIX.4.4", "0").decimal(44, value, decimals).finish();
      return showMessage(b.bytes, b.start, b.start + b.length);
    };
    for (const value of [0, 1, 5, 99, 1015000, 2 ** 31 - 1, 2 ** 31, 2 ** 50]) {
      for (let decimals = 0; decimals <= 12; decimals++) {
        const digits = String(value).padStart(decimals + 1, "0");
        const point = digits.length - decimals;
        const whole = digits.slice(0, point);
        const expected = decimals === 0 ? whole : `${whole}.${digits.slice(point)}`;
        expect(text(value, decimals)).toContain(`|44=${expected}|10=`);
        if (value > 0) expect(text(-value, decimals)).toContain(`|44=-${expected}|10=`);
      }
    }
  });

  test("whatever does not fit cuts the message off, and never writes beyond the capacity", () => {
    const time = new UtcTime(START_S, 3);
    time.set(0);
    const from = new Uint8Array(20).fill(0x41);
    const adds: ((b: MessageBuilder) => MessageBuilder)[] = [
      (b) => b.string(58, "x".repeat(20)),
      (b) => b.raw(58, from, 0, 20),
      (b) => b.fields(from),
      (b) => b.int(34, 1, 20),
      (b) => b.int(34, 2 ** 52, 20),
      (b) => b.utc(52, time),
    ];
    for (const add of adds) {
      const length = add(new MessageBuilder().begin("FIX.4.4", "0")).finish();
      let cut = 0;
      for (let to = 50; to < 100; to++) {
        const bytes = new Uint8Array(128).fill(0xee);
        const count = add(new MessageBuilder(bytes, 0, to).begin("FIX.4.4", "0")).finish();
        expect([0, length]).toContain(count);
        if (count === 0) cut++;
        expect(bytes.subarray(to).every((c) => c === 0xee)).toBe(true);
      }
      expect(cut).toBeGreaterThan(0);
      expect(cut).toBeLessThan(50);
    }
  });

  test("text never breaks the framing", () => {
    const b = new MessageBuilder();
    b.begin("FIX.4.4", "3").string(58, "a\u0001b\u20ac").finish();
    expect(showMessage(b.bytes, b.start, b.start + b.length)).toContain("58=a?b?|10=");
  });
});

describe("UtcTime", () => {
  const at = (ns: number, digits: number, start = START_S) => {
    const time = new UtcTime(start, digits);
    time.set(ns);
    let sum = 0;
    for (let i = 0; i < time.length; i++) sum += time.bytes[i]!;
    expect(time.sum).toBe(sum);
    return Buffer.from(time.bytes.slice(0, time.length)).toString("latin1");
  };
  test("has 0, 3, 6 or 9 decimals", () => {
    expect(at(1.234567891e9, 0)).toBe("20260228-00:00:01");
    expect(at(1.234567891e9, 3)).toBe("20260228-00:00:01.234");
    expect(at(1.234567891e9, 6)).toBe("20260228-00:00:01.234567");
    expect(at(1.234567891e9, 9)).toBe("20260228-00:00:01.234567891");
  });
  test("decimals are cut off, not rounded, wherever the second stands", () => {
    const ns = [0, 1, 999, 1_000, 999_999, 1_000_000, 1_999_999, 123_456_789, 999_999_999];
    for (let i = 0; i < 2_000; i++) ns.push(Math.imul(i, 0x9e3779b1) >>> 3);
    for (const n of ns.filter((value) => value < 1e9)) {
      const text = String(n).padStart(9, "0");
      for (const digits of [3, 6, 9]) {
        expect(at(36_000e9 + n, digits)).toBe(`20260228-10:00:00.${text.slice(0, digits)}`);
      }
    }
  });
  test("the date follows over midnight, months and leap days, and backwards", () => {
    const time = new UtcTime(START_S, 3);
    const text = (s: number) => {
      time.set(s * 1e9);
      return Buffer.from(time.bytes.slice(0, time.length)).toString("latin1");
    };
    expect(text(86_399.5)).toBe("20260228-23:59:59.500");
    expect(text(86_400)).toBe("20260301-00:00:00.000");
    expect(text(-0.5)).toBe("20260227-23:59:59.500");
  });
  test("agrees with Date on any day", () => {
    for (let day = 0; day < 40_000; day += 37) {
      const s = day * 86_400 + 3_661;
      const iso = new Date(s * 1000).toISOString();
      const expected = `${iso.slice(0, 10).replaceAll("-", "")}-${iso.slice(11, 19)}`;
      expect(at(0, 0, s)).toBe(expected);
    }
  });
});
