/** A tape on disk, entry by entry, with the packets of the pcapng beside it. */
import { join } from "node:path";
import { TAPE_HEADER_BYTES, TAPE_START } from "../../journal/tape/entries.ts";
import {
  TAPE_HEAD_BYTES,
  TAPE_MAGIC,
  type TapeHead,
  tapeNames,
} from "../../journal/tape/tape-head.ts";
import { UDP_HEADERS_BYTES } from "../../net/capture/pcapng-writer.ts";
import { ByteSource } from "./byte-source.ts";

/** No further entry. */
export const TAPE_OVER = -1;
/** A pcapng block with a packet, and where its frame and the frame's length are. */
const ENHANCED_PACKET = 6;
const FRAME_LENGTH = 20;
const FRAME = 28;

export class TapeCursor {
  readonly head: TapeHead;
  /** Of the entry that is next; TAPE_OVER = there is none. */
  type = TAPE_OVER;
  index = 0;
  /** Its body. Valid until next(). */
  body: DataView = new DataView(new ArrayBuffer(0));

  private readonly tape: ByteSource;
  private readonly packets: ByteSource;
  private readonly path: string;
  private length = 0;

  /** Throws one sentence when the pair can't be read, or is none of this version. */
  constructor(directory: string, engine: number, epoch: number) {
    const names = tapeNames(engine, epoch);
    this.path = join(directory, names.tape);
    this.tape = open(this.path);
    this.packets = open(join(directory, names.packets));
    const front = this.tape.peek(TAPE_HEAD_BYTES)?.slice();
    const magic = front === undefined ? "" : Buffer.from(front.subarray(0, 8)).toString("latin1");
    if (front === undefined || magic !== TAPE_MAGIC) {
      throw new Error(`${this.path}: no tape of this version of hairpin`);
    }
    const size = new DataView(front.buffer).getUint32(8, true);
    this.tape.skip(TAPE_HEAD_BYTES);
    const json = this.tape.peek((size + 7) & ~7);
    if (json === undefined) throw new Error(`${this.path}: cut off in its head`);
    this.head = JSON.parse(Buffer.from(json.subarray(0, size)).toString()) as TapeHead;
    this.tape.skip((size + 7) & ~7);
    this.load();
    if (this.type !== TAPE_START) throw new Error(`${this.path}: its first entry is no start`);
  }

  /** Goes on to the next entry. */
  next(): void {
    this.tape.skip(this.length);
    this.load();
  }

  /** Bytes of the packet that the entry at hand stands for; call it once per TAPE_PACKET. */
  packet(): Uint8Array {
    for (;;) {
      const front = this.packets.peek(8);
      const view = front && new DataView(front.buffer, front.byteOffset, 8);
      const type = view?.getUint32(0, true);
      const total = view?.getUint32(4, true) ?? 0;
      const block = this.packets.peek(total);
      if (block === undefined || total < 12) {
        throw new Error(`${this.path}: the pcapng beside it has fewer packets than it`);
      }
      this.packets.skip(total);
      if (type !== ENHANCED_PACKET) continue;
      const length = new DataView(block.buffer, block.byteOffset).getUint32(FRAME_LENGTH, true);
      return block.subarray(FRAME + UDP_HEADERS_BYTES, FRAME + length);
    }
  }

  close(): void {
    this.tape.close();
    this.packets.close();
  }

  private load(): void {
    const front = this.tape.peek(TAPE_HEADER_BYTES);
    const length =
      front === undefined ? 0 : new DataView(front.buffer, front.byteOffset).getUint32(0, true);
    const entry = length < TAPE_HEADER_BYTES ? undefined : this.tape.peek(length);
    if (entry === undefined) {
      this.type = TAPE_OVER;
      this.length = 0;
      return;
    }
    const view = new DataView(entry.buffer, entry.byteOffset, length);
    this.length = length;
    this.type = view.getUint16(4, true);
    this.index = view.getUint16(6, true);
    this.body = new DataView(
      entry.buffer,
      entry.byteOffset + TAPE_HEADER_BYTES,
      length - TAPE_HEADER_BYTES,
    );
  }
}

function open(path: string): ByteSource {
  try {
    return new ByteSource(path);
  } catch (error) {
    throw new Error(`${path}: can't be read: ${(error as Error).message}`);
  }
}
