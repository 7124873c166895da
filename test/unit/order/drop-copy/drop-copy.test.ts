import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as C from "../../../../src/core/codes.ts";
import {
  HP_DROP_COPY__VERSION_W,
  HP_DROP_COPY_SIZE,
  HP_KILL_DROP_COPY,
} from "../../../../src/ffi/layout.ts";
import { APP_JOURNALED, APP_TAKEN } from "../../../../src/fix/session/application.ts";
import * as N from "../../../../src/order/drop-copy/counters.ts";
import { CopyRig } from "./kit.ts";

const { body } = CopyRig;

/** A rig with one open order of ours, and its ClOrdID. */
function withOrder(more: ConstructorParameters<typeof CopyRig>[0] = {}, qty = 1000) {
  const rig = new CopyRig(more);
  const slot = rig.h.openOrder(qty);
  return { rig, slot, id: rig.id(slot) };
}

/** DENY_* of a new order in an instrument, 0 = it would pass. */
function denied(rig: CopyRig, instrument = 0): number {
  return rig.h.gate.checkNew(instrument, 1, 100, 999_900, 0, rig.h.clock.now());
}

describe("a fill that both sides tell", () => {
  test("agrees, whoever tells it first, and is in the position once", () => {
    for (const order of [
      ["ours", "theirs"],
      ["theirs", "ours"],
    ] as const) {
      const { rig, id } = withOrder({ feedsPositions: true });
      for (const side of order) rig[side](body(id, "E1"));
      rig.pass(6000);
      const status = rig.status();
      expect(status).toMatchObject({ own: 1, others: 0, matched: 1, waiting: 0, found: 0 });
      expect(status.compared).toBe(1);
      expect(rig.h.positions.qty[0]).toBe(100);
      expect(denied(rig)).toBe(0);
    }
  });

  test("waits meanwhile, and is no difference before it is late", () => {
    const { rig, id } = withOrder();
    rig.ours(body(id, "E1"));
    rig.pass(4999);
    expect(rig.status()).toMatchObject({ waiting: 1, differing: 0 });
    rig.theirs(body(id, "E1"));
    expect(rig.status()).toMatchObject({ waiting: 0, differing: 0, matched: 1 });
  });

  test("gives one COPY record, and none when it is told again", () => {
    const { rig, id } = withOrder();
    rig.ours(body(id, "E1"));
    expect(rig.theirs(body(id, "E1"))).toBe(APP_JOURNALED);
    for (const again of ["43=Y|", "97=Y|", ""]) {
      expect(rig.theirs(body(id, "E1", again))).toBe(APP_TAKEN);
    }
    expect(rig.copyRecords()).toBe(1);
    expect(rig.h.counters[N.DROP_COPY_REPEATED]).toBe(3);
    expect(rig.status()).toMatchObject({ own: 1, repeated: 3, matched: 1, differing: 0 });
  });
});

