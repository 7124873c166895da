/** Ports of one packet, made here: what a capture does not have, and what it has to give again. */

import { MOLD_COUNT, MOLD_HEADER_BYTES, MOLD_SEQUENCE } from "../feed/itch/mold-framing.ts";
import { HP_RX_DESC_SIZE } from "../ffi/layout.ts";
import { DESC_FLAGS, DESC_LENGTH, DESC_LINE, DESC_OFFSET, DESC_WORDS } from "../net/desc.ts";
import type { Port } from "../net/port.ts";

const TWO_32 = 2 ** 32;
/** The longest UDP payload. */
const PACKET_BYTES = 65_536;

export class OnePacketPort implements Port {
  readonly name = "one packet";
  readonly bytes = new Uint8Array(PACKET_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  readonly desc = new Uint32Array(HP_RX_DESC_SIZE / 4);
  readonly descTime = new Float64Array(this.desc.buffer);
  readonly stats = new Float64Array(8);

  /** A copy of packet `i` of another port's burst; false when it is too long. */
  copy(port: Port, i: number): boolean {
    const base = i * DESC_WORDS;
    const offset = port.desc[base + DESC_OFFSET]!;
    const length = port.desc[base + DESC_LENGTH]!;
    if (length > PACKET_BYTES) return false;
    this.bytes.set(port.bytes.subarray(offset, offset + length));
    this.show(length, port.desc[base + DESC_LINE]!);
    return true;
  }

  /** `count` empty messages of a session, as a re-request server would send them. */
  fill(session: Uint8Array, seq: number, count: number, line: number): void {
    this.bytes.fill(0, 0, MOLD_HEADER_BYTES + 2 * count);
    this.bytes.set(session);
    this.view.setUint32(MOLD_SEQUENCE, Math.floor(seq / TWO_32));
    this.view.setUint32(MOLD_SEQUENCE + 4, seq % TWO_32);
    this.view.setUint16(MOLD_COUNT, count);
    this.show(MOLD_HEADER_BYTES + 2 * count, line);
  }

  rxBurst(): number {
    return 0;
  }
  rxRelease(): void {}
  close(): void {}

  private show(length: number, line: number): void {
    this.desc[DESC_OFFSET] = 0;
    this.desc[DESC_LENGTH] = length;
    this.desc[DESC_FLAGS] = 0;
    this.desc[DESC_LINE] = line;
  }
}
