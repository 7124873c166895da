import { expect, test } from "bun:test";
import fc from "fast-check";
import { UtcReader } from "../../../../src/fix/codec/utc-reader.ts";
import { UtcTime } from "../../../../src/fix/codec/utc-time.ts";

const START_S = Date.UTC(2026, 0, 2) / 1000;
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

/** Of a fresh reader, and of one that has read another time before: both must say the same. */
function read(text: string, startS = START_S): number {
  const bytes = bytesOf(text);
  const fresh = new UtcReader(startS).read(bytes, 0, bytes.length);
  const used = new UtcReader(startS);
  const before = bytesOf("20260102-10:00:00");
  used.read(before, 0, before.length);
  expect(used.read(bytes, 0, bytes.length)).toBe(fresh);
  return fresh;
}

test("a UTCTimestamp is read as UtcTime wrote it, for every count of decimals and every date", () => {
  const reader = new UtcReader(START_S);
  const digits = fc.constantFrom(0, 3, 6, 9);
  // Behind 1970 and in front of the year 2100; whole ns stay exact for 104 days about the start.
  const anyDay = fc.tuple(fc.integer({ min: -20_000, max: 27_000 }), fc.nat(86_399));
  fc.assert(
    fc.property(digits, anyDay, fc.nat(999), (n, [day, s], ms) => {
      const ns = (day * 86_400 + s) * 1e9 + ms * 1e6;
      const time = new UtcTime(START_S, n);
      time.set(ns);
      const whole = n === 0 ? (day * 86_400 + s) * 1e9 : ns;
      // Far from the start a double's ns are rounded, and the text may fall into the ms before.
      const off = Math.abs(reader.read(time.bytes, 0, time.length) - whole);
      expect(off).toBeLessThan(n === 0 ? 1e3 : 1.001e6);
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: -50 * 86_400, max: 50 * 86_400 }),
      fc.nat(999_999_999),
      (s, ns) => {
        const time = new UtcTime(START_S, 9);
        time.set(s * 1e9 + ns);
        expect(reader.read(time.bytes, 0, time.length)).toBe(s * 1e9 + ns);
      },
    ),
    { numRuns: 2000 },
  );
});

test("every date from 1900 to 9999 is that of the calendar, and no other day exists", () => {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = fc.record({
    year: fc.integer({ min: 1900, max: 9999 }),
    month: fc.integer({ min: 0, max: 13 }),
    day: fc.integer({ min: 0, max: 32 }),
  });
  fc.assert(
    fc.property(day, ({ year, month, day }) => {
      const date = new Date(Date.UTC(year, month - 1, day));
      const isReal = month >= 1 && month <= 12 && day >= 1 && date.getUTCDate() === day;
      const text = `${year}${two(month)}${two(day)}-23:59:59`;
      const expected = isReal ? date.getTime() / 1000 + 86_399 : Number.NaN;
      expect(read(text, 0)).toBe(expected * 1e9);
    }),
    { numRuns: 3000 },
  );
});

test("a leap second is the first second of the next minute", () => {
  expect(read("20260102-23:59:60")).toBe(86_400e9);
  expect(read("20260102-23:59:61")).toBeNaN();
});

test("decimals behind the ninth are looked at and not counted", () => {
  expect(read("20260102-00:00:00.123456789999")).toBe(123_456_789);
  expect(read("20260102-00:00:00.1")).toBe(1e8);
  expect(read("20260102-00:00:00.12345678999x")).toBeNaN();
});

test("what is no UTCTimestamp is none, also behind one that is", () => {
  for (const text of [
    "",
    "20260102",
    "20260102-10:00:0",
    "20260102-10:00:00.",
    "20260102-10:00:00,5",
    "20260102-10:00:00Z",
    "20260102 10:00:00",
    "20260102-10-00:00",
    "20260102-24:00:00",
    "20260102-10:60:00",
    "20260102-1a:00:00",
    "2026010a-10:00:00",
    "18991231-10:00:00",
    "20260229-10:00:00",
    "\0\0\0\0\0\0\0\0-10:00:00",
    "\x000260102-10:00:00",
    "\xff0260102-10:00:00",
  ]) {
    expect([text, read(text)]).toEqual([text, Number.NaN]);
  }
});

test("a date that is none leaves nothing behind for the next", () => {
  const reader = new UtcReader(START_S);
  const say = (text: string) => {
    const bytes = bytesOf(text);
    return reader.read(bytes, 0, bytes.length);
  };
  expect(say("20260103-00:00:00")).toBe(86_400e9);
  expect(say("20260199-00:00:00")).toBeNaN();
  expect(say("\x000260103-00:00:00")).toBeNaN();
  expect(say("20260103-00:00:00")).toBe(86_400e9);
});
