/**
 * Ports of the ExaNIC backend on the software card: its code as it runs on a card, but for open, ioctl
 * and close. The clock runs at 2 GHz, so that half a nanosecond is told exactly.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Arena } from "../../src/core/arena.ts";
import { useCard } from "../../src/ffi/exanic.ts";
import { SoftwareCard } from "../../src/ffi/exanic-card.ts";
import { udpFrame } from "../../src/ffi/fake-frame.ts";
import { HP_OK } from "../../src/ffi/layout.ts";
import { parseIpv4 } from "../../src/net/address.ts";
import type { DevicePortOptions } from "../../src/net/device-options.ts";
import { DevicePort } from "../../src/net/device-port.ts";
import { REAL_SKIPPED, real } from "./backends.ts";
import { DEVICE_LINES, FRAME_HEADERS, GROUPS, type PortBackend, UDP_PORT } from "./port-rigs.ts";

const CLOCK_HZ = 2e9;
const TX_SIZE = 16_384;
export const OURS = parseIpv4("10.78.0.1")!;
export const THEIRS = parseIpv4("10.78.0.2")!;

const hasLibraries = ["exanic", "exanic-card"].every((name) =>
  existsSync(join(import.meta.dir, `../../build/libhairpin-${name}.so`)),
);
export const EXANIC_SKIPPED =
  REAL_SKIPPED ?? (hasLibraries ? undefined : "the exanic driver is not built");

/** A Port with a card behind it that takes and gives whole frames. */
export interface ExanicRig {
  port: DevicePort;
  card: SoftwareCard;
  /** A frame comes in at the Port's port of the card; false when that is down. */
  raw(frame: Uint8Array): boolean;
  close(): void;
}

export function makeCard(name: string, ports = 2): SoftwareCard {
  const card = SoftwareCard.open(`/dev/shm/hairpin-test-${process.pid}-${name}.card`, ports);
  card.set(0, "clockHz", CLOCK_HZ);
  return card;
}

/** The card of rigs that bring none. */
let shared: SoftwareCard | undefined;

function sharedCard(): SoftwareCard {
  shared ??= makeCard("shared");
  return shared;
}

/** A suite with such rigs ends with this: the file goes with the card. */
export function closeSharedCard(): void {
  shared?.close();
  shared = undefined;
}

export function deliver(card: SoftwareCard, frame: Uint8Array, port = 0): boolean {
  card.frame.set(frame);
  return card.deliver(port, frame.length) === HP_OK;
}

/** A Port on port 0 of a card, which outlives the rig. */
export function openExanic(
  more: Partial<DevicePortOptions> = {},
  card: SoftwareCard = sharedCard(),
): ExanicRig {
  const { shim } = real();
  const options: DevicePortOptions = {
    name: "test",
    driver: "exanic",
    device: `${card.path}:0`,
    lines: DEVICE_LINES,
    address: OURS,
    txSize: TX_SIZE,
    ...more,
  };
  const arena = Arena.alloc(shim, DevicePort.arenaBytes(options));
  try {
    useCard(options.device);
    const port = new DevicePort(shim, arena, options);
    const close = () => {
      port.close();
      arena.free();
    };
    return { port, card, raw: (frame) => deliver(card, frame), close };
  } catch (error) {
    arena.free();
    throw error;
  } finally {
    useCard("");
  }
}

/** A frame for one of the two lines. */
export function frameFor(payload: Uint8Array, line: number): Uint8Array {
  const group = GROUPS[line]!;
  const to = { address: group, port: UDP_PORT };
  const frame = udpFrame({ address: THEIRS, port: 40_000 }, to, payload);
  frame.set([1, 0, 0x5e, (group >> 16) & 0x7f, (group >> 8) & 255, group & 255]);
  frame.set([2, 0, 0, 0, 0, 2], 6);
  return frame;
}

function backend(name: string, extra: string): PortBackend {
  return {
    name,
    skipped: EXANIC_SKIPPED,
    room: 1000,
    truncates: true,
    laps: true,
    keepsStamp: true,
    openFiles: () => real().openFiles(),
    open: async ({ slotSize }) => {
      const rig = openExanic({ frameBytes: slotSize + FRAME_HEADERS, extra });
      return {
        port: rig.port,
        send: async (payload, line, rxNs) => {
          rig.card.set(0, "clockAt", rxNs * (CLOCK_HZ / 1e9));
          return rig.raw(frameFor(payload, line));
        },
        close: async () => rig.close(),
      };
    },
  };
}

export const EXANIC_BACKENDS: PortBackend[] = [
  backend("software ExaNIC, steered", ""),
  backend("software ExaNIC, the default ring", "default-ring"),
];

/** For the suite of malformed frames: `filter` "none", since the rules only look at addresses. */
export const EXANIC_FRAME_BACKEND = {
  name: "software ExaNIC",
  skipped: EXANIC_SKIPPED,
  filter: "none" as const,
  driver: "exanic" as const,
  flags: 0,
  veth: undefined,
  openFiles: () => real().openFiles(),
  open: (more: Partial<DevicePortOptions> = {}) => {
    const { port, raw, close } = openExanic({ extra: "default-ring", ...more });
    return { port, send: raw, close };
  },
};
