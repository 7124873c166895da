/** What the shadow of warm-up plays through: the played UdpPort and the TcpStream over a pipe. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Arena } from "../../src/core/arena.ts";
import {
  HP_EINVAL,
  HP_PIPE__ANSWER_HEAD_W,
  HP_PIPE__ANSWER_TAIL_W,
  HP_PIPE__SENT_HEAD_W,
  HP_PIPE__SENT_TAIL_W,
  HP_PIPE_DATA,
  HP_PIPE_SIZE,
  HP_RX_STAMP_KERNEL,
} from "../../src/ffi/layout.ts";
import type { Shim } from "../../src/ffi/shim.ts";
import { DESC_FLAGS, DESC_WORDS } from "../../src/net/desc.ts";
import { PipePeer } from "../../src/net/pipe-peer.ts";
import { STREAM_UP } from "../../src/net/stream.ts";
import { TcpStream } from "../../src/net/tcp-stream.ts";
import { UdpPort } from "../../src/net/udp-port.ts";
import { fake, REAL_SKIPPED, real, withArena } from "./backends.ts";
import { GROUPS, LOOPBACK, UDP_PORT } from "./port-rigs.ts";

const ARENA_BYTES = 1 << 20;
const LINES = [{ group: GROUPS[0]!, port: UDP_PORT + 2, iface: LOOPBACK }];

function pipeStream(shim: Shim, arena: Arena) {
  const pipe = arena.take(HP_PIPE_SIZE);
  const stream = new TcpStream(shim, arena, { address: 0, port: 0, pipe });
  return { stream, peer: new PipePeer(pipe) };
}

/** Names and types of an object's fields, in their order: what decides its hidden shape. */
function shape(of: object): string[] {
  return Object.entries(of).map(([name, value]) => `${name} ${typeof value}`);
}

