/** A Port that a test loads with one packet at a time, in an arena of its own. */
import { HP_PORT_STATS_SIZE } from "../../src/ffi/layout.ts";
import {
  BURST_MAX,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_WORDS,
  STAT_LINK,
} from "../../src/net/desc.ts";
import type { Port } from "../../src/net/port.ts";

export class PacketPort implements Port {
  readonly name = "test";
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly desc = new Uint32Array(new ArrayBuffer(BURST_MAX * DESC_WORDS * 4));
  readonly descTime = new Float64Array(this.desc.buffer);
  /** Its link is not told. */
  readonly stats = new Float64Array(HP_PORT_STATS_SIZE / 8).fill(-1, STAT_LINK, STAT_LINK + 1);

  /** `arena`: packets are already in it and shown by at(); else load() copies them in. */
  constructor(arena: Uint8Array = new Uint8Array(65536)) {
    this.bytes = arena;
    this.view = new DataView(arena.buffer, arena.byteOffset, arena.byteLength);
  }

  /** Descriptor 0 shows a part of the arena. */
  at(offset: number, length: number, line: number): void {
    this.desc[DESC_OFFSET] = offset;
    this.desc[DESC_LENGTH] = length;
    this.desc[DESC_LINE] = line;
  }

  /** Copies a packet to `offset` of the arena; descriptor 0 shows it. */
  load(packet: Uint8Array, line: number, offset = 64): void {
    this.bytes.set(packet, offset);
    this.at(offset, packet.length, line);
  }

  rxBurst(): number {
    return 0;
  }
  rxRelease(): void {}
  close(): void {}
}
