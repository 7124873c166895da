/**
 * A capture file as a Port: pcap, pcapng or length-prefixed ITCH, plain, gzip or Zstandard, read in
 * pieces, so that memory does not grow with the file. Packets come in order of time.
 *
 *   const port = await CapturePort.open("day.pcap.gz");
 *   while (await port.refill()) {
 *     for (let n = port.rxBurst(); n > 0; n = port.rxBurst()) { ...; port.rxRelease(); }
 *   }
 *   if (port.fault !== undefined) ...   // what was whole has been handed on
 */
import { statSync } from "node:fs";
import { HP_PORT_STATS_SIZE, HP_RX_DESC_SIZE } from "../../ffi/layout.ts";
import type { Endpoint } from "../address.ts";
import {
  BURST_MAX,
  DESC_DOUBLES,
  DESC_FLAGS,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
  STAT_BYTES,
  STAT_PACKETS,
  STAT_POLLS,
} from "../desc.ts";
import type { Port } from "../port.ts";
import { FrameSource } from "./frame-source.ts";
import { ItchFileSource, isItchFile } from "./itch-file.ts";
import { Lines } from "./lines.ts";
import { isPcap, PcapParser } from "./pcap.ts";
import { isPcapng, PcapngParser } from "./pcapng.ts";
import type { PacketSource } from "./source.ts";
import type { SkippedFrames } from "./udp-in-frame.ts";
import { CaptureBytes } from "./unpack.ts";
import { CaptureWindow } from "./window.ts";

export interface CaptureOptions {
  /** Destinations that are lines 0, 1, ...; others are left out. Default: as they appear. */
  lines?: readonly Endpoint[];
  /** Without `lines`: so many are kept apart, others are left out. Default CAPTURE_LINES_MAX. */
  linesMax?: number;
  /**
   * Of length-prefixed ITCH: messages are put together in packets of up to so many bytes. Default 0,
   * each message is a packet at its own time.
   */
  packetBytes?: number;
}

const HEAD_BYTES = 64;

export class CapturePort implements Port {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly desc: Uint32Array;
  /** DESC_RX_NS: ns since originS, exact. */
  readonly descTime: Float64Array;
  readonly stats = new Float64Array(new ArrayBuffer(HP_PORT_STATS_SIZE));
  private readonly input: CaptureBytes;
  private readonly source: PacketSource;
  private readonly lineTable: Lines;
  private readonly options: CaptureOptions;
  private at = 0;
  private burst = 0;

  private constructor(
    path: string,
    input: CaptureBytes,
    source: PacketSource,
    lines: Lines,
    options: CaptureOptions,
  ) {
    const table = new ArrayBuffer(BURST_MAX * HP_RX_DESC_SIZE);
    this.name = path;
    this.bytes = source.bytes;
    this.view = source.view;
    this.desc = new Uint32Array(table);
    this.descTime = new Float64Array(table);
    this.input = input;
    this.source = source;
    this.lineTable = lines;
    this.options = options;
  }

  /** Throws an Error of one sentence when it is no capture, or can't be read at all. */
  static async open(path: string, options: CaptureOptions = {}): Promise<CapturePort> {
    const input = CaptureBytes.open(path);
    const lines = new Lines(options.lines, options.linesMax);
    try {
      const source = await sourceOf(path, input, lines, options);
      return new CapturePort(path, input, source, lines, options);
    } catch (error) {
      input.close();
      throw error;
    }
  }

  /** The same capture from its beginning; undefined when it is a pipe, which is read once. */
  async again(): Promise<CapturePort | undefined> {
    return statSync(this.name).isFile() ? CapturePort.open(this.name, this.options) : undefined;
  }

  /** "pcap", "pcapng" or "ITCH file". */
  get kind(): string {
    return this.source.kind;
  }

  /** One sentence when reading ended before the capture did. All that was whole was handed on. */
  get fault(): string | undefined {
    const { fault } = this.source;
    if (fault === undefined) return undefined;
    const isOffset = this.input.isPacked && fault.includes(" byte ");
    return `${this.name}: ${fault}${isOffset ? " (unpacked)" : ""}`;
  }

  /** Lines seen so far; index = the line of a descriptor. None for an ITCH file, which is line 0. */
  get lines(): readonly Endpoint[] {
    return this.lineTable.endpoints;
  }

  /** Unix seconds from which packet times count; 0 for an ITCH file: ns since midnight. */
  get originS(): number {
    return this.source.originS;
  }

  get skipped(): Readonly<SkippedFrames> {
    return this.source.skipped;
  }

  /** Frames in the capture so far, skipped ones too. */
  get framesSeen(): number {
    return this.source.seen;
  }

  /** Packets that were too far out of order to be put in order. */
  get lateCount(): number {
    return this.source.batch.lateCount;
  }

  /** Reads on, when all that was read is handed on. False at the end. */
  async refill(): Promise<boolean> {
    if (this.at < this.source.batch.ready) return true;
    this.at = 0;
    this.burst = 0;
    return this.source.refill();
  }

  /** 0: refill() is next. */
  rxBurst(): number {
    const { batch } = this.source;
    const n = Math.min(BURST_MAX, batch.ready - this.at);
    for (let i = 0; i < n; i++) {
      const from = this.at + i;
      const base = i * DESC_WORDS;
      const length = batch.length[from]!;
      this.desc[base + DESC_OFFSET] = batch.offset[from]!;
      this.desc[base + DESC_LENGTH] = length;
      this.desc[base + DESC_FLAGS] = 0;
      this.desc[base + DESC_LINE] = batch.line[from]!;
      this.descTime[i * DESC_DOUBLES + DESC_RX_NS] = batch.timeNs[from]!;
      this.stats[STAT_BYTES]! += length;
    }
    this.stats[STAT_PACKETS]! += n;
    this.stats[STAT_POLLS]! += 1;
    this.burst = n;
    return n;
  }

  rxRelease(): void {
    this.at += this.burst;
    this.burst = 0;
  }

  /**
   * A look at the packets that come first, as many as are in memory at once: calls `visit` with the
   * index in the burst. They stay to be read. Before anything is read.
   */
  async peek(visit: (i: number) => void): Promise<void> {
    await this.refill();
    for (let n = this.rxBurst(); n > 0; n = this.rxBurst()) {
      for (let i = 0; i < n; i++) visit(i);
      this.rxRelease();
    }
    this.at = 0;
    this.stats.fill(0);
  }

  close(): void {
    this.input.close();
  }
}

async function sourceOf(
  path: string,
  input: CaptureBytes,
  lines: Lines,
  options: CaptureOptions,
): Promise<PacketSource> {
  const window = new CaptureWindow(input);
  while (window.ahead < HEAD_BYTES && (await window.more()));
  const { view } = window;
  if (window.ahead >= 4 && isPcap(view)) {
    return new FrameSource(input, window, new PcapParser(), lines);
  }
  if (window.ahead >= 4 && isPcapng(view)) {
    return new FrameSource(input, window, new PcapngParser(), lines);
  }
  if (isItchFile(view, window.ahead)) {
    return new ItchFileSource(input, window, { packetBytes: options.packetBytes ?? 0 });
  }
  if (input.fault !== undefined) throw new Error(`${path}: ${input.fault}`);
  if (window.ahead === 0) throw new Error(`${path}: the file is empty`);
  throw new Error(`${path}: byte 0: neither pcap, pcapng nor length-prefixed ITCH`);
}