describe("a difference", () => {
  test("is a fill of ours that the drop copy has not told in time, named with its order", () => {
    const { rig, id } = withOrder();
    rig.ours(body(id, "E1"));
    rig.pass(5000);
    const [difference] = rig.status().differences;
    expect(difference).toMatchObject({
      kind: "no-copy",
      symbol: "AAA",
      ours: { qty: 100, px: 99.99 },
      theirs: { qty: 0, px: 0 },
      orderId: id,
      execId: "",
    });
    expect(difference!.execIdHash).toMatch(/^[0-9a-f]{16}$/);
  });

  test("is an execution of an order of ours that we have not heard of, named with its ExecID", () => {
    const { rig, id } = withOrder();
    rig.theirs(body(id, "E77", "54=2|32=30|"));
    rig.pass(5000);
    expect(rig.status().differences).toMatchObject([
      {
        kind: "no-fill",
        ours: { qty: 0 },
        theirs: { qty: -30, px: 99.99 },
        orderId: id,
        execId: "E77",
      },
    ]);
  });

  test("is a quantity, a price or a side that is not the same, at once", () => {
    for (const other of ["32=90|", "31=99.98|", "54=2|"]) {
      const { rig, id } = withOrder();
      rig.ours(body(id, "E1"));
      rig.theirs(body(id, "E1", other));
      expect(rig.status().differences).toMatchObject([{ kind: "terms", execId: "E1" }]);
      expect(denied(rig)).toBe(C.DENY_DROP_COPY);
    }
  });

  test("is one of instruments, too", () => {
    const { rig, id } = withOrder();
    rig.ours(body(id, "E1"));
    rig.theirs(body(id, "E1", "55=BBB|"));
    expect(rig.status().differences).toMatchObject([{ kind: "terms", symbol: "AAA" }]);
  });

  test("is a copy of ours whose price does not divide, or is missing", () => {
    for (const bad of ["31=99.99999|", "31=0|", "32=0|", "54=9|"]) {
      const { rig, id } = withOrder();
      rig.both(body(id, "E1"));
      rig.theirs(body(id, "E2", bad));
      expect(rig.status().differences).toMatchObject([{ kind: "unreadable", execId: "E2" }]);
      expect(rig.h.counters[N.DROP_COPY_UNREADABLE]).toBe(1);
    }
  });

  test("of no known instrument stops them all", () => {
    const { rig, id } = withOrder();
    rig.theirs(body(id, "E1", "55=ZZZ|"));
    expect(rig.status().differences).toMatchObject([{ kind: "unreadable", symbol: "" }]);
    expect([denied(rig, 0), denied(rig, 2)]).toEqual([C.DENY_DROP_COPY, C.DENY_DROP_COPY]);
  });

  test("ends when the other side tells the same after all, and trading goes on", () => {
    const { rig, id } = withOrder();
    rig.ours(body(id, "E1"));
    rig.pass(5000);
    expect([denied(rig, 0), denied(rig, 1)]).toEqual([C.DENY_DROP_COPY, 0]);
    rig.theirs(body(id, "E1"));
    expect(denied(rig)).toBe(0);
    expect(rig.status()).toMatchObject({ differing: 0, found: 1, differences: [] });
    expect(rig.differenceRecords()).toEqual([
      [C.DIFFERENCE_NO_COPY, 1],
      [C.DIFFERENCE_NO_COPY, 0],
    ]);
  });

  test("lets cancels pass", () => {
    const { rig, slot, id } = withOrder();
    rig.theirs(body(id, "E1"));
    rig.pass(5000);
    expect(rig.h.orders.send(0, 0, 1, 100, 999_900, 0)).toBe(C.DENY_DROP_COPY);
    expect(rig.h.orders.cancel(0, slot)).toBe(0);
  });

  test("only warns, or kills, as the config says", () => {
    const warns = withOrder({ action: C.ON_DIFFERENCE_WARN });
    warns.rig.ours(body(warns.id, "E1"));
    warns.rig.pass(5000);
    expect(warns.rig.status()).toMatchObject({ onDifference: "warn", differing: 1 });
    expect([denied(warns.rig), warns.rig.h.kills]).toEqual([0, 0]);
    const kills = withOrder({ action: C.ON_DIFFERENCE_KILL });
    kills.rig.ours(body(kills.id, "E1"));
    expect(kills.rig.h.kills).toBe(0);
    kills.rig.pass(5000);
    expect(kills.rig.h.kills).toBe(HP_KILL_DROP_COPY);
    expect(denied(kills.rig)).toBe(C.DENY_KILLED);
  });

  test("beyond the ones that fit on the page is still counted", () => {
    const { rig, id } = withOrder();
    for (let k = 0; k < 12; k++) rig.theirs(body(id, `E${k}`, "32=10|"));
    rig.pass(5000);
    const status = rig.status();
    expect([status.differing, status.differences.length]).toEqual([12, 8]);
    expect(status.differences[0]!.execId).toBe("E0");
  });
});

