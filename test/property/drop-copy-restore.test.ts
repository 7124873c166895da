/** A drop copy that is killed at any record: its journal gives back what it knew. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import * as L from "../../src/ffi/layout.ts";
import { CopyRig, LATE_NS } from "../unit/order/drop-copy/kit.ts";

const { body } = CopyRig;
const SYMBOLS = ["AAA", "BBB", "CCC"];

const stepArb = fc.record({
  do: fc.constantFrom("ours", "theirs", "both", "both", "both", "bust", "correct", "desk", "time"),
  side: fc.constantFrom("ours", "theirs", "both"),
  exec: fc.nat(30),
  qty: fc.integer({ min: 1, max: 9 }),
  symbol: fc.nat(2),
  ms: fc.constantFrom(1, 250, 1 + LATE_NS / 1e6),
});
type Step = typeof stepArb extends fc.Arbitrary<infer T> ? T : never;

function apply(rig: CopyRig, id: string, s: Step, k: number): void {
  const tell = s.side as "ours" | "theirs" | "both";
  const terms = `32=${s.qty}|55=${SYMBOLS[s.symbol]}|`;
  if (s.do === "time") rig.pass(s.ms);
  else if (s.do === "desk") rig.theirs(body(`DESK${k}`, `D${s.exec}`, terms));
  else if (s.do === "bust") rig[tell](body(id, `B${k}`, `150=H|19=E${s.exec}|`));
  else if (s.do === "correct")
    rig[tell](body(id, `E${30 + k}`, `150=G|19=E${s.exec}|32=${s.qty}|`));
  else if (s.do === "theirs") rig.theirs(body(id, `E${s.exec}`, terms));
  else rig[s.do as "ours" | "both"](body(id, `E${s.exec}`, `32=${s.qty}|`));
}

function knowledge(rig: CopyRig) {
  const r = rig.reconciliation;
  const { own, others, matched, waiting, differing, found, differences } = rig.status();
  const traded = [r.ourTraded, r.theirTraded, r.otherTraded].map((t) => [
    ...[...t.bought, ...t.sold, ...t.cash, ...t.fills],
  ]);
  return {
    figures: { own, others, matched, waiting, differing, found },
    differences,
    traded,
    standing: [...r.standing],
    sumsDiffer: [...r.sumsDiffer],
    barred: [...rig.h.gate.barred],
    positions: [...rig.h.positions.qty],
  };
}

test("a restored drop copy knows what it knew, and the positions are those that it left", () => {
  let differed = 0;
  let matched = 0;
  fc.assert(
    fc.property(
      fc.array(stepArb, { minLength: 5, maxLength: 60 }),
      fc.boolean(),
      (steps, feeds) => {
        const rig = new CopyRig({ feedsPositions: feeds });
        const id = rig.id(rig.h.openOrder(1000));
        for (let k = 0; k < steps.length; k++) apply(rig, id, steps[k]!, k);
        const before = knowledge(rig);
        const again = new CopyRig({ feedsPositions: feeds }, rig.h.journal);
        expect(knowledge(again)).toEqual(before);
        differed += before.figures.found;
        matched += before.figures.matched;
      },
    ),
    { numRuns: 300 },
  );
  expect(differed).toBeGreaterThan(100);
  expect(matched).toBeGreaterThan(100);
});

test("what is told again behind a cut journal heals: nothing differs that agreed", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.boolean(), (cut, feeds) => {
      const rig = new CopyRig({ feedsPositions: feeds });
      const id = rig.id(rig.h.openOrder(1000));
      const told = Array.from({ length: 20 }, (_, k) =>
        k % 5 === 0 ? body(`DESK${k}`, `D${k}`, "32=7|") : body(id, `E${k}`, "32=9|"),
      );
      for (const text of told) {
        if (text.includes("DESK")) rig.theirs(text);
        else rig.both(text);
      }
      const { entries } = rig.h.journal;
      const order = entries.findIndex((e) => e.type === L.HP_JR_EXEC);
      entries.length = Math.min(entries.length, order + 1 + cut);
      const again = new CopyRig({ feedsPositions: feeds }, rig.h.journal);
      // Both sessions ask for what they have not consumed, and hear it in order.
      for (const text of told) if (!text.includes("DESK")) again.ours(text);
      for (const text of told) again.theirs(text);
      again.pass(LATE_NS / 1e6 + 1);
      expect(knowledge(again)).toEqual({ ...knowledge(again), figures: { ...whole() } });
      expect(again.h.positions.qty[0]).toBe(feeds ? 16 * 9 + 4 * 7 : 16 * 9);
    }),
    { numRuns: 60 },
  );
});

function whole() {
  return { own: 16, others: 4, matched: 16, waiting: 0, differing: 0, found: 0 };
}
