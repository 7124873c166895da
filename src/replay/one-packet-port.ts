/** A Port of one packet: a copy of one that has to be given again. */
import { HP_RX_DESC_SIZE } from "../ffi/layout.ts";
import { DESC_FLAGS, DESC_LENGTH, DESC_LINE, DESC_OFFSET, DESC_WORDS } from "../net/desc.ts";
import type { Port } from "../net/port.ts";

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
