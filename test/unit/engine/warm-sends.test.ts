import { expect, test } from "bun:test";
import { SESSION_LOGON_SENT, SESSION_SYNCING, SESSION_UP } from "../../../src/core/codes.ts";
import { ENGINE_WARM_SENDS } from "../../../src/engine/counters.ts";
import { WARM_BYTES, WarmSends } from "../../../src/engine/warm-sends.ts";
import { HP_EAGAIN } from "../../../src/ffi/layout.ts";

function sendsOf(state: number, o: { hasBacklog?: boolean; says?: number } = {}) {
  const asked: number[] = [];
  const counters = new Float64Array(256);
  const stream = {
    warm: (length: number) => {
      asked.push(length);
      return o.says ?? length;
    },
  };
  const session = { state, hasBacklog: () => o.hasBacklog === true };
  new WarmSends([stream], [session], counters).send();
  return { asked, counted: counters[ENGINE_WARM_SENDS] };
}

test("a session that is up gets one, and it is counted", () => {
  expect(sendsOf(SESSION_UP)).toEqual({ asked: [WARM_BYTES], counted: 1 });
});

test("one that is not up yet gets none", () => {
  for (const state of [0, SESSION_LOGON_SENT, SESSION_SYNCING])
    expect(sendsOf(state)).toEqual({ asked: [], counted: 0 });
});

test("bytes that wait come first", () => {
  expect(sendsOf(SESSION_UP, { hasBacklog: true })).toEqual({ asked: [], counted: 0 });
});

test("one that the stack did not take does not count", () => {
  expect(sendsOf(SESSION_UP, { says: HP_EAGAIN })).toEqual({ asked: [WARM_BYTES], counted: 0 });
});
