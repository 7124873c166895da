/** A fake host whose wire does to frames what a test says, with a clock that moves when it is read. */

import type { Io } from "../../src/cli/io.ts";
import type { Host } from "../../src/config/host.ts";
import { type FakeShim, fakeShim } from "../../src/ffi/fake.ts";
import type { FakeDevice } from "../../src/ffi/fake-device.ts";

export interface BenchWire {
  shim: FakeShim;
  host: Host;
  io: Io;
  out(): string;
  err(): string;
}

/**
 * `carry` gets every frame that leaves, the how-manieth it is, and what puts a frame into the other
 * devices. Absent: frames arrive at once. Each reading of the clock moves it by `stepNs`.
 */
export function benchWire(
  carry?: (frame: Uint8Array, nth: number, arrive: (frame: Uint8Array) => void) => void,
  stepNs = 100,
): BenchWire {
  const shim = fakeShim();
  const { network } = shim;
  network.setTime(1e9);
  const direct = network.transmit.bind(network);
  let nth = 0;
  network.transmit = (from: FakeDevice, frame: Uint8Array) => {
    if (carry === undefined) direct(from, frame);
    else carry(frame, nth++, (arriving) => direct(from, arriving));
  };
  const texts = { out: "", err: "" };
  return {
    shim: {
      ...shim,
      hp_clock_ns: () => {
        network.advance(stepNs);
        return shim.hp_clock_ns();
      },
    },
    host: {
      core: () => "online",
      isIsolated: (core) => core !== 3,
      interfaceAddress: (name) => (name === "fake0" ? 0x0a000001 : undefined),
      interfaces: () => [],
      hasInterface: (name) => network.devices.has(name),
      library: () => undefined,
      fileMode: () => undefined,
    },
    io: {
      out: (text) => {
        texts.out += text;
      },
      err: (text) => {
        texts.err += text;
      },
      isTerminal: false,
      columns: 80,
    },
    out: () => texts.out,
    err: () => texts.err,
  };
}
