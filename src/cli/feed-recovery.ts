/** What control asks for a feed's missing messages, from its config. */
import type { Config } from "../config/schema.ts";
import type { FeedRecoveryOptions } from "../control/recovery/role-options.ts";
import { hostOf, portOf } from "./host-port.ts";

type Feed = Config["feed"][number];

/** The gap request proxy is connected to again after this pause, which doubles. */
const GRP_PAUSE_MS = 1000;

export function feedRecovery(feed: Feed): FeedRecoveryOptions {
  const isPitch = feed.protocol === "pitch";
  return {
    name: feed.name,
    rerequest: feed.rerequest === undefined || isPitch ? null : server(feed.rerequest),
    grp: isPitch ? grp(feed) : null,
    snapshot: snapshot(feed),
  };
}

function grp({ rerequest, unit }: Feed): NonNullable<FeedRecoveryOptions["grp"]> | null {
  if (rerequest === undefined) return null;
  return {
    ...server(rerequest),
    unit: unit!,
    sessionSubId: rerequest.session_sub_id ?? "",
    username: rerequest.username ?? "",
    passwordFile: rerequest.password_file ?? "",
    countMax: rerequest.count_max,
    pauseMs: GRP_PAUSE_MS,
  };
}

function snapshot(feed: Feed): NonNullable<FeedRecoveryOptions["snapshot"]> | null {
  const s = feed.snapshot;
  if (s === undefined) return null;
  return {
    ...server(s),
    protocol: feed.protocol === "pitch" ? "spin" : "glimpse",
    ...(feed.edition === undefined ? {} : { edition: feed.edition }),
    username: s.username,
    passwordFile: s.password_file,
    sessionSubId: s.session_sub_id ?? "",
    checksSession: s.check_session,
    holeMessages: s.hole_messages,
    pauseMs: s.pause_ms,
  };
}

function server(s: { address: string; timeout_ms: number; retries: number }) {
  return {
    host: hostOf(s.address),
    port: portOf(s.address),
    timeoutMs: s.timeout_ms,
    retries: s.retries,
  };
}
