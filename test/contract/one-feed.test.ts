/** Ports of one feed never write the word of a descriptor that says which: it has to be 0, and stay so. */
import { describe, expect, test } from "bun:test";
import { Arena, wholeBlock } from "../../src/core/arena.ts";
import type { Shim } from "../../src/ffi/shim.ts";
import * as D from "../../src/net/desc.ts";
import type { Port } from "../../src/net/port.ts";
import { RingPort } from "../../src/net/ring-port.ts";
import { RingWriter, ringBytes } from "../../src/net/ring-writer.ts";
import { UdpPort } from "../../src/net/udp-port.ts";
import { fake, REAL_SKIPPED, real } from "./backends.ts";
import { GROUPS, LOOPBACK, UDP_PORT } from "./port-rigs.ts";

const shims = [
  { name: "fake", skipped: undefined, make: fake },
  { name: "real", skipped: REAL_SKIPPED, make: real },
];
for (const { name, skipped, make } of shims) {
  const title = skipped === undefined ? "" : ` (skipped: ${skipped})`;
  describe.skipIf(skipped !== undefined)(`A port of one feed: ${name}${title}`, () => {
    /** An arena that somebody has used. */
    const usedArena = (shim: Shim, bytes: number) => {
      const arena = Arena.alloc(shim, bytes);
      new Uint8Array(arena.region.buffer).fill(0xa5);
      return arena;
    };
    const feedsOf = (port: Port) =>
      Array.from({ length: D.BURST_MAX }, (_, i) => port.desc[i * D.DESC_WORDS + D.DESC_FEED]!);
    const ZEROS = new Array<number>(D.BURST_MAX).fill(0);

    test("says feed 0 in every descriptor, whatever the memory was: sockets, live and played", () => {
      const { shim } = make();
      const arena = usedArena(shim, 2 * UdpPort.arenaBytes());
      const lines = [{ group: GROUPS[0]!, port: UDP_PORT + 3, iface: LOOPBACK }];
      const live = new UdpPort(shim, arena, { name: "a", lines });
      const played = new UdpPort(shim, arena, { name: "b", lines: [], played: true });
      for (let i = 0; i < D.BURST_MAX; i++) played.play(new Uint8Array(1), 0, 1, 0, 0);
      expect(played.rxBurst()).toBe(D.BURST_MAX);
      expect(feedsOf(live)).toEqual(ZEROS);
      expect(feedsOf(played)).toEqual(ZEROS);
      live.close();
      played.close();
      arena.free();
    });

    test("says feed 0 in every descriptor, whatever the memory was: a ring", () => {
      const { shim } = make();
      const arena = usedArena(shim, 1 << 17);
      const memory = Arena.alloc(shim, ringBytes(1 << 16));
      const block = wholeBlock(memory.region);
      const port = new RingPort(shim, arena, { name: "r", memory: block, create: true });
      const writer = new RingWriter(shim, arena, block, false);
      for (let i = 0; i < D.BURST_MAX; i++)
        expect(writer.sendBytes(new Uint8Array(8), 8, 1)).toBe(0);
      expect(port.rxBurst()).toBe(D.BURST_MAX);
      expect(feedsOf(port)).toEqual(ZEROS);
      port.close();
      writer.close();
      arena.free();
      memory.free();
    });
  });
}
