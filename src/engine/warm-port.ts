// @hot
/**
 * The shadow's Port: plays the warm-up packets for ever, each on both lines as the real ones come,
 * now and then swapped, and now and then late enough to be a gap that "recovery" fills, so that
 * arbitration, the window and the gap states stay warm as well.
 */
import { HP_BURST_MAX } from "../ffi/layout.ts";
import {
  DESC_DOUBLES,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
} from "../net/desc.ts";
import type { Port } from "../net/port.ts";
import type { WarmPackets } from "./warm-packets.ts";

const SWAP_EVERY = 32;
const GAP_EVERY = 509;
/** Idle turns while a packet is held back: the loop's timers run in some of them. */
const GAP_TURNS = 6;

export class WarmPort implements Port {
  readonly name = "warm-up";
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly desc: Uint32Array;
  readonly descTime: Float64Array;
  readonly stats: Float64Array;
  private readonly packets: WarmPackets;
  private readonly lineCount: number;
  private next = 0;
  private sequence = 1;
  private turns = 0;
  /** Turns until the packet held back comes by the recovery line; 0 = none is. */
  private wait = 0;
  private held = 0;
  private filled = 0;

  constructor(packets: WarmPackets, lineCount: number) {
    this.packets = packets;
    this.lineCount = lineCount;
    this.bytes = packets.bytes;
    this.view = new DataView(packets.bytes.buffer);
    const table = new ArrayBuffer(HP_BURST_MAX * DESC_WORDS * 4);
    this.desc = new Uint32Array(table);
    this.descTime = new Float64Array(table);
    this.stats = new Float64Array(new ArrayBuffer(64));
  }

  /** Non-zero while a packet is held back: the feed is (or is about to be) in a gap. */
  holdsBack(): number {
    return this.wait;
  }

  rxBurst(): number {
    this.filled = 0;
    const turn = ++this.turns;
    if (this.wait > 0) {
      this.wait--;
      if (this.wait === 0) this.put(this.held, this.lineCount);
      return this.filled;
    }
    const first = this.take();
    if (first < this.packets.prologue || turn % SWAP_EVERY !== 0) {
      for (let line = 0; line < this.lineCount; line++) this.put(first, line);
      return this.filled;
    }
    const second = this.take();
    this.put(second, 0);
    if (turn % GAP_EVERY < SWAP_EVERY) {
      this.held = first;
      this.wait = GAP_TURNS;
      return this.filled;
    }
    for (let line = 0; line < this.lineCount; line++) this.put(first, line);
    return this.filled;
  }

  rxRelease(): void {}

  close(): void {}

  /** Stamps the next packet with its sequence number and returns its index. */
  private take(): number {
    const index = this.next;
    this.next++;
    if (this.next === this.packets.count) this.next = this.packets.prologue;
    const at = this.packets.offset[index]!;
    this.view.setUint32(at + 10, (this.sequence / 4294967296) | 0);
    this.view.setUint32(at + 14, this.sequence >>> 0);
    this.sequence += this.packets.messages[index]!;
    return index;
  }

  private put(index: number, line: number): void {
    const base = this.filled * DESC_WORDS;
    this.desc[base + DESC_OFFSET] = this.packets.offset[index]!;
    this.desc[base + DESC_LENGTH] = this.packets.length[index]!;
    this.desc[base + DESC_LINE] = line;
    this.descTime[this.filled * DESC_DOUBLES + DESC_RX_NS] = 1;
    this.filled++;
  }
}
