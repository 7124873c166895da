/** Ethernet frames of the lab's wires: the burst and IGMP queries go in, IGMP messages come out. */

const ETHERNET = 14;
const IP_PROTOCOL_IGMP = 2;
const IP_PROTOCOL_UDP = 17;
const ALL_HOSTS = "224.0.0.1";
/** RFC 2113; on every IGMP message (RFC 3376 section 4). */
const ROUTER_ALERT = [0x94, 0x04, 0, 0];

/** What a host on the wire told with an IGMP message. */
export interface Membership {
  kind: "join" | "leave";
  group: string;
}

/** A datagram whose payload starts with `sequence` (big-endian) and whose checksums are right. */
export function udpFrame(o: {
  group: string;
  port: number;
  sequence: number;
  payloadLength: number;
}): Uint8Array {
  const length = 8 + o.payloadLength;
  const udp = new Uint8Array(length);
  const view = new DataView(udp.buffer);
  view.setUint16(0, 4000);
  view.setUint16(2, o.port);
  view.setUint16(4, length);
  view.setUint32(8, o.sequence);
  for (let i = 12; i < length; i++) udp[i] = (o.sequence + i) & 0xff;
  const pseudo = [...addressBytes(FEED), ...addressBytes(o.group), 0, IP_PROTOCOL_UDP];
  const sum = checksum(Uint8Array.from([...pseudo, length >> 8, length & 0xff, ...udp]));
  // RFC 768: a sum of zero is sent as all ones; zero says that there is none.
  view.setUint16(6, sum === 0 ? 0xffff : sum);
  return ipFrame({ protocol: IP_PROTOCOL_UDP, to: o.group, ttl: 8, options: [], payload: udp });
}

/** IGMPv3 general query (RFC 3376 section 4.1) that wants its answers within half a second. */
export function igmpQuery(): Uint8Array {
  const query = Uint8Array.of(0x11, 5, 0, 0, 0, 0, 0, 0, 2, 125, 0, 0);
  new DataView(query.buffer).setUint16(2, checksum(query));
  const options = ROUTER_ALERT;
  return ipFrame({ protocol: IP_PROTOCOL_IGMP, to: ALL_HOSTS, ttl: 1, options, payload: query });
}

/** Empty when the frame is no report and no leave of IGMP, or a broken one. */
export function membershipsOf(frame: Uint8Array): Membership[] {
  if (frame.length < ETHERNET + 20) return [];
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint16(12) !== 0x0800 || view.getUint8(23) !== IP_PROTOCOL_IGMP) return [];
  const from = ETHERNET + (view.getUint8(ETHERNET) & 15) * 4;
  const end = ETHERNET + view.getUint16(ETHERNET + 2);
  if (end < from + 8 || end > frame.length) return [];
  const igmp = frame.subarray(from, end);
  if (checksum(frame.subarray(ETHERNET, from)) !== 0 || checksum(igmp) !== 0) return [];
  const group = addressText(igmp.subarray(4, 8));
  if (igmp[0] === 0x12 || igmp[0] === 0x16) return [{ kind: "join", group }];
  if (igmp[0] === 0x17) return [{ kind: "leave", group }];
  return igmp[0] === 0x22 ? groupRecords(igmp) : [];
}

/** RFC 3376 section 4.2.4: including nobody is a leave, excluding nobody a join. */
function groupRecords(igmp: Uint8Array): Membership[] {
  const view = new DataView(igmp.buffer, igmp.byteOffset, igmp.byteLength);
  const out: Membership[] = [];
  let at = 8;
  for (let n = view.getUint16(6); n > 0 && at + 8 <= igmp.length; n--) {
    const type = igmp[at]!;
    const sources = view.getUint16(at + 2);
    const group = addressText(igmp.subarray(at + 4, at + 8));
    const isInclude = type === 1 || type === 3;
    out.push({ kind: isInclude && sources === 0 ? "leave" : "join", group });
    at += 8 + 4 * sources + 4 * igmp[at + 1]!;
  }
  return out;
}

/** Where the lab's frames come from: a router and a feed in one. */
const FEED = "10.9.0.1";
const FEED_MAC = [2, 0, 0, 0, 0, 1];

function ipFrame(o: {
  protocol: number;
  to: string;
  ttl: number;
  options: number[];
  payload: Uint8Array;
}): Uint8Array {
  const header = new Uint8Array(20 + o.options.length);
  const view = new DataView(header.buffer);
  const to = addressBytes(o.to);
  view.setUint8(0, 0x40 | (header.length / 4));
  view.setUint16(2, header.length + o.payload.length);
  view.setUint16(6, 0x4000);
  view.setUint8(8, o.ttl);
  view.setUint8(9, o.protocol);
  header.set(addressBytes(FEED), 12);
  header.set(to, 16);
  header.set(o.options, 20);
  view.setUint16(10, checksum(header));
  // RFC 1112 section 6.4: the low 23 bits of the group.
  const mac = [0x01, 0x00, 0x5e, to[1]! & 0x7f, to[2]!, to[3]!];
  const frame = [...mac, ...FEED_MAC, 0x08, 0x00, ...header, ...o.payload];
  while (frame.length < 60) frame.push(0);
  return Uint8Array.from(frame);
}

/** Of the Internet (RFC 1071); over bytes that hold their own sum it is 0. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function addressBytes(address: string): number[] {
  return address.split(".").map(Number);
}

function addressText(bytes: Uint8Array): string {
  return [...bytes].join(".");
}
