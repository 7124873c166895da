/** Streams of every kind, and the peers at their other end. */
import { expect } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { Arena } from "../../src/core/arena.ts";
import { FakeOnload } from "../../src/ffi/fake-onload.ts";
import type { FakePeer } from "../../src/ffi/fake-tcp.ts";
import { HP_PIPE_SIZE } from "../../src/ffi/layout.ts";
import type { Shim } from "../../src/ffi/shim.ts";
import { PipePeer } from "../../src/net/pipe-peer.ts";
import type { Stream } from "../../src/net/stream.ts";
import { TcpStream } from "../../src/net/tcp-stream.ts";
import type { TcpTuning } from "../../src/net/tcp-tuning.ts";
import { fake, ONLOAD_SKIPPED, REAL_SKIPPED, real, type ShimUnderTest, until } from "./backends.ts";
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
  /** True when nobody listening is refused. */
  refuses: boolean;
  /** True when one side hears that the other has ended or reset; a pipe has no such words. */
  tellsEnds: boolean;
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

/** Every option that the kernel has. */
const ALL_OPTIONS: TcpTuning = {
  quickAck: true,
  busyPollUs: 10,
  keepIdleS: 5,
  keepIntervalS: 1,
  keepCount: 3,
  userTimeoutMs: 30_000,
  device: "lo",
  stamps: true,
};
const ACCELERATED: TcpTuning = { accelerate: "must", quickAck: true };

function fakeTcp(what: string, tuning?: TcpTuning): StreamBackend {
  const { shim } = fake();
  if (tuning?.accelerate !== undefined) shim.network.onload = new FakeOnload();
  const listener = shim.network.listen(LOOPBACK, 9000);
  const make = (port: number) => {
    const arena = Arena.alloc(shim, TcpStream.arenaBytes(SIZE, SIZE));
    const stream = new TcpStream(shim, arena, { ...tuned(tuning), address: LOOPBACK, port });
    return {
      stream,
      close: () => {
        stream.close();
        arena.free();
      },
    };
  };
  return {
    name: `${what} on the fake shim`,
    skipped: undefined,
    refuses: true,
    tellsEnds: true,
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

function tuned(tuning: TcpTuning | undefined) {
  return tuning === undefined ? {} : { tuning };
}

function kernelTcp(name: string, skipped = REAL_SKIPPED, tuning?: TcpTuning): StreamBackend {
  const accepted: Socket[] = [];
  let server: Server | undefined;
  let port = 0;
  const make = (to: number) => {
    const { shim } = real();
    const arena = Arena.alloc(shim, TcpStream.arenaBytes(SIZE, SIZE));
    const stream = new TcpStream(shim, arena, { ...tuned(tuning), address: LOOPBACK, port: to });
    return {
      stream,
      close: () => {
        stream.close();
        arena.free();
      },
    };
  };
  return {
    name,
    skipped,
    refuses: true,
    tellsEnds: true,
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

/** Does not divide the ring of a pipe, so that a send into a full one is partial first. */
const PIPE_ARENA = 40000;

function pipePeer(peer: PipePeer): Peer {
  const nothing = () => {};
  return {
    write: (bytes) => void expect(peer.answer(bytes, 0, bytes.length)).toBe(true),
    read: () => {
      const bytes = new Uint8Array(peer.sentBytes());
      peer.takeSent(bytes);
      return bytes;
    },
    stall: nothing,
    resume: nothing,
    end: nothing,
    reset: nothing,
    isEnded: () => false,
  };
}

function pipe(make: () => ShimUnderTest, name: string, skipped: string | undefined): StreamBackend {
  let under: ShimUnderTest | undefined;
  const open = () => {
    under ??= make();
    const { shim } = under;
    const arena = Arena.alloc(
      shim,
      TcpStream.arenaBytes(PIPE_ARENA, PIPE_ARENA) + HP_PIPE_SIZE + 128,
    );
    const memory = arena.take(HP_PIPE_SIZE);
    const stream = new TcpStream(shim, arena, {
      address: 0,
      port: 0,
      rxSize: PIPE_ARENA,
      txSize: PIPE_ARENA,
      pipe: memory,
    });
    const close = () => {
      stream.close();
      arena.free();
    };
    return { stream, memory, close };
  };
  return {
    name: `pipe on the ${name} shim`,
    skipped,
    refuses: false,
    tellsEnds: false,
    shim: () => under?.shim,
    openFiles: () => under?.openFiles() ?? 0,
    open: async () => {
      const { stream, memory, close } = open();
      return {
        stream,
        accept: async () => pipePeer(new PipePeer(memory)),
        close: async () => close(),
      };
    },
    openNowhere: open,
  };
}

export const STREAM_BACKENDS: StreamBackend[] = [
  fakeTcp("TCP"),
  fakeTcp("TCP with all options", ALL_OPTIONS),
  fakeTcp("TCP over Onload", ACCELERATED),
  pipe(fake, "fake", undefined),
  kernelTcp("TCP on kernel sockets"),
  kernelTcp("TCP on kernel sockets with all options", REAL_SKIPPED, ALL_OPTIONS),
  kernelTcp("TCP over the double of Onload", ONLOAD_SKIPPED, ACCELERATED),
  pipe(real, "real", REAL_SKIPPED),
];
