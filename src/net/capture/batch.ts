/**
 * Packets that were read and not handed on yet, in order of time. Captures of several interfaces are
 * a little out of order: the last HOLD packets are held back until later ones are known.
 */
export const BATCH_PACKETS = 16_384;
export const HOLD = 256;

export class PacketBatch {
  count = 0;
  /** Packets that came more than HOLD too late to be put in their place. */
  lateCount = 0;
  readonly offset = new Uint32Array(BATCH_PACKETS);
  readonly length = new Uint32Array(BATCH_PACKETS);
  readonly line = new Uint32Array(BATCH_PACKETS);
  readonly timeNs = new Float64Array(BATCH_PACKETS);
  private isReleased = false;
  private handedNs = Number.NEGATIVE_INFINITY;

  get isFull(): boolean {
    return this.count === BATCH_PACKETS;
  }

  /** Packets that may be handed on, from index 0. */
  get ready(): number {
    return this.isReleased ? this.count : Math.max(0, this.count - HOLD);
  }

  /** Holds nothing back until the next shift(). */
  release(): void {
    this.isReleased = true;
  }

  /** Puts a packet in its place. The batch is not full. */
  add(offset: number, length: number, line: number, timeNs: number): void {
    let at = this.count;
    const lowest = Math.max(0, at - HOLD);
    while (at > lowest && this.timeNs[at - 1]! > timeNs) at--;
    const before = at === 0 ? this.handedNs : this.timeNs[at - 1]!;
    if (before > timeNs) this.lateCount++;
    if (at < this.count) this.shiftFrom(at);
    this.count++;
    this.set(at, offset, length, line, timeNs);
  }

  /** Puts a packet last, whatever its time: what has a sequence of its own. The batch is not full. */
  append(offset: number, length: number, line: number, timeNs: number): void {
    this.set(this.count++, offset, length, line, timeNs);
  }

  /** Forgets the first `n`. */
  shift(n: number): void {
    if (n > 0) this.handedNs = Math.max(this.handedNs, this.timeNs[n - 1]!);
    for (const column of this.columns()) column.copyWithin(0, n, this.count);
    this.count -= n;
    this.isReleased = false;
  }

  /** The bytes moved by `delta` to the front. */
  move(delta: number): void {
    for (let i = 0; i < this.count; i++) this.offset[i]! -= delta;
  }

  /** Start of the bytes that are still needed, or `otherwise` when there is no packet. */
  firstOffset(otherwise: number): number {
    let first = otherwise;
    for (let i = 0; i < this.count; i++) first = Math.min(first, this.offset[i]!);
    return first;
  }

  private set(at: number, offset: number, length: number, line: number, timeNs: number): void {
    this.offset[at] = offset;
    this.length[at] = length;
    this.line[at] = line;
    this.timeNs[at] = timeNs;
  }

  private shiftFrom(at: number): void {
    for (const column of this.columns()) column.copyWithin(at + 1, at, this.count);
  }

  private columns() {
    return [this.offset, this.length, this.line, this.timeNs] as const;
  }
}