describe("busts and corrections", () => {
  test("agree when both sides have told them, in any order", () => {
    for (const first of ["ours", "theirs"] as const) {
      const { rig, id } = withOrder();
      const order =
        first === "ours" ? (["ours", "theirs"] as const) : (["theirs", "ours"] as const);
      rig.both(body(id, "E1"));
      rig.both(body(id, "E2"));
      for (const side of order) rig[side](body(id, "E3", "150=H|19=E1|"));
      for (const side of order) rig[side](body(id, "E4", "150=G|19=E2|32=60|31=99.95|"));
      rig.pass(6000);
      expect(rig.status()).toMatchObject({ waiting: 0, differing: 0, found: 0 });
      expect(rig.reconciliation.theirTraded.net(0)).toBe(60);
      expect(rig.h.positions.qty[0]).toBe(60);
    }
  });

  test("that one side keeps to itself are differences when they are late", () => {
    const { rig, id } = withOrder();
    rig.both(body(id, "E1"));
    rig.theirs(body(id, "E2", "150=H|19=E1|"));
    rig.pass(4999);
    expect(rig.status().differing).toBe(0);
    rig.pass(1);
    expect(rig.status().differences).toMatchObject([
      { kind: "terms", ours: { qty: 100 }, theirs: { qty: 0 } },
    ]);
  });

  test("of a correction go to the correction", () => {
    const { rig, id } = withOrder();
    rig.both(body(id, "E1"));
    rig.both(body(id, "E2", "150=G|19=E1|32=60|"));
    rig.both(body(id, "E3", "150=H|19=E1|"));
    rig.pass(6000);
    expect(rig.status()).toMatchObject({ waiting: 0, found: 0 });
    expect([rig.h.positions.qty[0], rig.reconciliation.theirTraded.net(0)]).toEqual([0, 0]);
  });

  test("of a fill that comes later take it back for good", () => {
    const { rig, id } = withOrder();
    rig.theirs(body(id, "E2", "150=H|19=E1|"));
    rig.theirs(body(id, "E1"));
    expect(rig.h.counters[N.DROP_COPY_UNMATCHED]).toBe(1);
    rig.ours(body(id, "E1"));
    rig.ours(body(id, "E2", "150=H|19=E1|"));
    rig.pass(6000);
    expect(rig.status()).toMatchObject({ waiting: 0, found: 0 });
  });
});

describe("executions of other orders", () => {
  const other = (exec: string, more = "") => body("DESK-1", exec, more);

  test("are kept apart, and move no position without being asked to", () => {
    const { rig } = withOrder();
    rig.theirs(other("E1"));
    rig.pass(6000);
    expect(rig.status()).toMatchObject({ own: 0, others: 1, waiting: 0, found: 0 });
    expect(rig.reconciliation.otherTraded.net(0)).toBe(100);
    expect(rig.h.positions.qty[0]).toBe(0);
  });

  test("move the position of the account once, and what is taken back leaves it", () => {
    const { rig, id } = withOrder({ feedsPositions: true });
    rig.both(body(id, "E1"));
    rig.theirs(other("E2"));
    rig.theirs(other("E2", "97=Y|"));
    rig.theirs(other("E3", "54=2|32=30|"));
    expect(rig.h.positions.qty[0]).toBe(170);
    rig.theirs(other("E4", "150=G|19=E2|32=50|"));
    expect(rig.h.positions.qty[0]).toBe(120);
    rig.theirs(other("E5", "150=H|19=E3|54=2|"));
    expect(rig.h.positions.qty[0]).toBe(150);
    expect(rig.status()).toMatchObject({ own: 1, others: 4, repeated: 1, found: 0 });
  });

  test("count against the position limit of the gate", () => {
    const { rig } = withOrder({ feedsPositions: true }, 100);
    rig.theirs(other("E1", "32=1900|"));
    expect(denied(rig)).toBe(C.DENY_POSITION);
  });

  test("turn out to be ours when our own report of them comes, and count once", () => {
    const { rig, id } = withOrder({ feedsPositions: true });
    rig.theirs(other("E1"));
    rig.theirs(other("E2", "32=40|"));
    rig.ours(body(id, "E1"));
    expect(rig.h.positions.qty[0]).toBe(140);
    expect(rig.status()).toMatchObject({ own: 1, others: 1, matched: 1, found: 0 });
    rig.theirs(other("E3", "150=H|19=E1|"));
    rig.ours(body(id, "E3", "150=H|19=E1|"));
    expect(rig.h.positions.qty[0]).toBe(40);
    rig.pass(6000);
    expect(rig.status()).toMatchObject({ waiting: 0, found: 0 });
  });

  test("in instruments that we do not know, and of a strategy whose legs are told, are left out", () => {
    const { rig } = withOrder({ feedsPositions: true });
    expect(rig.theirs(other("E1", "55=ZZZ|"))).toBe(APP_TAKEN);
    expect(rig.theirs(other("E2", "442=3|"))).toBe(APP_TAKEN);
    expect(rig.theirs(other("E3", "442=2|"))).toBe(APP_JOURNALED);
    expect(rig.h.counters[N.DROP_COPY_UNKNOWN_SYMBOL]).toBe(1);
    expect(rig.h.positions.qty[0]).toBe(100);
  });

  test("that cannot be read differ where they should move positions", () => {
    const { rig } = withOrder({ feedsPositions: true });
    rig.theirs(other("E1", "31=99.99999|"));
    expect(rig.status().differences).toMatchObject([{ kind: "unreadable" }]);
    const apart = withOrder();
    apart.rig.theirs(other("E1", "31=99.99999|"));
    expect(apart.rig.status().differing).toBe(0);
  });
});

