/**
 * What Onload adds to a stream: the fake shim, and the real one with the double of libonload
 * preloaded, say the same. The real one without it is in native/test/tcp-options.c and below.
 */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { Arena } from "../../src/core/arena.ts";
import { cString } from "../../src/core/c-string.ts";
import { StatusError } from "../../src/core/status.ts";
import { fakeShim } from "../../src/ffi/fake.ts";
import { FakeOnload } from "../../src/ffi/fake-onload.ts";
import {
  HP_EAGAIN,
  HP_ECLOSED,
  HP_EINVAL,
  HP_ENOENT,
  HP_ENOTACCEL,
  HP_STAMP_NIC,
  HP_STAMP_NONE,
  HP_TCP_DELEGATE_OTHER,
  HP_TCP_DELEGATED,
} from "../../src/ffi/layout.ts";
import type { Shim } from "../../src/ffi/shim.ts";
import { STREAM_CONNECTING, STREAM_UP } from "../../src/net/stream.ts";
import { TcpStream } from "../../src/net/tcp-stream.ts";
import type { TcpTuning } from "../../src/net/tcp-tuning.ts";
import { fake, ONLOAD_SKIPPED, REAL_SKIPPED, real, until } from "./backends.ts";
import { LOOPBACK } from "./port-rigs.ts";

/** libonload as a test wants it; the words of native/standin/onload-double.c. */
interface World {
  shim: Shim;
  port: number;
  words(text: string): void;
  /** What was called since words(), as the fake notes it: without descriptors and results. */
  calls(): string[];
  /** Everything the newest connection's peer has got so far. */
  peerHas(): string;
  peerIsEnded(): boolean;
  close(): void;
}

function fakeWorld(): World {
  const shim = fakeShim();
  const onload = new FakeOnload();
  shim.network.onload = onload;
  const listener = shim.network.listen(LOOPBACK, 9000);
  let peer = listener.accept();
  let got = "";
  const newest = () => {
    for (let next = listener.accept(); next !== undefined; next = listener.accept()) {
      peer = next;
      got = "";
    }
    return peer;
  };
  return {
    shim,
    port: 9000,
    words: (text) => {
      const words = text.split(" ");
      onload.isPresent = !words.includes("absent");
      onload.accelerates = !words.includes("plain");
      onload.knowsWarm = !words.includes("cold");
      onload.delegateCode = Number(/delegated=(\d+)/.exec(text)?.[1] ?? 0);
      onload.calls.length = 0;
    },
    calls: () => [...onload.calls],
    peerHas: () => {
      got += Buffer.from(newest()?.read() ?? []).toString();
      return got;
    },
    peerIsEnded: () => newest()?.isClosed === true,
    close: () => {},
  };
}

async function doubleWorld(): Promise<World> {
  const { shim } = real();
  const log = process.env["HAIRPIN_ONLOAD_DOUBLE_LOG"]!;
  const file = process.env["HAIRPIN_ONLOAD_DOUBLE_FILE"]!;
  let got = "";
  let isEnded = false;
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    got = "";
    isEnded = false;
    socket.on("data", (chunk) => {
      got += chunk.toString();
    });
    socket.on("end", () => {
      isEnded = true;
    });
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    shim,
    port: (server.address() as { port: number }).port,
    words: (text) => {
      writeFileSync(file, text);
      if (existsSync(log)) truncateSync(log, 0);
    },
    calls: () =>
      readFileSync(log, "utf8")
        .split("\n")
        .flatMap((line) => asFake(line.slice(line.indexOf(" ") + 1))),
    peerHas: () => got,
    peerIsEnded: () => isEnded,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      rmSync(file, { force: true });
    },
  };
}

/** A line of the double as the fake notes the same call; none for what the fake does not note. */
function asFake(line: string): string[] {
  const socket = /^socket\(\) = \d+ on (".*")$/.exec(line);
  if (socket !== null) return [`socket on ${socket[1]}`];
  const stack = /^set_stackname\(0, 2, "?([^"]*)"?\) = 0$/.exec(line);
  if (stack !== null) return [`set_stackname ${stack[1]}`];
  const spin = /^thread_set_spin\(0, ([01])\) = 0$/.exec(line);
  if (spin !== null) return [`thread_set_spin ${spin[1]}`];
  const warm = /^send\(\d+, (\d+), warm\) = \d+$/.exec(line);
  if (warm !== null) return [`send warm ${warm[1]}`];
  const plain = /^(fd_stat|fd_check_feature)\(/.exec(line);
  if (plain !== null) return [plain[1]!];
  return line.startsWith("VIOLATION") ? [line] : [];
}

