import { describe, expect, test } from "bun:test";
import { parseFlags } from "../../../src/cli/args.ts";
import { RTT_FLAGS } from "../../../src/cli/bench/rtt-flags.ts";
import { rttOptions } from "../../../src/cli/bench/rtt-options.ts";
import type { LoopResult } from "../../../src/cli/bench/rtt-result.ts";
import { runRtt } from "../../../src/cli/bench/rtt-run.ts";
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../../../src/cli/exit-codes.ts";
import { NO_OPERANDS } from "../../../src/cli/verb.ts";
import { udpFrame } from "../../../src/ffi/fake-frame.ts";
import {
  HP_PORT_INFO__FLAGS,
  HP_PORT_INFO__MTU,
  HP_PORT_INFO_SIZE,
  HP_PORT_STAMPS_RX,
  HP_PORT_STAMPS_TX,
  HP_PORT_STAMPS_TX_KERNEL,
} from "../../../src/ffi/layout.ts";
import { parseIpv4 } from "../../../src/net/address.ts";
import { type BenchWire, benchWire } from "../../support/bench-wire.ts";
import { runCli } from "../../support/run-cli.ts";

const GROUP = parseIpv4("239.255.77.77")!;
const PORT = 5077;
/** Where the sequence of a frame without options or tags begins. */
const PAYLOAD = 42;

function optionsOf(...argv: string[]) {
  return rttOptions(parseFlags(argv, RTT_FLAGS, NO_OPERANDS).flags);
}

function run(wire: BenchWire, json: boolean, ...argv: string[]): number {
  return runRtt(wire.shim, wire.host, optionsOf("--driver", "packet", ...argv), json, wire.io);
}

function loop(wire: BenchWire, ...argv: string[]): LoopResult & { code: number } {
  const ends = ["--tx", "fake0", "--rx", "fake1", "--seconds", "0.01"];
  const code = run(wire, true, ...ends, ...argv);
  return { code, ...(JSON.parse(wire.out()) as LoopResult) };
}

function sequenceOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getUint32(PAYLOAD);
}

/** Does something to one frame of the measured run, which has so many; the warm-up has as many. */
const FRAMES = 100;
/** Of a clock where waiting takes few readings, for tests that wait. */
const COARSE_NS = 2000;
function once(at: number, act: (frame: Uint8Array, arrive: (frame: Uint8Array) => void) => void) {
  return benchWire((frame, nth, arrive) => {
    if (nth === FRAMES + at) act(frame, arrive);
    else arrive(frame);
  }, COARSE_NS);
}

/** Devices that say of themselves what `flags` say. */
function stamping(wire: BenchWire, flags: number): BenchWire {
  return withInfo(wire, HP_PORT_INFO__FLAGS, flags);
}

function withInfo(wire: BenchWire, at: number, value: number): BenchWire {
  const driver = wire.shim.driver("packet");
  const open = (config: number, info: number) => {
    const handle = driver.open(config, info);
    wire.shim.network.memory.view(info, HP_PORT_INFO_SIZE).setUint32(at, value, true);
    return handle;
  };
  return { ...wire, shim: { ...wire.shim, driver: () => ({ ...driver, open }) } };
}

