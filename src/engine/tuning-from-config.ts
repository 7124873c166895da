/** What sessions ask of their sockets and of Onload, as plain data. */
import { thisHost } from "../config/host.ts";
import { type OnloadConfig, onloadVariables } from "../config/onload.ts";
import type { Config, SessionConfig } from "../config/schema.ts";
import type { TcpTuning } from "../net/tcp-tuning.ts";
import type { OnloadOptions } from "./options.ts";

/** Undefined when the session asks for nothing: its socket is the plain one. */
export function tuningOf(s: SessionConfig, onload: OnloadConfig): TcpTuning | undefined {
  const { keepalive: keep } = s;
  const tuning: TcpTuning = {
    ...(s.quick_ack ? { quickAck: true } : {}),
    ...(s.busy_poll_us === 0 ? {} : { busyPollUs: s.busy_poll_us }),
    ...(keep === undefined
      ? {}
      : { keepIdleS: keep.idle_s, keepIntervalS: keep.interval_s, keepCount: keep.count }),
    ...(s.user_timeout_ms === 0 ? {} : { userTimeoutMs: s.user_timeout_ms }),
    ...(s.interface === undefined ? {} : { device: s.interface }),
    ...(s.accelerate === "onload"
      ? { accelerate: onload.allow_unaccelerated ? ("may" as const) : ("must" as const) }
      : {}),
  };
  return Object.keys(tuning).length === 0 ? undefined : tuning;
}

/** Of an engine with these sessions; undefined when none of them asks for Onload. */
export function onloadOptions(
  config: Config,
  sessions: readonly SessionConfig[],
): OnloadOptions | undefined {
  if (!sessions.some((s) => s.accelerate === "onload")) return undefined;
  const { onload } = config;
  return {
    library: onload.library,
    path: thisHost.library(onload.library) ?? "",
    env: onloadVariables(onload),
    stack: onload.stack,
    feeds: onload.feeds,
    spins: onload.spin,
    warmSends: onload.warm_sends,
    isRequired: !onload.allow_unaccelerated,
  };
}
