/** Halts, pauses and short-sale restrictions that come and go by themselves, from a seed. */
import type { MatchingEngine, TradingState } from "./matching.ts";
import { Random } from "./random.ts";

export interface ScheduleOptions {
  seed: number;
  symbolCount: number;
  /** Mean time between halts, and between changes of the Reg SHO restriction; 0 = none. */
  haltEveryMs: number;
  restrictEveryMs: number;
  /** How long each stage (halted or paused, then quotation only) lasts. */
  haltMs: number;
  engine: MatchingEngine;
}

const RANDOM_STREAM = 3000;

export class Schedule {
  private readonly random: Random;
  private nextHaltMs = -1;
  private nextRestrictMs = -1;
  private stages: { dueMs: number; symbol: number; state: TradingState }[] = [];
  private readonly restricted = new Set<number>();

  constructor(private readonly options: ScheduleOptions) {
    this.random = new Random(options.seed, RANDOM_STREAM);
  }

  poll(nowMs: number): void {
    const { haltEveryMs, restrictEveryMs } = this.options;
    if (haltEveryMs > 0) {
      if (this.nextHaltMs < 0) this.nextHaltMs = nowMs + this.wait(haltEveryMs);
      if (nowMs >= this.nextHaltMs) {
        this.nextHaltMs = nowMs + this.wait(haltEveryMs);
        this.halt(nowMs);
      }
    }
    if (restrictEveryMs > 0) {
      if (this.nextRestrictMs < 0) this.nextRestrictMs = nowMs + this.wait(restrictEveryMs);
      if (nowMs >= this.nextRestrictMs) {
        this.nextRestrictMs = nowMs + this.wait(restrictEveryMs);
        this.toggleRestriction();
      }
    }
    this.advance(nowMs);
  }

  /** Ends every halt that it began, at once. */
  finish(): void {
    this.nextHaltMs = Number.POSITIVE_INFINITY;
    this.nextRestrictMs = Number.POSITIVE_INFINITY;
    for (const stage of this.stages) {
      if (stage.state === "T") this.options.engine.setState(stage.symbol, "T");
    }
    this.stages = [];
  }

  private halt(nowMs: number): void {
    const symbol = this.random.below(this.options.symbolCount);
    const state = this.random.next() < 0.5 ? "H" : "P";
    if (this.options.engine.state(symbol) !== "T") return;
    this.options.engine.setState(symbol, state);
    const { haltMs } = this.options;
    this.stages.push({ dueMs: nowMs + haltMs, symbol, state: "Q" });
    this.stages.push({ dueMs: nowMs + 2 * haltMs, symbol, state: "T" });
  }

  private advance(nowMs: number): void {
    const due = this.stages.filter((stage) => stage.dueMs <= nowMs);
    if (due.length === 0) return;
    this.stages = this.stages.filter((stage) => stage.dueMs > nowMs);
    for (const stage of due) this.options.engine.setState(stage.symbol, stage.state);
  }

  private toggleRestriction(): void {
    const symbol = this.random.below(this.options.symbolCount);
    const on = !this.restricted.has(symbol);
    if (on) this.restricted.add(symbol);
    else this.restricted.delete(symbol);
    this.options.engine.setShortRestriction(symbol, on);
  }

  /** Half to one and a half of the mean. */
  private wait(meanMs: number): number {
    return meanMs * (0.5 + this.random.next());
  }
}
