import { expect, test } from "bun:test";
import { BookWatch } from "../../../src/control/book-watch.ts";
import { CONTROL_BLOCK_SIZE, ControlBlock } from "../../../src/core/control-block.ts";
import * as L from "../../../src/ffi/layout.ts";

function watched() {
  const buffer = new ArrayBuffer(CONTROL_BLOCK_SIZE);
  const control = ControlBlock.create(
    { buffer, offset: 0, size: CONTROL_BLOCK_SIZE, addr: 0 },
    {
      ...{ epoch: 1, engineCount: 1, feedCount: 1, sessionCount: 1 },
      ...{ configHash: 7, launcherPid: 1, sessionStartS: 0 },
    },
  );
  let nowMs = 1000;
  const said: string[] = [];
  const watch = new BookWatch(
    control,
    ["cme"],
    () => nowMs,
    (sentence) => said.push(sentence),
  );
  const { words } = control.feed(0);
  /** What is said when so many of 40 books are stale, and so many untrusted, for `ms`. */
  return (stale: number, untrusted: number, ms = 0) => {
    words[L.HP_FEED__BOOKS_KEPT_W] = 40;
    words[L.HP_FEED__BOOKS_STALE_W] = stale;
    words[L.HP_FEED__BOOKS_UNTRUSTED_W] = untrusted;
    watch.poll();
    nowMs += ms;
    watch.poll();
    return said.splice(0);
  };
}

const sound = "feed cme: all 40 books are sound again";
const denied = "; orders on their instruments are denied";

test("tells once that books are stale, and once that all are sound again", () => {
  const books = watched();
  expect(books(0, 0, 20_000)).toEqual([]);
  expect(books(3, 3, 1000)).toEqual([`feed cme: 3 of 40 books stale${denied}`]);
  expect(books(2, 2, 100_000)).toEqual([]);
  expect(books(0, 0, 1000)).toEqual([sound]);
  expect(books(0, 0, 1000)).toEqual([]);
});

test("books that come and go are told of once a minute", () => {
  const books = watched();
  books(0, 0, 20_000);
  expect(books(0, 2)).toEqual([`feed cme: 2 of 40 books full or inexact${denied}`]);
  expect(books(0, 0, 1000)).toEqual([sound]);
  for (let i = 0; i < 20; i++) {
    expect(books(3, 4, 1000)).toEqual([]);
    expect(books(0, 0, 1000)).toEqual([]);
  }
  expect(books(3, 4, 60_000)).toEqual([
    `feed cme: 3 of 40 books stale, 1 full or inexact${denied}`,
  ]);
});

test("a feed that has just begun to tell is given ten seconds", () => {
  const books = watched();
  expect(books(40, 40, 9999)).toEqual([]);
  expect(books(40, 40, 1)).toEqual([`feed cme: 40 of 40 books stale${denied}`]);
  expect(books(0, 0)).toEqual([sound]);
  const quick = watched();
  expect(quick(40, 40, 5000)).toEqual([]);
  expect(quick(0, 0)).toEqual([]);
  // Those are no news of the start any more.
  expect(quick(1, 1)).toEqual([`feed cme: 1 of 40 books stale${denied}`]);
});
