/** How late a timer of this process came at most: whether a figure says something about a product. */
export class Quiet {
  private worstMs = 0;
  private lastMs = performance.now();
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(private readonly everyMs = 5) {
    this.timer = setInterval(() => {
      const now = performance.now();
      this.worstMs = Math.max(this.worstMs, now - this.lastMs - everyMs);
      this.lastMs = now;
    }, everyMs);
  }

  /** Ends the watch: the longest delay, ms. */
  end(): number {
    clearInterval(this.timer);
    return Math.max(this.worstMs, performance.now() - this.lastMs - this.everyMs);
  }
}
