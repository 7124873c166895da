/**
 * Two ways of doing the same work, timed in turn in one process: a turn of ours, a turn of the other,
 * then the other way round. What the machine does meanwhile falls on both, so the ratio of a pair of
 * turns says more than either figure; the ratio reported is the median over all pairs.
 */

/** Of some values: the quartiles. */
export interface Spread {
  p25: number;
  p50: number;
  p75: number;
}

export interface PairFigures {
  /** ns of one unit of work. */
  ours: Spread;
  other: Spread;
  /** Ours over the other's, of turns that stood side by side. */
  ratio: Spread;
  pairs: number;
  /** Units of work in a turn. */
  perTurn: number;
}

export interface PairCase {
  name: string;
  /** What it is held against, "C" or a package. */
  other: string;
  note?: string;
  /** Called once, when the pair is wanted. */
  make(): Pair | TimedPair | Promise<Pair | TimedPair>;
}

/** Both sides do `per` units of work a run. */
export interface Pair {
  ours: Side;
  other: Side;
  per: number;
  /** One run is a turn: a side must begin it anew, or it is long as it is. */
  isTurn?: boolean;
}

export interface Side {
  run(): unknown;
  /** Before each run, not timed. Only where isTurn. */
  before?(): unknown;
}

/** Each side takes a turn and times its work itself: ns of one unit. Warm when it is made. */
export interface TimedPair {
  oursNs(): number;
  otherNs(): number;
  per: number;
}

/** Long beside a reading of the clock, short beside what else a machine does. */
const TURN_NS = 2e6;
const WARM_NS = 1e9;
const PAIRS = 101;

export async function pairFigures(one: PairCase): Promise<PairFigures> {
  const made = await one.make();
  if ("oursNs" in made) {
    return alternate(made.oursNs, made.otherNs, made.per);
  }
  const { ours, other, per } = made;
  const oursRuns = made.isTurn === true ? 1 : runsPerTurn(ours);
  const otherRuns = made.isTurn === true ? 1 : runsPerTurn(other);
  if (made.isTurn === true) {
    warm(ours);
    warm(other);
  }
  return alternate(
    () => turn(ours, oursRuns) / (oursRuns * per),
    () => turn(other, otherRuns) / (otherRuns * per),
    Math.min(oursRuns, otherRuns) * per,
  );
}

function alternate(oursNs: () => number, otherNs: () => number, perTurn: number): PairFigures {
  const ours: number[] = [];
  const other: number[] = [];
  for (let i = 0; i < PAIRS; i++) {
    if (i % 2 === 0) ours.push(oursNs());
    other.push(otherNs());
    if (i % 2 === 1) ours.push(oursNs());
  }
  const ratios = ours.map((ns, i) => ns / other[i]!);
  return {
    ours: spreadOf(ours),
    other: spreadOf(other),
    ratio: spreadOf(ratios),
    pairs: PAIRS,
    perTurn,
  };
}

/** ns of so many runs. */
function turn({ run, before }: Side, runs: number): number {
  before?.();
  const start = Bun.nanoseconds();
  for (let i = 0; i < runs; i++) run();
  return Bun.nanoseconds() - start;
}

/** Warms a side, and finds how many of its runs fill a turn. */
function runsPerTurn(side: Side): number {
  const runs = warm(side);
  return Math.max(1, Math.ceil((runs * TURN_NS) / WARM_NS));
}

/** Runs a side for a second; how often it ran. */
function warm(side: Side): number {
  const end = Bun.nanoseconds() + WARM_NS;
  let runs = 0;
  for (let batch = 1; Bun.nanoseconds() < end; runs += batch, batch = Math.min(1024, batch * 2)) {
    if (side.before === undefined) for (let i = 0; i < batch; i++) side.run();
    else {
      batch = 1;
      turn(side, 1);
    }
  }
  return runs;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (fraction: number) => sorted[Math.floor((sorted.length - 1) * fraction)]!;
  return { p25: at(0.25), p50: at(0.5), p75: at(0.75) };
}
