/**
 * A part of a capture, as one array that stays where it is: what was read and is still needed.
 *
 *   | still needed: packets not handed on yet | pos: parsed next ... end | room |
 */
import type { CaptureBytes } from "./unpack.ts";

/** Room for the packets that are held back, and the longest packet. */
export const WINDOW_BYTES = 1 << 22;

export class CaptureWindow {
  readonly bytes = new Uint8Array(new ArrayBuffer(WINDOW_BYTES));
  readonly view = new DataView(this.bytes.buffer);
  /** What is parsed next, and one past what was read; indices into bytes. */
  pos = 0;
  end = 0;
  private base = 0;
  private readonly source: CaptureBytes;
  private piece: Uint8Array | undefined;
  private pieceAt = 0;

  constructor(source: CaptureBytes) {
    this.source = source;
  }

  /** Bytes that are there to be parsed. */
  get ahead(): number {
    return this.end - this.pos;
  }

  /** Bytes from the start of the (unpacked) file. */
  offsetOf(at: number): number {
    return this.base + at;
  }

  /** How many bytes more() can add when everything from `keep` on stays. */
  roomFrom(keep: number): number {
    return WINDOW_BYTES - (this.end - keep);
  }

  /** Drops what lies before `keep`, moving the rest to the front. */
  drop(keep: number): void {
    this.bytes.copyWithin(0, keep, this.end);
    this.pos -= keep;
    this.end -= keep;
    this.base += keep;
  }

  /** Reads on. False at the end of the data. */
  async more(): Promise<boolean> {
    if (this.piece === undefined || this.pieceAt === this.piece.length) {
      this.piece = await this.source.next();
      this.pieceAt = 0;
      if (this.piece === undefined) return false;
    }
    const size = Math.min(this.piece.length - this.pieceAt, WINDOW_BYTES - this.end);
    this.bytes.set(this.piece.subarray(this.pieceAt, this.pieceAt + size), this.end);
    this.end += size;
    this.pieceAt += size;
    return true;
  }
}
