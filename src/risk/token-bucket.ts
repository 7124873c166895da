// @hot
/** A token bucket on the injected clock: `burst` at most, `perS` tokens a second. */
export class TokenBucket {
  private readonly burst: number;
  private readonly perNs: number;
  private tokens: number;
  /** Far before any session: the clock is negative on the evening before the session date. */
  private lastNs = -Number.MAX_SAFE_INTEGER;

  constructor(perS: number, burst: number) {
    this.burst = burst;
    this.perNs = perS / 1e9;
    this.tokens = burst;
  }

  /** True when a token is there; nothing is taken. */
  has(nowNs: number): boolean {
    if (nowNs > this.lastNs) {
      const tokens = this.tokens + (nowNs - this.lastNs) * this.perNs;
      this.tokens = Math.min(tokens, this.burst);
      this.lastNs = nowNs;
    }
    return this.tokens >= 1;
  }

  take(nowNs: number): boolean {
    if (!this.has(nowNs)) return false;
    this.tokens -= 1;
    return true;
  }
}