describe("sums", () => {
  test("differ when executions without ExecID do, once the instrument is quiet", () => {
    const { rig, id } = withOrder();
    rig.both(body(id, "E1"));
    rig.ours(body(id, "", "32=50|").replace("17=|", ""));
    rig.pass(199);
    expect(rig.status().differing).toBe(0);
    rig.pass(2);
    expect(rig.status().differences).toMatchObject([
      { kind: "sums", symbol: "AAA", ours: { qty: 150 }, theirs: { qty: 100 }, execIdHash: "" },
    ]);
    expect(denied(rig)).toBe(C.DENY_DROP_COPY);
  });

  test("look after what was forgotten before it agreed", () => {
    const { rig, id } = withOrder({ executions: 16 });
    for (let k = 0; k < 20; k++) rig.ours(body(id, `E${k}`, "32=10|"));
    expect(rig.h.counters[N.DROP_COPY_FORGOTTEN]).toBe(4);
    for (let k = 4; k < 20; k++) rig.theirs(body(id, `E${k}`, "32=10|"));
    rig.pass(300);
    expect(rig.status().differences).toMatchObject([
      { kind: "sums", ours: { qty: 200 }, theirs: { qty: 160 } },
    ]);
  });
});

test("an engine that died while it wrote its figures leaves a block that is read again", () => {
  const block = new Uint32Array(new ArrayBuffer(HP_DROP_COPY_SIZE));
  for (const left of [6, 7]) {
    block[HP_DROP_COPY__VERSION_W] = left;
    const rig = new CopyRig({ block });
    rig.copy.poll(rig.h.clock.timeNs);
    expect([block[HP_DROP_COPY__VERSION_W]! & 1, block[HP_DROP_COPY__VERSION_W]! > left]).toEqual([
      ...[0, true],
    ]);
  }
});

