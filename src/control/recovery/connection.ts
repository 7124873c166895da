/** A TCP connection to a recovery server, as its clients see it: real sockets here, fakes in tests. */
import type { Socket } from "bun";
import { systemReason } from "../../core/system-error.ts";

export interface Connection {
  /** A few bytes: a login, a request, a heartbeat. */
  send(bytes: Uint8Array): void;
  /** True: nothing is read, and the server waits, until false. */
  pause(on: boolean): void;
  /** No event comes afterwards. */
  close(): void;
}

/** None is called from within connect() or a method of Connection. */
export interface ConnectionEvents {
  onOpen(): void;
  /** Valid during the call. */
  onData(bytes: Uint8Array): void;
  /** It could not be made, or it ended; `why` ends a sentence: "it closed the connection". */
  onClose(why: string): void;
}

export type Connect = (host: string, port: number, events: ConnectionEvents) => Connection;

/** Connects with Bun's sockets. The name is looked up each time: a server may have moved. */
export const connectTcp: Connect = (host, port, events) => new TcpConnection(host, port, events);

class TcpConnection implements Connection {
  private socket: Socket<undefined> | undefined;
  private isClosed = false;
  private isPaused = false;

  constructor(
    host: string,
    port: number,
    private readonly events: ConnectionEvents,
  ) {
    const connecting = Bun.connect({
      hostname: host,
      port,
      socket: {
        open: (socket) => this.opened(socket),
        data: (_socket, bytes) => this.heard(bytes),
        close: () => this.ended("it closed the connection"),
        error: (_socket, error) => this.ended(systemReason(error)),
        connectError: (_socket, error) => this.ended(connectReason(error)),
      },
    });
    connecting.catch((error: unknown) => this.ended(connectReason(error)));
  }

  send(bytes: Uint8Array): void {
    if (this.socket === undefined || this.isClosed) return;
    if (this.socket.write(bytes) === bytes.length) return;
    // Some bytes into an empty send buffer: a server that has stopped reading.
    this.socket.terminate();
  }

  pause(on: boolean): void {
    this.isPaused = on;
    if (this.isClosed) return;
    if (on) this.socket?.pause();
    else this.socket?.resume();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.socket?.end();
  }

  private opened(socket: Socket<undefined>): void {
    this.socket = socket;
    if (this.isClosed) {
      socket.end();
      return;
    }
    socket.setNoDelay(true);
    if (this.isPaused) socket.pause();
    this.events.onOpen();
  }

  private heard(bytes: Uint8Array): void {
    if (!this.isClosed) this.events.onData(bytes);
  }

  private ended(why: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.events.onClose(why);
  }
}

/** Bun says "Failed to connect" for most of them. */
function connectReason(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ECONNREFUSED") return "connection refused (ECONNREFUSED)";
  if (code === "ENOTFOUND") return "the name has no address (ENOTFOUND)";
  return typeof code === "string" ? `${systemReason(error)} (${code})` : systemReason(error);
}
