/** IGMP and ARP as a router and a neighbour speak them, written from the RFCs apart from the C. */

export interface IgmpMessage {
  mac: Uint8Array;
  source: number;
  to: number;
  ttl: number;
  routerAlert: boolean;
  /** 0x22 v3 report, 0x16 v2 report, 0x17 v2 leave. */
  type: number;
  /** Of a v2 message. */
  group: number;
  /** Of a v3 report. */
  records: { type: number; group: number; sources: number[] }[];
}

/** Header figures of an IPv4 frame without a tag; undefined for others. */
export function ipv4At(
  frame: Uint8Array,
): { header: number; protocol: number; from: number; to: number } | undefined {
  const view = viewOf(frame);
  if (frame.length < 34 || view.getUint16(12) !== 0x0800) return undefined;
  const header = (frame[14]! & 15) * 4;
  return { header, protocol: frame[23]!, from: view.getUint32(26), to: view.getUint32(30) };
}

/** Undefined for other frames; throws when a checksum or a length is wrong. */
export function readIgmp(frame: Uint8Array): IgmpMessage | undefined {
  const ip = ipv4At(frame);
  if (ip === undefined || ip.protocol !== 2) return undefined;
  const view = viewOf(frame);
  const at = 14 + ip.header;
  const end = 14 + view.getUint16(16);
  if (checksum(frame.subarray(14, at)) !== 0) throw new Error("a wrong IPv4 checksum");
  if (checksum(frame.subarray(at, end)) !== 0) throw new Error("a wrong IGMP checksum");
  const type = frame[at]!;
  const message: IgmpMessage = {
    mac: frame.slice(0, 6),
    source: ip.from,
    to: ip.to,
    ttl: frame[22]!,
    routerAlert: ip.header === 24 && view.getUint32(34) === 0x94040000,
    type,
    group: type === 0x22 ? 0 : view.getUint32(at + 4),
    records: [],
  };
  const count = type === 0x22 ? view.getUint16(at + 6) : 0;
  let next = at + 8;
  for (let i = 0; i < count; i++) {
    const sources = Array.from({ length: view.getUint16(next + 2) }, (_, k) =>
      view.getUint32(next + 8 + 4 * k),
    );
    message.records.push({ type: frame[next]!, group: view.getUint32(next + 4), sources });
    next += 8 + 4 * sources.length;
  }
  if (type === 0x22 && next !== end) throw new Error("an IGMP report of another length");
  return message;
}

/** A general query, or one for a group; the time to answer in tenths of a second. */
export function igmpQuery(query: {
  from: number;
  version: 2 | 3;
  tenths: number;
  group?: number;
}): Uint8Array {
  const { group = 0 } = query;
  const to = group === 0 ? 0xe0000001 : group;
  const size = query.version === 3 ? 12 : 8;
  const frame = new Uint8Array(60);
  const view = viewOf(frame);
  frame.set([1, 0, 0x5e, (to >> 16) & 0x7f, (to >> 8) & 255, to & 255, 2, 0, 0, 0, 0, 0x42, 8, 0]);
  frame.set([0x46, 0xc0], 14);
  view.setUint16(16, 24 + size);
  frame.set([1, 2], 22);
  view.setUint32(26, query.from);
  view.setUint32(30, to);
  view.setUint32(34, 0x94040000);
  view.setUint16(24, checksum(frame.subarray(14, 38)));
  frame.set([0x11, query.tenths], 38);
  view.setUint32(42, group);
  view.setUint16(40, checksum(frame.subarray(38, 38 + size)));
  return frame;
}

/** op 1: a broadcast request, 2: a reply. */
export function arpFrame(arp: {
  op: 1 | 2;
  fromMac: Uint8Array;
  from: number;
  to: number;
}): Uint8Array {
  const frame = new Uint8Array(60);
  const view = viewOf(frame);
  frame.fill(0xff, 0, 6);
  frame.set(arp.fromMac, 6);
  frame.set([8, 6, 0, 1, 8, 0, 6, 4, 0, arp.op], 12);
  frame.set(arp.fromMac, 22);
  view.setUint32(28, arp.from);
  view.setUint32(38, arp.to);
  return frame;
}

function viewOf(frame: Uint8Array): DataView {
  return new DataView(frame.buffer, frame.byteOffset, frame.length);
}

/** RFC 1071; 0 over bytes that carry a right one. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum ^ 0xffff;
}
