/** What `hairpin bench rtt` was asked for, checked; each fault is one sentence. */
import { ipv4Number } from "../../config/host.ts";
import { shown } from "../../core/shown.ts";
import { HP_PORT_COPY, HP_PORT_GENERIC, HP_PORT_NO_HUGE } from "../../ffi/layout.ts";
import { isMulticast, parseIpv4 } from "../../net/address.ts";
import { STAMP_BYTES } from "../../net/meter/stamp.ts";
import { CliError, EXIT_USAGE } from "../exit-codes.ts";
import type { RttDriver, RttFlags } from "./rtt-flags.ts";

/** Payload of a jumbo frame of 9,000 bytes. */
export const PAYLOAD_MAX = 8972;
const RATE_MAX = 100_000_000;
const SIZES_MAX = 32;
const FRAMES = 2048;
/** Some of its drivers (vmxnet3) fill a second ring of as many. */
const FRAMES_DPDK = 1024;

/** Ports of the card that is yet to be made: what comes behind its path. */
export const SIMULATED_TX = ":0";
export const SIMULATED_RX = ":1";

export interface RttOptions {
  mode: "loop" | "receive" | "send" | "reflect";
  driver: RttDriver;
  /** "" = does not send, or does not receive. */
  tx: string;
  rx: string;
  sizes: number[];
  /** 0 = as fast as it goes. */
  intervalNs: number;
  /** Infinity = until a signal. */
  seconds: number;
  /** Of --receive and --send. */
  count: number;
  group: number;
  port: number;
  /** 0 = that of the interface. */
  address: number;
  netmask: number;
  /** -1 = anywhere. */
  core: number;
  frames: number;
  flags: number;
  /** Stamps of what is sent are asked for, where there are any. */
  takesStamps: boolean;
  busyPollUs: number;
  extra: string;
}

export function rttOptions(flags: RttFlags): RttOptions {
  const mode = modeOf(flags);
  if (flags.driver === undefined)
    throw fault("give --driver socket, packet, xdp, dpdk, exanic or exanic-sim");
  const { tx = "", rx = "" } = flags.driver === "exanic-sim" ? simulatedEnds(mode, flags) : flags;
  checkEnds(mode, tx, rx);
  const group = parseIpv4(flags.group);
  if (group === undefined || !isMulticast(group))
    throw fault(`--group: "${shown(flags.group)}" is no IPv4 multicast group`);
  const frames = flags.frames ?? (flags.driver === "dpdk" ? FRAMES_DPDK : FRAMES);
  if ((frames & (frames - 1)) !== 0) throw fault(`--frames: ${frames} is no power of two`);
  return {
    mode,
    driver: flags.driver as RttDriver,
    tx: mode === "reflect" ? rx : tx,
    rx,
    sizes: sizesOf(flags.sizes),
    intervalNs: intervalOf(flags.rate),
    seconds: flags.seconds ?? { loop: 5, receive: 20, send: 20, reflect: Infinity }[mode],
    count: flags.receive ?? flags.send ?? 0,
    group,
    port: flags.port,
    ...addressOf(flags.address),
    core: flags.core ?? -1,
    frames,
    flags:
      (flags["no-huge"] ? HP_PORT_NO_HUGE : 0) |
      (flags.copy ? HP_PORT_COPY : 0) |
      (flags.generic ? HP_PORT_GENERIC : 0),
    takesStamps: !flags["no-stamps"],
    busyPollUs: flags["busy-poll"],
    extra: flags.extra ?? "",
  };
}

function modeOf(flags: RttFlags): RttOptions["mode"] {
  const asked = [
    ...(flags.receive === undefined ? [] : ["receive" as const]),
    ...(flags.send === undefined ? [] : ["send" as const]),
    ...(flags.reflect ? ["reflect" as const] : []),
  ];
  if (asked.length > 1) throw fault(`--${asked.join(" or --")}, not both`);
  return asked[0] ?? "loop";
}

/** The software card has two ports, and only this process. */
function simulatedEnds(mode: RttOptions["mode"], flags: RttFlags): { tx: string; rx: string } {
  if (mode !== "loop") throw fault(`--driver exanic-sim has no other end: it takes no --${mode}`);
  if (flags.tx !== undefined || flags.rx !== undefined)
    throw fault("--driver exanic-sim takes no --tx and no --rx: it makes its own card");
  return { tx: SIMULATED_TX, rx: SIMULATED_RX };
}

function checkEnds(mode: RttOptions["mode"], tx: string, rx: string): void {
  if (mode === "loop" && (tx === "" || rx === ""))
    throw fault("give --tx and --rx, or --rx with --receive or --reflect, or --tx with --send");
  if (mode === "send" ? tx === "" : rx === "")
    throw fault(`--${mode} needs --${mode === "send" ? "tx" : "rx"} NIC`);
  if (mode !== "loop" && (mode === "send" ? rx : tx) !== "")
    throw fault(`--${mode} takes no --${mode === "send" ? "rx" : "tx"}`);
}

function sizesOf(text: string): number[] {
  const sizes = text.split(",").map((part) => (/^\d{1,5}$/.test(part.trim()) ? Number(part) : -1));
  const bad = sizes.findIndex((size) => size < STAMP_BYTES || size > PAYLOAD_MAX);
  if (bad >= 0)
    throw fault(
      `--sizes: found "${shown(text.split(",")[bad]!)}"; allowed: whole numbers from ${STAMP_BYTES} to ${PAYLOAD_MAX}`,
    );
  if (sizes.length > SIZES_MAX) throw fault(`--sizes: ${sizes.length} sizes, at most ${SIZES_MAX}`);
  return sizes;
}

function intervalOf(text: string): number {
  if (text === "max") return 0;
  const rate = /^[\d_]+(\.\d+)?$/.test(text) ? Number(text.replaceAll("_", "")) : 0;
  if (!(rate >= 0.1 && rate <= RATE_MAX))
    throw fault(
      `--rate: found "${shown(text)}"; allowed: max, or a number from 0.1 to ${RATE_MAX}`,
    );
  return 1e9 / rate;
}

function addressOf(cidr: string | undefined): { address: number; netmask: number } {
  if (cidr === undefined) return { address: 0, netmask: 0 };
  const match = /^([\d.]+)\/([1-9]|[12]\d|3[0-2])$/.exec(cidr);
  if (match === null || parseIpv4(match[1]!) === undefined)
    throw fault(`--address: found "${shown(cidr)}"; allowed: ADDRESS/PREFIX, e.g. 10.1.2.3/24`);
  const netmask = (0xffffffff << (32 - Number(match[2]))) >>> 0;
  return { address: ipv4Number(match[1]!), netmask };
}

export function fault(text: string, exitCode = EXIT_USAGE): CliError {
  return new CliError(exitCode, `bench rtt: ${text}`);
}
