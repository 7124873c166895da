/** Messages of a capture as JSON lines, as they were captured: no arbitration, copies and all. */
import { formatEndpoint } from "../net/address.ts";
import type { CapturePort } from "../net/capture/capture-port.ts";
import { DESC_DOUBLES, DESC_LINE, DESC_RX_NS, DESC_WORDS } from "../net/desc.ts";
import { eachFrame } from "./each-frame.ts";
import { itch50 } from "./protocols/itch50.ts";
import type { CaptureProtocol, Fields, FieldValue } from "./protocols/protocol.ts";

export interface DecodeOptions {
  /** Default ITCH 5.0. */
  protocol?: CaptureProtocol;
  /** Message types to show; undefined = all. */
  types?: ReadonlySet<string>;
  /** Only this line. */
  line?: number;
  /** At most so many messages. */
  limit: number;
}

export interface DecodeCounts {
  messages: number;
  /** Packets that are not of the protocol. */
  foreign: number;
  /** Messages whose type is unknown, or whose length is not the type's. */
  unknown: number;
  /** Packets with a checksum that is wrong. */
  badSums: number;
}

/** Calls `out` with one JSON object (no line end) per message. */
export async function decodeCapture(
  port: CapturePort,
  options: DecodeOptions,
  out: (json: string) => void,
): Promise<DecodeCounts> {
  const protocol = options.protocol ?? itch50();
  const counts: DecodeCounts = { messages: 0, foreign: 0, unknown: 0, badSums: 0 };
  const isFile = port.kind === "ITCH file";
  const { view, bytes } = port;
  const { foreign } = await eachFrame(port, protocol, (i, frame) => {
    const line = port.desc[i * DESC_WORDS + DESC_LINE]!;
    if (options.line !== undefined && line !== options.line) return true;
    if (protocol.hasItsSum?.(view, frame) === false) counts.badSums++;
    const ts = isFile ? null : unixNs(port, port.descTime[i * DESC_DOUBLES + DESC_RX_NS]!);
    const where: Fields = protocol.isByDestination
      ? { destination: destinationOf(port, line) }
      : {};
    // The same for every message of the frame.
    const front = `{"ts": ${ts}${fieldsText(where)}`;
    return protocol.eachMessage(view, bytes, frame, (at, length, k) => {
      const type = protocol.typeOf(view, bytes, at, length);
      if (options.types !== undefined && !options.types.has(type)) return true;
      if (counts.messages === options.limit) return false;
      const fields = protocol.describe(view, bytes, at, length);
      if (fields === undefined) counts.unknown++;
      counts.messages++;
      const head = protocol.headOf(view, bytes, frame, k);
      if (isFile) head["session"] = null;
      const known = fields ?? { type, len: length };
      out(`${front}${fieldsText(head)}${fieldsText(known)}}`);
      return true;
    });
  });
  counts.foreign = foreign;
  return counts;
}

function destinationOf(port: CapturePort, line: number): string {
  const { address, port: number } = port.lines[line]!;
  return formatEndpoint(address, number);
}

function unixNs(port: CapturePort, timeNs: number): bigint {
  return BigInt(port.originS) * 1_000_000_000n + BigInt(Math.round(timeNs));
}

/** Fields in order, a comma before each; whole numbers are written in full, also above 2^53. */
function fieldsText(fields: Fields): string {
  let text = "";
  for (const name in fields) text += `, "${name}": ${toJson(fields[name]!)}`;
  return text;
}

function toJson(value: FieldValue): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(toJson).join(", ")}]`;
  return `{${fieldsText(value).slice(2)}}`;
}