describe("a loop on a clock that moves when it is read", () => {
  test("gets everything back, and every time is the same", () => {
    const wire = benchWire();
    const { code, sizes, tx, rx } = loop(wire, "--sizes", "64,1472");
    expect(code).toBe(EXIT_OK);
    expect(wire.err()).toBe("");
    expect(sizes.map((s) => [s.bytes, s.sent, s.received, s.lost])).toEqual([
      [64, FRAMES, FRAMES, 0],
      [1472, FRAMES, FRAMES, 0],
    ]);
    // From the reading before the send to the one after the burst: one step.
    const all = { p50: 100, p90: 100, p99: 100, p999: 100, max: 100 };
    expect(sizes[0]!.softwareNs).toEqual({ count: FRAMES, ...all });
    expect([tx.device, rx.device]).toEqual(["fake0", "fake1"]);
    expect(wire.shim.network.openDevices.size).toBe(0);
  });

  test("keeps the rate that it was asked for, and says what came of it", () => {
    const { sizes, ratePps } = loop(benchWire(), "--sizes", "64", "--rate", "50000");
    expect(ratePps).toBe(50_000);
    expect(sizes[0]!.sent).toBe(500);
    expect(sizes[0]!.sentPerS).toBeCloseTo(50_000, -2);
    const max = loop(benchWire(undefined, COARSE_NS), "--sizes", "64", "--rate", "max");
    expect(max.ratePps).toBeNull();
    expect(max.sizes[0]!.sent).toBeGreaterThan(1000);
  });

  test("a lost datagram is counted, and holds nothing up", () => {
    const { code, sizes } = loop(
      once(7, () => {}),
      "--sizes",
      "64",
    );
    expect(code).toBe(EXIT_OK);
    expect(sizes[0]).toMatchObject({ sent: FRAMES, received: FRAMES - 1, lost: 1, duplicates: 0 });
  });

  test("a duplicate is counted once", () => {
    const wire = once(3, (frame, arrive) => {
      arrive(frame);
      arrive(frame);
    });
    const { sizes } = loop(wire, "--sizes", "64");
    expect(sizes[0]).toMatchObject({ received: FRAMES, lost: 0, duplicates: 1, reordered: 0 });
    expect(sizes[0]!.softwareNs.count).toBe(FRAMES);
  });

  test("a datagram that another overtakes is reordered, and its time is long", () => {
    let held: Uint8Array | undefined;
    const wire = benchWire((frame, nth, arrive) => {
      if (nth === FRAMES + 5) held = frame;
      else arrive(frame);
      if (nth === FRAMES + 6) arrive(held!);
    });
    const { sizes } = loop(wire, "--sizes", "64");
    expect(sizes[0]).toMatchObject({ received: FRAMES, lost: 0, reordered: 1 });
    const { p99, max } = sizes[0]!.softwareNs;
    expect(p99).toBe(100);
    // One interval of 10,000/s later.
    expect(max).toBeGreaterThan(99_000);
    expect(max).toBeLessThan(102_000);
  });

  test("percentiles are those of the times that were put in", () => {
    // Of a hundred, the last eleven come with the one behind them: one interval late.
    let held: Uint8Array[] = [];
    const wire = benchWire((frame, nth, arrive) => {
      if (nth >= FRAMES + 80 && nth % 2 === 0) {
        held.push(frame);
        return;
      }
      for (const late of held) arrive(late);
      held = [];
      arrive(frame);
    });
    const { softwareNs } = loop(wire, "--sizes", "64").sizes[0]!;
    expect(softwareNs.count).toBe(FRAMES);
    expect(softwareNs.p50).toBe(100);
    expect(softwareNs.p90).toBe(100);
    expect(softwareNs.p99).toBeGreaterThan(99_000);
    expect(softwareNs.p999).toBeLessThanOrEqual(softwareNs.max);
  });

  test("datagrams of others, and of the run before, are strangers", () => {
    let early: Uint8Array | undefined;
    const wire = benchWire((frame, nth, arrive) => {
      early ??= frame;
      arrive(frame);
      if (nth === FRAMES + 1) arrive(early);
      const foreign = new Uint8Array(64).fill(7);
      const from = { address: 1, port: 2 };
      if (nth === FRAMES + 2) arrive(udpFrame(from, { address: GROUP, port: PORT }, foreign));
    });
    const { sizes } = loop(wire, "--sizes", "64");
    expect(sizes[0]).toMatchObject({ received: FRAMES, strangers: 2, duplicates: 0, damaged: 0 });
  });

  test("a datagram of another length is damaged, and lost", () => {
    const wire = once(9, (frame, arrive) => {
      const from = { address: 1, port: 2 };
      const payload = frame.subarray(PAYLOAD, PAYLOAD + 40);
      arrive(udpFrame(from, { address: GROUP, port: PORT }, payload));
    });
    const { sizes } = loop(wire, "--sizes", "64");
    expect(sizes[0]).toMatchObject({ received: FRAMES - 1, lost: 1, damaged: 1 });
  });

  test("says that nobody stamps, and where nothing comes back it fails", () => {
    const wire = benchWire(() => {}, COARSE_NS);
    const { code, wireNote, sizes } = loop(wire, "--sizes", "64");
    expect(code).toBe(EXIT_FAILED);
    expect(sizes[0]).toMatchObject({ received: 0, wireNs: null });
    expect(wireNote).toContain("nobody stamps what is sent");
    expect(wire.err()).toBe("bench rtt: nothing came back: is fake0 connected to fake1?\n");
  });

  test("takes the time from stamp to stamp where both ways are stamped by the same", () => {
    const wire = benchWire((frame, _, arrive) => {
      wire.shim.network.advance(250);
      arrive(frame);
    });
    const { sizes, wireNote } = loop(
      stamping(wire, HP_PORT_STAMPS_RX | HP_PORT_STAMPS_TX),
      "--sizes",
      "64",
    );
    expect(sizes[0]!.wireNs).toMatchObject({ count: FRAMES, p50: 250, p99: 250, max: 250 });
    expect(wireNote).toBe("stamps are of two ports: worth as much as their clocks agree");
  });

  test("asks for no stamps when told not to", () => {
    const wire = stamping(benchWire(), HP_PORT_STAMPS_RX | HP_PORT_STAMPS_TX);
    const { sizes, wireNote } = loop(wire, "--sizes", "64", "--no-stamps");
    expect([sizes[0]!.wireNs, wireNote]).toEqual([null, ""]);
  });

  test("takes none where card and kernel stamp by different clocks", () => {
    const wire = stamping(benchWire(), HP_PORT_STAMPS_RX | HP_PORT_STAMPS_TX_KERNEL);
    const { sizes, wireNote } = loop(wire, "--sizes", "64");
    expect(sizes[0]!.wireNs).toBeNull();
    expect(wireNote).toContain("the kernel stamps what is sent, the card what is received");
  });

  test("prints a table for a person", () => {
    const wire = benchWire();
    const ends = ["--tx", "fake0", "--rx", "fake1", "--seconds", "0.01", "--sizes", "64,256"];
    expect(run(wire, false, ...ends)).toBe(EXIT_OK);
    expect(wire.out()).toContain("packet  239.255.77.77:5077  10,000/s, 0.01 s each  not pinned");
    expect(wire.out()).toMatch(/^ +256 +100 +100 +0 +0\.0% +0 +0 +/m);
    expect(wire.out()).toMatch(/^ +64 +100 ns +100 ns +100 ns +100 ns +100 ns +100$/m);
    expect(wire.out()).toContain("no figures from wire to wire: nobody stamps");
  });

  test("a device that goes away ends it with a sentence", () => {
    const wire = once(4, () => {
      for (const device of wire.shim.network.openDevices) device.isGone = true;
    });
    expect(() => loop(wire, "--sizes", "64")).toThrow(
      "bench rtt: a port failed: the device has disappeared",
    );
    expect(wire.shim.network.openDevices.size).toBe(0);
  });

  test("a signal ends it with what there is", () => {
    const wire = once(4, (frame, arrive) => {
      arrive(frame);
      wire.shim.raise(2);
    });
    const { isStopped, sizes } = loop(wire, "--sizes", "64,256,1024");
    expect(isStopped).toBe(true);
    expect(sizes.map((s) => s.sent)).toEqual([5]);
  });

  test("is pinned after the warm-up", () => {
    const wire = benchWire();
    expect(loop(wire, "--sizes", "64", "--core", "2").core).toBe(2);
    expect(wire.shim.hp_thread_pinned(2)).toBe(1);
    expect(wire.err()).toBe("");
  });

  test("tells that a core is not isolated", () => {
    const wire = benchWire();
    loop(wire, "--sizes", "64", "--core", "3");
    expect(wire.err()).toStartWith("bench rtt: core 3 is not isolated: ");
  });
});

