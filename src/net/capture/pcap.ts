/**
 * Classic pcap (libpcap savefile): header 24 B = magic u32, version 2 * u16, 8 unused, snap length
 * u32, link type u32; then records of 16 B = seconds u32, fraction u32, captured u32, original u32
 * and the captured bytes. The magic tells byte order and the unit of the fraction.
 */
import {
  FRAME_BYTES_MAX,
  type FrameSink,
  PARSE_FAULT,
  PARSE_FULL,
  PARSE_MORE,
} from "./frame-parser.ts";
import { isKnownLink } from "./udp-in-frame.ts";
import type { CaptureWindow } from "./window.ts";

const MAGIC_US = 0xa1b2c3d4;
const MAGIC_NS = 0xa1b23c4d;
const HEADER_BYTES = 24;
const RECORD_BYTES = 16;

export function isPcap(view: DataView): boolean {
  return [true, false].some((little) => {
    const magic = view.getUint32(0, little);
    return magic === MAGIC_US || magic === MAGIC_NS;
  });
}

export class PcapParser {
  readonly kind = "pcap";
  fault: string | undefined;
  private isBegun = false;
  private isLittle = true;
  private nsPerUnit = 1;
  private link = 0;
  private count = 0;

  parse(window: CaptureWindow, sink: FrameSink): number {
    if (!this.isBegun) {
      if (window.ahead < HEADER_BYTES) return PARSE_MORE;
      if (!this.begin(window)) return PARSE_FAULT;
    }
    const { view } = window;
    while (!sink.isFull) {
      if (window.ahead < RECORD_BYTES) return PARSE_MORE;
      const at = window.pos;
      const size = view.getUint32(at + 8, this.isLittle);
      if (size > FRAME_BYTES_MAX) {
        this.fault = `packet ${this.count + 1} at byte ${window.offsetOf(at)} claims ${size} bytes`;
        return PARSE_FAULT;
      }
      if (window.ahead < RECORD_BYTES + size) return PARSE_MORE;
      const seconds = view.getUint32(at, this.isLittle);
      const ns = view.getUint32(at + 4, this.isLittle) * this.nsPerUnit;
      this.count++;
      window.pos = at + RECORD_BYTES + size;
      sink.frame(at + RECORD_BYTES, size, this.link, seconds, ns);
    }
    return PARSE_FULL;
  }

  /** Why the end of the data is not the end of the capture, or undefined when it is. */
  atEnd(window: CaptureWindow): string | undefined {
    if (!this.isBegun) return "cut off in the header of the file";
    if (window.ahead === 0) return undefined;
    return `cut off in packet ${this.count + 1}, which starts at byte ${window.offsetOf(window.pos)}`;
  }

  private begin(window: CaptureWindow): boolean {
    const { view, pos } = window;
    const little = view.getUint32(pos, true);
    this.isLittle = little === MAGIC_US || little === MAGIC_NS;
    this.nsPerUnit = view.getUint32(pos, this.isLittle) === MAGIC_NS ? 1 : 1000;
    // The upper bits may tell of checksums behind the frames.
    this.link = view.getUint32(pos + 20, this.isLittle) & 0xffff;
    window.pos += HEADER_BYTES;
    this.isBegun = true;
    if (isKnownLink(this.link)) return true;
    this.fault = `link type ${this.link} at byte 20 is not known here; Ethernet, Linux cooked, loopback and raw IP are`;
    return false;
  }
}
