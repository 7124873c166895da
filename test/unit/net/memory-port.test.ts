import { expect, test } from "bun:test";
import fc from "fast-check";
import { DESC_LENGTH, DESC_OFFSET, DESC_WORDS } from "../../../src/net/desc.ts";
import { MemoryPort } from "../../../src/net/memory-port.ts";
import { NullStream } from "../../../src/net/null-stream.ts";

test("it takes as many as its capacity until they are released", () => {
  const port = new MemoryPort({ capacity: 4, slotSize: 8 });
  const one = new Uint8Array(1);
  for (let i = 0; i < 4; i++) expect(port.push(one, 0, 0)).toBe(true);
  expect(port.push(one, 0, 0)).toBe(false);
  expect(port.rxBurst()).toBe(4);
  expect(port.push(one, 0, 0)).toBe(false);
  port.rxRelease();
  expect(port.push(one, 0, 0)).toBe(true);
});

test("a capacity that is no power of two is refused", () => {
  expect(() => new MemoryPort({ capacity: 3 })).toThrow("power of two");
});

test("any order of pushes, bursts and releases gives what was pushed, in order", () => {
  const steps = fc.array(fc.oneof(fc.nat({ max: 7 }), fc.constant("burst")), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (list) => {
      const port = new MemoryPort({ capacity: 16, slotSize: 8 });
      const sent: number[] = [];
      const got: number[] = [];
      for (const [i, step] of list.entries()) {
        if (typeof step === "number") {
          if (port.push(new Uint8Array(8).fill(i), 0, 0)) sent.push(i & 255);
          continue;
        }
        const count = port.rxBurst();
        for (let k = 0; k < count; k++) {
          expect(port.desc[k * DESC_WORDS + DESC_LENGTH]).toBe(8);
          got.push(port.bytes[port.desc[k * DESC_WORDS + DESC_OFFSET]!]!);
        }
        port.rxRelease();
      }
      for (let count = port.rxBurst(); count > 0; count = port.rxBurst())
        for (let k = 0; k < count; k++)
          got.push(port.bytes[port.desc[k * DESC_WORDS + DESC_OFFSET]!]!);
      expect(got).toEqual(sent);
    }),
  );
});

test("a null stream takes everything, gives nothing, and still checks its arguments", () => {
  const stream = new NullStream(64, 64);
  expect(stream.send(0, 10)).toBeLessThan(0);
  stream.open();
  expect(stream.send(0, 64)).toBe(64);
  expect(stream.send(1, 64)).toBeLessThan(0);
  expect(stream.recv(0, 64)).toBe(-3);
  expect(stream.sentBytes).toBe(64);
});