describe("a receiver", () => {
  /** Sends numbers to the port as soon as it polls. */
  function feed(numbers: number[]): BenchWire {
    const wire = benchWire();
    const driver = wire.shim.driver("packet");
    let isFed = false;
    const burst = driver.rxBurst;
    const fed = {
      ...driver,
      rxBurst: (port: number) => {
        const isReady = wire.out().includes("ready") || wire.err().includes("ready");
        if (!isFed && isReady) {
          isFed = true;
          for (const number of numbers) {
            const payload = new Uint8Array(8);
            new DataView(payload.buffer).setUint32(0, number);
            wire.shim.network.sendUdp(GROUP, PORT, payload.subarray(0, number < 0 ? 3 : 8));
          }
        }
        return burst(port);
      },
    };
    return { ...wire, shim: { ...wire.shim, driver: () => fed } };
  }

  test("tells that it is ready, then what came, each in a line of its own", () => {
    const wire = feed([0, 1, 2, 3]);
    expect(run(wire, true, "--rx", "fake1", "--receive", "4", "--seconds", "1")).toBe(EXIT_OK);
    const lines = wire.out().trimEnd().split("\n");
    expect(lines.length).toBe(2);
    expect(JSON.parse(lines[0]!)).toMatchObject({ ready: true, device: "fake1" });
    const last = { received: 4, first: 0, last: 3, missing: 0, duplicates: 0, strangers: 0 };
    expect(JSON.parse(lines[1]!)).toMatchObject(last);
    expect(wire.shim.network.openDevices.size).toBe(0);
  });

  test("fails when some are missing; first and last are by arrival", () => {
    const wire = feed([2, 0, 0, 9, -1]);
    expect(run(wire, true, "--rx", "fake1", "--receive", "4", "--seconds", "0.01")).toBe(
      EXIT_FAILED,
    );
    const last = { received: 2, first: 2, last: 0, missing: 2, duplicates: 1, strangers: 2 };
    expect(JSON.parse(wire.out().split("\n")[1]!)).toMatchObject(last);
  });

  test("tells numbers even when nothing came", () => {
    const wire = benchWire();
    expect(run(wire, true, "--rx", "fake1", "--receive", "2", "--seconds", "0.01")).toBe(
      EXIT_FAILED,
    );
    const last = { received: 0, first: -1, last: -1, missing: 2, duplicates: 0 };
    expect(JSON.parse(wire.out().split("\n")[1]!)).toMatchObject(last);
  });

  test("asks for frames that a burst fits into unless told", () => {
    const frames = (driver: string, ...more: string[]) =>
      optionsOf("--driver", driver, "--rx", "a", "--receive", "1", ...more).frames;
    expect(frames("dpdk")).toBe(1024);
    expect(frames("packet")).toBe(2048);
    expect(frames("dpdk", "--frames", "4096")).toBe(4096);
  });
});

