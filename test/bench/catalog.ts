/** All that can be measured here. */
import { findCompiler, NO_COMPILER } from "../../native/build.ts";
import { hasShim } from "../../src/ffi/load.ts";
import type { BenchCase } from "./bench-case.ts";
import { bookRateStudies } from "./cases/book-rate.ts";
import { feedCases } from "./cases/feed.ts";
import { ffiCases, histogramCases } from "./cases/ffi.ts";
import { fixCases, validationPairs } from "./cases/fix.ts";
import { iexCases } from "./cases/iex.ts";
import { journalCases } from "./cases/journal.ts";
import { jspurefixPairs } from "./cases/jspurefix.ts";
import { marketDataCases } from "./cases/market-data.ts";
import { mdp3Cases, mdp3Pairs } from "./cases/mdp3.ts";
import { opraCases } from "./cases/opra.ts";
import { pathCases } from "./cases/path.ts";
import { pitchCases } from "./cases/pitch.ts";
import { portPairs } from "./cases/ports.ts";
import { quickfixPairs } from "./cases/quickfix.ts";
import { quietStudies } from "./cases/quiet.ts";
import { referenceFeedPairs } from "./cases/reference-feed.ts";
import { referencePathPairs } from "./cases/reference-path.ts";
import { riskCases } from "./cases/risk.ts";
import { roundTripStudies } from "./cases/round-trip.ts";
import { toCallbackStudies } from "./cases/to-callback.ts";
import type { PairCase } from "./pair.ts";
import { whyNoQuickfix } from "./quickfix/build.ts";
import type { Study } from "./study.ts";
import { whyNoVeth } from "./veth.ts";

export type Entry = { key: string; isAskedFor: boolean } & (
  | { kind: "case"; one: BenchCase }
  | { kind: "pair"; one: PairCase }
  | { kind: "study"; one: Study }
);

interface Group {
  name: string;
  /** Why the group can't run here. */
  skipped?: string | undefined;
  cases?(): BenchCase[];
  pairs?(): PairCase[];
  studies?(): Study[];
}

const unbuilt = hasShim() ? undefined : "the shim is not built: run `bun run shim`";
const uncompiled = findCompiler() === undefined ? NO_COMPILER : undefined;

const GROUPS: Group[] = [
  { name: "whole path", skipped: unbuilt, cases: pathCases },
  { name: "calls, clock and ports", skipped: unbuilt, cases: ffiCases },
  { name: "OPRA", cases: opraCases },
  { name: "feed and books", cases: () => [...feedCases(), ...iexCases(), ...pitchCases()] },
  { name: "MDP 3.0", cases: mdp3Cases },
  { name: "gate", cases: riskCases },
  { name: "FIX", cases: fixCases, pairs: validationPairs },
  { name: "FIX market data", cases: marketDataCases },
  { name: "journal", cases: journalCases },
  { name: "histogram", cases: histogramCases },
  { name: "feed and books beside C", skipped: uncompiled, pairs: referenceFeedPairs },
  { name: "MDP 3.0 beside C", skipped: uncompiled, pairs: mdp3Pairs },
  { name: "path beside C", skipped: unbuilt ?? uncompiled, pairs: referencePathPairs },
  { name: "ports beside C", skipped: unbuilt ?? uncompiled, pairs: portPairs },
  { name: "packet to callback", skipped: unbuilt ?? whyNoVeth(), studies: toCallbackStudies },
  { name: "FIX beside jspurefix", pairs: jspurefixPairs },
  { name: "FIX beside QuickFIX", skipped: whyNoQuickfix(), pairs: quickfixPairs },
  { name: "round trips", skipped: unbuilt ?? uncompiled, studies: roundTripStudies },
  { name: "after quiet", skipped: unbuilt, studies: quietStudies },
  { name: "large file", skipped: uncompiled, studies: bookRateStudies },
];

/** `onSkip` hears in one sentence what is left out. */
export function entries(onSkip: (reason: string) => void): Entry[] {
  return GROUPS.flatMap((group): Entry[] => {
    if (group.skipped !== undefined) {
      onSkip(`${group.name}: skipped: ${group.skipped}`);
      return [];
    }
    return [
      ...(group.cases?.() ?? []).map(
        (one): Entry => ({ kind: "case", key: keyOf(group, one), isAskedFor: false, one }),
      ),
      ...(group.pairs?.() ?? []).map(
        (one): Entry => ({ kind: "pair", key: keyOf(group, one), isAskedFor: false, one }),
      ),
      ...(group.studies?.() ?? []).map(
        (one): Entry => ({
          kind: "study",
          key: keyOf(group, one),
          isAskedFor: one.isAskedFor === true,
          one,
        }),
      ),
    ];
  });
}

function keyOf(group: Group, { name }: { name: string }): string {
  return `${group.name}: ${name}`;
}
