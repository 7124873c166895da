/** Options of a TCP stream's socket, and their hp_tcp_config. */
import type { Block } from "../core/arena.ts";
import { StatusError } from "../core/status.ts";
import {
  HP_EINVAL,
  HP_TCP_ACCELERATE,
  HP_TCP_CONFIG__ADDRESS_W,
  HP_TCP_CONFIG__BUSY_POLL_US_W,
  HP_TCP_CONFIG__DEVICE,
  HP_TCP_CONFIG__DEVICE_N,
  HP_TCP_CONFIG__FLAGS_W,
  HP_TCP_CONFIG__KEEP_COUNT_W,
  HP_TCP_CONFIG__KEEP_IDLE_S_W,
  HP_TCP_CONFIG__KEEP_INTERVAL_S_W,
  HP_TCP_CONFIG__LOCAL_ADDRESS_W,
  HP_TCP_CONFIG__PORT_W,
  HP_TCP_CONFIG__REFUSED_W,
  HP_TCP_CONFIG__USER_TIMEOUT_MS_W,
  HP_TCP_CONFIG_SIZE,
  HP_TCP_MUST,
  HP_TCP_QUICK_ACK,
  HP_TCP_REFUSED_BUSY_POLL,
  HP_TCP_REFUSED_KEEPALIVE,
  HP_TCP_REFUSED_QUICK_ACK,
  HP_TCP_REFUSED_USER_TIMEOUT,
  HP_TCP_STAMPS,
} from "../ffi/layout.ts";

/** Absent and 0: as the system has it. */
export interface TcpTuning {
  /** Acknowledges at once: TCP_QUICKACK, armed again after each receive. */
  quickAck?: boolean;
  /** SO_BUSY_POLL. */
  busyPollUs?: number;
  /** Silence after which the kernel asks whether the peer is there; 0 = no keepalive. */
  keepIdleS?: number;
  keepIntervalS?: number;
  keepCount?: number;
  /** Sent bytes unacknowledged for so long end the connection: TCP_USER_TIMEOUT. */
  userTimeoutMs?: number;
  /** Interface that the socket is bound to. */
  device?: string;
  /** Stamps of what was received and sent: to be read now and then, unread ones fill the socket. */
  stamps?: boolean;
  /** "must": a connection that Onload does not drive ends with HP_ENOTACCEL, not a byte sent. */
  accelerate?: "may" | "must";
}

/** Where a connection goes; addresses as in address.ts. */
export interface TcpTarget {
  address: number;
  port: number;
  localAddress: number;
}

/** Fills the hp_tcp_config at `block`. Throws StatusError on a device name that does not fit. */
export function writeTcpConfig(block: Block, target: TcpTarget, tuning: TcpTuning): void {
  const words = new Uint32Array(block.buffer, block.offset, HP_TCP_CONFIG_SIZE / 4);
  words.fill(0);
  words[HP_TCP_CONFIG__ADDRESS_W] = target.address;
  words[HP_TCP_CONFIG__PORT_W] = target.port;
  words[HP_TCP_CONFIG__LOCAL_ADDRESS_W] = target.localAddress;
  words[HP_TCP_CONFIG__FLAGS_W] = flagsOf(tuning);
  words[HP_TCP_CONFIG__BUSY_POLL_US_W] = tuning.busyPollUs ?? 0;
  words[HP_TCP_CONFIG__KEEP_IDLE_S_W] = tuning.keepIdleS ?? 0;
  words[HP_TCP_CONFIG__KEEP_INTERVAL_S_W] = tuning.keepIntervalS ?? 0;
  words[HP_TCP_CONFIG__KEEP_COUNT_W] = tuning.keepCount ?? 0;
  words[HP_TCP_CONFIG__USER_TIMEOUT_MS_W] = tuning.userTimeoutMs ?? 0;
  const device = new TextEncoder().encode(tuning.device ?? "");
  if (device.length >= HP_TCP_CONFIG__DEVICE_N)
    throw new StatusError(`no interface is called ${tuning.device}`, HP_EINVAL);
  new Uint8Array(block.buffer, block.offset + HP_TCP_CONFIG__DEVICE).set(device);
}

function flagsOf(tuning: TcpTuning): number {
  return (
    (tuning.quickAck === true ? HP_TCP_QUICK_ACK : 0) |
    (tuning.stamps === true ? HP_TCP_STAMPS : 0) |
    (tuning.accelerate === undefined ? 0 : HP_TCP_ACCELERATE) |
    (tuning.accelerate === "must" ? HP_TCP_MUST : 0)
  );
}

/** What the host did not allow when the config at `block` was used last; sentences. */
export function refusedOptions(block: Block): string[] {
  const words = new Uint32Array(block.buffer, block.offset, HP_TCP_CONFIG_SIZE / 4);
  const refused = words[HP_TCP_CONFIG__REFUSED_W]!;
  return REFUSALS.filter(([bit]) => (refused & bit) !== 0).map(
    ([, what]) => `its socket takes no ${what}; it goes on without`,
  );
}

const REFUSALS: readonly (readonly [bit: number, what: string])[] = [
  [
    HP_TCP_REFUSED_BUSY_POLL,
    "busy polling (SO_BUSY_POLL; above net.core.busy_read it takes CAP_NET_ADMIN)",
  ],
  [HP_TCP_REFUSED_QUICK_ACK, "quick acknowledgements (TCP_QUICKACK)"],
  [HP_TCP_REFUSED_KEEPALIVE, "keepalive (SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT)"],
  [HP_TCP_REFUSED_USER_TIMEOUT, "user timeout (TCP_USER_TIMEOUT)"],
];