describe("a generator", () => {
  test("numbers its datagrams from 0", () => {
    const wire = benchWire();
    expect(run(wire, true, "--tx", "fake0", "--send", "5", "--rate", "max")).toBe(EXIT_OK);
    expect(JSON.parse(wire.out())).toMatchObject({ sent: 5, refused: 0 });
    const { transmitted } = wire.shim.network;
    expect(transmitted.map(({ frame }) => sequenceOf(frame))).toEqual([0, 1, 2, 3, 4]);
  });

  test("fails when the time was too short", () => {
    const wire = benchWire();
    const argv = ["--tx", "fake0", "--send", "500", "--rate", "100", "--seconds", "0.1"];
    expect(run(wire, true, ...argv)).toBe(EXIT_FAILED);
    expect((JSON.parse(wire.out()) as { sent: number }).sent).toBe(10);
  });
});

describe("a reflector", () => {
  test("sends back to the address, port and MAC that a datagram carries", () => {
    const wire = benchWire();
    const back: Uint8Array[] = [];
    const { network } = wire.shim;
    const driver = wire.shim.driver("packet");
    const payload = new Uint8Array(50).map((_, i) => i);
    const view = new DataView(payload.buffer);
    view.setUint32(4, 0x68707274);
    view.setUint32(16, 0x0a000007);
    view.setUint16(20, 6000);
    let polls = 0;
    const shim = {
      ...wire.shim,
      driver: () => ({
        ...driver,
        rxBurst: (port: number) => {
          if (polls++ < 3) network.sendUdp(GROUP, PORT, payload);
          if (polls === 4) network.sendUdp(GROUP, PORT, new Uint8Array(60));
          return driver.rxBurst(port);
        },
      }),
    };
    network.transmit = (_, frame) => {
      back.push(frame);
    };
    const options = optionsOf(
      "--driver",
      "packet",
      "--rx",
      "fake1",
      "--reflect",
      "--seconds",
      "0.01",
    );
    expect(runRtt(shim, wire.host, options, true, wire.io)).toBe(EXIT_OK);
    const last = { received: 3, reflected: 3, refused: 0, strangers: 1 };
    expect(JSON.parse(wire.out().split("\n")[1]!)).toEqual(last);
    const frame = new DataView(back[0]!.buffer);
    expect([frame.getUint32(30), frame.getUint16(34), frame.getUint16(36)]).toEqual([
      0x0a000007,
      PORT,
      6000,
    ]);
    expect(back[0]!.subarray(PAYLOAD)).toEqual(payload);
  });

  test("sends nothing back to nowhere", () => {
    const wire = benchWire();
    const { network } = wire.shim;
    const payload = new Uint8Array(64);
    new DataView(payload.buffer).setUint32(4, 0x68707274);
    const driver = wire.shim.driver("packet");
    let polls = 0;
    const shim = {
      ...wire.shim,
      driver: () => ({
        ...driver,
        rxBurst: (port: number) => {
          if (polls++ === 0) network.sendUdp(GROUP, PORT, payload);
          return driver.rxBurst(port);
        },
      }),
    };
    const options = optionsOf(
      "--driver",
      "packet",
      "--rx",
      "fake1",
      "--reflect",
      "--seconds",
      "0.01",
    );
    runRtt(shim, wire.host, options, true, wire.io);
    expect(JSON.parse(wire.out().split("\n")[1]!)).toMatchObject({ reflected: 0, refused: 1 });
    expect(network.transmitted).toEqual([]);
  });
});

