/** What the figures are to show: each aim beside what was measured. */
import { BOOK_MEMORY, BOOK_RATE, BOOK_STUDY } from "./cases/book-rate.ts";
import { ENCODE_NAME, PARSE_NAME, VALIDATE_PAIR } from "./cases/fix.ts";
import { VALUES_PAIR } from "./cases/jspurefix.ts";
import { MDP3_BOOK_PAIR } from "./cases/mdp3.ts";
import { IDLE_NULL, IDLE_RING, throughOf } from "./cases/ports.ts";
import { KEPT_RATIO, QUIET_STUDY } from "./cases/quiet.ts";
import { BOOK_PAIR } from "./cases/reference-feed.ts";
import { PATH_PAIR } from "./cases/reference-path.ts";
import { BOTH_OVER_PING, OVER_PING, OVER_QUICKFIX, ROUND_TRIP_STUDY } from "./cases/round-trip.ts";
import type { PairResult, Result, StudyResult } from "./report.ts";

export interface Measured {
  results: readonly Result[];
  pairs: readonly PairResult[];
  studies: readonly StudyResult[];
}

export interface Aim {
  name: string;
  unit: "ns" | "x";
  limit: number;
  /** The limit is the least that will do; otherwise the most. */
  isLeast: boolean;
}

export interface Verdict extends Aim {
  measured: number;
  isMet: boolean;
  /** Measured over the limit, less one: 0.25 = a quarter more than it. */
  off: number;
}

interface Lookup extends Aim {
  of(m: Measured): number | undefined;
}

function most(name: string, unit: "ns" | "x", limit: number, of: Lookup["of"]): Lookup {
  return { name, unit, limit, isLeast: false, of };
}

/** ns a message, of MDP 3.0 an entry; on files that are made here, so that everybody has them. */
const FEED_AIMS: ReadonlyMap<string, number> = new Map([
  ["PITCH decode + book + flush (generated)", 40],
  ["MDP 3.0 decode + book + flush, an entry (generated)", 60],
  ["OPRA block + decode + book + flush (checksum)", 20],
]);

const AIMS: readonly Lookup[] = [
  most("decode + book, over C", "x", 1.2, (m) => pair(m, BOOK_PAIR)?.ratio.p50),
  most("whole path, over C", "x", 1.3, (m) => pair(m, PATH_PAIR)?.ratio.p50),
  most("decode + book, a message", "ns", 40, (m) => pair(m, BOOK_PAIR)?.ours.p50),
  ...[...FEED_AIMS].map(([name, limit]) => most(name, "ns", limit, (m) => mean(m, name))),
  most("MDP 3.0 decode + book, over C", "x", 1.3, (m) => pair(m, MDP3_BOOK_PAIR)?.ratio.p50),
  most("FIX encode", "ns", 150, (m) => m.results.find((r) => r.name === ENCODE_NAME)?.p50),
  most(
    "FIX parse, 14 fields found",
    "ns",
    150,
    (m) => m.results.find((r) => r.name === PARSE_NAME)?.p50,
  ),
  most("FIX parse, 14 values read", "ns", 150, (m) => pair(m, VALUES_PAIR)?.ours.p50),
  most("FIX parse with full validation", "ns", 350, (m) => pair(m, VALIDATE_PAIR)?.ours.p50),
  ...[IDLE_RING, IDLE_NULL].flatMap((name) => [
    most(name, "ns", 5, (m) => pair(m, name)?.ours.p50),
    most(`${name}, over C`, "x", 1.5, (m) => pair(m, name)?.ratio.p50),
  ]),
  ...["ring", "DPDK ring", "AF_PACKET", "AF_XDP", "DPDK af_packet"].map((name) =>
    most(`${throughOf(name)}, over C`, "x", 1.1, (m) => pair(m, throughOf(name))?.ratio.p50),
  ),
  most("first order after quiet, kept warm, over the median", "x", 3, (m) =>
    figure(m, QUIET_STUDY, KEPT_RATIO),
  ),
  most("order round trip, over raw TCP in C", "x", 1.15, (m) =>
    figure(m, ROUND_TRIP_STUDY, OVER_PING),
  ),
  most("order round trip, hairpin to hairpin, over raw TCP in C", "x", 1.3, (m) =>
    figure(m, ROUND_TRIP_STUDY, BOTH_OVER_PING),
  ),
  most(
    "order round trip against QuickFIX's acceptor, over QuickFIX's own initiator",
    "x",
    0.8,
    (m) => figure(m, ROUND_TRIP_STUDY, OVER_QUICKFIX),
  ),
  {
    name: "hairpin book of a large file, messages/s over those of C",
    unit: "x",
    limit: 0.7,
    isLeast: true,
    of: (m) => figure(m, BOOK_STUDY, BOOK_RATE),
  },
  most("hairpin book, memory over that of a tenth of the file", "x", 1.2, (m) =>
    figure(m, BOOK_STUDY, BOOK_MEMORY),
  ),
];

/** Of the aims that something was measured for. */
export function verdicts(measured: Measured): Verdict[] {
  return AIMS.flatMap(({ of, ...aim }) => {
    const value = of(measured);
    if (value === undefined) return [];
    const isMet = aim.isLeast ? value >= aim.limit : value <= aim.limit;
    return [{ ...aim, measured: value, isMet, off: value / aim.limit - 1 }];
  });
}

function mean(m: Measured, name: string): number | undefined {
  return m.results.find((r) => r.name === name)?.p50;
}

function pair(m: Measured, name: string): PairResult | undefined {
  return m.pairs.find((p) => p.name === name);
}

function figure(m: Measured, study: string, name: string): number | undefined {
  return m.studies.find((s) => s.name === study)?.figures.find((f) => f.name === name)?.value;
}
