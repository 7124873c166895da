/** Events per millisecond: the total and the fullest one. Times may be a little out of order. */
const MS_NS = 1e6;
/** Milliseconds kept open for events that come late. */
const OPEN_MS = 1024;

export class RateStats {
  count = 0;
  firstNs = 0;
  lastNs = 0;
  /** Events in the fullest millisecond, and where it starts. */
  peak = 0;
  peakNs = 0;
  private readonly ms = new Float64Array(OPEN_MS).fill(Number.NaN);
  private readonly counts = new Float64Array(OPEN_MS);

  add(timeNs: number): void {
    if (this.count++ === 0) {
      this.firstNs = timeNs;
      this.lastNs = timeNs;
    }
    this.firstNs = Math.min(this.firstNs, timeNs);
    this.lastNs = Math.max(this.lastNs, timeNs);
    const ms = Math.floor(timeNs / MS_NS);
    const slot = ((ms % OPEN_MS) + OPEN_MS) % OPEN_MS;
    if (this.ms[slot] !== ms) {
      this.ms[slot] = ms;
      this.counts[slot] = 0;
    }
    const count = this.counts[slot]! + 1;
    this.counts[slot] = count;
    if (count <= this.peak) return;
    this.peak = count;
    this.peakNs = ms * MS_NS;
  }

  /** Per second, from the first to the last; 0 when there is no time between them. */
  perS(): number {
    const spanNs = this.lastNs - this.firstNs;
    return spanNs > 0 ? (this.count * 1e9) / spanNs : 0;
  }
}
