/** A capture ring with both its ends, and a port that gives what a test says. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as T from "../../../src/journal/tape/entries.ts";
import { TapeDrain } from "../../../src/journal/tape/tape-drain.ts";
import type { TapeHead } from "../../../src/journal/tape/tape-head.ts";
import { layoutTapeRing, tapeRingBytes } from "../../../src/journal/tape/tape-ring.ts";
import { TapeWriter } from "../../../src/journal/tape/tape-writer.ts";
import { CapturePort } from "../../../src/net/capture/capture-port.ts";
import {
  DESC_DOUBLES,
  DESC_FEED,
  DESC_FLAGS,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
} from "../../../src/net/desc.ts";
import { TAPE_OVER, TapeCursor } from "../../../src/replay/tape/tape-cursor.ts";
import { PacketPort } from "../packet-port.ts";

/** Two feeds of two lines and one. */
export const HEAD: TapeHead = {
  version: "0",
  appliance: "kit",
  date: "20231114",
  sessionStartS: 1_699_920_000,
  configHash: 7,
  options: {
    sessions: [],
    strategies: [],
    instruments: [],
    feeds: [
      {
        name: "a",
        lines: [
          { group: 0xef010101, port: 2001 },
          { group: 0xef010102, port: 2002 },
        ],
      },
      { name: "b", lines: [{ group: 0, port: 2003 }] },
    ],
  },
  secrets: [],
  strategies: [],
};

export class TapeKit {
  readonly directory = mkdtempSync(join(tmpdir(), "hairpin-ring-"));
  readonly buffer: ArrayBuffer;
  readonly words: string[] = [];
  readonly port = new PacketPort();
  writer: TapeWriter;
  drain: TapeDrain;
  nowMs = 0;

  constructor(bytes = 1 << 16) {
    this.buffer = new ArrayBuffer(tapeRingBytes(bytes));
    layoutTapeRing(this.buffer, bytes, 0);
    this.writer = new TapeWriter(this.buffer);
    this.drain = this.takeOver();
  }

  /** A drain of another control: it knows what the ring says. */
  takeOver(directory = this.directory): TapeDrain {
    this.drain = new TapeDrain({
      buffer: this.buffer,
      directory,
      nowMs: () => this.nowMs,
      log: (sentence) => this.words.push(sentence),
    });
    return this.drain;
  }

  start(epoch = 1): void {
    const json = new TextEncoder().encode(JSON.stringify(HEAD));
    this.writer.start(epoch, 10 * epoch, 0, 4096, 0, epoch > 1, json);
    this.writer.begin(0, 0);
    this.writer.end(true);
  }

  /** A turn with a burst at `clockNs`: [line, bytes, receive stamp]; of a device: [feed * 256 + line, ...]. */
  burst(turn: number, clockNs: number, packets: [number, Uint8Array, number?][], source = 0): void {
    this.writer.begin(turn, 0);
    this.open(packets, source);
    this.writer.clock(clockNs);
    this.writer.end(false);
  }

  /** Only the burst: its clock has not come. */
  open(packets: [number, Uint8Array, number?][], source = 0): void {
    let at = 64;
    packets.forEach(([line, bytes, rxNs], i) => {
      this.port.bytes.set(bytes, at);
      this.port.desc[i * DESC_WORDS + DESC_OFFSET] = at;
      this.port.desc[i * DESC_WORDS + DESC_LENGTH] = bytes.length;
      this.port.desc[i * DESC_WORDS + DESC_FLAGS] = 0;
      this.port.desc[i * DESC_WORDS + DESC_LINE] = line & 255;
      this.port.desc[i * DESC_WORDS + DESC_FEED] = line >> 8;
      this.port.descTime[i * DESC_DOUBLES + DESC_RX_NS] = rxNs ?? 0;
      at += bytes.length;
    });
    this.writer.burst(source, this.port, packets.length);
  }

  /** Everything that is in the ring, as control does it. */
  poll(times = 100): void {
    for (let i = 0; i < times; i++) {
      this.nowMs++;
      this.drain.poll();
    }
  }

  /** The tape on disk: "turn 3", "packet a line 1: 010203", ... */
  read(epoch = 1): string[] {
    const cursor = new TapeCursor(this.directory, 0, epoch);
    const out: string[] = [];
    for (; cursor.type !== TAPE_OVER; cursor.next()) {
      if (cursor.type === T.TAPE_TURN) out.push(`turn ${cursor.body.getFloat64(0, true)}`);
      if (cursor.type === T.TAPE_END) out.push("end");
      if (cursor.type !== T.TAPE_PACKET) continue;
      out.push(`packet ${cursor.index} ${Buffer.from(cursor.packet()).toString("hex")}`);
    }
    cursor.close();
    return out;
  }

  /** The pcapng on disk: destination, ns since the session date, bytes. */
  async capture(epoch = 1): Promise<[to: string, ns: number, hex: string][]> {
    const port = await CapturePort.open(join(this.directory, `capture-0-${epoch}.pcapng`));
    const out: [string, number, string][] = [];
    while (await port.refill()) {
      for (let n = port.rxBurst(); n > 0; n = port.rxBurst()) {
        for (let i = 0; i < n; i++) {
          const offset = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
          const length = port.desc[i * DESC_WORDS + DESC_LENGTH]!;
          const to = port.lines[port.desc[i * DESC_WORDS + DESC_LINE]!]!;
          const shiftNs = (port.originS - HEAD.sessionStartS) * 1e9;
          out.push([
            `${(to.address >>> 0).toString(16)}:${to.port}`,
            port.descTime[i * DESC_DOUBLES + DESC_RX_NS]! + shiftNs,
            Buffer.from(port.bytes.subarray(offset, offset + length)).toString("hex"),
          ]);
        }
        port.rxRelease();
      }
    }
    if (port.fault !== undefined) throw new Error(port.fault);
    port.close();
    return out;
  }

  file(name: string): Buffer {
    return readFileSync(join(this.directory, name));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export const bytes = (...values: number[]) => Uint8Array.from(values);
