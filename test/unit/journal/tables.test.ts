/** The order table of the projection, where fates are told message by message. */
import { describe, expect, test } from "bun:test";
import {
  ORDER_EVENT_ACK,
  ORDER_EVENT_FILL,
  ORDER_EVENT_NEVER_REACHED,
  ORDER_EVENT_REJECTED,
  ORDER_EVENT_RESTATED,
  ORDER_EVENT_UNKNOWN,
} from "../../../src/core/codes.ts";
import * as L from "../../../src/ffi/layout.ts";
import { projectInMemory } from "../../../src/journal/query.ts";
import type { RingJournal } from "../../../src/journal/ring-journal.ts";
import { DIRECTORY, exec, intent, MemoryDisk, makeDrain, makeRing, writeWords } from "./kit.ts";

const NEW = 1 << 20;
const SECOND = NEW + 1;

function stateAfter(write: (journal: RingJournal) => void): unknown {
  const ring = makeRing(1 << 16);
  const disk = new MemoryDisk();
  const drain = makeDrain(ring.buffer, disk);
  intent(ring.journal, { msgSeq: 1 });
  write(ring.journal);
  drain.flush();
  const rows = projectInMemory(DIRECTORY, disk).query("SELECT state FROM orders");
  expect(rows).toHaveLength(1);
  return rows[0]!.state;
}

function fate(journal: RingJournal, msgSeq: number, generation: number, what: number): void {
  writeWords(journal, L.HP_JR_FATE, [0, msgSeq, 0, generation, what, 0]);
}

const ack = (journal: RingJournal) =>
  exec(journal, { msgSeq: 1, event: ORDER_EVENT_ACK, leaves: 100 });
const second = (journal: RingJournal, kind: number) =>
  intent(journal, { msgSeq: 2, kind, generation: SECOND });

describe("the fate of a message", () => {
  test("of the order itself is the order's", () => {
    expect(stateAfter((j) => fate(j, 1, NEW, ORDER_EVENT_UNKNOWN))).toBe("unknown");
    expect(stateAfter((j) => fate(j, 1, NEW, ORDER_EVENT_NEVER_REACHED))).toBe("never-reached");
    expect(stateAfter((j) => fate(j, 1, NEW, ORDER_EVENT_REJECTED))).toBe("rejected");
  });

  for (const kind of [L.HP_INTENT_CANCEL, L.HP_INTENT_REPLACE]) {
    const what = kind === L.HP_INTENT_CANCEL ? "cancel" : "replace";

    test(`of a ${what} that never reached leaves the order open`, () => {
      const state = stateAfter((j) => {
        ack(j);
        second(j, kind);
        fate(j, 0, SECOND, ORDER_EVENT_UNKNOWN);
        fate(j, 2, SECOND, ORDER_EVENT_NEVER_REACHED);
      });
      expect(state).toBe("open");
    });

    test(`of a ${what} that never reached leaves an order filled that was filled meanwhile`, () => {
      const state = stateAfter((j) => {
        ack(j);
        second(j, kind);
        exec(j, { msgSeq: 2, event: ORDER_EVENT_FILL, cum: 100, leaves: 0 });
        fate(j, 0, SECOND, ORDER_EVENT_UNKNOWN);
        fate(j, 2, SECOND, ORDER_EVENT_NEVER_REACHED);
      });
      expect(state).toBe("filled");
    });

    test(`of a ${what} whose order never reached either does not revive it`, () => {
      const state = stateAfter((j) => {
        second(j, kind);
        fate(j, 1, NEW, ORDER_EVENT_NEVER_REACHED);
        fate(j, 2, SECOND, ORDER_EVENT_NEVER_REACHED);
      });
      expect(state).toBe("never-reached");
    });
  }
});

describe("a message that did not leave", () => {
  const notSent = (j: RingJournal, msgSeq: number) =>
    writeWords(j, L.HP_JR_NOT_SENT, [0, msgSeq, 0, 0]);

  test("leaves a new order that never reached", () => {
    expect(stateAfter((j) => notSent(j, 1))).toBe("never-reached");
  });

  test("leaves the order open that it was to cancel, and a done one done", () => {
    const state = (leaves: number) =>
      stateAfter((j) => {
        ack(j);
        if (leaves === 0) exec(j, { msgSeq: 2, event: ORDER_EVENT_FILL, cum: 100, leaves });
        else second(j, L.HP_INTENT_CANCEL);
        notSent(j, 2);
      });
    expect(state(100)).toBe("open");
    expect(state(0)).toBe("filled");
  });

  test("may be followed by another order of the same id", () => {
    const state = stateAfter((j) => {
      notSent(j, 1);
      intent(j, { msgSeq: 1 });
      ack(j);
    });
    expect(state).toBe("open");
  });
});

test("an order of unknown fate that the venue tells again is open, or filled", () => {
  const told = (cum: number) =>
    stateAfter((j) => {
      ack(j);
      fate(j, 0, NEW, ORDER_EVENT_UNKNOWN);
      const leaves = 100 - cum;
      exec(j, { msgSeq: 2, event: ORDER_EVENT_RESTATED, cum, leaves, orderQty: 100 });
    });
  expect(told(0)).toBe("open");
  expect(told(100)).toBe("filled");
});

test("a partial fill tells that an order of unknown fate is open", () => {
  const state = stateAfter((j) => {
    fate(j, 0, NEW, ORDER_EVENT_UNKNOWN);
    exec(j, { msgSeq: 2, event: ORDER_EVENT_FILL, cum: 40, leaves: 60 });
  });
  expect(state).toBe("open");
});
