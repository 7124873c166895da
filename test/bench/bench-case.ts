/** What the runner measures, and the one way in which it does: mitata, or a histogram of events. */
import { measure } from "mitata";
import { summarize } from "../../src/core/histogram-stats.ts";

/** ns. */
export interface Figures {
  p50: number;
  p99: number;
  p999: number;
  max: number;
  /** What each value the percentiles are taken of is: "1 event", or the mean of so many. */
  sample: string;
  samples: number;
}

interface Common {
  name: string;
  /** Of DESIGN.md, "Where time goes": p50, ns. Absent: this part has none of its own. */
  budgetNs?: number;
  /** What the figure leaves out or is made of, where the name does not say. */
  note?: string;
}

export interface BenchCase extends Common {
  /** Called once, when the case is wanted: files are read and rigs are built only then. */
  make(): Loop | Events | Promise<Loop | Events>;
}

/** Done over and over by mitata. */
export interface Loop {
  run(): unknown;
  /** Units of work in one run(); the figures are of one unit. Default 1. */
  per?: number;
  /** Before each run(), not timed. */
  before?(): void;
}

/** Takes the time of each event itself. */
export interface Events {
  /** Fills a histogram (core/histogram.ts); warm already when it starts to. */
  events(): Uint32Array;
}

export interface BenchGroup {
  name: string;
  /** Why the group can't run here. */
  skipped?: string | undefined;
  cases(): BenchCase[];
}

const MIN_CPU_NS = 5e8;
/** mitata's own warm-up is a few calls: too short for the last compiler, on a busy machine above all. */
const WARM_NS = 1e9;

export async function figuresOf(one: BenchCase): Promise<Figures> {
  const made = await one.make();
  if ("events" in made) {
    const s = summarize(made.events());
    return { ...s, sample: "1 event", samples: s.count };
  }
  const { run, before, per = 1 } = made;
  warm(made);
  const options = { min_cpu_time: MIN_CPU_NS, inner_gc: false };
  // Not in batches: mitata would call `before` for all runs of a batch ahead of the first.
  const single = { ...options, batch_threshold: 0 };
  const stats = await (before === undefined
    ? measure(run, options)
    : measure(function* () {
        yield { 0: before, bench: (_: unknown) => run() };
      }, single));
  const calls = stats.ticks / stats.samples.length;
  return {
    p50: stats.p50 / per,
    p99: stats.p99 / per,
    p999: stats.p999 / per,
    max: stats.max / per,
    sample: `mean of ${Math.round(calls * per)}`,
    samples: stats.samples.length,
  };
}

function warm(made: Loop): void {
  const end = Bun.nanoseconds() + WARM_NS;
  while (Bun.nanoseconds() < end) {
    made.before?.();
    made.run();
  }
}
