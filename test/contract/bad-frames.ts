/** Frames that a packet Port must not hand on, with what it has to count instead; and odd good ones. */
import { parseIpv4 } from "../../src/net/address.ts";
import {
  STAT_BAD_CHECKSUM,
  STAT_FRAGMENTS,
  STAT_MALFORMED,
  STAT_STRANGERS,
} from "../../src/net/desc.ts";
import { type Filter, frameFor } from "./packet-rigs.ts";

export interface BadFrame {
  what: string;
  frame: Uint8Array;
  /** STAT_* that counts it. */
  counter: number;
  /** Backends whose kernel side keeps it: the Port never sees it. */
  keptBy: Filter[];
}

const IP = 14;
const UDP = 34;
const EVERYBODY: Filter[] = ["packet", "xdp"];
const XDP: Filter[] = ["xdp"];

/** RFC 1071 over 16-bit words in network order. */
function sum(bytes: Uint8Array, start = 0): number {
  let total = start;
  for (let i = 0; i < bytes.length; i += 2) total += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

/** A frame of 30 bytes of payload, changed; `seal`: with the IPv4 checksum made right again. */
function changed(change: (view: DataView) => void, seal = true): Uint8Array {
  const frame = frameFor(new Uint8Array(30).fill(0x5a), 0);
  const view = new DataView(frame.buffer);
  change(view);
  if (!seal) return frame;
  view.setUint16(IP + 10, 0);
  view.setUint16(IP + 10, 0xffff - sum(frame.subarray(IP, UDP)));
  return frame;
}

const OTHER_GROUP = parseIpv4("239.255.77.99")!;

export function badFrames(): BadFrame[] {
  const bad: BadFrame[] = [];
  const add = (what: string, counter: number, keptBy: Filter[], frame: Uint8Array) =>
    bad.push({ what, counter, keptBy, frame });
  const S = STAT_STRANGERS;
  add(
    "ARP",
    S,
    EVERYBODY,
    changed((v) => v.setUint16(12, 0x0806), false),
  );
  add(
    "IPv6",
    S,
    EVERYBODY,
    changed((v) => v.setUint16(12, 0x86dd), false),
  );
  add(
    "an 802.3 length",
    S,
    EVERYBODY,
    changed((v) => v.setUint16(12, 60), false),
  );
  add(
    "TCP",
    S,
    EVERYBODY,
    changed((v) => v.setUint8(IP + 9, 6)),
  );
  add(
    "another group",
    S,
    EVERYBODY,
    changed((v) => v.setUint32(IP + 16, OTHER_GROUP)),
  );
  add(
    "another port",
    S,
    EVERYBODY,
    changed((v) => v.setUint16(UDP + 2, 7)),
  );
  add("four tags", S, EVERYBODY, tagged([0x8100, 0x8100, 0x8100, 0x8100]));
  const M = STAT_MALFORMED;
  const plain = () => changed(() => {});
  add("no IPv4 header", M, EVERYBODY, plain().subarray(0, IP));
  add("half an IPv4 header", M, EVERYBODY, plain().subarray(0, IP + 10));
  add("half a UDP header", M, XDP, plain().subarray(0, UDP + 4));
  add("a cut payload", M, [], plain().subarray(0, UDP + 20));
  add(
    "version 5",
    M,
    XDP,
    changed((v) => v.setUint8(IP, 0x55)),
  );
  add(
    "a header of 16 bytes",
    M,
    EVERYBODY,
    changed((v) => v.setUint8(IP, 0x44)),
  );
  add(
    "an IPv4 length below its header",
    M,
    [],
    changed((v) => v.setUint16(IP + 2, 10)),
  );
  add(
    "an IPv4 length without UDP",
    M,
    [],
    changed((v) => v.setUint16(IP + 2, 24)),
  );
  add(
    "an IPv4 length beyond the frame",
    M,
    [],
    changed((v) => v.setUint16(IP + 2, 59)),
  );
  add(
    "a UDP length below its header",
    M,
    [],
    changed((v) => v.setUint16(UDP + 4, 7)),
  );
  add(
    "a UDP length beyond the packet",
    M,
    [],
    changed((v) => v.setUint16(UDP + 4, 39)),
  );
  const C = STAT_BAD_CHECKSUM;
  add(
    "a wrong IPv4 checksum",
    C,
    [],
    changed((v) => v.setUint16(IP + 10, 0x1234), false),
  );
  add(
    "a wrong UDP checksum",
    C,
    [],
    changed((v) => v.setUint16(UDP + 6, 0x1234)),
  );
  add(
    "a flipped byte",
    C,
    [],
    changed((v) => v.setUint8(UDP + 20, 0xa5)),
  );
  const F = STAT_FRAGMENTS;
  add(
    "the first fragment",
    F,
    XDP,
    changed((v) => v.setUint16(IP + 6, 0x2000)),
  );
  add(
    "a later fragment",
    F,
    XDP,
    changed((v) => v.setUint16(IP + 6, 0x0010)),
  );
  return bad;
}

/** Tags behind the MAC addresses, outermost first. */
export function tagged(types: number[], frame = frameFor(new Uint8Array(30), 0)): Uint8Array {
  const out = new Uint8Array(frame.length + 4 * types.length);
  const view = new DataView(out.buffer);
  out.set(frame.subarray(0, 12));
  types.forEach((type, i) => {
    view.setUint16(12 + 4 * i, type);
    view.setUint16(14 + 4 * i, 101 + i);
  });
  out.set(frame.subarray(12), 12 + 4 * types.length);
  return out;
}

export interface OddFrame {
  what: string;
  frame: Uint8Array;
}

/** All of them bring `payload` to line 0. */
export function oddFrames(payload: Uint8Array): OddFrame[] {
  const frame = frameFor(payload, 0);
  const noChecksum = frame.slice();
  noChecksum.fill(0, UDP + 6, UDP + 8);
  const padded = new Uint8Array(Math.max(60, frame.length + 18));
  padded.set(frame);
  const options = new Uint8Array(frame.length + 8);
  options.set(frame.subarray(0, UDP));
  options.fill(1, UDP, UDP + 8);
  options.set(frame.subarray(UDP), UDP + 8);
  const view = new DataView(options.buffer);
  view.setUint8(IP, 0x47);
  view.setUint16(IP + 2, frame.length - IP + 8);
  view.setUint16(IP + 10, 0);
  view.setUint16(IP + 10, 0xffff - sum(options.subarray(IP, UDP + 8)));
  return [
    { what: "no tag", frame },
    { what: "a tag", frame: tagged([0x8100], frame) },
    { what: "two tags", frame: tagged([0x88a8, 0x8100], frame) },
    { what: "two tags of the older kind", frame: tagged([0x8100, 0x8100], frame) },
    { what: "IPv4 options", frame: options },
    { what: "no UDP checksum", frame: noChecksum },
    { what: "padding", frame: padded },
  ];
}
