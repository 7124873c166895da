/**
 * pcapng (draft-ietf-opsawg-pcapng): blocks of type u32, length u32, body, length u32 again, padded to
 * 4 bytes. A section header starts a section with its own byte order and its own interfaces.
 *
 *   section header 0x0a0d0d0a: byte-order magic | interface 1: link u16, snap length u32, options
 *   enhanced packet 6: interface, time (2 * u32), captured, original, bytes | simple packet 3:
 *   original, bytes | packet 2 (obsolete): as 6 with a u16 interface and drops | others: skipped
 */
import {
  FRAME_BYTES_MAX,
  type FrameSink,
  PARSE_FAULT,
  PARSE_FULL,
  PARSE_MORE,
} from "./frame-parser.ts";
import type { CaptureWindow } from "./window.ts";

const SECTION = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const PACKET = 6;
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;
/** Of blocks that are looked into; others may be of any length. */
const BLOCK_BYTES_MAX = FRAME_BYTES_MAX + 65_536;
const INTERFACES_MAX = 4096;
const EXACT = 2 ** 53;

interface Interface {
  link: number;
  snapLength: number;
  unitsPerS: number;
  offsetS: number;
}

export function isPcapng(view: DataView): boolean {
  return view.getUint32(0) === SECTION;
}

export class PcapngParser {
  readonly kind = "pcapng";
  fault: string | undefined;
  private isLittle = true;
  private interfaces: Interface[] = [];
  private toSkip = 0;
  private count = 0;
  /** Of the last packet: simple packets have no time. */
  private seconds = 0;
  private ns = 0;

  parse(window: CaptureWindow, sink: FrameSink): number {
    while (!sink.isFull) {
      if (!this.skip(window) || window.ahead < 12) return PARSE_MORE;
      const { view, pos } = window;
      // A section header reads the same in both byte orders.
      const type = view.getUint32(pos, this.isLittle);
      if (type === SECTION) {
        const fault = this.order(view, pos + 8);
        if (fault !== undefined) return this.stop(window, fault);
      }
      const length = view.getUint32(pos + 4, this.isLittle);
      if (length < 12 || length % 4 !== 0) {
        return this.stop(window, `a block claims ${length} bytes`);
      }
      if (!isRead(type)) {
        this.toSkip = length;
        continue;
      }
      if (length > BLOCK_BYTES_MAX) return this.stop(window, `a block claims ${length} bytes`);
      if (window.ahead < length) return PARSE_MORE;
      if (view.getUint32(pos + length - 4, this.isLittle) !== length) {
        return this.stop(window, "the two lengths of a block differ");
      }
      const fault = this.block(view, type, pos, length, sink);
      if (fault !== undefined) return this.stop(window, fault);
      window.pos = pos + length;
    }
    return PARSE_FULL;
  }

  /** Why the end of the data is not the end of the capture, or undefined when it is. */
  atEnd(window: CaptureWindow): string | undefined {
    if (window.ahead === 0 && this.toSkip === 0) return undefined;
    return `cut off in the block at byte ${window.offsetOf(window.pos)}, after packet ${this.count}`;
  }

  /** Goes past a block that nobody reads. False when more of it has to be read first. */
  private skip(window: CaptureWindow): boolean {
    const size = Math.min(this.toSkip, window.ahead);
    window.pos += size;
    this.toSkip -= size;
    return this.toSkip === 0;
  }

  private stop(window: CaptureWindow, what: string): number {
    this.fault = `${what}, at byte ${window.offsetOf(window.pos)}`;
    return PARSE_FAULT;
  }

  private order(view: DataView, at: number): string | undefined {
    this.isLittle = view.getUint32(at, true) === BYTE_ORDER;
    if (this.isLittle || view.getUint32(at) === BYTE_ORDER) return undefined;
    return "a section header has no byte order";
  }

  private block(
    view: DataView,
    type: number,
    pos: number,
    length: number,
    sink: FrameSink,
  ): string | undefined {
    if (type === SECTION) {
      this.interfaces = [];
      return length < 28 ? "a section header is too short" : undefined;
    }
    if (type === INTERFACE) return this.addInterface(view, pos, length);
    const head = type === SIMPLE_PACKET ? 12 : 28;
    if (length < head + 4) return `a packet block of ${length} bytes is too short`;
    const index =
      type === PACKET ? view.getUint32(pos + 8, this.isLittle) : this.index(view, type, pos);
    const from = this.interfaces[index];
    if (from === undefined) return `a packet comes from interface ${index}, which is not described`;
    let size = view.getUint32(type === SIMPLE_PACKET ? pos + 8 : pos + 20, this.isLittle);
    if (type === SIMPLE_PACKET) {
      // The captured length is not told: the original one, or the snap length.
      size = Math.min(size, from.snapLength === 0 ? size : from.snapLength, length - head - 4);
    } else {
      this.time(
        view.getUint32(pos + 12, this.isLittle),
        view.getUint32(pos + 16, this.isLittle),
        from,
      );
    }
    if (head + size + 4 > length || size > FRAME_BYTES_MAX) {
      return `packet ${this.count + 1} claims ${size} bytes in a block of ${length}`;
    }
    this.count++;
    sink.frame(pos + head, size, from.link, this.seconds, this.ns);
    return undefined;
  }

  private index(view: DataView, type: number, pos: number): number {
    return type === OLD_PACKET ? view.getUint16(pos + 8, this.isLittle) : 0;
  }

  private addInterface(view: DataView, pos: number, length: number): string | undefined {
    if (length < 20) return "an interface block is too short";
    if (this.interfaces.length === INTERFACES_MAX) return `more than ${INTERFACES_MAX} interfaces`;
    const made: Interface = {
      link: view.getUint16(pos + 8, this.isLittle),
      snapLength: view.getUint32(pos + 12, this.isLittle),
      unitsPerS: 1e6,
      offsetS: 0,
    };
    const stop = pos + length - 4;
    for (let at = pos + 16; at + 4 <= stop; ) {
      const code = view.getUint16(at, this.isLittle);
      const size = view.getUint16(at + 2, this.isLittle);
      const value = at + 4;
      if (code === 0) break;
      if (value + size > stop) return "an option runs past its interface block";
      if (code === OPTION_TSRESOL && size >= 1) {
        const resolution = view.getUint8(value);
        made.unitsPerS = resolution < 128 ? 10 ** resolution : 2 ** (resolution - 128);
        if (made.unitsPerS > 2 ** 64) return `an interface has a time resolution of ${resolution}`;
      }
      if (code === OPTION_TSOFFSET && size >= 8) {
        made.offsetS = Number(view.getBigInt64(value, this.isLittle));
      }
      at = value + Math.ceil(size / 4) * 4;
    }
    this.interfaces.push(made);
    return undefined;
  }

  private time(high: number, low: number, from: Interface): void {
    const ticks = high * 2 ** 32 + low;
    const units = from.unitsPerS;
    if (ticks < EXACT && units <= 1e6) {
      const seconds = Math.floor(ticks / units);
      this.seconds = seconds + from.offsetS;
      this.ns = Math.floor(((ticks - seconds * units) * 1e9) / units);
      return;
    }
    const exact = (BigInt(high) << 32n) | BigInt(low);
    const exactUnits = BigInt(units);
    this.seconds = Number(exact / exactUnits) + from.offsetS;
    this.ns = Number(((exact % exactUnits) * 1_000_000_000n) / exactUnits);
  }
}

function isRead(type: number): boolean {
  return (
    type === PACKET ||
    type === INTERFACE ||
    type === SECTION ||
    type === SIMPLE_PACKET ||
    type === OLD_PACKET
  );
}
