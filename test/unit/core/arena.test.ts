import { expect, test } from "bun:test";
import { Arena } from "../../../src/core/arena.ts";
import { StatusError } from "../../../src/core/status.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";

test("pieces are aligned, apart, and know their address", () => {
  const arena = Arena.alloc(fakeShim(), 4096);
  const a = arena.take(10);
  const b = arena.take(10, 8);
  const c = arena.take(1);
  expect([a.offset, b.offset, c.offset]).toEqual([0, 16, 128]);
  expect(c.addr).toBe(arena.region.addr + 128);
  expect(arena.room).toBe(4096 - 129);
});

test("typed views share the region's memory", () => {
  const arena = Arena.alloc(fakeShim(), 4096);
  const words = arena.int32(4);
  const doubles = arena.float64(2);
  const bytes = arena.uint8(3);
  for (const view of [words, doubles, bytes]) expect(view.buffer).toBe(arena.region.buffer);
  expect([words.length, doubles.length, bytes.length]).toEqual([4, 2, 3]);
});

test("a full arena says how much was wanted", () => {
  const arena = Arena.alloc(fakeShim(), 4096);
  arena.take(4000);
  expect(() => arena.take(200)).toThrow(StatusError);
  expect(() => arena.take(200)).toThrow("can't give 200");
  expect(() => arena.take(Number.NaN)).toThrow(StatusError);
});
