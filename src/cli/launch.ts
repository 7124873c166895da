/** From a config to what the launcher starts: shared by `run` and `demo`. */

import { lookup } from "node:dns/promises";
import { ipv4Number } from "../config/host.ts";
import type { Config } from "../config/schema.ts";
import { sessionDate } from "../config/session-date.ts";
import { factsOf } from "../config/session-protocol.ts";
import type { ApplianceOptions } from "../control/launcher-options.ts";
import { engineOptions } from "../engine/from-config.ts";
import { CliError, EXIT_FAILED } from "./exit-codes.ts";
import { feedRecovery } from "./feed-recovery.ts";
import { hostOf } from "./host-port.ts";

const MIB = 1 << 20;

/** Venues' names are resolved here, once; an engine never waits for a name server. */
export async function launchOptions(config: Config, nowMs: number): Promise<ApplianceOptions> {
  const addresses = await resolveHosts(config);
  const engines = engineOptions(config, (host) => addresses.get(host)!);
  const { appliance, journal, guard } = config;
  const session = sessionDate({
    nowMs,
    timezone: appliance.timezone,
    sessionDate: appliance.session_date,
    roll: appliance.roll,
  });
  const engineIndex = (name: string) => config.engine.findIndex((e) => e.name === name);
  return {
    name: appliance.name,
    ...(appliance.run_dir === undefined ? {} : { runDirectory: appliance.run_dir }),
    date: session.date,
    sessionStartS: session.startS,
    configHash: config.hash,
    restartsPerMinuteMax: appliance.restarts_per_minute,
    journal: {
      directory: journal.dir,
      ringBytes: journal.ring_mib * MIB,
      durable: journal.durable === "always" ? "always" : { intervalMs: journal.interval_ms },
      segmentBytes: journal.segment_mib * MIB,
      ...(journal.capture ? { tapeBytes: journal.capture_ring_mib * MIB } : {}),
    },
    identity: {
      prefix: appliance.prefix,
      sessions: config.session.map((s) => ({
        name: s.name,
        beginString: factsOf(s.protocol).beginString,
        senderCompId: s.sender_comp_id,
        targetCompId: s.target_comp_id,
      })),
    },
    guard: {
      timeoutMs: guard.timeout_ms,
      killTimeoutMs: guard.kill_timeout_ms,
      preload: engines.find((e) => e.onload !== undefined)?.onload?.path ?? "",
    },
    engines: config.engine.map((engine, i) => ({
      name: engine.name,
      restarts: engine.restart,
      options: engines[i],
    })),
    feeds: config.feed.map((feed) => ({
      engine: engineIndex(feed.engine),
      ...feedRecovery(feed),
    })),
    sessions: config.session.map((s) => ({
      name: s.name,
      engine: engineIndex(s.engine),
      isOrders: s.use === "orders",
    })),
  };
}

async function resolveHosts(config: Config): Promise<Map<string, number>> {
  const addresses = new Map<string, number>();
  for (const session of config.session) {
    const host = hostOf(session.address);
    if (addresses.has(host)) continue;
    try {
      addresses.set(host, ipv4Number((await lookup(host, { family: 4 })).address));
    } catch {
      throw new CliError(
        EXIT_FAILED,
        `session ${session.name}: the name ${host} has no IPv4 address here`,
      );
    }
  }
  return addresses;
}
