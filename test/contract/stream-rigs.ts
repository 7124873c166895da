/** Streams of every kind, and the peers at their other end. */
import { createServer, type Server, type Socket } from "node:net";
import { Arena } from "../../src/core/arena.ts";
import type { FakePeer } from "../../src/ffi/fake-tcp.ts";
import type { Shim } from "../../src/ffi/shim.ts";
import { MemoryStream } from "../../src/net/memory-stream.ts";
import type { Stream } from "../../src/net/stream.ts";
import { TcpStream } from "../../src/net/tcp-stream.ts";
import { fake, REAL_SKIPPED, real, until } from "./backends.ts";
import { LOOPBACK } from "./port-rigs.ts";

export interface Peer {
  write(bytes: Uint8Array): void;
  /** Everything received since the last call. */
  read(): Uint8Array;
  /** Stops reading, so that the sender's side fills. */
  stall(): void;
  resume(): void;
  /** Ends the connection in good order. */
  end(): void;
  reset(): void;
  /** True when the stream's side has ended the connection. */
  isEnded(): boolean;
}

export interface StreamRig {
  stream: Stream;
  /** The peer of the newest connection. */
  accept(): Promise<Peer>;
  close(): Promise<void>;
}

export interface StreamBackend {
  name: string;
  skipped: string | undefined;
  /** True when nobody listening is refused (a MemoryStream always has a peer). */
  refuses: boolean;
  /** The shim that holds the descriptors; undefined when there is none. */
  shim(): Shim | undefined;
  openFiles(): number;
  open(): Promise<StreamRig>;
  /** A stream to where nobody listens. */
  openNowhere(): { stream: Stream; close(): void };
}

const SIZE = 65536;

/** Stalled fakes keep room for this much, so that a send is partial before it is refused. */
const STALLED_ROOM = 100;

function fakePeer(peer: FakePeer): Peer {
  return {
    write: (bytes) => peer.write(bytes),
    read: () => peer.read(),
    stall: () => {
      peer.capacity = STALLED_ROOM;
    },
    resume: () => {
      peer.capacity = 1 << 20;
    },
    end: () => peer.close(),
    reset: () => peer.reset(),
    isEnded: () => peer.isClosed,
  };
}

function memory(): StreamBackend {
  return {
    name: "memory",
    skipped: undefined,
    refuses: false,
    shim: () => undefined,
    openFiles: () => 0,
    open: async () => {
      const stream = new MemoryStream(SIZE, SIZE);
      return {
        stream,
        accept: async () => fakePeer(stream.peer),
        close: async () => stream.close(),
      };
    },
    openNowhere: () => ({ stream: new MemoryStream(), close: () => {} }),
  };
}

function fakeTcp(): StreamBackend {
  const { shim } = fake();
  const listener = shim.network.listen(LOOPBACK, 9000);
  const make = (port: number) => {
    const arena = Arena.alloc(shim, TcpStream.arenaBytes(SIZE, SIZE));
    const stream = new TcpStream(shim, arena, { address: LOOPBACK, port });
    return {
      stream,
      close: () => {
        stream.close();
        arena.free();
      },
    };
  };
  return {
    name: "TCP on the fake shim",
    skipped: undefined,
    refuses: true,
    shim: () => shim,
    openFiles: () => shim.network.files.size,
    open: async () => {
      const { stream, close } = make(9000);
      return {
        stream,
        accept: async () => fakePeer(await until(() => listener.accept(), "a connect")),
        close: async () => close(),
      };
    },
    openNowhere: () => make(9001),
  };
}

function kernelPeer(socket: Socket): Peer {
  const chunks: Buffer[] = [];
  let isEnded = false;
  socket.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
  socket.on("end", () => {
    isEnded = true;
  });
  socket.on("error", () => {
    isEnded = true;
  });
  return {
    write: (bytes) => void socket.write(bytes),
    read: () => Buffer.concat(chunks.splice(0)),
    stall: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
    isEnded: () => isEnded,
  };
}

function kernelTcp(): StreamBackend {
  const accepted: Socket[] = [];
  let server: Server | undefined;
  let port = 0;
  const make = (to: number) => {
    const { shim } = real();
    const arena = Arena.alloc(shim, TcpStream.arenaBytes(SIZE, SIZE));
    const stream = new TcpStream(shim, arena, { address: LOOPBACK, port: to });
    return {
      stream,
      close: () => {
        stream.close();
        arena.free();
      },
    };
  };
  return {
    name: "TCP on kernel sockets",
    skipped: REAL_SKIPPED,
    refuses: true,
    shim: () => real().shim,
    openFiles: () => real().openFiles(),
    open: async () => {
      if (server === undefined) {
        server = createServer((socket) => accepted.push(socket));
        const listening = server;
        await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
        listening.unref();
        port = (listening.address() as { port: number }).port;
      }
      const { stream, close } = make(port);
      let newest: Socket | undefined;
      return {
        stream,
        accept: async () => {
          newest = await until(() => accepted.pop(), "a connect");
          return kernelPeer(newest);
        },
        close: async () => {
          close();
          newest?.destroy();
          for (const socket of accepted.splice(0)) socket.destroy();
        },
      };
    },
    openNowhere: () => make(1),
  };
}

export const STREAM_BACKENDS: StreamBackend[] = [memory(), fakeTcp(), kernelTcp()];
