// @hot
/** The timers of one strategy: fixed, one shot each. */
export const TIMERS = 64;

export class Timers {
  private readonly dueNs: Float64Array;
  /** When the first of them is due; Infinity = none is set. */
  nextNs = Infinity;

  constructor() {
    this.dueNs = new Float64Array(new ArrayBuffer(8 * TIMERS)).fill(Infinity);
  }

  /** False when id or time is out of range. */
  set(id: number, dueNs: number): boolean {
    if (!(id >= 0 && id < TIMERS && (id | 0) === id) || !(dueNs > -Infinity)) return false;
    this.dueNs[id] = dueNs;
    this.renew();
    return true;
  }

  /** True when one may be due: then take() each id. */
  isDue(nowNs: number): boolean {
    return nowNs >= this.nextNs;
  }

  /** True once for a timer that is due. */
  take(id: number, nowNs: number): boolean {
    if (nowNs < this.dueNs[id]!) return false;
    this.dueNs[id] = Infinity;
    this.renew();
    return true;
  }

  private renew(): void {
    let next = Infinity;
    for (let i = 0; i < TIMERS; i++) next = Math.min(next, this.dueNs[i]!);
    this.nextNs = next;
  }
}
