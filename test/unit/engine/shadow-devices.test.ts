/** The shadow of an engine whose market data comes by network devices. */
import { describe, expect, test } from "bun:test";
import { FEED_LIVE } from "../../../src/core/codes.ts";
import { ENGINE_PACKETS, ENGINE_RECOVERY_PACKETS } from "../../../src/engine/counters.ts";
import type { EngineOptions } from "../../../src/engine/options.ts";
import type { Path } from "../../../src/engine/path.ts";
import { makeShadow } from "../../../src/engine/warm-up.ts";
import type { Sequencer } from "../../../src/feed/sequencer.ts";
import { fakeShim } from "../../../src/ffi/fake.ts";
import { FakeNetwork } from "../../../src/ffi/fake-network.ts";
import * as L from "../../../src/ffi/layout.ts";
import { ORDER_FILLS } from "../../../src/order/counters.ts";
import { DEVICE_TOML, deviceOptionsOf, TWO_FEEDS_TOML } from "../../support/device-options.ts";
import { optionsOf, START_NS } from "./rig.ts";

interface Opened {
  device: string;
  isPlayed: boolean;
}

/** A shadow after some turns, and what was opened for it. */
function shadowOf(options: EngineOptions, turns: number, isRecorded = false) {
  // No device is there: who opens one live is refused.
  const network = new FakeNetwork();
  network.devices.clear();
  network.setTime(START_NS);
  const shim = fakeShim(network);
  const opened: Opened[] = [];
  const driverOf = shim.driver;
  shim.driver = (name) => {
    const driver = driverOf(name);
    return {
      ...driver,
      open: (config, info) => {
        const view = network.memory.view(config, L.HP_PORT_CONFIG_SIZE);
        const isPlayed = view.getFloat64(L.HP_PORT_CONFIG__PLAYED, true) > 0;
        opened.push({ device: name, isPlayed });
        return driver.open(config, info);
      },
    };
  };
  const shadow = makeShadow(shim, {
    options: { ...options, strategies: [] },
    sessionStartS: 1.7e9,
    strategies: [],
    seed: 1,
    isRecorded,
  });
  for (let i = 0; i < turns; i++) {
    network.advance(2000);
    shadow.turn();
  }
  return { network, opened, path: shadow.path };
}

const linePackets = (path: Path) =>
  path.feeds.map((feed) => [...(feed as Sequencer).figures.linePackets.slice(0, 2)]);

describe("A shadow with devices", () => {
  for (const isRecorded of [false, true]) {
    const title = isRecorded ? ", recorded as its live path is" : "";
    test(`has live feeds, books and fills, though there is no device${title}`, () => {
      const { opened, network, path } = shadowOf(deviceOptionsOf(), 1500, isRecorded);
      expect(path.feeds.map((f) => f.state)).toEqual([FEED_LIVE, FEED_LIVE]);
      expect(path.market.views.every((v) => v.bidPx(0) > 0 || v.askPx(0) > 0)).toBe(true);
      expect(path.counters[ORDER_FILLS]).toBeGreaterThan(20);
      expect(opened).toEqual([
        { device: "dpdk", isPlayed: true },
        { device: "exanic", isPlayed: true },
      ]);
      expect(network.openDevices.size + network.udpLines.size).toBe(0);
    });
  }

  test("brings each line by its device: both cards have packets, of one feed and of two", () => {
    const { path } = shadowOf(deviceOptionsOf(), 640);
    // One packet a turn on each line, and one in 32 overtaken by the next: on line 0 once more.
    expect(linePackets(path)).toEqual([
      [660, 640],
      [660, 640],
    ]);
    expect(path.counters[ENGINE_PACKETS]).toBe(2 * (660 + 640));
  });

  test("plays a gap that the recovery ring fills", () => {
    const { path } = shadowOf(deviceOptionsOf(DEVICE_TOML), 4400);
    expect(path.counters[ENGINE_RECOVERY_PACKETS]).toBeGreaterThan(0);
    expect(path.feeds[0]!.state).toBe(FEED_LIVE);
  });

  test("is as warm where the card's frames are kept short", () => {
    const toml = DEVICE_TOML.replaceAll('driver = "', 'frame_bytes = 128\ndriver = "');
    const { path } = shadowOf(deviceOptionsOf(toml), 640);
    expect(path.feeds[0]!.state).toBe(FEED_LIVE);
    expect(linePackets(path)).toEqual([[660, 640]]);
  });

  test("may have feeds on devices and feeds on sockets", () => {
    const lines = /lines = \[\n {2}\{ group = "239.2[\s\S]*?\]/;
    const toml = TWO_FEEDS_TOML.replace(
      lines,
      'lines = [{ group = "239.2.1.1", port = 2001, interface = "lo" }]',
    );
    const options = optionsOf(toml)[0]!;
    expect(options.feeds.map((f) => f.byDevice)).toEqual([true, false]);
    const { path } = shadowOf(options, 640);
    expect(path.feeds.map((f) => f.state)).toEqual([FEED_LIVE, FEED_LIVE]);
  });
});
