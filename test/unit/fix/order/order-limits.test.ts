/** Orders under a session's throttle, and orders that are sent again. */
import { describe, expect, test } from "bun:test";
import * as C from "../../../../src/core/codes.ts";
import * as L from "../../../../src/ffi/layout.ts";
import * as N from "../../../../src/fix/counters.ts";
import { Throttle } from "../../../../src/fix/session/throttle.ts";
import { createNullJournal } from "../../../../src/journal/null-journal.ts";
import { field, types } from "../../../support/fake-peer.ts";
import { FakeVenue, S } from "../../../support/fake-venue.ts";

const cancel = (venue: FakeVenue) => venue.session.sendCancel(1, 2, 1, 0, 1, 100);

describe("a throttle", () => {
  test("denies new orders and replaces at its reserve, cancels and questions at its end", () => {
    const venue = new FakeVenue({ throttle: new Throttle(1, 6, 2) }).up();
    venue.clock.timeNs += 10 * S;
    expect([1, 2, 3, 4].map((slot) => venue.buy(slot))).toEqual([3, 4, 5, 6]);
    expect(venue.buy(5)).toBe(C.DENY_RATE);
    expect(venue.session.sendReplace(1, 3, 1, 0, 1, 100, 1_015_000, 0)).toBe(C.DENY_RATE);
    expect(cancel(venue)).toBe(7);
    expect(venue.session.sendStatusRequest(1, 1, 0, 1)).toBe(8);
    expect(cancel(venue)).toBe(C.DENY_RATE);
    expect(venue.session.sendStatusRequest(1, 1, 0, 1)).toBe(C.DENY_RATE);
    expect(venue.session.sendMassCancel(9)).toBe(C.DENY_RATE);
    expect(venue.counters[N.FIX_THROTTLED]).toBe(5);
    expect(types(venue.take())).toBe("DDDDFH");
  });

  test("lets them leave again as time goes by, cancels first", () => {
    const venue = new FakeVenue({ throttle: new Throttle(1, 6, 2) }).up();
    venue.clock.timeNs += 10 * S;
    while (cancel(venue) > 0);
    venue.clock.timeNs += S;
    expect(venue.buy(5)).toBe(C.DENY_RATE);
    expect(cancel(venue)).toBeGreaterThan(0);
    venue.clock.timeNs += 3 * S;
    expect(venue.buy(5)).toBeGreaterThan(0);
  });

  test("counts what the session says of its own accord, and never holds it back", () => {
    const venue = new FakeVenue({ throttle: new Throttle(0.001, 4, 0) }).up();
    // Logon and TestRequest took two of four.
    expect([venue.buy(1), venue.buy(2), venue.buy(3)]).toEqual([3, 4, C.DENY_RATE]);
    venue.say("1|112=x");
    venue.say("2|7=99|16=0");
    venue.pass(30.1);
    expect(types(venue.take())).toBe("DD030");
    expect(venue.session.state).toBe(C.SESSION_UP);
  });

  test("a denial leaves no trace: no number, no record", () => {
    const venue = new FakeVenue({ throttle: new Throttle(0.001, 2, 0) }).up();
    const next = venue.session.nextOut();
    const records = venue.journal.records.length;
    expect(venue.buy()).toBe(C.DENY_RATE);
    expect(venue.session.nextOut()).toBe(next);
    expect(venue.journal.records).toHaveLength(records);
  });
});

describe("an order that is sent again", () => {
  /** Two orders on the way when the connection breaks; the venue asks for them on the next. */
  function asked(resends: boolean, more = {}) {
    const journal = createNullJournal(0, 1 << 18);
    const venue = new FakeVenue({
      resend: "replay",
      resendMaxAgeNs: 1000 * S,
      journal,
      ...more,
    }).up();
    venue.buy(1);
    venue.buy(2);
    const first = venue.take();
    venue.sink.resends = resends;
    venue.reconnect();
    venue.say("A|98=0|108=30");
    venue.take();
    venue.say("2|7=3|16=0");
    return { venue, first, out: venue.take() };
  }

  test("has its number, its ClOrdID and its TransactTime; the session's own are gap-filled", () => {
    const { first, out, venue } = asked(true);
    expect(types(out)).toBe("DD41");
    for (const i of [0, 1]) {
      expect(field(out[i], 43)).toBe("Y");
      expect(field(out[i], 122)).toBe(field(first[i], 52));
      for (const tag of [34, 11, 55, 54, 38, 44, 60]) {
        expect(field(out[i], tag)).toBe(field(first[i], tag));
      }
    }
    expect([34, 36].map((tag) => field(out[2], tag))).toEqual(["5", "7"]);
    expect(venue.sink.calls.filter((c) => /never|uncertain/.test(c))).toEqual([
      "uncertain 5",
      "uncertain 6",
    ]);
  });

  test("is given up where the orders say so, and told", () => {
    const { out, venue } = asked(false);
    expect(types(out)).toBe("41");
    expect([34, 36].map((tag) => field(out[0], tag))).toEqual(["3", "7"]);
    expect(venue.sink.calls.filter((c) => c.startsWith("never"))).toEqual([
      "never-reached 3",
      "never-reached 4",
    ]);
  });

  test("waits for the throttle, and is given up once it is too old", () => {
    const throttle = new Throttle(0.001, 6, 0);
    const { out, venue } = asked(true, { throttle, resendMaxAgeNs: 110 * S });
    expect(out).toEqual([]);
    venue.pass(9);
    expect(types(venue.take())).toBe("");
    venue.pass(2);
    expect(types(venue.take())).toStartWith("4");
    expect(venue.sink.calls.filter((c) => c.startsWith("never"))).toHaveLength(2);
  });
});

describe("an order that did not leave", () => {
  test("gives its number back to the next message, and is not sent again under it", () => {
    const venue = new FakeVenue({ resend: "replay", journal: createNullJournal(0, 1 << 18) }).up();
    venue.sink.resends = true;
    venue.stream.room = 0;
    expect(venue.buy()).toBe(C.DENY_BACKPRESSURE);
    expect(venue.session.nextOut()).toBe(3);
    venue.stream.room = Number.POSITIVE_INFINITY;
    venue.say("1|112=x");
    expect(field(venue.take()[0], 34)).toBe("3");
    venue.say("2|7=3|16=3");
    expect(types(venue.take())).toBe("4");
  });

  test("has a record of that, so that a restart gives its number to another, too", () => {
    const venue = new FakeVenue().up();
    venue.stream.room = 0;
    venue.buy();
    const types = venue.journal.records.slice(-2).map((r) => r.type);
    expect(types).toEqual([L.HP_JR_INTENT, L.HP_JR_NOT_SENT]);
  });
});
