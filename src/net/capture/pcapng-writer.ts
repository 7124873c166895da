/**
 * Blocks of a pcapng file (IETF draft-ietf-opsawg-pcapng): one section, Ethernet interfaces with
 * times in ns, UDP packets whose Ethernet, IPv4 and UDP headers are made up around the payload.
 */
const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
const LINK_ETHERNET = 1;
const OPT_NAME = 2;
const OPT_TSRESOL = 9;
const NS = 9;
const ETHERTYPE_IPV4 = 0x0800;
const PROTOCOL_UDP = 17;
const TTL = 64;

/** Ethernet, IPv4 without options, UDP. */
export const UDP_HEADERS_BYTES = 42;
/** Of a packet block: in front of the frame, and behind it. */
const PACKET_HEAD = 28;
const PACKET_TAIL = 4;

export interface PcapngInterface {
  name: string;
  /** Destination of its packets; address in host byte order. */
  address: number;
  port: number;
}

/** The blocks in front of all packets. */
export function pcapngHead(interfaces: readonly PcapngInterface[]): Uint8Array {
  return Buffer.concat([section(), ...interfaces.map(interfaceBlock)]);
}

/** Bytes of a packet block with so much payload. */
export function packetBlockBytes(payload: number): number {
  return PACKET_HEAD + pad4(UDP_HEADERS_BYTES + payload) + PACKET_TAIL;
}

/** Writes a packet block at `at`; `timeNs`: since 1970. */
export function writePacketBlock(
  out: DataView,
  at: number,
  index: number,
  to: PcapngInterface,
  timeNs: bigint,
  payload: Uint8Array,
): void {
  const frame = UDP_HEADERS_BYTES + payload.length;
  const total = packetBlockBytes(payload.length);
  out.setUint32(at, ENHANCED_PACKET, true);
  out.setUint32(at + 4, total, true);
  out.setUint32(at + 8, index, true);
  out.setUint32(at + 12, Number(timeNs >> 32n), true);
  out.setUint32(at + 16, Number(timeNs & 0xffffffffn), true);
  out.setUint32(at + 20, frame, true);
  out.setUint32(at + 24, frame, true);
  writeHeaders(out, at + PACKET_HEAD, to, payload.length);
  const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  bytes.set(payload, at + PACKET_HEAD + UDP_HEADERS_BYTES);
  bytes.fill(0, at + PACKET_HEAD + frame, at + total - PACKET_TAIL);
  out.setUint32(at + total - PACKET_TAIL, total, true);
}

function writeHeaders(out: DataView, at: number, to: PcapngInterface, payload: number): void {
  const isMulticast = to.address >>> 28 === 0xe;
  // RFC 1112: 01-00-5e and the low 23 bits of the group.
  out.setUint16(at, isMulticast ? 0x0100 : 0x0200);
  out.setUint32(at + 2, isMulticast ? 0x5e000000 + (to.address & 0x7fffff) : 0);
  out.setUint16(at + 6, 0x0200);
  out.setUint32(at + 8, 1);
  out.setUint16(at + 12, ETHERTYPE_IPV4);
  const ip = at + 14;
  out.setUint16(ip, 0x4500);
  out.setUint16(ip + 2, 28 + payload);
  out.setUint32(ip + 4, 0);
  out.setUint8(ip + 8, TTL);
  out.setUint8(ip + 9, PROTOCOL_UDP);
  out.setUint16(ip + 10, 0);
  out.setUint32(ip + 12, 0);
  out.setUint32(ip + 16, to.address >>> 0);
  out.setUint16(ip + 10, headerSum(out, ip));
  const udp = ip + 20;
  out.setUint16(udp, to.port);
  out.setUint16(udp + 2, to.port);
  out.setUint16(udp + 4, 8 + payload);
  // 0 = no checksum was made (RFC 768).
  out.setUint16(udp + 6, 0);
}

/** RFC 791: the complement of the sum of the header's 16-bit words. */
function headerSum(out: DataView, ip: number): number {
  let sum = 0;
  for (let k = 0; k < 20; k += 2) sum += out.getUint16(ip + k);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function section(): Buffer {
  const block = Buffer.alloc(28);
  block.writeUInt32LE(SECTION, 0);
  block.writeUInt32LE(28, 4);
  block.writeUInt32LE(BYTE_ORDER, 8);
  block.writeUInt16LE(1, 12);
  // Length of the section: not known.
  block.writeBigInt64LE(-1n, 16);
  block.writeUInt32LE(28, 24);
  return block;
}

function interfaceBlock(one: PcapngInterface): Buffer {
  const name = Buffer.from(one.name);
  const total = 16 + 4 + pad4(name.length) + 8 + 4 + 4;
  const block = Buffer.alloc(total);
  block.writeUInt32LE(INTERFACE, 0);
  block.writeUInt32LE(total, 4);
  block.writeUInt16LE(LINK_ETHERNET, 8);
  block.writeUInt16LE(OPT_NAME, 16);
  block.writeUInt16LE(name.length, 18);
  name.copy(block, 20);
  const resolution = 20 + pad4(name.length);
  block.writeUInt16LE(OPT_TSRESOL, resolution);
  block.writeUInt16LE(1, resolution + 2);
  block.writeUInt8(NS, resolution + 4);
  block.writeUInt32LE(total, total - 4);
  return block;
}

function pad4(bytes: number): number {
  return (bytes + 3) & ~3;
}
