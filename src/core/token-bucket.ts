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
    return this.level(nowNs) >= 1;
  }

  /** True when a token is there and `reserve` more; nothing is taken. */
  hasAbove(nowNs: number, reserve: number): boolean {
    return this.level(nowNs) >= 1 + reserve;
  }

  /** Takes a token whether one is there or not; at most `burst` are owed. */
  spend(nowNs: number): void {
    this.tokens = Math.max(this.level(nowNs) - 1, -this.burst);
    this.lastNs = Math.max(this.lastNs, nowNs);
  }

  /** A try that fails leaves no trace: how often it is made must not matter. */
  take(nowNs: number): boolean {
    const level = this.level(nowNs);
    if (level < 1) return false;
    this.tokens = level - 1;
    this.lastNs = Math.max(this.lastNs, nowNs);
    return true;
  }

  private level(nowNs: number): number {
    if (nowNs <= this.lastNs) return this.tokens;
    return Math.min(this.tokens + (nowNs - this.lastNs) * this.perNs, this.burst);
  }
}
