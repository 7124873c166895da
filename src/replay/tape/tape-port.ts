/** A port that gives the packets of a tape. */
import { HP_PORT_STATS_SIZE, HP_RX_DESC_SIZE } from "../../ffi/layout.ts";
import {
  TAPE_BURST,
  TAPE_LINK_DOWN,
  TAPE_LINK_UP,
  TAPE_PACKET,
} from "../../journal/tape/entries.ts";
import {
  BURST_MAX,
  DESC_DOUBLES,
  DESC_FEED,
  DESC_FLAGS,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
  STAT_LINK,
} from "../../net/desc.ts";
import type { Port } from "../../net/port.ts";
import type { TapeCursor } from "./tape-cursor.ts";

/** The longest UDP payload, for each packet of a burst. */
const SLOT_BYTES = 65_536;

export class TapePort implements Port {
  readonly bytes = new Uint8Array(new ArrayBuffer(BURST_MAX * SLOT_BYTES));
  readonly view = new DataView(this.bytes.buffer);
  readonly stats = new Float64Array(new ArrayBuffer(HP_PORT_STATS_SIZE));
  readonly desc: Uint32Array;
  readonly descTime: Float64Array;

  /** source: as in TAPE_BURST. */
  constructor(
    readonly name: string,
    private readonly tape: TapeCursor,
    private readonly source: number,
  ) {
    this.stats[STAT_LINK] = 1;
    const table = new ArrayBuffer(BURST_MAX * HP_RX_DESC_SIZE);
    this.desc = new Uint32Array(table);
    this.descTime = new Float64Array(table);
  }

  rxBurst(): number {
    const { source, tape } = this;
    if (tape.type !== TAPE_BURST || tape.index !== source) return 0;
    const n = tape.body.getInt32(0, true);
    if (n === TAPE_LINK_DOWN || n === TAPE_LINK_UP) {
      this.stats[STAT_LINK] = n === TAPE_LINK_UP ? 1 : 0;
    }
    if (n > BURST_MAX)
      throw new Error(`${tape.path}: a burst of ${n} packets: it is damaged there`);
    tape.next();
    for (let i = 0; i < n && this.isPacket(); i++) this.load(i);
    return n;
  }

  rxRelease(): void {}

  close(): void {}

  private isPacket(): boolean {
    return this.tape.type === TAPE_PACKET;
  }

  private load(i: number): void {
    const { tape } = this;
    const payload = tape.packet();
    const at = i * SLOT_BYTES;
    this.bytes.set(payload, at);
    this.desc[i * DESC_WORDS + DESC_OFFSET] = at;
    this.desc[i * DESC_WORDS + DESC_LENGTH] = tape.body.getUint32(0, true);
    this.desc[i * DESC_WORDS + DESC_FLAGS] = tape.body.getUint32(4, true);
    this.desc[i * DESC_WORDS + DESC_LINE] = tape.index & 255;
    this.desc[i * DESC_WORDS + DESC_FEED] = tape.index >> 8;
    this.descTime[i * DESC_DOUBLES + DESC_RX_NS] = tape.body.getFloat64(8, true);
    tape.next();
  }
}
