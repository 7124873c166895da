/** Listening for TCP, and streams that take over what was accepted: the fake shim as the kernel. */
import { describe, expect, test } from "bun:test";
import { Arena } from "../../src/core/arena.ts";
import {
  HP_EAGAIN,
  HP_ECLOSED,
  HP_EINVAL,
  HP_EREFUSED,
  HP_TCP_LISTENING,
} from "../../src/ffi/layout.ts";
import type { Shim } from "../../src/ffi/shim.ts";
import { formatPeer } from "../../src/net/address.ts";
import { STREAM_CONNECTING, STREAM_UP, type Stream } from "../../src/net/stream.ts";
import { TcpListener } from "../../src/net/tcp-listener.ts";
import { TcpStream } from "../../src/net/tcp-stream.ts";
import { fake, REAL_SKIPPED, real, until } from "./backends.ts";
import { LOOPBACK } from "./port-rigs.ts";

const SIZE = 4096;
const shims = [
  { name: "fake", skipped: undefined, make: fake },
  { name: "real", skipped: REAL_SKIPPED, make: real },
];

function send(stream: Stream, text: string): void {
  stream.tx.set(Buffer.from(text));
  expect(stream.send(0, text.length)).toBe(text.length);
}

async function receive(stream: Stream): Promise<string> {
  const got = await until(() => {
    const count = stream.recv(0, SIZE);
    return count === HP_EAGAIN ? undefined : count;
  }, "bytes");
  return Buffer.from(stream.rx.subarray(0, Math.max(got, 0))).toString();
}