describe("bad input gets one sentence", () => {
  const driver = ["--driver", "packet"];
  const ends = [...driver, "--tx", "fake0", "--rx", "fake1"];
  const cases: [string[], string][] = [
    [[], "give --driver socket, packet, xdp, dpdk, exanic or exanic-sim"],
    [driver, "give --tx and --rx, or --rx with --receive or --reflect, or --tx with --send"],
    [[...driver, "--receive", "5"], "--receive needs --rx NIC"],
    [[...driver, "--send", "5", "--rx", "fake1"], "--send needs --tx NIC"],
    [[...ends, "--receive", "5"], "--receive takes no --tx"],
    [[...ends, "--send", "5"], "--send takes no --rx"],
    [[...ends, "--send", "5", "--reflect"], "--send or --reflect, not both"],
    [[...ends, "--sizes", "64,31"], '--sizes: found "31"; allowed: whole numbers from 32 to 8972'],
    [[...ends, "--sizes", "64,,72"], '--sizes: found ""; allowed: whole numbers from 32 to 8972'],
    [[...ends, "--rate", "fast"], '--rate: found "fast"; allowed: max, or a number'],
    [[...ends, "--rate", "0"], '--rate: found "0"; allowed: max, or a number'],
    [[...ends, "--group", "10.0.0.1"], '--group: "10.0.0.1" is no IPv4 multicast group'],
    [[...ends, "--frames", "1000"], "--frames: 1000 is no power of two"],
    [["--driver", "exanic-sim", "--rx", "a"], "--driver exanic-sim takes no --tx and no --rx"],
    [["--driver", "exanic-sim", "--send", "1"], "--driver exanic-sim has no other end"],
    [[...ends, "--address", "10.0.0.1"], '--address: found "10.0.0.1"; allowed: ADDRESS/PREFIX'],
  ];
  for (const [argv, sentence] of cases) {
    test(`bench rtt ${argv.join(" ")}`, async () => {
      const { code, out, err } = await runCli("bench", "rtt", ...argv);
      expect(code).toBe(EXIT_USAGE);
      expect(out).toBe("");
      expect(err).toStartWith("hairpin: bench rtt: ");
      expect(err).toContain(sentence);
      expect(err.trimEnd()).not.toContain("\n");
    });
  }

  test("a device that does not exist", () => {
    const wire = benchWire();
    expect(() => run(wire, true, "--tx", "fake0", "--rx", "nowhere")).toThrow(
      "bench rtt: can't open nowhere with the packet driver: there is no device nowhere",
    );
    expect(wire.shim.network.openDevices.size).toBe(0);
  });

  test("a core that does not exist", () => {
    expect(() => run(benchWire(), true, "--tx", "fake0", "--rx", "fake1", "--core", "9")).toThrow(
      "bench rtt: --core 9: there is no such core, or it is offline",
    );
  });

  test("a size above the MTU", () => {
    const wire = withInfo(benchWire(), HP_PORT_INFO__MTU, 1400);
    expect(() => run(wire, true, "--tx", "fake0", "--rx", "fake1")).toThrow(
      "bench rtt: --sizes: 1472 bytes of payload do not fit the MTU 1400 of fake0",
    );
  });

  test("sockets on an interface without an address", () => {
    const wire = benchWire();
    const options = optionsOf("--driver", "socket", "--tx", "fake0", "--rx", "fake1");
    expect(() => runRtt(wire.shim, wire.host, options, true, wire.io)).toThrow(
      "bench rtt: fake1 has no IPv4 address: `ip addr add ADDRESS/PREFIX dev fake1`",
    );
  });

  test("bench alone lists what there is", async () => {
    expect(await runCli("bench")).toMatchObject({
      code: EXIT_USAGE,
      err: "hairpin: bench needs a word more; allowed: rtt\n",
    });
  });
});
