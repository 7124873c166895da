/** A TCP connection of the player: what came in, message by message, and the end of the stream. */
import type { Socket } from "bun";
import { tagValue, takeMessage } from "./wire.ts";

interface Waiter {
  wake(): void;
}

export class Link {
  isClosed = false;
  private text = "";
  private waiter: Waiter | undefined;

  constructor(private readonly socket: Socket<Link | undefined>) {}

  static async connect(host: string, port: number): Promise<Link> {
    const socket = await Bun.connect<Link | undefined>({
      hostname: host,
      port,
      data: undefined,
      socket: handlers(),
    });
    return adopt(socket);
  }

  /** Sends all of it; a peer that takes nothing for ten seconds is a failure. */
  async send(text: string): Promise<void> {
    let bytes = Buffer.from(text, "latin1");
    const endMs = performance.now() + 10_000;
    while (bytes.length > 0 && !this.isClosed) {
      const taken = Math.max(0, this.socket.write(bytes));
      bytes = bytes.subarray(taken);
      if (bytes.length === 0) return;
      if (performance.now() > endMs) throw new Error("the peer takes no more bytes");
      await Bun.sleep(5);
    }
  }

  /** Next message; undefined at the end of the stream. Throws after `timeoutMs`, or on a malformed one. */
  async next(timeoutMs: number): Promise<string | undefined> {
    const message = await this.peek(timeoutMs);
    this.text = this.text.slice(message?.length ?? 0);
    return message;
  }

  /** Like next, and leaves the message where it is. */
  async peek(timeoutMs: number): Promise<string | undefined> {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const message = takeMessage(this.text);
      if (message !== undefined) return message;
      if (this.isClosed) {
        if (this.text !== "") throw new Error(`the stream ended inside a message: ${this.text}`);
        return undefined;
      }
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) throw new Error(`nothing came within ${timeoutMs / 1000} s`);
      await this.change(leftMs);
    }
  }

  /** Bytes that nobody took. */
  rest(): string {
    return this.text;
  }

  /** Reads no more: the peer's socket fills up. */
  pause(): void {
    this.socket.pause();
  }

  close(): void {
    this.isClosed = true;
    this.socket.end();
  }

  received(bytes: Uint8Array): void {
    if (this.isClosed) return;
    this.text += Buffer.from(bytes).toString("latin1");
    this.waiter?.wake();
  }

  ended(): void {
    this.isClosed = true;
    this.waiter?.wake();
  }

  private change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiter = undefined;
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.waiter = { wake };
    });
  }
}

/**
 * Where initiators connect: gives each connection to whoever waits for its session, which the
 * TargetCompID of its Logon names.
 */
export class Listener {
  private readonly socket: Bun.TCPSocketListener<Link | undefined>;
  private readonly waiting = new Map<string, Link[]>();

  constructor() {
    this.socket = Bun.listen<Link | undefined>({
      hostname: "127.0.0.1",
      port: 0,
      socket: { ...handlers(), open: (socket) => void this.sort(adopt(socket)) },
    });
  }

  get port(): number {
    return this.socket.port;
  }

  /** The latest connection of the session of CompID `us`; its Logon is still to be read. */
  async link(us: string, timeoutMs = 20_000): Promise<Link> {
    const endMs = performance.now() + timeoutMs;
    while (performance.now() < endMs) {
      const found = this.waiting.get(us)?.findLast((link) => !link.isClosed);
      this.waiting.delete(us);
      if (found !== undefined) return found;
      await Bun.sleep(10);
    }
    throw new Error(`no Logon for ${us} within ${timeoutMs / 1000} s`);
  }

  stop(): void {
    this.socket.stop(true);
  }

  private async sort(link: Link): Promise<void> {
    try {
      const logon = await link.peek(20_000);
      const us = logon === undefined ? "" : (tagValue(logon, 56) ?? "");
      this.waiting.set(us, [...(this.waiting.get(us) ?? []), link]);
    } catch {
      // Whoever waits for it says that it did not come.
      link.close();
    }
  }
}

function adopt(socket: Socket<Link | undefined>): Link {
  socket.data ??= new Link(socket);
  return socket.data;
}

function handlers() {
  const onEnd = (socket: Socket<Link | undefined>): void => adopt(socket).ended();
  return {
    data: (socket: Socket<Link | undefined>, bytes: Uint8Array) => adopt(socket).received(bytes),
    close: onEnd,
    error: onEnd,
    end: (socket: Socket<Link | undefined>) => {
      onEnd(socket);
      socket.end();
    },
  };
}
