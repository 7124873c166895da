/** Packets of a pcap or pcapng file: UDP payloads, by line, in order of time. */
import { PacketBatch } from "./batch.ts";
import {
  FRAME_BYTES_MAX,
  type FrameSink,
  PARSE_FAULT,
  PARSE_FULL,
  PARSE_MORE,
} from "./frame-parser.ts";
import type { Lines } from "./lines.ts";
import type { PcapParser } from "./pcap.ts";
import type { PcapngParser } from "./pcapng.ts";
import type { PacketSource } from "./source.ts";
import { noSkippedFrames, UdpInFrame } from "./udp-in-frame.ts";
import type { CaptureBytes } from "./unpack.ts";
import type { CaptureWindow } from "./window.ts";

/** The longest thing that parsers want to see whole, with room to spare. */
const ROOM_MIN = 4 * FRAME_BYTES_MAX;

export class FrameSource implements PacketSource, FrameSink {
  readonly kind: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly batch = new PacketBatch();
  readonly skipped = noSkippedFrames();
  fault: string | undefined;
  originS = 0;
  seen = 0;
  private readonly source: CaptureBytes;
  private readonly window: CaptureWindow;
  private readonly parser: PcapParser | PcapngParser;
  private readonly lines: Lines;
  private readonly udp = new UdpInFrame(this.skipped);
  private isOver = false;

  constructor(
    source: CaptureBytes,
    window: CaptureWindow,
    parser: PcapParser | PcapngParser,
    lines: Lines,
  ) {
    this.source = source;
    this.window = window;
    this.parser = parser;
    this.lines = lines;
    this.kind = parser.kind;
    this.bytes = window.bytes;
    this.view = window.view;
  }

  get isFull(): boolean {
    return this.batch.isFull;
  }

  async refill(): Promise<boolean> {
    const { batch, window } = this;
    batch.shift(batch.ready);
    while (!this.isOver) {
      const state = this.parser.parse(window, this);
      if (state === PARSE_FAULT) this.end(this.parser.fault);
      if (state === PARSE_FULL || batch.ready > 0) break;
      if (state === PARSE_MORE && !(await this.readOn())) break;
    }
    if (this.isOver) batch.release();
    return batch.ready > 0;
  }

  frame(at: number, size: number, link: number, seconds: number, ns: number): void {
    if (this.seen++ === 0) this.originS = seconds;
    if (!this.udp.find(this.view, at, size, link)) return;
    const line = this.lines.of(this.udp.group, this.udp.port);
    if (line < 0) {
      this.skipped.otherLine++;
      return;
    }
    const timeNs = (seconds - this.originS) * 1e9 + ns;
    this.batch.add(this.udp.offset, this.udp.length, line, timeNs);
  }

  /** False when held packets must be handed on first, to make room. */
  private async readOn(): Promise<boolean> {
    const { batch, window } = this;
    const keep = batch.firstOffset(window.pos);
    if (window.roomFrom(keep) < ROOM_MIN && batch.count > 0) {
      batch.release();
      return false;
    }
    window.drop(keep);
    batch.move(keep);
    if (!(await window.more())) this.end(this.source.fault ?? this.parser.atEnd(window));
    return true;
  }

  private end(fault: string | undefined): void {
    this.fault = fault;
    this.isOver = true;
  }
}
