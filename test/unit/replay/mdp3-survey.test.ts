import { describe, expect, test } from "bun:test";
import { builtInSchema } from "../../../src/feed/mdp3/templates.ts";
import { Mdp3Survey } from "../../../src/replay/protocols/mdp3-survey.ts";
import { emptyFrame, ROLE_DEFINITION, ROLE_LIVE } from "../../../src/replay/protocols/protocol.ts";
import * as mdp3 from "../../support/mdp3-bytes.ts";

/** Mantissas are of 10^-9. */
function surveyOf(...prices: bigint[]): Mdp3Survey {
  const survey = new Mdp3Survey(builtInSchema());
  const levels = prices.map((px, i) => ({ id: 7, rpt: i + 1, type: "0", level: 1, px, qty: 1 }));
  show(survey, ROLE_LIVE, mdp3.packet(1, [mdp3.book(levels, { event: mdp3.END })]));
  return survey;
}

function show(survey: Mdp3Survey, role: number, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  survey.frame(role, view, bytes, { ...emptyFrame(), at: 0, size: bytes.length, seq: 1 });
}

describe("the unit of a security that nothing defines", () => {
  test("is never finer than the mantissas of the wire", () => {
    expect(surveyOf(1n).unitOf(7)).toBe(1e-9);
    expect(surveyOf(1_000n).unitOf(7)).toBe(1e-9);
  });

  test("leaves room for prices a thousand times as high", () => {
    expect(surveyOf(2_000_000_000n).unitOf(7)).toBe(1e-6);
    expect(surveyOf(5_000_250_000_000n).unitOf(7)).toBe(0.01);
    // Five million: whole ones.
    expect(surveyOf(5_000_000_000_000_000n).unitOf(7)).toBe(1);
  });

  test("divides every price that comes, also where that leaves less room", () => {
    expect(surveyOf(5_000_000_000_000n, 4_000_001_000_000n).unitOf(7)).toBe(0.001);
  });

  test("is not told by prices of zero, nor by those of another security", () => {
    expect(surveyOf(0n, 0n).unitOf(7)).toBeUndefined();
    expect(surveyOf(0n, 3_000_000_000n).unitOf(7)).toBe(1e-5);
    expect(surveyOf(5n).unitOf(8)).toBeUndefined();
  });

  test("is the step of the definition that comes later", () => {
    const survey = surveyOf(5_000_250_000_000n);
    const defined = mdp3.definition({
      id: 7,
      symbol: "ESH6",
      increment: 25_000_000_000n,
      factor: 10_000_000n,
      depth: 10,
      impliedDepth: 2,
    });
    show(survey, ROLE_DEFINITION, mdp3.packet(2, [defined]));
    expect(survey.unitOf(7)).toBe(0.25);
  });
});
