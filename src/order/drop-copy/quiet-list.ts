// @hot
/** Instruments in which something was booked, the one that has been quiet for longest first. */
export class QuietList {
  private readonly prev: Int32Array;
  private readonly next: Int32Array;
  private readonly since: Float64Array;
  private head = 0;
  private tail = 0;

  /** count: instruments. Links are index + 1, 0 = none; -1 in prev = not on the list. */
  constructor(count: number) {
    this.prev = new Int32Array(new ArrayBuffer(4 * count)).fill(-1);
    this.next = new Int32Array(new ArrayBuffer(4 * count));
    this.since = new Float64Array(new ArrayBuffer(8 * count));
  }

  /** Something was booked in it: it goes to the end. */
  touch(i: number, nowNs: number): void {
    this.remove(i);
    this.prev[i] = this.tail;
    this.next[i] = 0;
    if (this.tail === 0) this.head = i + 1;
    else this.next[this.tail - 1] = i + 1;
    this.tail = i + 1;
    this.since[i] = nowNs;
  }

  remove(i: number): void {
    const prev = this.prev[i]!;
    if (prev < 0) return;
    const next = this.next[i]!;
    if (prev === 0) this.head = next;
    else this.next[prev - 1] = next;
    if (next === 0) this.tail = prev;
    else this.prev[next - 1] = prev;
    this.prev[i] = -1;
  }

  /** The one that is quiet for longest, or -1. */
  first(): number {
    return this.head - 1;
  }

  sinceNs(i: number): number {
    return this.since[i]!;
  }

  /** All are taken to have been quiet since now. */
  restart(nowNs: number): void {
    this.since.fill(nowNs);
  }
}
