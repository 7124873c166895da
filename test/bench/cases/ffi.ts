/** Calls into the shim, the clock, and ports without traffic. */
import { Arena, wholeBlock } from "../../../src/core/arena.ts";
import { Histogram } from "../../../src/core/histogram.ts";
import { HP_CONTROL_SIZE, HP_HIST_BUCKETS } from "../../../src/ffi/layout.ts";
import { loadShim } from "../../../src/ffi/load.ts";
import { ShimClock } from "../../../src/ffi/shim-clock.ts";
import { parseIpv4 } from "../../../src/net/address.ts";
import { PORT_TABLES_SIZE } from "../../../src/net/port-memory.ts";
import { RingPort } from "../../../src/net/ring-port.ts";
import { RingWriter, ringBytes } from "../../../src/net/ring-writer.ts";
import { UdpPort } from "../../../src/net/udp-port.ts";
import type { BenchCase } from "../bench-case.ts";

const RING_DATA = 1 << 16;
const UDP_PORT = 21000 + (process.pid % 20000);
const PACKET = new Uint8Array(100);
/** A handle that is none: the call returns at once. */
const NO_HANDLE = -1;

/** `make` is called when the case is wanted; what it gives is timed. */
function loop(name: string, make: () => () => unknown): BenchCase {
  return { name, make: () => ({ run: make() }) };
}

function startClock(): ShimClock {
  const shim = loadShim();
  shim.hp_clock_init(Math.floor(Date.now() / 86_400_000) * 86_400);
  return new ShimClock(shim);
}

export function ffiCases(): BenchCase[] {
  const shim = loadShim();
  return [
    loop("FFI call, no argument", () => () => shim.hp_abi_version()),
    loop("FFI call, i32", () => () => shim.hp_tcp_state(NO_HANDLE)),
    loop("FFI call, pointer", () => {
      startClock();
      const control = Arena.alloc(shim, HP_CONTROL_SIZE).take(HP_CONTROL_SIZE);
      return () => shim.hp_clock_export(control.addr);
    }),
    loop("FFI call, f64 result (rdtsc)", () => {
      startClock();
      return () => shim.hp_clock_ns();
    }),
    loop("clock: ShimClock.now()", () => {
      const clock = startClock();
      return () => clock.now();
    }),
    loop("clock: Bun.nanoseconds(), for comparison", () => () => Bun.nanoseconds()),
    loop("ring port, idle burst", () => {
      const { port } = makeRing();
      return () => port.rxBurst();
    }),
    loop("ring port, one packet: write, burst, release", () => {
      const { port, writer } = makeRing();
      return () => {
        writer.send(PACKET.length, 0, 0);
        if (port.rxBurst() !== 1) throw new Error("the packet did not arrive");
        port.rxRelease();
      };
    }),
    loop("UDP port, idle poll of one line", () => {
      const iface = parseIpv4("127.0.0.1")!;
      const arena = Arena.alloc(shim, UdpPort.arenaBytes() + 4096);
      const lines = [{ group: 0, port: UDP_PORT, iface }];
      const udp = new UdpPort(shim, arena, { name: "bench", lines });
      return () => udp.rxBurst();
    }),
  ];
}

function makeRing() {
  const shim = loadShim();
  const bytes = ringBytes(RING_DATA);
  const memory = { ...wholeBlock(Arena.alloc(shim, bytes).region), size: bytes };
  const arena = Arena.alloc(shim, PORT_TABLES_SIZE + 8192);
  const port = new RingPort(shim, arena, { name: "bench", memory, create: true });
  const writer = new RingWriter(shim, arena, memory, false);
  writer.staging.set(PACKET);
  return { port, writer };
}

/** Needs no shim. */
export function histogramCases(): BenchCase[] {
  return [
    loop("histogram record", () => {
      const histogram = new Histogram(new Uint32Array(new ArrayBuffer(4 * HP_HIST_BUCKETS)));
      let ns = 0;
      return () => {
        ns = (ns + 37) & 4095;
        histogram.record(ns);
      };
    }),
  ];
}
