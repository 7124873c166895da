// @hot
/** When an initiator connects next: each try that comes to nothing doubles the wait, up to 64 times. */
const DOUBLINGS_MAX = 6;

export class Reconnect {
  private readonly waitNs: number;
  private failures = 0;
  /** Time is below 0 before the midnight that it is counted from. */
  private nextNs = -Infinity;

  constructor(waitNs: number) {
    this.waitNs = waitNs;
  }

  /** At once. */
  begin(): void {
    this.failures = 0;
    this.nextNs = -Infinity;
  }

  isDue(nowNs: number): boolean {
    return nowNs >= this.nextNs;
  }

  /** A connection, or a try at one, has ended. */
  ended(nowNs: number): void {
    this.nextNs = nowNs + this.waitNs * (1 << this.failures);
    if (this.failures < DOUBLINGS_MAX) this.failures++;
  }

  /** The session has come up. */
  succeeded(): void {
    this.failures = 0;
  }
}
