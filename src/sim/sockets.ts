/** The simulator's real sockets: multicast out, re-requests over UDP, FIX over TCP. */
import type { Socket, TCPSocketListener, udp } from "bun";
import { systemReason } from "../core/system-error.ts";
import { type GroupRole, groupsOf, type SimOptions } from "./options.ts";
import type { FeedTransport, FixPeer, FixTransport, Reply } from "./transport.ts";

export interface LineAddress {
  group: string;
  port: number;
  role: GroupRole;
}

/** Multicast sender for all groups. Packets that the kernel does not take are counted and lost. */
export class MulticastFeed implements FeedTransport {
  /** Not taken by the kernel: its buffer was full, or the link is down. */
  refused = 0;

  private constructor(
    readonly lines: readonly LineAddress[],
    private readonly socket: udp.Socket<"buffer">,
  ) {}

  static async open(options: SimOptions): Promise<MulticastFeed> {
    const groups = groupsOf(options);
    const chosen = groups.some((line) => line.port === 0) ? await freeUdpPort() : 0;
    const lines = groups.map(({ group, port, role }) => ({ group, port: port || chosen, role }));
    const socket = await Bun.udpSocket({
      hostname: options.interface,
      port: 0,
      socket: { error: ignore },
    });
    socket.setMulticastInterface(options.interface);
    socket.setMulticastLoopback(true);
    socket.setMulticastTTL(1);
    return new MulticastFeed(lines, socket);
  }

  send(line: number, bytes: Uint8Array): void {
    const { group, port } = this.lines[line]!;
    if (!trySend(this.socket, bytes, port, group)) this.refused++;
  }

  close(): void {
    this.socket.close();
  }
}

/** False when the kernel did not take it: a network that is down is a lost packet, as on any wire. */
function trySend(
  socket: udp.Socket<"buffer">,
  bytes: Uint8Array,
  port: number,
  address: string,
): boolean {
  try {
    return socket.send(bytes, port, address);
  } catch {
    return false;
  }
}

/** Opens the re-request server's socket; each datagram goes to `onRequest`. Throws one sentence. */
export async function openRerequest(
  options: SimOptions,
  onRequest: (bytes: Uint8Array, reply: Reply) => void,
): Promise<udp.Socket<"buffer">> {
  const { port } = options.rerequest;
  return await Bun.udpSocket({
    hostname: options.interface,
    port,
    socket: {
      data(socket, data, port, address) {
        onRequest(data, (bytes) => void trySend(socket, bytes, port, address));
      },
      error: ignore,
    },
  }).catch((error: unknown) => {
    throw cantListen("re-requests", options.interface, port, error);
  });
}

/** Listens for clients of one kind on TCP. `whom`: for people. Throws one sentence. */
export function openTcp(
  whom: string,
  hostname: string,
  port: number,
  accept: (transport: FixTransport) => FixPeer,
): TCPSocketListener<FixSocket> {
  try {
    return listen(hostname, port, accept);
  } catch (error) {
    throw cantListen(whom, hostname, port, error);
  }
}

function cantListen(whom: string, address: string, port: number, error: unknown): Error {
  const code = (error as { code?: unknown } | null)?.code;
  const why = code === "EADDRINUSE" ? "that port is in use" : systemReason(error);
  return new Error(`can't listen for ${whom} at ${address}:${port}: ${why}`);
}

function listen(
  hostname: string,
  port: number,
  accept: (transport: FixTransport) => FixPeer,
): TCPSocketListener<FixSocket> {
  return Bun.listen<FixSocket>({
    hostname,
    port,
    socket: {
      open(socket) {
        socket.setNoDelay(true);
        socket.data = new FixSocket(socket, accept);
      },
      data: (socket, bytes) => socket.data.peer.onData(bytes),
      drain: (socket) => socket.data.drain(),
      close: (socket) => socket.data.peer.onClose(),
      error: (socket) => socket.data.peer.onClose(),
    },
  });
}

/** A client that does not read is cut off when this much waits for it. */
const QUEUE_BYTES_MAX = 64 << 20;

/** One TCP connection: writes what the kernel takes, keeps the rest in order. */
export class FixSocket implements FixTransport {
  readonly peer: FixPeer;
  private queue: Uint8Array[] = [];
  private queued = 0;
  private closing = false;

  constructor(
    private readonly socket: Socket<FixSocket>,
    accept: (transport: FixTransport) => FixPeer,
  ) {
    this.peer = accept(this);
  }

  send(bytes: Uint8Array): void {
    const taken = this.queue.length === 0 ? Math.max(0, this.socket.write(bytes)) : 0;
    if (taken === bytes.length) return;
    this.queue.push(bytes.slice(taken));
    this.queued += bytes.length - taken;
    if (this.queued > QUEUE_BYTES_MAX) this.socket.terminate();
  }

  drain(): void {
    while (this.queue.length > 0) {
      const next = this.queue[0]!;
      const taken = Math.max(0, this.socket.write(next));
      this.queued -= taken;
      if (taken < next.length) {
        this.queue[0] = next.subarray(taken);
        return;
      }
      this.queue.shift();
    }
    if (this.closing) this.socket.end();
  }

  close(): void {
    this.closing = true;
    if (this.queue.length === 0) this.socket.end();
  }

  pause(paused: boolean): void {
    if (paused) this.socket.pause();
    else this.socket.resume();
  }
}

/** A client that has closed its port makes the kernel complain: that is no error of ours. */
function ignore(): void {}

async function freeUdpPort(): Promise<number> {
  const socket = await Bun.udpSocket({ hostname: "0.0.0.0", port: 0 });
  const { port } = socket;
  socket.close();
  return port;
}
