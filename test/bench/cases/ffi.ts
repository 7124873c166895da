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

function loop(name: string, run: () => unknown): BenchCase {
  return { name, make: () => ({ run }) };
}

export function ffiCases(): BenchCase[] {
  const shim = loadShim();
  const arena = Arena.alloc(shim, HP_CONTROL_SIZE + 4096);
  const control = arena.take(HP_CONTROL_SIZE);
  shim.hp_clock_init(Math.floor(Date.now() / 86_400_000) * 86_400);
  const clock = new ShimClock(shim);
  return [
    loop("FFI call, no argument", () => shim.hp_abi_version()),
    loop("FFI call, i32", () => shim.hp_tcp_state(NO_HANDLE)),
    loop("FFI call, pointer", () => shim.hp_clock_export(control.addr)),
    loop("FFI call, f64 result (rdtsc)", () => shim.hp_clock_ns()),
    loop("clock: ShimClock.now()", () => clock.now()),
    loop("clock: Bun.nanoseconds(), for comparison", () => Bun.nanoseconds()),
    ...portCases(),
  ];
}

function portCases(): BenchCase[] {
  const shim = loadShim();
  const bytes = ringBytes(RING_DATA);
  const memory = Arena.alloc(shim, bytes);
  const arena = Arena.alloc(shim, PORT_TABLES_SIZE + UdpPort.arenaBytes() + 8192);
  const ring = { ...wholeBlock(memory.region), size: bytes };
  const port = new RingPort(shim, arena, { name: "bench", memory: ring, create: true });
  const writer = new RingWriter(shim, arena, ring, false);
  writer.staging.set(PACKET);
  const loopback = parseIpv4("127.0.0.1")!;
  const udp = new UdpPort(shim, arena, {
    name: "bench",
    lines: [{ group: 0, port: UDP_PORT, iface: loopback }],
  });
  return [
    loop("ring port, idle burst", () => port.rxBurst()),
    loop("ring port, one packet: write, burst, release", () => {
      writer.send(PACKET.length, 0, 0);
      if (port.rxBurst() !== 1) throw new Error("the packet did not arrive");
      port.rxRelease();
    }),
    loop("UDP port, idle poll of one line", () => udp.rxBurst()),
  ];
}

/** Needs no shim. */
export function histogramCases(): BenchCase[] {
  const histogram = new Histogram(new Uint32Array(new ArrayBuffer(4 * HP_HIST_BUCKETS)));
  let ns = 0;
  return [
    loop("histogram record", () => {
      ns = (ns + 37) & 4095;
      histogram.record(ns);
    }),
  ];
}
