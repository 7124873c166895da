/** How long each engine's heartbeat has stood still: a process that lives may still do nothing. */
import type { ControlBlock } from "../core/control-block.ts";
import { HP_ENGINE__BEAT_W } from "../ffi/layout.ts";

/** An engine that has not beaten for so long does not hear what it is told. */
export const BEAT_STALLED_MS = 500;

/** Longest time between two polls that counts. */
const BLAME_MS_MAX = 100;

export class BeatWatch {
  private readonly words: Int32Array[] = [];
  private readonly beats: number[] = [];
  private readonly sinceMs: number[] = [];
  private polledMs: number;

  constructor(
    control: ControlBlock,
    engineCount: number,
    private readonly nowMs: () => number,
  ) {
    this.polledMs = nowMs();
    for (let i = 0; i < engineCount; i++) {
      this.words.push(control.engine(i).words);
      this.beats.push(this.load(i));
      this.sinceMs.push(this.polledMs);
    }
  }

  /** Looks at every engine; often enough for the figures to mean something. */
  poll(): void {
    const now = this.nowMs();
    // A control that was held up itself has not watched, and blames nobody for that time.
    const missedMs = Math.max(0, now - this.polledMs - BLAME_MS_MAX);
    this.polledMs = now;
    for (let i = 0; i < this.words.length; i++) {
      const beat = this.load(i);
      if (beat === this.beats[i]) this.sinceMs[i]! += missedMs;
      else {
        this.beats[i] = beat;
        this.sinceMs[i] = now;
      }
    }
  }

  /** From the last change that a poll has seen to the last poll, ms. */
  stillMs(engine: number): number {
    return this.polledMs - this.sinceMs[engine]!;
  }

  private load(engine: number): number {
    return Atomics.load(this.words[engine]!, HP_ENGINE__BEAT_W);
  }
}
