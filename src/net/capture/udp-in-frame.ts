/**
 * Where the UDP payload of a captured frame is. Lengths are those of the IPv4 and UDP headers:
 * captures carry bytes behind them (padding, checksums), and frames cut off by the snap length.
 */

/** https://www.tcpdump.org/linktypes.html */
const LINK_NULL = 0;
const LINK_ETHERNET = 1;
const LINK_RAW_BSD = 12;
const LINK_RAW_OPENBSD = 14;
const LINK_RAW = 101;
const LINK_LOOP = 108;
const LINK_SLL = 113;
const LINK_IPV4 = 228;
const LINK_SLL2 = 276;
const LINK_TYPES = new Set([
  LINK_NULL,
  LINK_ETHERNET,
  LINK_RAW_BSD,
  LINK_RAW_OPENBSD,
  LINK_RAW,
  LINK_LOOP,
  LINK_SLL,
  LINK_IPV4,
  LINK_SLL2,
]);

const TYPE_IPV4 = 0x0800;
const PROTOCOL_UDP = 17;
const AF_INET = 2;

/** Frames without a UDP payload that can be used, by reason. */
export interface SkippedFrames {
  /** Neither IPv4 nor a tag before it: ARP, IPv6, LLDP. */
  notIpv4: number;
  /** IPv4, but not UDP. */
  notUdp: number;
  fragments: number;
  /** The capture holds less than the packet had. */
  cut: number;
  /** Headers contradict each other. */
  damaged: number;
  /** Of an interface whose link type is not known here. */
  link: number;
  /** To a group and port that was not asked for, or beyond the lines that are kept apart. */
  otherLine: number;
}

export function noSkippedFrames(): SkippedFrames {
  return { notIpv4: 0, notUdp: 0, fragments: 0, cut: 0, damaged: 0, link: 0, otherLine: 0 };
}

export function isKnownLink(link: number): boolean {
  return LINK_TYPES.has(link);
}

export class UdpInFrame {
  /** Of the last frame that held one: payload, destination address and port. */
  offset = 0;
  length = 0;
  group = 0;
  port = 0;
  readonly skipped: SkippedFrames;

  constructor(skipped: SkippedFrames) {
    this.skipped = skipped;
  }

  /** True when frame [at, at + size) holds a UDP payload; else the reason is counted. */
  find(view: DataView, at: number, size: number, link: number): boolean {
    const reason = this.look(view, at, at + size, link);
    if (reason === undefined) return true;
    this.skipped[reason]++;
    return false;
  }

  private look(
    view: DataView,
    start: number,
    stop: number,
    link: number,
  ): keyof SkippedFrames | undefined {
    if (!isKnownLink(link)) return "link";
    const ip = ipHeader(view, start, stop, link);
    if (ip < 0) return ip === CUT ? "cut" : "notIpv4";
    if (ip + 20 > stop) return "cut";
    const first = view.getUint8(ip);
    if (first >> 4 !== 4) return "notIpv4";
    const header = (first & 15) * 4;
    if (header < 20) return "damaged";
    // Flags and offset: "more fragments", or an offset.
    if ((view.getUint16(ip + 6) & 0x3fff) !== 0) return "fragments";
    if (view.getUint8(ip + 9) !== PROTOCOL_UDP) return "notUdp";
    const udp = ip + header;
    if (udp + 8 > stop) return "cut";
    // 0: the length was left to the network card.
    const total = view.getUint16(ip + 2) || stop - ip;
    const length = view.getUint16(udp + 4);
    if (length < 8 || header + length > total) return "damaged";
    if (udp + length > stop) return "cut";
    this.offset = udp + 8;
    this.length = length - 8;
    this.group = view.getUint32(ip + 16);
    this.port = view.getUint16(udp + 2);
    return undefined;
  }
}

const NOT_IPV4 = -1;
const CUT = -2;

/** Start of the IPv4 header, NOT_IPV4 or CUT. */
function ipHeader(view: DataView, start: number, stop: number, link: number): number {
  switch (link) {
    case LINK_ETHERNET:
      return behindType(view, start + 12, stop);
    case LINK_SLL:
      return behindType(view, start + 14, stop);
    case LINK_SLL2:
      if (start + 20 > stop) return CUT;
      return view.getUint16(start) === TYPE_IPV4 ? start + 20 : NOT_IPV4;
    case LINK_NULL:
    case LINK_LOOP: {
      if (start + 4 > stop) return CUT;
      const isInet = view.getUint32(start) === AF_INET || view.getUint32(start, true) === AF_INET;
      return isInet ? start + 4 : NOT_IPV4;
    }
    default:
      return start;
  }
}

/** Past the EtherType at `at` and any tags (802.1Q, 802.1ad and its older number) before IPv4. */
function behindType(view: DataView, at: number, stop: number): number {
  for (let type = at; type + 2 <= stop; type += 4) {
    const value = view.getUint16(type);
    if (value === TYPE_IPV4) return type + 2;
    if (value !== 0x8100 && value !== 0x88a8 && value !== 0x9100) return NOT_IPV4;
  }
  return CUT;
}