const backends = [
  { name: "fake shim", skipped: undefined, make: async () => fakeWorld() },
  { name: "real shim and the double", skipped: ONLOAD_SKIPPED, make: doubleWorld },
];

for (const { name, skipped, make } of backends) {
  const title = skipped === undefined ? "" : ` (skipped: ${skipped})`;
  describe.skipIf(skipped !== undefined)(`Onload: ${name}${title}`, () => {
    let ends: (() => void)[] = [];
    afterEach(() => {
      for (const end of ends.reverse()) end();
      ends = [];
    });

    async function world(words = ""): Promise<World> {
      const w = await make();
      w.words(words);
      ends.push(() => w.close());
      return w;
    }

    function makeStream(w: World, tuning: TcpTuning, onPlain = () => {}) {
      const arena = Arena.alloc(w.shim, TcpStream.arenaBytes() + 8192);
      const at = { address: LOOPBACK, port: w.port };
      const frame = arena.take(4096);
      const stream = new TcpStream(w.shim, arena, { ...at, tuning, onPlain });
      ends.push(() => {
        stream.close();
        arena.free();
      });
      stream.tx.set(Buffer.from("0123456789".repeat(20)));
      return { stream, frame };
    }

    /** Opened, and its connect settled: the state. */
    async function settle(stream: TcpStream): Promise<number> {
      expect(stream.open()).toBeGreaterThanOrEqual(0);
      return await until(() => {
        const state = stream.state();
        return state === STREAM_CONNECTING ? undefined : state;
      }, "the connect");
    }

    /** The handle behind a stream, for what a stream has no word for: the newest one. */
    function handleOf(w: World, stream: TcpStream): number {
      for (let handle = 0; handle < 1024; handle++) {
        if (w.shim.hp_tcp_fd(handle) === stream.fd()) return handle;
      }
      throw new Error("no handle has the stream's descriptor");
    }

    test("is there, and takes a stack's name of up to 8 bytes, none = not accelerated", async () => {
      const w = await world();
      expect(w.shim.hp_onload_present()).toBe(1);
      expect(w.shim.hp_onload_stack(cString("orders"))).toBe(0);
      expect(w.shim.hp_onload_stack(cString(""))).toBe(0);
      expect(w.shim.hp_onload_stack(cString("ninechars"))).toBe(HP_EINVAL);
      expect(w.shim.hp_onload_spin(1)).toBe(0);
      expect(w.shim.hp_onload_spin(0)).toBe(0);
      expect(w.calls()).toEqual([
        "set_stackname orders",
        "set_stackname NULL",
        "thread_set_spin 1",
        "thread_set_spin 0",
      ]);
      w.words("absent");
      expect(w.shim.hp_onload_present()).toBe(0);
    });

    test("the connection is looked at once it is up, before any byte", async () => {
      const w = await world();
      expect(w.shim.hp_onload_stack(cString("orders"))).toBe(0);
      const { stream } = makeStream(w, { accelerate: "must" });
      expect(await settle(stream)).toBe(STREAM_UP);
      expect(w.calls()).toEqual([
        "set_stackname orders",
        'socket on "orders"',
        "fd_stat",
        "fd_check_feature",
      ]);
      expect(stream.accelerated()).toBe(1);
    });

    test("one that must be accelerated and is not ends, and the peer gets nothing", async () => {
      const w = await world("plain");
      const { stream } = makeStream(w, { accelerate: "must" });
      expect(await settle(stream)).toBe(HP_ENOTACCEL);
      expect(stream.send(0, 5)).toBe(HP_ENOTACCEL);
      expect(stream.recv(0, 5)).toBe(HP_ENOTACCEL);
      expect(stream.warm(5)).toBe(HP_ENOTACCEL);
      expect(stream.state()).toBe(HP_ENOTACCEL);
      await until(() => (w.peerIsEnded() ? true : undefined), "the peer to hear");
      expect(w.peerHas()).toBe("");
      w.words("");
      expect(await settle(stream)).toBe(STREAM_UP);
    });

    test("one that may be plain says so once, and goes on", async () => {
      const w = await world("plain");
      let told = 0;
      const { stream } = makeStream(w, { accelerate: "may" }, () => told++);
      expect(await settle(stream)).toBe(STREAM_UP);
      expect(told).toBe(1);
      expect(stream.accelerated()).toBe(0);
      expect(stream.warm(5)).toBe(HP_EAGAIN);
      expect(stream.send(0, 5)).toBe(5);
      await until(() => (w.peerHas() === "01234" ? true : undefined), "the bytes");
      expect(await settle(stream)).toBe(STREAM_UP);
      expect(told).toBe(1);
    });

    test("an accelerated one tells nobody that it is plain", async () => {
      const w = await world();
      let told = 0;
      const { stream } = makeStream(w, { accelerate: "may" }, () => told++);
      expect(await settle(stream)).toBe(STREAM_UP);
      expect(told).toBe(0);
    });

    test("warm sends go as far as the stack, never to the peer", async () => {
      const w = await world();
      const { stream } = makeStream(w, { accelerate: "must" });
      expect(stream.warm(10)).toBe(HP_ECLOSED);
      expect(await settle(stream)).toBe(STREAM_UP);
      expect(stream.warm(100)).toBe(100);
      expect(stream.send(0, 5)).toBe(5);
      expect(stream.warm(100)).toBe(100);
      expect(stream.warm(0)).toBe(HP_EINVAL);
      expect(stream.send(5, 5)).toBe(5);
      await until(() => (w.peerHas() === "0123456789" ? true : undefined), "the bytes");
      await Bun.sleep(5);
      expect(w.peerHas()).toBe("0123456789");
      expect(w.calls().filter((c) => c === "send warm 100").length).toBe(2);
    });

    test("a stack that does not know warm sends gets none", async () => {
      const w = await world("cold");
      const { stream } = makeStream(w, { accelerate: "must" });
      expect(await settle(stream)).toBe(STREAM_UP);
      expect(stream.warm(100)).toBe(HP_EAGAIN);
      expect(w.calls().filter((c) => c.includes("warm"))).toEqual([]);
    });

    test("a delegated send takes a whole frame, and its bytes arrive once", async () => {
      const w = await world();
      const { stream, frame } = makeStream(w, { accelerate: "must" });
      expect(await settle(stream)).toBe(STREAM_UP);
      const handle = handleOf(w, stream);
      const { shim } = w;
      const length = shim.hp_tcp_delegate_begin(handle, 3, 10, frame.addr, frame.size);
      expect(length).toBeGreaterThanOrEqual(10 + 54);
      const end = new Uint8Array(frame.buffer, frame.offset + length - 10, 10);
      expect(Buffer.from(end).toString()).toBe("3456789012");
      expect(stream.state()).toBe(HP_TCP_DELEGATED);
      expect(stream.send(0, 5)).toBe(HP_EAGAIN);
      expect(stream.warm(5)).toBe(HP_EAGAIN);
      expect(shim.hp_tcp_delegate_end(handle, 9)).toBe(HP_EINVAL);
      expect(shim.hp_tcp_delegate_end(handle, 10)).toBe(10);
      expect(shim.hp_tcp_delegate_end(handle, 10)).toBe(HP_EINVAL);
      const again = shim.hp_tcp_delegate_begin(handle, 0, 5, frame.addr, frame.size);
      expect(again).toBe(length - 5);
      expect(shim.hp_tcp_delegate_end(handle, 0)).toBe(HP_EAGAIN);
      expect(stream.send(0, 2)).toBe(2);
      await until(() => (w.peerHas() === "345678901201" ? true : undefined), "the bytes");
      expect(shim.hp_tcp_delegate_count(handle, 0)).toBe(2);
      expect(w.calls().filter((c) => c.startsWith("VIOLATION"))).toEqual([]);
    });

    test("whatever a preparation says, a plain send is the way then", async () => {
      const w = await world();
      const { stream, frame } = makeStream(w, { accelerate: "must" });
      expect(await settle(stream)).toBe(STREAM_UP);
      const handle = handleOf(w, stream);
      const { shim } = w;
      for (const code of [1, 2, 3, 4, 5, 6, 99]) {
        w.words(`delegated=${code}`);
        const got = shim.hp_tcp_delegate_begin(handle, 0, 10, frame.addr, frame.size);
        expect(got).toBe(HP_EAGAIN);
        expect(shim.hp_tcp_delegate_count(handle, Math.min(code, HP_TCP_DELEGATE_OTHER))).toBe(1);
        expect(stream.send(0, 1)).toBe(1);
      }
      w.words("");
      const small = shim.hp_tcp_delegate_begin(handle, 0, 10, frame.addr, 70);
      expect(small).toBe(HP_EAGAIN);
      expect(shim.hp_tcp_delegate_count(handle, HP_TCP_DELEGATE_OTHER)).toBe(2);
      expect(shim.hp_tcp_delegate_begin(handle, 0, 0, frame.addr, 70)).toBe(HP_EINVAL);
      expect(shim.hp_tcp_delegate_count(handle, 8)).toBe(HP_EINVAL);
      await until(() => (w.peerHas() === "0000000" ? true : undefined), "the bytes");
    });

    test("stamps are the NIC's", async () => {
      const w = await world();
      w.shim.hp_clock_init(0);
      const { stream } = makeStream(w, { accelerate: "must", stamps: true });
      expect(stream.readStamps()).toBeNull();
      expect(await settle(stream)).toBe(STREAM_UP);
      expect(stream.readStamps()!.txSource).toBe(HP_STAMP_NONE);
      expect(stream.send(0, 100)).toBe(100);
      expect(stream.send(100, 50)).toBe(50);
      const stamps = stream.readStamps()!;
      expect([stamps.txSource, stamps.txBytes]).toEqual([HP_STAMP_NIC, 150]);
      expect(stamps.rxSource).toBe(HP_STAMP_NONE);
    });
  });
}

