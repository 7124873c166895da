/** Bytes of a TCP stream that have come and are not used yet: what is cut in the middle waits here. */
export class ByteQueue {
  bytes: Uint8Array;
  /** bytes[from, to) are there. */
  from = 0;
  to = 0;

  constructor(size = 1 << 16) {
    this.bytes = new Uint8Array(size);
  }

  get length(): number {
    return this.to - this.from;
  }

  /** Takes a copy. Offsets into `bytes` are not valid afterwards. */
  push(chunk: Uint8Array): void {
    if (this.to + chunk.length > this.bytes.length) this.makeRoom(chunk.length);
    this.bytes.set(chunk, this.to);
    this.to += chunk.length;
  }

  clear(): void {
    this.from = 0;
    this.to = 0;
  }

  private makeRoom(more: number): void {
    const { length } = this;
    let size = this.bytes.length;
    while (size < length + more) size *= 2;
    const bytes = size === this.bytes.length ? this.bytes : new Uint8Array(size);
    bytes.set(this.bytes.subarray(this.from, this.to));
    this.bytes = bytes;
    this.from = 0;
    this.to = length;
  }
}