for (const { name, skipped, make } of shims) {
  const title = skipped === undefined ? "" : ` (skipped: ${skipped})`;
  describe.skipIf(skipped !== undefined)(`TcpListener: ${name} shim${title}`, () => {
    const under = skipped === undefined ? make() : undefined;
    const withListener = async (use: (rig: Rig) => Promise<void>) => {
      const rig = new Rig(under!.shim);
      try {
        await use(rig);
      } finally {
        rig.close();
      }
    };

    test("a stream that adopts an accepted connection is up at once and talks both ways", () =>
      withListener(async (rig) => {
        const client = await rig.connect();
        const served = rig.stream(0);
        expect(served.adopt(await rig.accept())).toBe(0);
        expect(served.state()).toBe(STREAM_UP);
        send(client, "logon");
        expect(await receive(served)).toBe("logon");
        send(served, "welcome");
        expect(await receive(client)).toBe("welcome");
        client.close();
        expect(await receive(served)).toBe("");
        expect(served.state()).toBe(HP_ECLOSED);
      }));

    test("bytes that were peeked at are still there for the stream that adopts", () =>
      withListener(async (rig) => {
        const client = await rig.connect();
        const handle = await rig.accept();
        const { shim } = rig;
        const memory = rig.arena.take(64);
        const seen = new Uint8Array(memory.buffer, memory.offset, 64);
        expect(shim.hp_tcp_peek(handle, 0, 64)).toBe(HP_EINVAL);
        expect(shim.hp_tcp_bind_arena(handle, memory.addr, memory.addr)).toBe(0);
        expect(shim.hp_tcp_peek(handle, 0, 64)).toBe(HP_EAGAIN);
        send(client, "8=FIX.4.2");
        const peek = () => {
          const got = shim.hp_tcp_peek(handle, 0, 64);
          return got === HP_EAGAIN ? undefined : got;
        };
        expect(await until(peek, "bytes to peek at")).toBe(9);
        expect(shim.hp_tcp_peek(handle, 32, 5)).toBe(5);
        expect(Buffer.from(seen.subarray(0, 9)).toString()).toBe("8=FIX.4.2");
        expect(Buffer.from(seen.subarray(32, 37)).toString()).toBe("8=FIX");
        const served = rig.stream(0);
        served.adopt(handle);
        expect(await receive(served)).toBe("8=FIX.4.2");
        client.close();
        served.adopt(handle);
        expect(served.state()).toBe(HP_ECLOSED);
      }));

    test("connections are accepted in their order, and then there is none", () =>
      withListener(async (rig) => {
        expect(rig.listener.accept()).toBe(HP_EAGAIN);
        const clients = [await rig.connect(), await rig.connect(), await rig.connect()];
        for (const [i, client] of clients.entries()) {
          const served = rig.stream(0);
          served.adopt(await rig.accept());
          send(client, `number ${i}`);
          expect(await receive(served)).toBe(`number ${i}`);
        }
        expect(rig.listener.accept()).toBe(HP_EAGAIN);
      }));

    test("both ends can name each other", () =>
      withListener(async (rig) => {
        const client = await rig.connect();
        const served = rig.stream(0);
        expect(served.peer()).toBe(HP_ECLOSED);
        expect(formatPeer(served.peer())).toBe("?");
        served.adopt(await rig.accept());
        expect(formatPeer(client.peer())).toBe(`127.0.0.1:${rig.listener.port}`);
        expect(formatPeer(served.peer())).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
      }));

    test("a handle that is no connection is not adopted", () =>
      withListener(async (rig) => {
        const served = rig.stream(0);
        expect(served.adopt(1000)).toBe(HP_ECLOSED);
        expect(served.state()).toBe(HP_ECLOSED);
      }));

    test("a stream without an address cannot open", () =>
      withListener(async (rig) => {
        expect(rig.stream(0).open()).toBe(HP_EINVAL);
      }));

    test("a listener takes no arena, and says what it is", () =>
      withListener(async ({ shim }) => {
        const handle = shim.hp_tcp_listen(LOOPBACK, 0, 1);
        expect(shim.hp_tcp_state(handle)).toBe(HP_TCP_LISTENING);
        expect(shim.hp_tcp_bind_arena(handle, 8, 8)).toBe(HP_EINVAL);
        expect(shim.hp_tcp_send(handle, 0, 1)).toBe(HP_EINVAL);
        expect(shim.hp_tcp_recv(handle, 0, 1)).toBe(HP_EINVAL);
        expect(shim.hp_tcp_peek(handle, 0, 1)).toBe(HP_EINVAL);
        expect(shim.hp_tcp_peer(handle)).toBe(HP_EINVAL);
        expect(shim.hp_tcp_close(handle)).toBe(0);
        expect(shim.hp_tcp_accept(handle)).toBe(HP_ECLOSED);
        expect(shim.hp_tcp_listen(LOOPBACK, 65536, 1)).toBe(HP_EINVAL);
        expect(shim.hp_tcp_listen(LOOPBACK, 0, 0)).toBe(HP_EINVAL);
      }));

    test("a port that is taken is a sentence with the address", () =>
      withListener(async ({ shim, listener: { port } }) => {
        expect(() => new TcpListener(shim, { address: LOOPBACK, port })).toThrow(
          `can't listen at 127.0.0.1:${port}: it exists already, or is in use`,
        );
      }));

    test("a closed listener refuses, keeps what it accepted, and its port can be taken again", () =>
      withListener(async (rig) => {
        const client = await rig.connect();
        const served = rig.stream(0);
        served.adopt(await rig.accept());
        rig.listener.close();
        rig.listener.close();
        expect(rig.listener.accept()).toBe(HP_ECLOSED);
        send(client, "still here");
        expect(await receive(served)).toBe("still here");
        const late = rig.stream(rig.listener.port);
        expect(late.open()).toBeGreaterThanOrEqual(0);
        const state = () => (late.state() === STREAM_CONNECTING ? undefined : late.state());
        expect(await until(state, "the refusal")).toBe(HP_EREFUSED);
        new TcpListener(rig.shim, { address: LOOPBACK, port: rig.listener.port }).close();
      }));

    test("accepting and closing 200 times leaves no descriptor behind", async () => {
      const before = under!.openFiles();
      for (let i = 0; i < 200; i++) {
        await withListener(async (rig) => {
          await rig.connect();
          rig.stream(0).adopt(await rig.accept());
        });
      }
      expect(under!.openFiles()).toBe(before);
    });
  });
}

/** A listener, and streams on an arena of their own. */
class Rig {
  readonly arena: Arena;
  readonly listener: TcpListener;
  private readonly streams: TcpStream[] = [];

  constructor(readonly shim: Shim) {
    this.arena = Arena.alloc(shim, 16 * TcpStream.arenaBytes(SIZE, SIZE));
    this.listener = new TcpListener(shim, { address: LOOPBACK, port: 0 });
  }

  /** To a port, or (0) one that only adopts. */
  stream(port: number): TcpStream {
    const address = port === 0 ? 0 : LOOPBACK;
    const options = { address, port, rxSize: SIZE, txSize: SIZE };
    const stream = new TcpStream(this.shim, this.arena, options);
    this.streams.push(stream);
    return stream;
  }

  async connect(): Promise<TcpStream> {
    const stream = this.stream(this.listener.port);
    expect(stream.open()).toBeGreaterThanOrEqual(0);
    await until(() => (stream.state() === STREAM_UP ? true : undefined), "the connect");
    return stream;
  }

  accept(): Promise<number> {
    return until(() => {
      const handle = this.listener.accept();
      return handle === HP_EAGAIN ? undefined : handle;
    }, "a connection");
  }

  close(): void {
    for (const stream of this.streams) stream.close();
    this.listener.close();
    this.arena.free();
  }
}
