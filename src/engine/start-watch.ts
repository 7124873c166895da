/**
 * Bounds the start of an engine, seen from outside its thread: a strategy that never returns while
 * it is loaded, made or warmed up would hold up the appliance for ever. Cold.
 */
import { HP_STATE_DISARMED, HP_STATE_RECOVERING, HP_STATE_STARTING } from "../ffi/layout.ts";

/** What any step of a start may take on a slow machine. */
const START_MS = 60_000;
/** A turn of the shadow takes about 10 us once compiled. */
const WARM_TURN_MS = 0.1;
/** Recovery reads the journal of the day; it manages about 100 MB/s. */
const JOURNAL_BYTES_PER_MS = 10_000;

/** How long one step of the start may take, ms. */
export function startBoundMs(warmupIterations: number, journalBytes: number): number {
  return START_MS + warmupIterations * WARM_TURN_MS + journalBytes / JOURNAL_BYTES_PER_MS;
}

export class StartWatch {
  private readonly strategies: readonly string[];
  private readonly boundMs: number;
  private state = -1;
  private sinceMs = 0;

  constructor(strategies: readonly string[], boundMs: number) {
    this.strategies = strategies;
    this.boundMs = boundMs;
  }

  /** `state`: HP_STATE_* now. A sentence when the start has stood still for too long, else "". */
  problem(state: number, nowMs: number): string {
    if (state !== this.state) {
      this.state = state;
      this.sinceMs = nowMs;
    }
    if (state >= HP_STATE_DISARMED || nowMs - this.sinceMs <= this.boundMs) return "";
    const seconds = Math.round(this.boundMs / 1000);
    return `it did not get beyond ${stepName(state)} in ${seconds} s; ${this.suspects()}`;
  }

  /** The thread is gone and has said nothing. */
  ended(): string {
    return `its thread ended without a word; ${this.suspects("process.exit()")}`;
  }

  private suspects(call = ""): string {
    if (this.strategies.length === 0) return "it has no strategies that could be the cause";
    const does = call === "" ? "never returns from a callback or create()" : `calls ${call}`;
    return `look for what ${does} in ${this.strategies.join(", ")}`;
  }
}

function stepName(state: number): string {
  if (state === HP_STATE_STARTING) return "the loading of strategies";
  return state === HP_STATE_RECOVERING ? "recovery and create()" : "warm-up";
}
