import { describe, expect, test } from "bun:test";
import { portStatuses } from "../../../src/control/port-status.ts";
import { Arena, Region, wholeBlock } from "../../../src/core/arena.ts";
import { CONTROL_BLOCK_SIZE, ControlBlock } from "../../../src/core/control-block.ts";
import { livePortBytes, openDevices, openSockets } from "../../../src/engine/live-ports.ts";
import type { EngineOptions } from "../../../src/engine/options.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { DESC_FEED } from "../../../src/net/desc.ts";
import { deviceOptionsOf } from "../../support/device-options.ts";
import { optionsOf, TOML } from "./rig.ts";

function rig(options: EngineOptions) {
  const shim = fakeShim();
  const control = ControlBlock.create(wholeBlock(Region.alloc(shim, CONTROL_BLOCK_SIZE)), {
    epoch: 1,
    engineCount: 1,
    feedCount: options.feeds.length,
    sessionCount: 1,
    configHash: 1,
    launcherPid: 1,
    sessionStartS: 1.7e9,
  });
  const arena = () => Arena.alloc(shim, livePortBytes(options));
  const devices = () => openDevices(shim, arena(), control, options, 1.7e9);
  const sockets = () => openSockets(shim, arena(), control, options);
  const statuses = () => portStatuses(control, ["main"]);
  return { shim, net: shim.network, control, devices, sockets, statuses };
}

describe("The ports of a live engine", () => {
  test("are its devices, and a null for each feed that comes by them", () => {
    const r = rig(deviceOptionsOf());
    const devices = r.devices();
    expect(r.sockets()).toEqual([null, null]);
    expect(devices.map((d) => [d.name, d.driverName])).toEqual([
      ["card-a", "dpdk"],
      ["card-b", "exanic"],
    ]);
    expect(r.net.udpLines.size).toBe(0);
    r.net.sendUdp(0xef020102, 2001, new Uint8Array(7), { rxNs: 5 });
    expect(devices.map((d) => d.rxBurst())).toEqual([0, 1]);
    expect(devices[1]!.desc[DESC_FEED]).toBe(1);
  });

  test("count into the control segment, where status finds them by name", () => {
    const r = rig(deviceOptionsOf());
    const [, b] = r.devices();
    r.net.sendUdp(0xef020102, 2001, new Uint8Array(7));
    r.net.sendUdp(0xef090909, 2001, new Uint8Array(7));
    b!.rxBurst();
    const [first, second, ...more] = r.statuses();
    expect(more).toEqual([]);
    expect(first).toMatchObject({ name: "card-a", engine: "main", device: "fake0", strangers: 2 });
    expect(second).toMatchObject({
      name: "card-b",
      device: "fake1",
      packets: 1,
      bytes: 7,
      strangers: 1,
      link: "up",
      numaNode: -1,
    });
  });

  test("are sockets by feed, which are told as such", () => {
    const r = rig(optionsOf()[0]!);
    expect(r.devices()).toEqual([]);
    const [port] = r.sockets();
    r.net.sendUdp(0xef010101, 2001, new Uint8Array(9));
    port!.rxBurst();
    expect(r.statuses()).toMatchObject([
      {
        name: "itch",
        device: "",
        driver: "socket",
        stamps: "kernel",
        packets: 1,
        bytes: 9,
        link: "",
      },
    ]);
  });

  test("have the blocks of their own feeds, whatever engine they are of", () => {
    const toml = TOML.replace(
      "[[session]]",
      `[[feed]]
name = "second"
lines = [{ group = "239.2.1.1", port = 2001, interface = "lo" }]

[[session]]`,
    ).replaceAll("price_unit = 0.01", 'price_unit = 0.01\nfeed = "second"');
    const r = rig(optionsOf(toml)[0]!);
    r.sockets();
    expect(r.statuses().map((s) => s.name)).toEqual(["itch", "second"]);
  });

  test("are closed again when one of them can't be had, and the sentence names it", () => {
    const r = rig(deviceOptionsOf());
    r.net.devices.delete("fake1");
    expect(r.devices).toThrow(
      "card-b: can't open fake1 with the exanic driver: there is no device",
    );
    expect(r.net.openDevices.size).toBe(0);
  });

  test("go on with their counts in the engine's next run", () => {
    const r = rig(optionsOf()[0]!);
    const [port] = r.sockets();
    r.net.sendUdp(0xef010101, 2001, new Uint8Array(9));
    port!.rxBurst();
    port!.close();
    r.sockets()[0]!.rxBurst();
    expect(r.statuses()).toMatchObject([{ packets: 1 }]);
  });
});
