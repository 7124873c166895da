/** TCP of the fake network: connections between a shim's streams and peers that a test plays. */
import {
  HP_EAGAIN,
  HP_ECLOSED,
  HP_ENOTACCEL,
  HP_EREFUSED,
  HP_ERESET,
  HP_TCP_CONNECTING,
  HP_TCP_UP,
} from "./layout.ts";

/** One direction's bytes in flight. */
class ByteQueue {
  private chunks: Uint8Array[] = [];
  length = 0;

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.chunks.push(bytes.slice());
    this.length += bytes.length;
  }

  /** Moves up to `target.length` bytes into target; how many. */
  take(target: Uint8Array): number {
    let at = 0;
    while (at < target.length && this.chunks.length > 0) {
      const chunk = this.chunks[0]!;
      const count = Math.min(chunk.length, target.length - at);
      target.set(chunk.subarray(0, count), at);
      at += count;
      if (count === chunk.length) this.chunks.shift();
      else this.chunks[0] = chunk.subarray(count);
    }
    this.length -= at;
    return at;
  }

  /** Copies up to `target.length` bytes, which stay in the queue; how many. */
  copy(target: Uint8Array): number {
    let at = 0;
    for (const chunk of this.chunks) {
      const count = Math.min(chunk.length, target.length - at);
      target.set(chunk.subarray(0, count), at);
      at += count;
    }
    return at;
  }
}

/**
 * The far end of one connection, in a test's hands.
 *
 *   peer.capacity = 32; peer.maxPerSend = 10;   // a stalled peer, partial sends
 *   peer.read(); peer.write(bytes); peer.close(); peer.reset();
 */
export class FakePeer {
  /** Bytes that fit between the two ends before the sender hears HP_EAGAIN. */
  capacity = 1 << 20;
  /** Most bytes one send takes. */
  maxPerSend = Number.POSITIVE_INFINITY;
  /** Most bytes one recv of the shim's side gets: small values cut messages in pieces. */
  maxPerRecv = Number.POSITIVE_INFINITY;
  /** True when the shim's side has closed or shut down the connection. */
  isClosed = false;

  constructor(private readonly connection: FakeConnection) {}

  /** Bytes that wait to be read. */
  get waiting(): number {
    return this.connection.toPeer.length;
  }

  /** Everything sent so far, or up to `limit` bytes of it. */
  read(limit = Number.POSITIVE_INFINITY): Uint8Array {
    const bytes = new Uint8Array(Math.min(limit, this.connection.toPeer.length));
    this.connection.toPeer.take(bytes);
    return bytes;
  }

  write(bytes: Uint8Array | string): void {
    if (!this.isClosed)
      this.connection.toShim.push(
        typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes,
      );
  }

  /** Ends the connection in good order: the shim's side reads what is left, then HP_ECLOSED. */
  close(): void {
    this.connection.isPeerClosed = true;
  }

  /** The shim's side hears HP_ERESET at its next call. */
  reset(): void {
    this.connection.isReset = true;
  }
}

/** One end of a connection, a shim's; the other is played by a test, or is another shim's. */
export class FakeConnection {
  readonly toPeer: ByteQueue;
  readonly toShim: ByteQueue;
  readonly peer = new FakePeer(this);
  isPeerClosed = false;
  isReset = false;
  /** HP_TCP_*, or the status that ended it. */
  state: number = HP_TCP_CONNECTING;
  /** The other end, when a shim has that one, too. */
  private far: FakeConnection | undefined;

  /** Ports are those of this end and of the other. */
  constructor(
    readonly localPort = 0,
    readonly peerAddress = 0,
    readonly peerPort = 0,
    far?: FakeConnection,
  ) {
    this.toPeer = far?.toShim ?? new ByteQueue();
    this.toShim = far?.toPeer ?? new ByteQueue();
    this.far = far;
  }

  /** The other end for a shim that has accepted it from `address`. */
  accepted(address: number): FakeConnection {
    this.far = new FakeConnection(this.peerPort, address, this.localPort, this);
    this.far.state = HP_TCP_UP;
    return this.far;
  }

  send(bytes: Uint8Array): number {
    if (this.state !== HP_TCP_UP) return this.state >= 0 ? HP_EAGAIN : this.state;
    if (this.isReset) return this.end(HP_ERESET);
    const room = Math.min(this.peer.capacity - this.toPeer.length, this.peer.maxPerSend);
    const count = Math.min(bytes.length, room);
    if (count <= 0) return HP_EAGAIN;
    this.toPeer.push(bytes.subarray(0, count));
    return count;
  }

  recv(target: Uint8Array): number {
    if (this.state === HP_TCP_CONNECTING) return HP_EAGAIN;
    if (this.state === HP_ENOTACCEL) return HP_ENOTACCEL;
    if (this.isReset) return this.end(HP_ERESET);
    const count = this.toShim.take(
      target.subarray(0, Math.min(target.length, this.peer.maxPerRecv)),
    );
    if (count > 0) return count;
    if (this.state < 0) return this.state;
    return this.isPeerClosed ? this.end(HP_ECLOSED) : HP_EAGAIN;
  }

  /** As recv; the bytes stay. */
  look(target: Uint8Array): number {
    if (this.state === HP_TCP_CONNECTING) return HP_EAGAIN;
    if (this.state === HP_ENOTACCEL) return HP_ENOTACCEL;
    if (this.isReset) return this.end(HP_ERESET);
    const count = this.toShim.copy(target);
    if (count > 0) return count;
    if (this.state < 0) return this.state;
    return this.isPeerClosed ? this.end(HP_ECLOSED) : HP_EAGAIN;
  }

  /** shutdown(): both sides hear the end. */
  shutdown(): void {
    this.peer.isClosed = true;
    this.isPeerClosed = true;
    if (this.far !== undefined) this.far.isPeerClosed = true;
  }

  private end(status: number): number {
    this.state = status;
    return status;
  }
}

/** A listening address; `accept()` gives the peers in the order of their connects. */
export class FakeListener {
  /** While true, connects neither succeed nor fail. */
  isHanging = false;
  private readonly pending: FakeConnection[] = [];
  private readonly ready: FakeConnection[] = [];

  /** `isShims`: a shim listens, and takes its ends by take(); else a test, by accept(). */
  constructor(
    readonly port: number,
    private readonly isShims: boolean,
  ) {}

  accept(): FakePeer | undefined {
    return this.ready.shift()?.peer;
  }

  take(): FakeConnection | undefined {
    return this.ready.shift();
  }

  /** Called by the network at a connect. */
  offer(connection: FakeConnection): void {
    this.pending.push(connection);
  }

  /** A connect that has completed: the shim's end. */
  push(end: FakeConnection): void {
    this.ready.push(end);
  }

  /** Completes the connects that wait, unless it hangs. */
  settle(): void {
    if (this.isHanging) return;
    for (const connection of this.pending.splice(0)) {
      if (connection.state !== HP_TCP_CONNECTING) continue;
      connection.state = HP_TCP_UP;
      this.ready.push(this.isShims ? connection.accepted(LOOPBACK) : connection);
    }
  }

  /** Nobody listens any more: connections that nobody has taken end. */
  end(): void {
    this.settle();
    for (const connection of this.ready.splice(0)) connection.shutdown();
  }
}

/** Where every peer of a fake network is. */
export const LOOPBACK = 0x7f000001;

export function refuse(connection: FakeConnection): void {
  connection.state = HP_EREFUSED;
}
