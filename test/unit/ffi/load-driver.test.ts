import { expect, test } from "bun:test";
import { needsHostLibraries } from "../../../src/ffi/load-driver.ts";

test("virtual devices that need libraries of the host are known by their names", () => {
  for (const device of ["net_pcap0,iface=eth0", "net_af_xdp1,iface=eth0", "net_mlx5"])
    expect(needsHostLibraries(device)).toBe(true);
  for (const device of ["net_ring0", "net_af_packet0,iface=eth0", "net_tap0", "net_memif0"])
    expect(needsHostLibraries(device)).toBe(false);
});

test("what is no card here needs none", () => {
  for (const device of ["nosuch0", "ffff:1f:1f.7", "lo", "", "../../etc"])
    expect(needsHostLibraries(device)).toBe(false);
});
