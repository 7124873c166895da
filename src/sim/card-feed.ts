/** The feed on a software ExaNIC: each datagram becomes a frame that its port receives. */
import { SoftwareCard } from "../ffi/exanic-card.ts";
import { HP_OK } from "../ffi/layout.ts";
import { parseIpv4 } from "../net/address.ts";
import { groupsOf, type SimOptions } from "./options.ts";
import type { LineAddress } from "./sockets.ts";
import type { FeedTransport } from "./transport.ts";

/** Ethernet, IPv4 without options, UDP. */
const HEADER_BYTES = 42;
const IP = 14;
const UDP = 34;
/** For lines that leave it open. Nobody else is on the card. */
const PORT_DEFAULT = 26_400;
const SOURCE_PORT = 26_400;

interface Flow {
  /** All of a frame in front of its payload, lengths and checksums 0. */
  header: Uint8Array;
  ipSum: number;
  /** Of addresses, protocol and both UDP ports. */
  udpSum: number;
}

export class CardFeed implements FeedTransport {
  /** Not received: the port is down or off. */
  refused = 0;
  private readonly flows: Flow[];

  private constructor(
    readonly lines: readonly LineAddress[],
    source: number,
    readonly card: SoftwareCard,
    private readonly port: number,
  ) {
    this.flows = lines.map((line) => flowTo(line, source));
  }

  /** Makes the card; `device`: its path, and the port to deliver to behind a colon. Throws one sentence. */
  static open(device: string, options: SimOptions): CardFeed {
    const [, path, digit = "0"] = /^(.*?)(?::(\d))?$/.exec(device)!;
    const port = Number(digit);
    const lines = groupsOf(options).map(({ group, port, role }) => {
      return { group, port: port || PORT_DEFAULT, role };
    });
    const card = SoftwareCard.open(path!, port + 1);
    return new CardFeed(lines, parseIpv4(options.interface)!, card, port);
  }

  send(line: number, bytes: Uint8Array): void {
    const { header, ipSum, udpSum } = this.flows[line]!;
    const { frame, frameView: view } = this.card;
    const length = bytes.length;
    frame.set(header);
    frame.set(bytes, HEADER_BYTES);
    view.setUint16(IP + 2, length + 28);
    view.setUint16(IP + 10, 0xffff ^ fold(ipSum + length + 28));
    view.setUint16(UDP + 4, length + 8);
    // The length counts twice: in the header, and in the pseudo header of RFC 768.
    const sum = udpSum + 2 * (length + 8) + sumOf(view, HEADER_BYTES, length);
    view.setUint16(UDP + 6, 0xffff ^ fold(sum) || 0xffff);
    if (this.card.deliver(this.port, HEADER_BYTES + length) !== HP_OK) this.refused++;
  }

  close(): void {
    this.card.close();
  }
}

function flowTo(line: LineAddress, source: number): Flow {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  const group = parseIpv4(line.group)!;
  // RFC 1112 section 6.4: 01-00-5e and the low 23 bits of the group.
  header.set([
    1,
    0,
    0x5e,
    (group >>> 16) & 0x7f,
    (group >>> 8) & 255,
    group & 255,
    2,
    0,
    0,
    0,
    0,
    1,
  ]);
  view.setUint16(12, 0x0800);
  view.setUint8(IP, 0x45);
  view.setUint16(IP + 6, 0x4000);
  view.setUint8(IP + 8, 1);
  view.setUint8(IP + 9, 17);
  view.setUint32(IP + 12, source);
  view.setUint32(IP + 16, group);
  view.setUint16(UDP, SOURCE_PORT);
  view.setUint16(UDP + 2, line.port);
  return { header, ipSum: sumOf(view, IP, 20), udpSum: sumOf(view, IP + 12, 12) + 17 };
}

/** RFC 1071, not folded: `length` is at most 9,000, so it stays below 2^53 by far. */
function sumOf(view: DataView, from: number, length: number): number {
  let sum = 0;
  const even = length - (length & 1);
  for (let i = 0; i < even; i += 2) sum += view.getUint16(from + i);
  return even < length ? sum + (view.getUint8(from + even) << 8) : sum;
}

function fold(total: number): number {
  let value = total;
  while (value > 0xffff) value = (value & 0xffff) + Math.floor(value / 65_536);
  return value;
}
