/** What the kernel only tells by system calls: ethtool, netlink, addresses. Tests hand in another. */
import { networkInterfaces } from "node:os";
import { cString, fromCString } from "../../core/c-string.ts";
import * as L from "../../ffi/layout.ts";
import type { Shim } from "../../ffi/shim.ts";
import type { NicFacts } from "./facts.ts";

export type NicAnswers = Pick<
  NicFacts,
  "driver" | "queues" | "queuesMax" | "ring" | "ringMax" | "xdp" | "xdpFeatures" | "stamps"
>;

export interface NicProbe {
  /** Undefined when the interface is gone, or nobody can be asked. */
  query(name: string): NicAnswers | undefined;
  /** "10.1.2.3/24" */
  ipv4(name: string): string[];
}

/** SOF_TIMESTAMPING_* of linux/net_tstamp.h. */
const TX_HARDWARE = 1;
const TX_SOFTWARE = 2;
const RX_HARDWARE = 4;
const RX_SOFTWARE = 8;
const RAW_HARDWARE = 64;
/** NETDEV_XDP_ACT_* of linux/netdev.h. */
const XDP_BASIC = 1;
const XDP_REDIRECT = 2;
const XDP_ZERO_COPY = 8;
const ATTACHED = ["none", "driver", "generic", "card", "several"] as const;

/** `shim` undefined: it is not built, and only addresses are told. */
export function systemProbe(shim: Shim | undefined): NicProbe {
  const addresses = networkInterfaces();
  return {
    query: (name) => (shim === undefined ? undefined : query(shim, name)),
    ipv4: (name) =>
      (addresses[name] ?? []).flatMap((a) => (a.family === "IPv4" ? [a.cidr ?? a.address] : [])),
  };
}

function query(shim: Shim, name: string): NicAnswers | undefined {
  const out = new ArrayBuffer(L.HP_NIC_SIZE);
  if (name.length > 15 || shim.hp_nic_query(cString(name), shim.addressOf(out)) < 0)
    return undefined;
  const view = new DataView(out);
  const told = view.getUint32(L.HP_NIC__TOLD, true);
  const word = (at: number) => view.getUint32(at, true);
  const when = <T>(bit: number, value: T): T | null => ((told & bit) === 0 ? null : value);
  const name32 = fromCString(new Uint8Array(out, L.HP_NIC__DRIVER, L.HP_NIC__DRIVER_N));
  const features = word(L.HP_NIC__XDP_FEATURES);
  return {
    driver: when(L.HP_NIC_TOLD_DRIVER, name32),
    queues: when(L.HP_NIC_TOLD_QUEUES, word(L.HP_NIC__QUEUES)),
    queuesMax: when(L.HP_NIC_TOLD_QUEUES, word(L.HP_NIC__QUEUES_MAX)),
    ring: when(L.HP_NIC_TOLD_RING, word(L.HP_NIC__RING)),
    ringMax: when(L.HP_NIC_TOLD_RING, word(L.HP_NIC__RING_MAX)),
    xdp: when(L.HP_NIC_TOLD_PROGRAM, {
      attached: ATTACHED[word(L.HP_NIC__XDP_ATTACHED)] ?? "several",
      program: word(L.HP_NIC__XDP_PROGRAM),
    }),
    xdpFeatures: when(L.HP_NIC_TOLD_XDP, {
      runs: (features & XDP_BASIC) !== 0,
      redirects: (features & XDP_REDIRECT) !== 0,
      zeroCopy: (features & XDP_ZERO_COPY) !== 0,
    }),
    stamps: when(L.HP_NIC_TOLD_STAMPS, stampsOf(view)),
  };
}

function stampsOf(view: DataView): NonNullable<NicFacts["stamps"]> {
  const bits = view.getUint32(L.HP_NIC__STAMPING, true);
  const clock = view.getInt32(L.HP_NIC__CLOCK, true);
  const isRaw = (bits & RAW_HARDWARE) !== 0;
  return {
    rx: isRaw && (bits & RX_HARDWARE) !== 0,
    tx: isRaw && (bits & TX_HARDWARE) !== 0,
    rxKernel: (bits & RX_SOFTWARE) !== 0,
    txKernel: (bits & TX_SOFTWARE) !== 0,
    clock: clock < 0 ? null : clock,
  };
}