const shims = [
  { name: "fake", skipped: undefined, make: fake },
  {
    name: "real",
    skipped: ONLOAD_SKIPPED === undefined ? "Onload is there" : REAL_SKIPPED,
    make: real,
  },
];
for (const { name, skipped, make } of shims) {
  const title = skipped === undefined ? "" : ` (skipped: ${skipped})`;
  describe.skipIf(skipped !== undefined)(`Without Onload: ${name} shim${title}`, () => {
    test("a listener is no stream to warm, delegate, or look at", () => {
      const { shim } = make();
      const listener = shim.hp_tcp_listen(LOOPBACK, 0, 1);
      expect(listener).toBeGreaterThanOrEqual(0);
      expect(shim.hp_onload_accelerated(listener)).toBe(HP_EINVAL);
      expect(shim.hp_tcp_warm(listener, 0, 1)).toBe(HP_EINVAL);
      expect(shim.hp_tcp_delegate_begin(listener, 0, 1, 4096, 100)).toBe(HP_EINVAL);
      expect(shim.hp_tcp_delegate_end(listener, 0)).toBe(HP_EINVAL);
      expect(shim.hp_tcp_delegate_count(listener, 0)).toBe(HP_EINVAL);
      expect(shim.hp_tcp_stamps_read(listener, 4096)).toBe(HP_EINVAL);
      expect(shim.hp_tcp_close(listener)).toBe(0);
    });

    test("every question about it is answered no", () => {
      const { shim } = make();
      expect(shim.hp_onload_present()).toBe(0);
      expect(shim.hp_onload_stack(cString("orders"))).toBe(HP_ENOENT);
      expect(shim.hp_onload_spin(1)).toBe(HP_ENOENT);
      expect(shim.hp_onload_accelerated(0)).toBe(HP_ECLOSED);
      expect(shim.hp_tcp_warm(0, 0, 1)).toBe(HP_ECLOSED);
    });

    test("options are tried before a connect: an interface that is not there is an error", () => {
      const { shim } = make();
      const arena = Arena.alloc(shim, TcpStream.arenaBytes());
      const at = { address: LOOPBACK, port: 1, rxSize: 4096, txSize: 4096 };
      const stream = (tuning: TcpTuning) => new TcpStream(shim, arena, { ...at, tuning });
      try {
        expect(stream({ device: "lo", keepIdleS: 3, quickAck: true }).probe()).toEqual([]);
        expect(stream({ keepIdleS: 40_000 }).probe()).toEqual([
          "its socket takes no keepalive (SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT); it goes on without",
        ]);
        const attempt = () => stream({ device: "nosuch0" }).probe();
        expect(attempt).toThrow(StatusError);
        expect(attempt).toThrow("can't set the options of its socket: no such");
        expect(() => stream({ device: "a-name-that-is-too-long" })).toThrow(
          "no interface is called",
        );
      } finally {
        arena.free();
      }
    });
  });
}

test("an option that the host refuses is told in a sentence, and the stream goes on", () => {
  const { shim } = fake();
  shim.network.allowsBusyPoll = false;
  const arena = Arena.alloc(shim, TcpStream.arenaBytes());
  const options = { address: LOOPBACK, port: 1, tuning: { busyPollUs: 50 } };
  const stream = new TcpStream(shim, arena, options);
  expect(stream.probe()).toEqual([
    "its socket takes no busy polling (SO_BUSY_POLL; above net.core.busy_read it takes CAP_NET_ADMIN); it goes on without",
  ]);
  expect(stream.open()).toBe(0);
});
