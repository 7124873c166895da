/**
 * Reads the UDP payloads of a classic pcap file (us or ns, either byte order, Ethernet). VLAN tags
 * are skipped, and the lengths are those of IP and UDP: captures carry bytes after them.
 */
export interface CapturedPacket {
  /** Offset and length of the UDP payload in the file. */
  offset: number;
  length: number;
  timeNs: number;
  destination: string;
  port: number;
}

const MAGIC_US = 0xa1b2c3d4;
const MAGIC_NS = 0xa1b23c4d;
const VLAN_TYPES = new Set([0x8100, 0x88a8, 0x9100]);

export function readPcap(file: Uint8Array): CapturedPacket[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = view.getUint32(0, true);
  const little = magic === MAGIC_US || magic === MAGIC_NS;
  const nanos = view.getUint32(0, little) === MAGIC_NS;
  const packets: CapturedPacket[] = [];
  let at = 24;
  while (at + 16 <= file.length) {
    const seconds = view.getUint32(at, little);
    const fraction = view.getUint32(at + 4, little);
    const captured = view.getUint32(at + 8, little);
    const packet = udpPayload(view, at + 16, captured);
    if (packet !== undefined) {
      packets.push({ ...packet, timeNs: seconds * 1e9 + fraction * (nanos ? 1 : 1000) });
    }
    at += 16 + captured;
  }
  return packets;
}

function udpPayload(view: DataView, start: number, captured: number) {
  let at = start + 12;
  while (VLAN_TYPES.has(view.getUint16(at))) at += 4;
  if (view.getUint16(at) !== 0x0800) return undefined;
  const ip = at + 2;
  const header = (view.getUint8(ip) & 15) * 4;
  if (view.getUint8(ip + 9) !== 17) return undefined;
  const udp = ip + header;
  const length = view.getUint16(udp + 4) - 8;
  const offset = udp + 8;
  if (offset + length > start + captured) return undefined;
  const group = [16, 17, 18, 19].map((k) => view.getUint8(ip + k)).join(".");
  return { offset, length, destination: group, port: view.getUint16(udp + 2) };
}