test("whatever a copy says, nothing is thrown, and every number stays one", () => {
  const values = ["", "Y", "1", "-1", "0", "99.99", "1e9", "99999999999", "AAA", "ZZZ", "E1", "E2"];
  const tagged = fc.tuple(
    fc.constantFrom(11, 17, 19, 20, 31, 32, 39, 41, 43, 54, 55, 150, 442, 797, 851),
    fc.oneof(fc.constantFrom(...values, "F", "G", "H"), fc.string({ maxLength: 9 })),
  );
  fc.assert(
    fc.property(fc.array(fc.array(tagged, { maxLength: 12 }), { maxLength: 12 }), (messages) => {
      const { rig, id } = withOrder({ feedsPositions: true });
      rig.both(body(id, "E1"));
      for (const fields of messages) {
        const clean = fields.map(
          ([t, v]) => `${t}=${v.replaceAll("|", "").replaceAll("\u0001", "")}|`,
        );
        rig.theirs(clean.join(""));
      }
      rig.pass(6000);
      const { own, others, differing } = rig.status();
      const figures = [own, others, differing, rig.h.positions.qty[0]!, rig.h.exposure.cents];
      expect(figures.every((n) => Number.isSafeInteger(n))).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test("ExecTransType (20) of older versions cancels, corrects, or tells a status", () => {
  const { rig } = withOrder({ feedsPositions: true });
  const desk = (exec: string, more: string) => rig.theirs(body("DESK", exec, more));
  desk("E1", "20=0|150=1|");
  desk("E2", "20=0|150=2|32=40|");
  desk("E3", "20=1|150=1|19=E1|");
  desk("E4", "20=2|150=2|19=E2|32=30|");
  desk("E5", "20=3|150=1|");
  expect(rig.h.positions.qty[0]).toBe(30);
  rig.theirs("11=DESK|17=E6|20=0|39=1|55=AAA|54=1|32=5|31=99.99|");
  rig.theirs("11=DESK|17=E7|20=0|39=0|55=AAA|54=1|32=0|31=0|");
  expect(rig.h.positions.qty[0]).toBe(35);
  expect(rig.status()).toMatchObject({ found: 0, others: 5 });
});

test("a copy that the dictionary refused is counted as one that nobody can read", () => {
  const { rig } = withOrder();
  rig.copy.onSkipped(0, 0x38, 0);
  rig.copy.onSkipped(0, 0, 0);
  expect(rig.h.counters[N.DROP_COPY_UNREADABLE]).toBe(1);
});

test("reports that move no position, and messages of other kinds, have no effect", () => {
  const { rig, id } = withOrder();
  for (const type of ["0", "4", "5", "8", "C", "I"]) {
    expect(rig.theirs(body(id, "E1", `150=${type}|`))).toBe(APP_TAKEN);
  }
  expect(rig.h.counters[N.DROP_COPY_NO_EFFECT]).toBe(6);
  expect(rig.copyRecords()).toBe(0);
});

describe("after a restart", () => {
  test("a difference that stood stands at once, and waits for nothing", () => {
    const { rig, id } = withOrder();
    rig.ours(body(id, "E1"));
    rig.pass(5000);
    const again = new CopyRig({}, rig.h.journal);
    expect(denied(again)).toBe(C.DENY_DROP_COPY);
    expect(again.status().differences).toEqual(rig.status().differences);
    expect(again.h.counters[N.DROP_COPY_DIFFERENCES]).toBe(0);
    expect(again.differenceRecords()).toEqual([]);
    again.theirs(body(id, "E1"));
    expect(denied(again)).toBe(0);
  });

  test("a difference that killed does not kill once more", () => {
    const { rig, id } = withOrder({ action: C.ON_DIFFERENCE_KILL });
    rig.ours(body(id, "E1"));
    rig.pass(5000);
    const again = new CopyRig({ action: C.ON_DIFFERENCE_KILL }, rig.h.journal);
    expect([again.status().differing, again.h.kills]).toEqual([1, 0]);
  });

  test("what waited has the full time again, for the drop copy has to log on first", () => {
    const { rig, id } = withOrder();
    rig.ours(body(id, "E1"));
    rig.pass(4000);
    const again = new CopyRig({}, rig.h.journal);
    again.pass(4999);
    expect(again.status()).toMatchObject({ waiting: 1, differing: 0 });
    again.pass(1);
    expect(again.status()).toMatchObject({ waiting: 0, differing: 1 });
  });
});
