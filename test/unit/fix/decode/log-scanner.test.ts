import { describe, expect, test } from "bun:test";
import { messageBytes, showMessage, wrapMessage } from "../../../../src/fix/codec/text.ts";
import { LogScanner, MESSAGE_MAX } from "../../../../src/fix/decode/log-scanner.ts";
import { generator, Mutator } from "../../../support/fix-mutator.ts";

const ONE = wrapMessage("35=0|34=1|112=A|");
const TWO = wrapMessage("35=1|34=2|112=B|");
const one = showMessage(ONE);
const two = showMessage(TWO);

/** Prefix and message of each, read in pieces of `size` bytes. */
function scan(log: Uint8Array | string, size = 1 << 20): string[] {
  const bytes = typeof log === "string" ? new Uint8Array(Buffer.from(log)) : log;
  const found: string[] = [];
  const scanner = new LogScanner((m) => found.push(`${m.prefix}>${showMessage(m.bytes)}`));
  for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size));
  scanner.end();
  return found;
}

describe("messages are found", () => {
  test("in a raw stream, one behind the other, with what lies between them left out", () => {
    expect(scan(Buffer.concat([ONE, Buffer.from("junk 8=F"), TWO]))).toEqual([
      `>${one}`,
      `junk 8=F>${two}`,
    ]);
  });

  test("with fields that end with |, with ^A or with SOH, behind anything on the line", () => {
    const caret = one.replaceAll("|", "^A");
    const log = `10:00:00 in ${one}\n[x] ${caret} rest\n${two}\nno message\n 8=FIX is no message\n`;
    expect(scan(log)).toEqual([`10:00:00 in>${one}`, `[x]>${one}`, `>${two}`]);
  });

  test("several on a line, and without the end of the last field", () => {
    expect(scan(`a ${one}b ${two.slice(0, -1)}\n${one.slice(0, -1)}`)).toEqual([
      `a>${one}`,
      `b>${two}`,
      `>${one}`,
    ]);
  });

  test("that hold 8=FIX in a value, or a trailer in a data field", () => {
    const text = wrapMessage("35=5|34=1|58=8=FIX.4.4|");
    const data = wrapMessage("35=A|34=1|95=9|96=a|10=123|b|");
    const found = scan(Buffer.concat([text, data]));
    expect(found).toEqual([`>${showMessage(text)}`, `>${showMessage(data)}`]);
  });

  test("with a wrong length, by their trailer", () => {
    expect(scan(`${one.replace("9=1", "9=9")}${two}\n`)).toEqual([
      `>${one.replace("9=1", "9=9")}`,
      `>${two}`,
    ]);
    const huge = one.replace(/9=\d+/, "9=999999999");
    expect(scan(`${huge}\n${two}\n`)).toEqual([`>${huge}`, `>${two}`]);
  });

  test("that are cut, up to the end of their line or to the next message", () => {
    expect(scan(`8=FIX.4.4|9=100|35=0|34=\r\n${one}\n`)).toEqual([
      `>8=FIX.4.4|9=100|35=0|34=|`,
      `>${one}`,
    ]);
    expect(scan(`8=FIX.4.4|9=100|35=0|${one}`)).toEqual([`>8=FIX.4.4|9=100|35=0|`, `>${one}`]);
    expect(scan("8=FIX.4.4|9=100|35=0")).toEqual([">8=FIX.4.4|9=100|35=0|"]);
  });

  test("the same in pieces of any size", () => {
    const log = Buffer.concat([
      Buffer.from(`10:00 ${one}\n^ 8=FIX ${two.replaceAll("|", "^A")}\n8=FIX.4.4|9=7|\n`),
      ONE,
      Buffer.from("junk"),
      TWO,
    ]);
    const whole = scan(log);
    expect(whole).toHaveLength(5);
    for (let size = 1; size < log.length; size++) expect(scan(log, size)).toEqual(whole);
  });

  test("the same in pieces of any size when the log is damaged", () => {
    const next = generator(23);
    const mutator = new Mutator(
      ["35=0|34=1|112=A|58=8=FIX.4.4|", "35=A|34=1|95=5|96=a.b=c|"],
      next,
    );
    for (let round = 0; round < 1000; round++) {
      const parts: Uint8Array[] = [];
      for (let n = 0; n < 4; n++) {
        const bytes = mutator.bytes.slice(0, mutator.make());
        parts.push(
          next(2) === 0 ? new Uint8Array(Buffer.from(showMessage(bytes), "latin1")) : bytes,
        );
        if (next(2) === 0) parts.push(messageBytes("\nx "));
      }
      const log = Buffer.concat(parts);
      expect(scan(log, 1 + next(60))).toEqual(scan(log));
    }
  });
});

test("what never ends is cut at a bound, and memory with it", () => {
  const endless = new Uint8Array(3 * MESSAGE_MAX).fill(0x39);
  endless.set(messageBytes("8=FIX.4.4|9=5|35=0|58="));
  const found: number[] = [];
  const cut: (boolean | undefined)[] = [];
  const scanner = new LogScanner((m) => {
    found.push(m.bytes.length);
    cut.push(m.isCut);
  });
  for (let at = 0; at < endless.length; at += 65_536)
    scanner.push(endless.subarray(at, at + 65_536));
  scanner.push(ONE);
  scanner.end();
  expect(found[0]).toBeGreaterThanOrEqual(MESSAGE_MAX);
  expect(found[0]).toBeLessThan(MESSAGE_MAX + 10);
  expect(found).toHaveLength(1);
  scanner.push(ONE);
  scanner.end();
  expect(cut).toEqual([true, false]);
});

test("of what stands before a message only the end is kept, without control characters", () => {
  const found = scan(`${"x".repeat(500)}\u001b[31m ${one}`);
  expect(found[0]!.length).toBeLessThan(one.length + 210);
  expect(found[0]).toContain("x[31m>8=FIX");
});
