/** Ethernet frames of the fake shim: what native/src/frame.h does, written again from the layouts. */
import { HP_RX_TRUNCATED } from "./layout.ts";

export interface FakeFrameLine {
  group: number;
  port: number;
  iface: number;
  source: number;
  feed: number;
  line: number;
}

export type FrameFault = "strangers" | "malformed" | "fragments" | "bad_checksum";

export interface FoundPayload {
  payload: Uint8Array;
  line: FakeFrameLine;
  flags: number;
}

const TAGS = new Set([0x8100, 0x88a8, 0x9100]);
const IPV4 = 0x0800;
const UDP = 17;

/** The payload for one of the lines, or what is wrong. Only `kept` bytes of the frame are there. */
export function findPayload(
  whole: Uint8Array,
  kept: number,
  lines: readonly FakeFrameLine[],
  checks: boolean,
): FoundPayload | FrameFault {
  const frame = whole.subarray(0, kept);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const ip = ipOffset(view);
  if (ip === 0) return frame.length < 14 ? "malformed" : "strangers";
  if (ip + 20 > frame.length) return "malformed";
  const header = (view.getUint8(ip) & 15) * 4;
  const total = view.getUint16(ip + 2);
  const address = view.getUint32(ip + 16);
  if (view.getUint8(ip + 9) !== UDP) return "strangers";
  if (view.getUint8(ip) >> 4 !== 4 || header < 20 || total < header) return "malformed";
  if (ip + total > whole.length || ip + header > frame.length) return "malformed";
  if ((view.getUint16(ip + 6) & 0x3fff) !== 0)
    return lines.some((l) => destination(l) === address) ? "fragments" : "strangers";
  const udp = ip + header;
  if (total < header + 8 || udp + 8 > frame.length) return "malformed";
  const source = view.getUint32(ip + 12);
  const port = view.getUint16(udp + 2);
  const line = lines.find(
    (l) => destination(l) === address && l.port === port && (l.source === 0 || l.source === source),
  );
  if (line === undefined) return "strangers";
  const length = view.getUint16(udp + 4);
  if (length < 8 || header + length > total) return "malformed";
  if (sum(frame.subarray(ip, udp), 0) !== 0xffff) return "bad_checksum";
  if (udp + length > frame.length)
    return { payload: frame.subarray(udp + 8), line, flags: HP_RX_TRUNCATED };
  const told = view.getUint16(udp + 6);
  if (checks && told !== 0) {
    const pseudo = pseudoSum(frame, ip, length);
    const found = sum(frame.subarray(udp, udp + length), pseudo);
    if (found !== 0xffff && told !== pseudo) return "bad_checksum";
  }
  return { payload: frame.subarray(udp + 8, udp + length), line, flags: 0 };
}

/** An Ethernet frame of a UDP datagram, checksums right. */
export function udpFrame(
  from: { address: number; port: number },
  to: { address: number; port: number },
  payload: Uint8Array,
): Uint8Array {
  const frame = new Uint8Array(42 + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint16(12, IPV4);
  view.setUint8(14, 0x45);
  view.setUint16(16, 28 + payload.length);
  view.setUint8(22, 1);
  view.setUint8(23, UDP);
  view.setUint32(26, from.address);
  view.setUint32(30, to.address);
  view.setUint16(24, 0xffff ^ sum(frame.subarray(14, 34), 0));
  view.setUint16(34, from.port);
  view.setUint16(36, to.port);
  view.setUint16(38, 8 + payload.length);
  frame.set(payload, 42);
  const check = 0xffff ^ sum(frame.subarray(34), pseudoSum(frame, 14, 8 + payload.length));
  view.setUint16(40, check === 0 ? 0xffff : check);
  return frame;
}

function destination(line: FakeFrameLine): number {
  return line.group !== 0 ? line.group : line.iface;
}

function ipOffset(view: DataView): number {
  for (let at = 12; at <= 20 && at + 2 <= view.byteLength; at += 4) {
    const type = view.getUint16(at);
    if (type === IPV4) return at + 2;
    if (!TAGS.has(type)) return 0;
  }
  return 0;
}

function pseudoSum(frame: Uint8Array, ip: number, udpLength: number): number {
  return fold(sum(frame.subarray(ip + 12, ip + 20), 0) + UDP + udpLength);
}

/** RFC 1071, in network order. */
function sum(bytes: Uint8Array, start: number): number {
  let total = start;
  for (let i = 0; i < bytes.length; i += 2) total += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  return fold(total);
}

function fold(total: number): number {
  let value = total;
  while (value > 0xffff) value = (value & 0xffff) + (value >>> 16);
  return value;
}
