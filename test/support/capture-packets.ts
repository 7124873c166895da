/** All packets of a capture in one array, for tests and benches that go through them several times. */
import { join } from "node:path";
import { CapturePort } from "../../src/net/capture/capture-port.ts";
import {
  DESC_DOUBLES,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
} from "../../src/net/desc.ts";
import { CAPTURES } from "./captures.ts";

export interface CapturedPacket {
  /** Of the UDP payload in `bytes`. */
  offset: number;
  length: number;
  line: number;
  /** ns since the second of the first packet. */
  timeNs: number;
}

export interface CapturedPackets {
  bytes: Uint8Array;
  packets: CapturedPacket[];
  lineCount: number;
}

export function readCapturePackets(...path: string[]): Promise<CapturedPackets> {
  return packetsOf(join(CAPTURES, ...path));
}

/** Throws what is wrong with the capture; `mayBeCut`: what is whole of a file that ends too soon. */
export async function packetsOf(path: string, mayBeCut = false): Promise<CapturedPackets> {
  const port = await CapturePort.open(path);
  const parts: Uint8Array[] = [];
  const packets: CapturedPacket[] = [];
  let offset = 0;
  while (await port.refill()) {
    for (let n = port.rxBurst(); n > 0; n = port.rxBurst()) {
      for (let i = 0; i < n; i++) {
        const from = port.desc[i * DESC_WORDS + DESC_OFFSET]!;
        const length = port.desc[i * DESC_WORDS + DESC_LENGTH]!;
        const line = port.desc[i * DESC_WORDS + DESC_LINE]!;
        const timeNs = port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!;
        parts.push(port.bytes.slice(from, from + length));
        packets.push({ offset, length, line, timeNs });
        offset += length;
      }
      port.rxRelease();
    }
  }
  port.close();
  if (port.fault !== undefined && !mayBeCut) throw new Error(port.fault);
  return { bytes: new Uint8Array(Buffer.concat(parts)), packets, lineCount: port.lines.length };
}
