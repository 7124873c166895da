/** Messages of a capture as JSON lines, as they were captured: no arbitration, copies and all. */
import { describeItch, type ItchRecord } from "../feed/itch/itch-fields.ts";
import {
  MOLD_COUNT,
  MOLD_END_OF_SESSION,
  MOLD_HEADER_BYTES,
  MOLD_SEQUENCE,
  MOLD_SESSION_BYTES,
} from "../feed/itch/mold-framing.ts";
import type { CapturePort } from "../net/capture/capture-port.ts";
import {
  DESC_DOUBLES,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
} from "../net/desc.ts";
import { eachPacket } from "./each-packet.ts";

export interface DecodeOptions {
  /** Message types to show, e.g. "AF"; undefined = all. */
  types?: string;
  /** Only this line. */
  line?: number;
  /** At most so many messages. */
  limit: number;
}

export interface DecodeCounts {
  messages: number;
  /** Packets that are no MoldUDP64. */
  notMold: number;
  /** Messages whose type is unknown, or whose length is not the type's. */
  unknown: number;
}

/** Calls `out` with one JSON object (no line end) per message. */
export async function decodeCapture(
  port: CapturePort,
  options: DecodeOptions,
  out: (json: string) => void,
): Promise<DecodeCounts> {
  const counts: DecodeCounts = { messages: 0, notMold: 0, unknown: 0 };
  const isFile = port.kind === "ITCH file";
  await eachPacket(port, (i) => {
    const base = i * DESC_WORDS;
    if (options.line !== undefined && port.desc[base + DESC_LINE] !== options.line) return true;
    const offset = port.desc[base + DESC_OFFSET]!;
    const stop = offset + port.desc[base + DESC_LENGTH]!;
    if (!isMold(port.view, offset, stop)) {
      counts.notMold++;
      return true;
    }
    const { view, bytes } = port;
    const ts = isFile ? null : unixNs(port, port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!);
    const session = isFile ? null : latin(bytes, offset, MOLD_SESSION_BYTES);
    let seq = view.getBigUint64(offset + MOLD_SEQUENCE);
    let at = offset + MOLD_HEADER_BYTES;
    for (; at < stop; seq++) {
      const length = view.getUint16(at);
      const type = length === 0 ? "" : latin(bytes, at + 2, 1);
      if (options.types === undefined || (type !== "" && options.types.includes(type))) {
        if (counts.messages === options.limit) return false;
        const fields = describeItch(bytes, at + 2, length);
        if (fields === undefined) counts.unknown++;
        counts.messages++;
        out(toJson({ ts, session, seq, ...(fields ?? { type, len: length }) }));
      }
      at += 2 + length;
    }
    return true;
  });
  return counts;
}

/** True when header and blocks fill the packet exactly. */
export function isMold(view: DataView, offset: number, stop: number): boolean {
  if (stop - offset < MOLD_HEADER_BYTES) return false;
  const count = view.getUint16(offset + MOLD_COUNT);
  let at = offset + MOLD_HEADER_BYTES;
  if (count !== MOLD_END_OF_SESSION) {
    for (let k = 0; k < count; k++) {
      if (at + 2 > stop) return false;
      at += 2 + view.getUint16(at);
    }
  }
  return at === stop;
}

function unixNs(port: CapturePort, timeNs: number): bigint {
  return BigInt(port.originS) * 1_000_000_000n + BigInt(Math.round(timeNs));
}

/** Fields of one message in order; whole numbers are written in full, also above 2^53. */
function toJson(record: Record<string, ItchRecord[string] | null>): string {
  let text = "";
  for (const [name, value] of Object.entries(record)) {
    const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
    text += `${text === "" ? "{" : ", "}"${name}": ${shown}`;
  }
  return `${text}}`;
}

function latin(bytes: Uint8Array, at: number, size: number): string {
  let text = "";
  for (let i = 0; i < size; i++) text += String.fromCharCode(bytes[at + i]!);
  return text;
}
