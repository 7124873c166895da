/** Flags of `hairpin bench rtt`. */
import type { FlagTable, ValuesOf } from "../args.ts";

export const RTT_DRIVERS = ["socket", "packet", "xdp", "dpdk", "exanic", "exanic-sim"] as const;
export type RttDriver = (typeof RTT_DRIVERS)[number];

export const RTT_FLAGS = {
  driver: { type: "choice", choices: RTT_DRIVERS, text: "Driver of both ends." },
  tx: { type: "text", value: "NIC", text: "Sends by it: what [[port]] device takes." },
  rx: { type: "text", value: "NIC", text: "Receives by it." },
  sizes: {
    type: "text",
    value: "BYTES,...",
    default: "64,256,1024,1472",
    text: "UDP payloads to measure, one after the other.",
  },
  rate: {
    type: "text",
    value: "PPS",
    default: "10000",
    text: 'Datagrams a second, or "max": the next one as soon as there is room.',
  },
  seconds: {
    type: "number",
    min: 0.01,
    max: 86_400,
    unit: "s",
    text: "For each size, 5 unless told. --receive and --send: at most, 20 unless told. --reflect: until a signal unless told.",
  },
  receive: {
    type: "whole",
    min: 1,
    max: 100_000_000,
    text: "Only receives: until the datagrams 0 .. N - 1 are in.",
  },
  send: { type: "whole", min: 1, max: 4_000_000_000, text: "Only sends: datagrams 0 .. N - 1." },
  reflect: { type: "switch", text: "Only sends back what another host's bench sends." },
  group: { type: "text", value: "ADDRESS", default: "239.255.77.77", text: "Multicast group." },
  port: { type: "whole", min: 1, max: 65_535, default: 5077, text: "UDP port." },
  address: {
    type: "text",
    value: "ADDRESS/PREFIX",
    text: "Ours on the NIC, where the kernel has none for it.",
  },
  core: { type: "whole", min: 0, max: 1023, text: "Core to run on. Without it: anywhere." },
  frames: {
    type: "whole",
    min: 64,
    max: 1 << 20,
    text: "Frames of the receive ring, a power of two; 2048 unless told, for dpdk 1024.",
  },
  "no-stamps": {
    type: "switch",
    text: "Asks nobody when a datagram left: stamping and asking take time of what is measured.",
  },
  "no-huge": { type: "switch", text: "dpdk: ordinary pages." },
  copy: { type: "switch", text: "xdp: copy mode, even where the driver has zero copy." },
  generic: { type: "switch", text: "xdp: the kernel's generic program, not the driver's." },
  "busy-poll": {
    type: "whole",
    min: 0,
    max: 1_000_000,
    default: 0,
    unit: "us",
    text: "SO_BUSY_POLL.",
  },
  extra: {
    type: "text",
    value: "TEXT",
    text: "dpdk: further arguments of its start.",
  },
} as const satisfies FlagTable;

export type RttFlags = ValuesOf<typeof RTT_FLAGS>;
