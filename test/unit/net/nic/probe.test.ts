import { expect, test } from "bun:test";
import { fakeShim } from "../../../../src/ffi/fake.ts";
import * as L from "../../../../src/ffi/layout.ts";
import { systemProbe } from "../../../../src/net/nic/probe.ts";

test("what the kernel does not tell is null", () => {
  const shim = fakeShim();
  const none = { queues: null, ring: null, xdp: null, xdpFeatures: null, stamps: null };
  expect(systemProbe(shim).query("fake0")).toMatchObject(none);
});

test("what it tells is in words", () => {
  const shim = fakeShim();
  shim.network.nics.set("fake0", {
    [L.HP_NIC__TOLD]: 63,
    [L.HP_NIC__STAMPING]: 1 | 4 | 8 | 64,
    [L.HP_NIC__CLOCK]: 2,
    [L.HP_NIC__QUEUES]: 4,
    [L.HP_NIC__QUEUES_MAX]: 16,
    [L.HP_NIC__RING]: 512,
    [L.HP_NIC__RING_MAX]: 4096,
    [L.HP_NIC__XDP_ATTACHED]: 2,
    [L.HP_NIC__XDP_PROGRAM]: 9,
    [L.HP_NIC__XDP_FEATURES]: 3,
  });
  expect(systemProbe(shim).query("fake0")).toMatchObject({
    queues: 4,
    queuesMax: 16,
    ring: 512,
    ringMax: 4096,
    xdp: { attached: "generic", program: 9 },
    xdpFeatures: { runs: true, redirects: true, zeroCopy: false },
    stamps: { rx: true, tx: true, rxKernel: true, txKernel: false, clock: 2 },
  });
});

test("stamps that the card makes and keeps to itself do not count", () => {
  const shim = fakeShim();
  shim.network.nics.set("fake0", { [L.HP_NIC__TOLD]: 2, [L.HP_NIC__STAMPING]: 1 | 4 });
  expect(systemProbe(shim).query("fake0")?.stamps).toMatchObject({ rx: false, tx: false });
});

test("an interface that is gone, or no shim, tells nothing", () => {
  expect(systemProbe(fakeShim()).query("nowhere")).toBeUndefined();
  expect(systemProbe(fakeShim()).query("a-name-of-seventeen")).toBeUndefined();
  expect(systemProbe(undefined).query("lo")).toBeUndefined();
  expect(systemProbe(undefined).ipv4("lo")).toEqual(["127.0.0.1/8"]);
});
