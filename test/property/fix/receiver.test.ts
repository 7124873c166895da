/** What a receiver takes for a message does not depend on how the bytes came in, and is never garbled. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { ManualClock } from "../../../src/core/clock.ts";
import { wrapMessage } from "../../../src/fix/codec/text.ts";
import * as N from "../../../src/fix/counters.ts";
import { SessionBlock } from "../../../src/fix/session/block.ts";
import type { FixSessionOptions } from "../../../src/fix/session/options.ts";
import { Receiver } from "../../../src/fix/session/receiver.ts";
import { dictionaryOf } from "../../support/fake-peer.ts";
import { MemoryStream } from "../../support/memory-stream.ts";

const MAX = 512;
const dictionary = dictionaryOf("FIX.4.4");
const message = (seq: number, text = "x") =>
  wrapMessage(`35=B|34=${seq}|49=PEER|56=ME|52=20260102-10:00:00|58=${text}|`);

class Rig {
  readonly counters = new Float64Array(256);
  readonly stream = new MemoryStream(4096 + 1024, 4096);
  readonly seen: number[] = [];
  private readonly receiver: Receiver;
  private nowNs = 0;

  constructor() {
    const options: Partial<FixSessionOptions> = {
      stream: this.stream,
      counters: this.counters,
      dictionary,
      heartbeatS: 30,
      maxMessageBytes: MAX,
      aheadBytes: 1024,
      clock: new ManualClock(),
    };
    this.receiver = new Receiver(options as FixSessionOptions, new SessionBlock());
  }

  /** Takes these bytes, in pieces of so many. */
  take(bytes: Uint8Array, sizes: number[]): this {
    let n = 0;
    for (let at = 0; at < bytes.length; n++) {
      const size = sizes[n % sizes.length]!;
      this.stream.push(bytes.subarray(at, at + size));
      this.turn();
      at += size;
    }
    return this;
  }

  /** A heartbeat goes by: what has stopped in the middle is given up. */
  wait(): this {
    for (let i = 0; i < 2; i++) {
      this.nowNs += 31e9;
      this.turn();
    }
    return this;
  }

  private turn(): void {
    this.receiver.receive();
    while (this.receiver.next(this.nowNs)) this.seen.push(this.receiver.tags.int(34, -1));
  }
}

/** Bytes about a message: whole, cut, with a byte changed, with a BodyLength that lies, or noise. */
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constant("whole" as const) },
  fc.record({ cut: fc.nat(200) }),
  fc.record({ at: fc.nat(200), to: fc.nat(255) }),
  fc.record({ length: fc.oneof(fc.nat(1200), fc.constantFrom(0, 4, 5, 1e9, 999_999_999, 1e10)) }),
  fc.record({
    noise: fc.string({ unit: fc.constantFrom(..."8=FIX.49\u000110=135|"), maxLength: 40 }),
  }),
);
type Piece = typeof piece extends fc.Arbitrary<infer T> ? T : never;

function bytesOf(p: Piece, seq: number): Uint8Array {
  const bytes = message(seq, "text");
  if (p === "whole") return bytes;
  if ("cut" in p) return bytes.slice(0, p.cut % bytes.length);
  if ("at" in p) {
    bytes[p.at % bytes.length] = p.to;
    return bytes;
  }
  if ("noise" in p) return new Uint8Array(Buffer.from(p.noise, "latin1"));
  const text = Buffer.from(bytes).toString("latin1");
  return new Uint8Array(Buffer.from(text.replace(/9=\d+/, `9=${p.length}`), "latin1"));
}

const CHECKED = { numRuns: 2000 * Number(process.env["HAIRPIN_FUZZ"] ?? 1) };

test("the same messages are found however the bytes are cut up", () => {
  const pieces = fc.array(piece, { minLength: 1, maxLength: 12 });
  const sizes = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(pieces, sizes, (list, cuts) => {
      // A digit in front of "8=FIX" makes it the end of a tag, unless it came with an earlier read.
      const ends = Buffer.from("~");
      const bytes = Buffer.concat(list.flatMap((p, i) => [bytesOf(p, i + 1), ends]));
      const whole = new Rig().take(bytes, [bytes.length || 1]).wait();
      const cut = new Rig().take(bytes, cuts).wait();
      expect(cut.seen).toEqual(whole.seen);
    }),
    CHECKED,
  );
});

test("a message with one byte changed is never taken, and what stands in front of it always is", () => {
  const first = message(1);
  const length = message(2).length;
  for (let at = 0; at < length; at++) {
    for (const change of [1, 2, 0x10, 0x31, 0x80]) {
      const bad = message(2);
      bad[at] = (bad[at]! + change) & 255;
      const rig = new Rig().take(Buffer.concat([first, bad, message(3)]), [4096]).wait();
      expect([at, change, rig.seen[0], rig.seen.includes(2)]).toEqual([at, change, 1, false]);
      expect(rig.counters[N.FIX_GARBLED]).toBeGreaterThan(0);
    }
  }
});

test("whatever comes, messages behind it are found again within the bound on a message", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (list) => {
      const rig = new Rig();
      rig.take(Buffer.concat(list.map((p, i) => bytesOf(p, i + 1))), [97]);
      for (let n = 0; n < MAX; n += 40) rig.take(message(900), [4096]);
      rig.wait();
      rig.seen.length = 0;
      rig.take(message(901), [4096]);
      expect(rig.seen).toEqual([901]);
    }),
    CHECKED,
  );
});

test("a BodyLength of any size costs no more than what it claims, up to the bound", () => {
  const right = message(2).length;
  for (let claim = 0; claim < 2 * MAX; claim++) {
    const bad = bytesOf({ length: claim }, 2);
    const after = Array.from({ length: 20 }, (_, i) => message(10 + i));
    const rig = new Rig().take(Buffer.concat([message(1), bad, ...after]), [4096]).wait();
    const isTrue = bytesOf({ length: claim }, 2).join() === message(2, "text").join();
    expect([claim, rig.seen[0], rig.seen.includes(2)]).toEqual([claim, 1, isTrue]);
    const behind = rig.seen.filter((seq) => seq >= 10);
    const lost = 20 - behind.length;
    expect(lost).toBeLessThanOrEqual(Math.ceil(Math.min(claim, MAX) / (right - 10)) + 1);
    // None in between is left out.
    expect(behind).toEqual(Array.from({ length: behind.length }, (_, i) => 10 + lost + i));
  }
});

test("a peer that never ends its messages does not stop the session, nor fill its arena", () => {
  const rig = new Rig();
  const endless = Buffer.from(
    `8=FIX.4.4\u00019=400\u000135=B\u000158=${"x".repeat(3000)}`,
    "latin1",
  );
  for (let i = 0; i < 50; i++) rig.take(endless, [700]);
  rig.take(message(5), [4096]).wait().take(message(6), [4096]);
  expect(rig.seen.at(-1)).toBe(6);
});
