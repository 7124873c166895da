/** Whole Ethernet frames on a kernel interface, for the far side of a Port under test. */
import { dlopen } from "bun:ffi";

const AF_PACKET = 17;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000;
const ETH_P_ALL_BE = 0x0300;

const { symbols: libc } = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  if_nametoindex: { args: ["ptr"], returns: "u32" },
  close: { args: ["i32"], returns: "i32" },
});

const RECEIVE_BYTES = 65_536;
const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;

export class RawSocket {
  private readonly fd: number;
  private readonly memory = new Uint8Array(new ArrayBuffer(RECEIVE_BYTES));

  /** Of an interface of this network namespace; needs CAP_NET_RAW. */
  constructor(iface: string) {
    const fd = libc.socket(AF_PACKET, SOCK_RAW_NONBLOCK_CLOEXEC, ETH_P_ALL_BE);
    if (fd < 0) throw new Error(`no raw socket for ${iface}`);
    this.fd = fd;
    const one = new Int32Array(new ArrayBuffer(4)).fill(1);
    libc.setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, one, 4);
    // struct sockaddr_ll: family, protocol, index.
    const at = new DataView(new ArrayBuffer(20));
    at.setUint16(0, AF_PACKET, true);
    at.setUint16(2, ETH_P_ALL_BE, true);
    at.setInt32(4, interfaceIndex(iface), true);
    if (libc.bind(fd, new Uint8Array(at.buffer), 20) !== 0)
      throw new Error(`can't bind to ${iface}`);
  }

  /** False when the kernel did not take it. */
  send(frame: Uint8Array): boolean {
    const bytes = new Uint8Array(new ArrayBuffer(frame.length));
    bytes.set(frame);
    return Number(libc.send(this.fd, bytes, frame.length, 0)) === frame.length;
  }

  /** The next frame that came, without tags that the kernel took off; undefined = none. */
  receive(): Uint8Array | undefined {
    const got = Number(libc.recv(this.fd, this.memory, RECEIVE_BYTES, 0));
    return got < 0 ? undefined : this.memory.slice(0, got);
  }

  close(): void {
    libc.close(this.fd);
  }
}

function interfaceIndex(iface: string): number {
  const index = libc.if_nametoindex(new TextEncoder().encode(`${iface}\0`));
  if (index === 0) throw new Error(`no interface ${iface}`);
  return index;
}
