/** Captures as bytes, of every variety, for tests. */

export interface Frame {
  bytes: Uint8Array;
  /** Unix time. */
  seconds: number;
  ns: number;
  /** pcapng: index of the interface. */
  interface?: number;
  /** Length on the wire, when the capture cut it. */
  original?: number;
}

export interface PcapOptions {
  isBig?: boolean;
  isNs?: boolean;
  link?: number;
}

class Writer {
  private readonly parts: number[] = [];
  private readonly isBig: boolean;
  constructor(isBig: boolean) {
    this.isBig = isBig;
  }
  u16(value: number): this {
    const bytes = [value >>> 8, value & 255];
    this.parts.push(...(this.isBig ? bytes : bytes.reverse()));
    return this;
  }
  u32(value: number): this {
    const bytes = [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
    this.parts.push(...(this.isBig ? bytes : bytes.reverse()));
    return this;
  }
  raw(bytes: Iterable<number>): this {
    this.parts.push(...bytes);
    return this;
  }
  pad4(): this {
    while (this.parts.length % 4 !== 0) this.parts.push(0);
    return this;
  }
  get size(): number {
    return this.parts.length;
  }
  done(): Uint8Array {
    return new Uint8Array(this.parts);
  }
}

export function pcapFile(frames: readonly Frame[], o: PcapOptions = {}): Uint8Array {
  const w = new Writer(o.isBig === true);
  w.u32(o.isNs === true ? 0xa1b23c4d : 0xa1b2c3d4)
    .u16(2)
    .u16(4)
    .u32(0)
    .u32(0);
  w.u32(262_144).u32(o.link ?? 1);
  for (const f of frames) {
    w.u32(f.seconds).u32(o.isNs === true ? f.ns : Math.floor(f.ns / 1000));
    w.u32(f.bytes.length)
      .u32(f.original ?? f.bytes.length)
      .raw(f.bytes);
  }
  return w.done();
}

export interface NgInterface {
  link?: number;
  /** if_tsresol as its byte; absent: microseconds. */
  resolution?: number;
  offsetS?: number;
  snapLength?: number;
}

/** One section. `kind`: which block carries the packets. */
export function pcapngSection(
  frames: readonly Frame[],
  interfaces: readonly NgInterface[],
  o: { isBig?: boolean; kind?: "enhanced" | "simple" | "old" } = {},
): Uint8Array {
  const isBig = o.isBig === true;
  const out = new Writer(isBig);
  const block = (type: number, body: Writer) => {
    const bytes = body.pad4().done();
    out
      .u32(type)
      .u32(bytes.length + 12)
      .raw(bytes)
      .u32(bytes.length + 12);
  };
  const comment = (w: Writer) => w.u16(1).u16(5).raw([104, 101, 108, 108, 111, 0, 0, 0]);
  const section = new Writer(isBig).u32(0x1a2b3c4d).u16(1).u16(0).u32(0xffffffff).u32(0xffffffff);
  block(0x0a0d0d0a, comment(section).u32(0));
  for (const i of interfaces) {
    const w = new Writer(isBig)
      .u16(i.link ?? 1)
      .u16(0)
      .u32(i.snapLength ?? 0);
    comment(w);
    if (i.resolution !== undefined) w.u16(9).u16(1).raw([i.resolution, 0, 0, 0]);
    if (i.offsetS !== undefined) {
      w.u16(14).u16(8);
      if (isBig) w.u32(0).u32(i.offsetS);
      else w.u32(i.offsetS).u32(0);
    }
    block(1, w.u32(0));
  }
  // A name resolution block, which nobody reads.
  block(4, new Writer(isBig).u32(0));
  for (const f of frames) {
    const from = f.interface ?? 0;
    const original = f.original ?? f.bytes.length;
    if (o.kind === "simple") {
      block(3, new Writer(isBig).u32(original).raw(f.bytes));
      continue;
    }
    const given = interfaces[from]!;
    const resolution = given.resolution ?? 6;
    const units = resolution < 128 ? 10n ** BigInt(resolution) : 2n ** BigInt(resolution - 128);
    const seconds = BigInt(f.seconds - (given.offsetS ?? 0));
    const ticks = seconds * units + (BigInt(f.ns) * units) / 1_000_000_000n;
    const w = new Writer(isBig);
    if (o.kind === "old") w.u16(from).u16(0);
    else w.u32(from);
    w.u32(Number(ticks >> 32n)).u32(Number(ticks & 0xffffffffn));
    w.u32(f.bytes.length).u32(original).raw(f.bytes).pad4();
    block(o.kind === "old" ? 2 : 6, comment(w).u32(0));
  }
  return out.done();
}

export interface UdpOptions {
  group?: number;
  port?: number;
  /** EtherTypes of VLAN tags, outermost first. */
  tags?: number[];
  /** Bytes behind the IP packet. */
  trailing?: number;
  /** Words of IP options. */
  optionWords?: number;
  protocol?: number;
  fragment?: number;
  version?: number;
}

export const GROUP_A = 0xef010101;
export const GROUP_B = 0xef010102;
export const UDP_PORT = 26_477;

/** IPv4 and UDP around a payload. */
export function ipv4(payload: Uint8Array, o: UdpOptions = {}): Uint8Array {
  const options = o.optionWords ?? 0;
  const header = 20 + 4 * options;
  const w = new Writer(true);
  w.raw([((o.version ?? 4) << 4) | (header / 4), 0]).u16(header + 8 + payload.length);
  w.u16(1)
    .u16(o.fragment ?? 0x4000)
    .raw([16, o.protocol ?? 17])
    .u16(0)
    .u32(0x0a000001);
  w.u32(o.group ?? GROUP_A).raw(new Uint8Array(4 * options));
  w.u16(40_000)
    .u16(o.port ?? UDP_PORT)
    .u16(8 + payload.length)
    .u16(0)
    .raw(payload);
  return w.raw(new Uint8Array(o.trailing ?? 0).fill(0xee)).done();
}

/** Ethernet around it. */
export function ethernet(payload: Uint8Array, o: UdpOptions = {}): Uint8Array {
  const w = new Writer(true).raw([1, 0, 0x5e, 1, 1, 1, 2, 0, 0, 0, 0, 1]);
  for (const tag of o.tags ?? []) w.u16(tag).u16(0x2001);
  return w.u16(0x0800).raw(ipv4(payload, o)).done();
}

/** Linux cooked, version 1. */
export function cooked(payload: Uint8Array): Uint8Array {
  return new Writer(true).raw(new Uint8Array(14)).u16(0x0800).raw(ipv4(payload)).done();
}

/** Linux cooked, version 2. */
export function cooked2(payload: Uint8Array): Uint8Array {
  return new Writer(true).u16(0x0800).raw(new Uint8Array(18)).raw(ipv4(payload)).done();
}

/** Length-prefixed messages; `zeros`: a zero length before each. */
export function itchFile(messages: readonly Uint8Array[], zeros = false): Uint8Array {
  const w = new Writer(true);
  for (const message of messages) {
    if (zeros) w.u16(0);
    w.u16(message.length).raw(message);
  }
  return w.done();
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
