/** A file read front to back in pieces, so that memory does not grow with it. */
import * as fs from "node:fs";

const CHUNK_BYTES = 1 << 20;

export class ByteSource {
  private readonly fd: number;
  /** Bytes of the file behind what is in the buffer. */
  private unread: number;
  private buffer = new Uint8Array(CHUNK_BYTES);
  private from = 0;
  private to = 0;

  constructor(path: string) {
    this.fd = fs.openSync(path, "r");
    this.unread = fs.fstatSync(this.fd).size;
  }

  /** The next `size` bytes, which stay the next ones; undefined when there are fewer. Valid until the next call. */
  peek(size: number): Uint8Array | undefined {
    // A length that is nonsense must not ask for memory.
    if (size > this.to - this.from + this.unread) return undefined;
    while (this.to - this.from < size) {
      if (this.from > 0) {
        this.buffer.copyWithin(0, this.from, this.to);
        this.to -= this.from;
        this.from = 0;
      }
      if (size > this.buffer.length) {
        const larger = new Uint8Array(2 * size);
        larger.set(this.buffer.subarray(0, this.to));
        this.buffer = larger;
      }
      const read = fs.readSync(this.fd, this.buffer, this.to, this.buffer.length - this.to, null);
      if (read === 0) return undefined;
      this.to += read;
      this.unread = Math.max(0, this.unread - read);
    }
    return this.buffer.subarray(this.from, this.from + size);
  }

  skip(size: number): void {
    this.from += size;
  }

  close(): void {
    fs.closeSync(this.fd);
  }
}
