/** Every message of a feed session by sequence number, for re-requests. Oldest go when full. */

const CHUNK_BYTES = 1 << 20;
/** Length prefix of a stored message, as on the wire (MoldUDP64 message block). */
const PREFIX = 2;

interface Chunk {
  firstSequence: number;
  bytes: Uint8Array;
  used: number;
  /** Offset of each message's length prefix. */
  offsets: number[];
}

export class MessageLog {
  private readonly chunks: Chunk[] = [];
  private next = 1;

  /** bytesMax: memory for messages; the oldest megabyte is given up when it is reached. */
  constructor(private readonly bytesMax: number) {}

  /** Sequence number that the next message gets; the first has 1. */
  get nextSequence(): number {
    return this.next;
  }

  get firstSequence(): number {
    return this.chunks[0]?.firstSequence ?? this.next;
  }

  append(message: Uint8Array): number {
    let chunk = this.chunks[this.chunks.length - 1];
    if (chunk === undefined || chunk.used + PREFIX + message.length > CHUNK_BYTES) {
      chunk = {
        firstSequence: this.next,
        bytes: new Uint8Array(CHUNK_BYTES),
        used: 0,
        offsets: [],
      };
      this.chunks.push(chunk);
      if (this.chunks.length > 1 && this.chunks.length * CHUNK_BYTES > this.bytesMax) {
        this.chunks.shift();
      }
    }
    chunk.offsets.push(chunk.used);
    chunk.bytes[chunk.used] = message.length >> 8;
    chunk.bytes[chunk.used + 1] = message.length & 255;
    chunk.bytes.set(message, chunk.used + PREFIX);
    chunk.used += PREFIX + message.length;
    return this.next++;
  }

  /**
   * Copies message blocks (length and bytes) from `sequence` on into `out` at `at`: at most `count`,
   * and no more than fit. Returns how many, and where they end.
   */
  copy(
    sequence: number,
    count: number,
    out: Uint8Array,
    at: number,
  ): { count: number; end: number } {
    let copied = 0;
    let end = at;
    let index = this.chunkOf(sequence);
    for (let seq = sequence; copied < count && seq < this.next && index >= 0; seq++) {
      let chunk = this.chunks[index]!;
      if (seq - chunk.firstSequence >= chunk.offsets.length) chunk = this.chunks[++index]!;
      const from = chunk.offsets[seq - chunk.firstSequence]!;
      const size = PREFIX + ((chunk.bytes[from]! << 8) | chunk.bytes[from + 1]!);
      if (end + size > out.length) break;
      out.set(chunk.bytes.subarray(from, from + size), end);
      end += size;
      copied++;
    }
    return { count: copied, end };
  }

  /** Bytes of one message, valid until it is given up; undefined when it is not there. */
  message(sequence: number): Uint8Array | undefined {
    const chunk = this.chunks[this.chunkOf(sequence)];
    if (chunk === undefined) return undefined;
    const from = chunk.offsets[sequence - chunk.firstSequence]!;
    const length = (chunk.bytes[from]! << 8) | chunk.bytes[from + 1]!;
    return chunk.bytes.subarray(from + PREFIX, from + PREFIX + length);
  }

  private chunkOf(sequence: number): number {
    if (sequence < this.firstSequence || sequence >= this.next) return -1;
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.chunks[middle]!.firstSequence <= sequence) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
