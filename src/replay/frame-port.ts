/** One frame of a packet as a packet of its own: what a feed of one sequence space takes. */
import { HP_RX_DESC_SIZE, HP_UDP_LINES_MAX } from "../ffi/layout.ts";
import { DESC_FLAGS, DESC_LENGTH, DESC_LINE, DESC_OFFSET, DESC_RX_NS } from "../net/desc.ts";
import type { Port } from "../net/port.ts";

export class FramePort implements Port {
  readonly name = "one frame";
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly desc = new Uint32Array(HP_RX_DESC_SIZE / 4);
  readonly descTime = new Float64Array(this.desc.buffer);
  readonly stats = new Float64Array(8);

  private readonly lines: number[] = [];
  private count = 0;

  /** In the arena of `port`. */
  constructor(port: Port) {
    this.bytes = port.bytes;
    this.view = port.view;
  }

  /** `line` of the capture; a feed has at most HP_UDP_LINES_MAX, so they get numbers as they come. */
  show(offset: number, length: number, line: number, nowNs: number): void {
    let own = this.lines[line];
    if (own === undefined) {
      own = this.count++ % HP_UDP_LINES_MAX;
      this.lines[line] = own;
    }
    this.desc[DESC_OFFSET] = offset;
    this.desc[DESC_LENGTH] = length;
    this.desc[DESC_FLAGS] = 0;
    this.desc[DESC_LINE] = own;
    this.descTime[DESC_RX_NS] = nowNs;
  }

  rxBurst(): number {
    return 0;
  }
  rxRelease(): void {}
  close(): void {}
}
