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
/** No entry is longer: one that says so is damaged, not cut off. */
const ENTRY_BYTES_MAX = 1 << 24;

export class TapeCursor {
  readonly head: TapeHead;
  /** Of the entry that is next; TAPE_OVER = there is none. */
  type = TAPE_OVER;
  index = 0;
  /** Its body. Valid until next(). */
  body: DataView = new DataView(new ArrayBuffer(0));

  private readonly tape: ByteSource;
  private readonly packets: ByteSource;
  readonly path: string;
  private length = 0;

  /** Throws one sentence when the pair can't be read, or is none of this version. */
  constructor(directory: string, engine: number, epoch: number) {
    const names = tapeNames(engine, epoch);
    this.path = join(directory, names.tape);
    this.tape = open(this.path);
    try {
      this.packets = open(join(directory, names.packets));
    } catch (error) {
      this.tape.close();
      throw error;
    }
    try {
      this.head = this.readHead();
      this.load();
      if (this.type !== TAPE_START) throw new Error(`${this.path}: its first entry is no start`);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** What stands in front of the entries. */
  private readHead(): TapeHead {
    const front = this.tape.peek(TAPE_HEAD_BYTES)?.slice();
    const magic = front === undefined ? "" : Buffer.from(front.subarray(0, 8)).toString("latin1");
    if (front === undefined || magic !== TAPE_MAGIC) {
      throw new Error(`${this.path}: no tape of this version of hairpin`);
    }
    const size = new DataView(front.buffer).getUint32(8, true);
    this.tape.skip(TAPE_HEAD_BYTES);
    const json = size > ENTRY_BYTES_MAX ? undefined : this.tape.peek((size + 7) & ~7);
    if (json === undefined) throw new Error(`${this.path}: cut off in its head`);
    const head = parseHead(Buffer.from(json.subarray(0, size)).toString());
    if (head === undefined) throw new Error(`${this.path}: what it says of its engine is damaged`);
    this.tape.skip((size + 7) & ~7);
    return head;
  }

  /** Goes on to the next entry. */
  next(): void {
    this.tape.skip(this.length);
    this.load();
  }

  /**
   * Bytes of the packet that the entry at hand stands for; call it once per TAPE_PACKET. Throws one
   * sentence when the pcapng does not have it.
   */
  packet(): Uint8Array {
    for (;;) {
      const front = bufferOf(this.packets.peek(8));
      const type = front?.readUInt32LE(0);
      const total = front?.readUInt32LE(4) ?? 0;
      const block = bufferOf(this.packets.peek(total));
      if (block === undefined || total < 12) {
        throw new Error(`${this.path}: the pcapng beside it has fewer packets than it`);
      }
      this.packets.skip(total);
      if (type !== ENHANCED_PACKET) continue;
      const frame = total < FRAME ? 0 : block.readUInt32LE(FRAME_LENGTH);
      const length = this.body.getUint32(0, true);
      if (frame !== UDP_HEADERS_BYTES + length || FRAME + frame > total) {
        throw new Error(
          `${this.path}: a packet of ${length} bytes is not the one in the pcapng beside it`,
        );
      }
      return block.subarray(FRAME + UDP_HEADERS_BYTES, FRAME + frame);
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
    // Zeros are what a file that was cut off by a power cut ends with.
    if (length !== 0 && ((length & 7) !== 0 || length > ENTRY_BYTES_MAX)) {
      throw new Error(`${this.path}: an entry of ${length} bytes: it is damaged there`);
    }
    const entry = length === 0 ? undefined : this.tape.peek(length);
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

/** Undefined when it is no head: the lists of feeds and sessions are what everything else goes by. */
function parseHead(text: string): TapeHead | undefined {
  try {
    const head = JSON.parse(text) as TapeHead | null;
    const options = head?.options as Record<string, unknown> | undefined;
    const lists = ["feeds", "sessions", "strategies", "instruments"];
    const isHead = lists.every((key) => Array.isArray(options?.[key]));
    return isHead && Array.isArray(head?.strategies) ? head! : undefined;
  } catch {
    return undefined;
  }
}

function bufferOf(bytes: Uint8Array | undefined): Buffer | undefined {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function open(path: string): ByteSource {
  try {
    return new ByteSource(path);
  } catch (error) {
    throw new Error(`${path}: can't be read: ${(error as Error).message}`);
  }
}
