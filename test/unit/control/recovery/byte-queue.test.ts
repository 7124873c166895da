import { expect, test } from "bun:test";
import { ByteQueue } from "../../../../src/control/recovery/byte-queue.ts";

test("gives back what was pushed, whatever is taken in between", () => {
  const queue = new ByteQueue(8);
  const taken: number[] = [];
  let next = 0;
  for (let round = 0; round < 200; round++) {
    const size = (round * 7) % 13;
    queue.push(Uint8Array.from({ length: size }, () => next++ & 255));
    const take = Math.min(queue.length, (round * 5) % 11);
    taken.push(...queue.bytes.subarray(queue.from, queue.from + take));
    queue.from += take;
  }
  taken.push(...queue.bytes.subarray(queue.from, queue.to));
  expect(taken).toEqual(Array.from({ length: next }, (_, i) => i & 255));
  // It grows to what waits, not to what has passed.
  expect(queue.bytes.length).toBeLessThanOrEqual(512);
});

test("keeps a copy: the pushed bytes may change afterwards", () => {
  const queue = new ByteQueue();
  const chunk = Uint8Array.of(1, 2, 3);
  queue.push(chunk);
  chunk.fill(9);
  expect([...queue.bytes.subarray(queue.from, queue.to)]).toEqual([1, 2, 3]);
  queue.clear();
  expect(queue.length).toBe(0);
});