const shims = [
  { name: "fake", skipped: undefined, make: fake },
  { name: "real", skipped: REAL_SKIPPED, make: real },
];
for (const { name, skipped, make } of shims) {
  const title = skipped === undefined ? "" : ` (skipped: ${skipped})`;
  describe.skipIf(skipped !== undefined)(`The shadow's way in and out: ${name}${title}`, () => {
    test("a played and a live port have the same fields, a pipe and a socket too", () => {
      const { shim } = make();
      return withArena(shim, ARENA_BYTES, (arena) => {
        const live = new UdpPort(shim, arena, { name: "a", lines: LINES });
        const played = new UdpPort(shim, arena, { name: "a", lines: [], played: true });
        expect(shape(played)).toEqual(shape(live));
        const socket = new TcpStream(shim, arena, { address: LOOPBACK, port: 1 });
        expect(shape(pipeStream(shim, arena).stream)).toEqual(shape(socket));
        live.close();
        played.close();
      });
    });

    test("neither opens a descriptor or joins a group", () => {
      const { shim, openFiles } = make();
      return withArena(shim, ARENA_BYTES, (arena) => {
        const before = openFiles();
        const port = new UdpPort(shim, arena, { name: "a", lines: LINES, played: true });
        const again = new UdpPort(shim, arena, {
          name: "b",
          lines: [{ group: LOOPBACK, port: 0, iface: 0 }],
          played: true,
        });
        const { stream } = pipeStream(shim, arena);
        expect(stream.open()).toBeGreaterThanOrEqual(0);
        expect(stream.state()).toBe(STREAM_UP);
        expect(stream.fd()).toBe(-1);
        expect(openFiles()).toBe(before);
        stream.close();
        port.close();
        again.close();
      });
    });

    test("the 65th packet of a burst is refused, and the burst stays whole", () => {
      const { shim } = make();
      return withArena(shim, ARENA_BYTES, (arena) => {
        const port = new UdpPort(shim, arena, { name: "a", lines: [], played: true });
        const one = new Uint8Array([9]);
        for (let i = 0; i < 64; i++) expect(port.play(one, 0, 1, 0, 0)).toBe(true);
        expect(port.play(one, 0, 1, 0, 0)).toBe(false);
        expect(port.rxBurst()).toBe(64);
        expect(port.rxBurst()).toBe(0);
        expect(port.play(one, 0, 1, 0, 0)).toBe(true);
        expect(port.rxBurst()).toBe(1);
        port.close();
        expect(port.play(one, 0, 1, 0, 0)).toBe(false);
      });
    });

    test("a part of a payload is played as that part; one outside it is refused", () => {
      const { shim } = make();
      return withArena(shim, ARENA_BYTES, (arena) => {
        const port = new UdpPort(shim, arena, { name: "a", lines: [], played: true });
        const payload = new Uint8Array([1, 2, 3, 4, 5]);
        expect(port.play(payload, 1, 3, 0, 7)).toBe(true);
        expect(port.play(payload, 3, 3, 0, 7)).toBe(false);
        expect(port.play(payload, -1, 2, 0, 7)).toBe(false);
        expect(port.play(payload, 2, -1, 0, 7)).toBe(false);
        expect(port.play(payload, 5, 0, 0, 0)).toBe(true);
        expect(port.rxBurst()).toBe(2);
        expect([...port.bytes.subarray(0, 3)]).toEqual([2, 3, 4]);
        expect(port.desc[DESC_FLAGS]).toBe(HP_RX_STAMP_KERNEL);
        expect(port.desc[DESC_WORDS + DESC_FLAGS]).toBe(0);
        port.close();
      });
    });

    test("a live port plays nothing", () => {
      const { shim } = make();
      return withArena(shim, ARENA_BYTES, (arena) => {
        const port = new UdpPort(shim, arena, { name: "a", lines: LINES });
        expect(port.play(new Uint8Array(1), 0, 1, 0, 0)).toBe(false);
        expect(port.rxBurst()).toBe(0);
        port.close();
      });
    });

    test("memory too small or out of line for a pipe is refused", () => {
      const { shim } = make();
      return withArena(shim, ARENA_BYTES, (arena) => {
        const pipe = arena.take(HP_PIPE_SIZE - 1);
        expect(() => new TcpStream(shim, arena, { address: 0, port: 0, pipe })).toThrow("a pipe");
        expect(() => new PipePeer(pipe)).toThrow("a pipe");
        expect(shim.hp_tcp_open_pipe(0)).toBe(HP_EINVAL);
        expect(shim.hp_tcp_open_pipe(pipe.addr + 4)).toBe(HP_EINVAL);
      });
    });

    test("an answer goes whole or not at all", () => {
      const { shim } = make();
      return withArena(shim, ARENA_BYTES, (arena) => {
        const { stream, peer } = pipeStream(shim, arena);
        stream.open();
        const from = new Uint8Array(HP_PIPE_DATA + 1).fill(1);
        expect(peer.answer(from, 0, HP_PIPE_DATA + 1)).toBe(false);
        expect(peer.answer(from, 2, HP_PIPE_DATA)).toBe(false);
        expect(peer.answer(from, 0, HP_PIPE_DATA - 1)).toBe(true);
        expect(peer.answer(from, 0, 2)).toBe(false);
        expect(stream.recv(0, 100)).toBe(100);
        expect(peer.answer(from, 0, 101)).toBe(true);
        expect(peer.answer(from, 0, 1)).toBe(false);
        stream.close();
      });
    });

    test("cursors that cannot be are refused, not followed", () => {
      const { shim } = make();
      return withArena(shim, ARENA_BYTES, (arena) => {
        const { stream, peer } = pipeStream(shim, arena);
        stream.open();
        peer.cursors[HP_PIPE__SENT_TAIL_W] = 1;
        expect(stream.send(0, 10)).toBe(HP_EINVAL);
        expect(peer.takeSent(new Uint8Array(10))).toBe(0);
        peer.cursors[HP_PIPE__ANSWER_HEAD_W] = HP_PIPE_DATA + 1;
        expect(stream.recv(0, 10)).toBe(HP_EINVAL);
        expect(peer.answer(new Uint8Array(10), 0, 10)).toBe(false);
        stream.close();
      });
    });

    test("any order of sends, takes, answers and receives keeps both byte streams, over every wrap", () => {
      const { shim } = make();
      const step = fc.tuple(fc.constantFrom("send", "take", "answer", "recv"), fc.nat(30000));
      return withArena(shim, ARENA_BYTES, (arena) => {
        const { stream, peer } = pipeStream(shim, arena);
        const at = (n: number) => (n * 7 + (n >> 8)) & 255;
        const into = new Uint8Array(30001);
        fc.assert(
          fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
            stream.open();
            // 2000 bytes before the cursors themselves wrap.
            for (const word of [HP_PIPE__SENT_HEAD_W, HP_PIPE__SENT_TAIL_W])
              peer.cursors[word] = -2000;
            for (const word of [HP_PIPE__ANSWER_HEAD_W, HP_PIPE__ANSWER_TAIL_W])
              peer.cursors[word] = -2000;
            let [sent, taken, answered, received] = [0, 0, 0, 0];
            let wrong = 0;
            for (const [what, size] of steps) {
              const length = size + 1;
              if (what === "send") {
                for (let i = 0; i < length; i++) stream.tx[i] = at(sent + i);
                const room = HP_PIPE_DATA - (sent - taken);
                const count = Math.max(0, stream.send(0, length));
                if (count !== Math.min(room, length)) wrong++;
                sent += count;
              } else if (what === "take") {
                const count = peer.takeSent(into.subarray(0, length));
                if (count !== Math.min(length, sent - taken)) wrong++;
                for (let i = 0; i < count; i++) if (into[i] !== at(taken + i)) wrong++;
                taken += count;
              } else if (what === "answer") {
                for (let i = 0; i < length; i++) into[i] = at(answered + i);
                const goes = peer.answer(into, 0, length);
                if (goes !== length <= HP_PIPE_DATA - (answered - received)) wrong++;
                if (goes) answered += length;
              } else {
                const count = Math.max(0, stream.recv(0, length));
                if (count !== Math.min(length, answered - received)) wrong++;
                for (let i = 0; i < count; i++) if (stream.rx[i] !== at(received + i)) wrong++;
                received += count;
              }
              if (peer.sentBytes() !== sent - taken) wrong++;
            }
            expect(wrong).toBe(0);
          }),
          { numRuns: 40 },
        );
        stream.close();
      });
    });
  });
}
