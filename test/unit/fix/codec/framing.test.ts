import { describe, expect, test } from "bun:test";
import {
  FRAME_MORE,
  frame,
  resync,
  sumBytes,
  sumWords,
} from "../../../../src/fix/codec/framing.ts";
import { messageBytes, wrapMessage } from "../../../../src/fix/codec/text.ts";

const MAX = 4096;
const heartbeat = wrapMessage("35=0|49=A|56=B|34=7|52=20260102-10:00:00.000|");

function framed(text: string): number {
  const bytes = messageBytes(text);
  return frame(bytes, 0, bytes.length, MAX);
}

describe("sumWords", () => {
  test("is the sum of the bytes, from any offset, of any length, with the largest bytes", () => {
    const bytes = new Uint8Array(5000);
    for (const fill of [(i: number) => i * 167, () => 255]) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = fill(i);
      const view = new DataView(bytes.buffer);
      for (let from = 0; from < 5; from++) {
        for (let to = from; to < from + 40; to++) {
          expect(sumWords(view, from, to)).toBe(sumBytes(bytes, from, to));
        }
        for (const to of [511, 512, 516, 517, 1024, 4096, 5000]) {
          expect(sumWords(view, from, to)).toBe(sumBytes(bytes, from, to));
        }
      }
    }
  });
});

describe("frame", () => {
  test("a whole message has its length", () => {
    expect(frame(heartbeat, 0, heartbeat.length, MAX)).toBe(heartbeat.length);
  });

  test("every proper beginning of a message asks for more", () => {
    for (let n = 0; n < heartbeat.length; n++) {
      // What stands behind `to` must not be looked at.
      const bytes = new Uint8Array(heartbeat.length).fill(0xff);
      bytes.set(heartbeat.subarray(0, n));
      expect(frame(bytes, 0, n, MAX)).toBe(FRAME_MORE);
    }
  });

  test("a wrong checksum skips exactly the message", () => {
    const bytes = heartbeat.slice();
    bytes[bytes.length - 2] = bytes[bytes.length - 2] === 0x30 ? 0x31 : 0x30;
    expect(frame(bytes, 0, bytes.length, MAX)).toBe(-bytes.length);
  });

  test("a body length too short is garbled, and too long takes the next message with it", () => {
    for (const lie of [-3, -1, 1, 5]) {
      const head = heartbeat.length - 7 - "8=FIX.4.4|9=45|".length;
      const body = messageBytes("35=0|49=A|56=B|34=7|52=20260102-10:00:00.000|");
      expect(body.length).toBe(head);
      const text = `8=FIX.4.4|9=${body.length + lie}|`;
      const bytes = Buffer.concat([messageBytes(text), body, messageBytes("10=000|"), heartbeat]);
      const own = text.length + body.length + 7;
      const skipped = lie < 0 ? own : own + heartbeat.length;
      expect(frame(bytes, 0, bytes.length, MAX)).toBe(-skipped);
    }
  });

  test("a body length too long waits for the trailer that ends it", () => {
    const body = "35=0|49=A|56=B|34=7|52=20260102-10:00:00.000|";
    const bytes = messageBytes(`8=FIX.4.4|9=${body.length + 9}|${body}10=000|8=FIX.4.4|9=`);
    expect(frame(bytes, 0, bytes.length, MAX)).toBe(0);
    expect(frame(bytes, 0, bytes.length, bytes.length)).toBeLessThan(0);
  });

  test("bytes that never end do not hide what follows for ever", () => {
    for (const lie of [5]) {
      const body = messageBytes("35=0|49=A|56=B|34=7|52=20260102-10:00:00.000|");
      const text = `8=FIX.4.4|9=${body.length + lie}|`;
      const bytes = Buffer.concat([messageBytes(text), body, new Uint8Array(300).fill(0x41)]);
      expect(frame(bytes, 0, bytes.length, 200)).toBeLessThan(0);
    }
  });

  test("an absurd body length is garbled at once, not waited for", () => {
    expect(framed("8=FIX.4.4|9=1000000000|35=0|")).toBeLessThan(0);
    expect(framed("8=FIX.4.4|9=999999999")).toBeLessThan(0);
    expect(framed("8=FIX.4.4|9=5000|35=0|")).toBeLessThan(0);
  });

  test("8, 9 and 35 come first and in this order, with values", () => {
    for (const text of [
      "9=5|8=FIX.4.4|35=0|10=000|",
      "8=FIX.4.4|35=0|9=5|10=000|",
      "8=FIX.4.4|9=|35=0|10=000|",
      "8=FIX.4.4|9=-5|35=0|10=000|",
      "8=FIX.4.4|9=5x|35=0|10=000|",
      "8=FIX.4.4|9=12|34=1|35=0|99|10=000|",
      "8=FIXaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|9=5|35=0|10=000|",
      "GET / HTTP/1.1",
    ]) {
      expect(framed(text)).toBeLessThan(0);
    }
  });

  test("leading zeros in BodyLength are read", () => {
    const body = "35=0|34=1|";
    const text = `8=FIX.4.4|9=0010|${body}`;
    let sum = 0;
    for (const c of messageBytes(text)) sum += c;
    const whole = `${text}10=${String(sum & 255).padStart(3, "0")}|`;
    expect(framed(whole)).toBe(whole.length);
  });

  test("text behind a tag that ends in 8 is no start of a message", () => {
    const bytes = messageBytes("x58=FIX.4.4 is fine|8=FIX.4.4|9=");
    expect(resync(bytes, 0, bytes.length)).toBe(20);
  });

  test("a start cut off by the end of the bytes is kept", () => {
    const bytes = messageBytes("garbage|8=F");
    expect(frame(bytes, 0, bytes.length, MAX)).toBe(-8);
  });
});
