/** DPDK's second object: drivers that need libraries of the host. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HP_DPDK_MORE_HANDLE, HP_PORT_NO_HUGE, HP_PORT_NO_JOIN } from "../../src/ffi/layout.ts";
import type { DevicePort } from "../../src/net/device-port.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { vethPair } from "../support/veth.ts";
import { real, until } from "./backends.ts";
import { frameFor, MORE_SKIPPED, openDpdk } from "./dpdk-rigs.ts";

// Interfaces take their time on a busy machine.
setDefaultTimeout(30_000);

const flags = HP_PORT_NO_HUGE | HP_PORT_NO_JOIN;

async function count(port: DevicePort, wanted: number): Promise<void> {
  let got = 0;
  await until(() => {
    got += port.rxBurst();
    port.rxRelease();
    return got >= wanted ? true : undefined;
  }, `${wanted} packets`);
  expect(got).toBe(wanted);
}

/** A capture of `frames`, in libpcap's classic format. */
function capture(frames: Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [
    Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0),
    new Uint8Array(8),
  ];
  parts.push(Uint8Array.of(0xff, 0xff, 0, 0, 1, 0, 0, 0));
  for (const [i, frame] of frames.entries())
    parts.push(new Uint8Array(Uint32Array.of(i, 0, frame.length, frame.length).buffer), frame);
  return Buffer.concat(parts);
}

/** Programs and maps that this process holds open. */
function bpfObjects(): number {
  const isBpf = (fd: string) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith("anon_inode:bpf");
    } catch {
      return false; // the listing's own
    }
  };
  return readdirSync("/proc/self/fd").filter(isBpf).length;
}

function hasProgram(iface: string): boolean {
  return Bun.spawnSync(["ip", "-d", "link", "show", iface]).stdout.toString().includes("xdp");
}

describe.skipIf(MORE_SKIPPED !== undefined)(
  `DPDK with libraries of the host${MORE_SKIPPED === undefined ? "" : ` (skipped: ${MORE_SKIPPED})`}`,
  () => {
    test("a capture is read as if it came by a card", async () => {
      const folder = mkdtempSync(join(tmpdir(), "hairpin-dpdk-"));
      try {
        const path = join(folder, "in.pcap");
        const frames = Array.from({ length: 100 }, (_, i) => frameFor(Uint8Array.of(i), i & 1));
        writeFileSync(path, capture(frames));
        const { port, close } = openDpdk(`net_pcap0,rx_pcap=${path}`, { flags });
        expect(port.info.driver).toBe("net_pcap");
        await count(port, 100);
        close();
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test("af_xdp is opened again and again, and leaves no program and no descriptor", async () => {
      const veth = vethPair(); // XDP takes frames of a page at most
      const { near, far } = veth;
      const sender = new RawSocket(far);
      const before = bpfObjects();
      try {
        for (let i = 0; i < 4; i++) {
          const device = `net_af_xdp0,iface=${near},force_copy=1`;
          const { port, close } = openDpdk(device, { flags });
          expect(hasProgram(near)).toBe(true);
          for (let k = 0; k < 100; k++) sender.send(frameFor(Uint8Array.of(k), 0));
          await count(port, 100);
          close();
          expect(hasProgram(near)).toBe(false);
          // Its socket is gone, too: else the next turn would find the queue busy.
          expect(bpfObjects()).toBe(before);
        }
      } finally {
        sender.close();
        veth.remove();
      }
    });

    test("a handle says which object it is of", () => {
      const { shim } = real();
      const driver = shim.driver("dpdk");
      expect(driver.refresh(HP_DPDK_MORE_HANDLE)).toBeLessThan(0);
      expect(driver.refresh(0)).toBeLessThan(0);
      const { close } = openDpdk("net_pcap0,tx_pcap=/dev/null", { flags, lines: [] });
      expect(driver.refresh(HP_DPDK_MORE_HANDLE)).toBe(0);
      expect(driver.refresh(0)).toBeLessThan(0);
      close();
    });
  },
);
