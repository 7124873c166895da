// @hot
/**
 * What we miss. One ResendRequest is outstanding until the number that showed the gap has arrived:
 * what comes too high meanwhile is dropped, since the venue sends it again.
 */
export class InboundGap {
  /** Number that showed the gap; 0 = none outstanding. */
  until = 0;
  /** With a chunk: last number of the outstanding request; 0 = all. */
  chunkEnd = 0;
  private askedNs = 0;
  private tries = 0;
  private mark = 0;
  private readonly chunk: number;

  constructor(chunk: number) {
    this.chunk = chunk;
  }

  /** Notes a request that begins at `from`; the EndSeqNo to ask for (0 = all). */
  ask(from: number, until: number, nowNs: number): number {
    this.until = until;
    this.askedNs = nowNs;
    this.mark = from;
    this.tries = 1;
    const end = from + this.chunk - 1;
    this.chunkEnd = this.chunk === 0 || end >= until ? 0 : end;
    return this.chunkEnd;
  }

  /** After the next expected number moved: 0 nothing to do, 1 gap closed, 2 ask for the next chunk. */
  moved(nextIn: number): number {
    if (this.until === 0) return 0;
    if (nextIn > this.until) {
      this.until = 0;
      return 1;
    }
    return this.chunkEnd !== 0 && nextIn > this.chunkEnd ? 2 : 0;
  }

  /** True when the outstanding request has brought nothing for `waitNs`: ask again, see exhausted. */
  isStuck(nextIn: number, nowNs: number, waitNs: number): boolean {
    if (this.until === 0) return false;
    if (nextIn !== this.mark) {
      this.mark = nextIn;
      this.askedNs = nowNs;
      this.tries = 1;
      return false;
    }
    return nowNs - this.askedNs >= waitNs;
  }

  /** Counts one more try at the same gap; false when there were too many. */
  again(nowNs: number): boolean {
    this.askedNs = nowNs;
    return ++this.tries <= 3;
  }

  clear(): void {
    this.until = 0;
    this.chunkEnd = 0;
  }
}
