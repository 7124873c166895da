/** The original pace of a capture, or a multiple of it. */

/** So far ahead of the pace it is worth sleeping. */
const AHEAD_MS = 1;

export class Pace {
  private startNs = 0;
  private startMs = 0;

  /** Capture seconds per second; Infinity = never wait. */
  constructor(private readonly speed: number) {}

  /** `timeNs` of the capture is now. */
  begin(timeNs: number): void {
    this.startNs = timeNs;
    this.startMs = performance.now();
  }

  /** How long to wait before the packet of `timeNs` is due; 0 = it is. */
  waitMs(timeNs: number): number {
    if (this.speed === Number.POSITIVE_INFINITY || this.startMs === 0) return 0;
    const dueMs = this.startMs + (timeNs - this.startNs) / 1e6 / this.speed;
    const wait = dueMs - performance.now();
    return wait < AHEAD_MS ? 0 : wait;
  }
}
