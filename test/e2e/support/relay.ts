/**
 * A TCP relay between an order session and its venue that notes when the session's side ends: the
 * moment at which a venue would see the disconnect. It can cut the connection in the middle of what
 * it passes on.
 */
import type { Socket } from "bun";

interface Side {
  peer: Socket<Side> | null;
  isClient: boolean;
  /** Bytes that the other side's socket has not taken yet. */
  waiting: Uint8Array[];
}

export class Relay {
  /** performance.now() of the last end of the session's side, 0 = none since connected. */
  endedMs = 0;
  connections = 0;
  /** Cuts made. */
  cuts = 0;
  /** Shown everything that comes from the session's side. */
  onClient: (bytes: Uint8Array) => void = () => {};
  /** Bytes of either side that still pass before the cut. */
  private leftBytes = Number.POSITIVE_INFINITY;
  private readonly listener: Bun.TCPSocketListener<Side>;

  constructor(target: { address: string; port: number }) {
    const onEnd = (socket: Socket<Side>): void => {
      const side = socket.data;
      if (side.isClient && side.peer !== null) this.endedMs = performance.now();
      const peer = side.peer;
      side.peer = null;
      if (peer !== null) {
        peer.data.peer = null;
        peer.end();
      }
    };
    const handlers = {
      data: (socket: Socket<Side>, chunk: Uint8Array) => {
        const peer = socket.data.peer;
        if (socket.data.isClient) this.onClient(new Uint8Array(chunk));
        if (peer !== null) this.pass(socket, peer, new Uint8Array(chunk));
        else if (socket.data.isClient) socket.data.waiting.push(new Uint8Array(chunk));
      },
      drain: (socket: Socket<Side>) => flush(socket),
      close: onEnd,
      end: (socket: Socket<Side>) => {
        onEnd(socket);
        socket.end();
      },
      error: onEnd,
    };
    this.listener = Bun.listen<Side>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        ...handlers,
        open: (socket) => {
          socket.data = { peer: null, isClient: true, waiting: [] };
          this.connections++;
          this.endedMs = 0;
          void Bun.connect<Side>({
            hostname: target.address,
            port: target.port,
            data: { peer: socket, isClient: false, waiting: [] },
            socket: handlers,
          }).then(
            (venue) => {
              socket.data.peer = venue;
              for (const early of socket.data.waiting.splice(0)) push(venue, early);
            },
            () => socket.end(),
          );
        },
      },
    });
  }

  get port(): number {
    return this.listener.port;
  }

  /** Cuts the connection once so many more bytes have passed, in both directions together. */
  cutAfter(bytes: number): void {
    this.leftBytes = bytes;
  }

  stop(): void {
    this.listener.stop(true);
  }

  private pass(from: Socket<Side>, to: Socket<Side>, bytes: Uint8Array): void {
    if (bytes.length < this.leftBytes) {
      this.leftBytes -= bytes.length;
      push(to, bytes);
      return;
    }
    push(to, bytes.subarray(0, this.leftBytes));
    this.leftBytes = Number.POSITIVE_INFINITY;
    this.cuts++;
    // What came this far arrives, what is on its way back does not.
    from.data.peer = null;
    to.data.peer = null;
    to.end();
    from.terminate();
  }
}

function push(to: Socket<Side>, bytes: Uint8Array): void {
  to.data.waiting.push(bytes);
  flush(to);
}

function flush(socket: Socket<Side>): void {
  // Before the venue's socket is there, a client's queue holds its own first bytes.
  if (socket.data.isClient && socket.data.peer === null) return;
  const { waiting } = socket.data;
  while (waiting.length > 0) {
    const first = waiting[0]!;
    const taken = socket.write(first);
    if (taken < first.length) {
      waiting[0] = first.subarray(Math.max(0, taken));
      return;
    }
    waiting.shift();
  }
}
