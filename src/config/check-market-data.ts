/** Feeds of FIX market data and the sessions that they come by. */
import { seriesWords } from "../feed/opra/series-text.ts";
import { checkLineFeed, SYMBOL_CHARACTERS } from "./check-line-feed.ts";
import { feedSchema } from "./feed.ts";
import type { Loose, Report } from "./report.ts";
import type { CheckedConfig } from "./schema.ts";

type Input = Loose<CheckedConfig>;

/** Keys of multicast feeds; what a FIX feed has of them is the default. */
const MULTICAST_KEYS = [
  "join",
  "window_packets",
  "window_us",
  "hold_packets",
  "unit",
  "edition",
  "templates",
  "channel",
  "stale_ms",
  "rcvbuf_kib",
  "extended_hours",
] as const;

export function checkMarketData(c: Input, report: Report): void {
  const byFeed = new Map<string, string>();
  (c.feed ?? []).forEach((feed, i) => {
    if (feed.protocol === "fix") checkFixFeed(c, i, byFeed, report);
    else if (feed.protocol !== undefined) checkLineFeed(feed, feed.protocol, i, report);
  });
  (c.session ?? []).forEach((session, i) => {
    if (session.use !== "market-data" || session.name === undefined) return;
    if (byFeed.has(session.name)) return;
    report.error(
      ["session", i, "use"],
      `no [[feed]] with protocol = "fix" comes by session ${session.name}`,
    );
  });
  checkInstrumentSessions(c, report);
}

/** A session's use; a config with an error elsewhere comes without its defaults. */
export function useOf(session: { use?: Use }): Use {
  return session.use ?? "orders";
}

type Use = CheckedConfig["session"][number]["use"];

/** Names of the sessions of a use. */
export function sessionsOf(c: Input, use: Use): string[] {
  const sessions = (c.session ?? []).filter((s) => useOf(s) === use);
  return sessions.map((s) => s.name).filter((n): n is string => typeof n === "string");
}

function checkFixFeed(c: Input, i: number, byFeed: Map<string, string>, report: Report): void {
  const feed = c.feed![i]!;
  for (const key of ["lines", "rerequest", "snapshot"] as const) {
    if (feed[key] === undefined) continue;
    report.error(["feed", i, key], "a fix feed has none: its session brings everything, in order");
  }
  for (const key of MULTICAST_KEYS) {
    const found = feed[key];
    if (found === undefined || found === feedSchema.shape[key].parse(undefined)) continue;
    report.error(["feed", i, key], "a fix feed has none: it is a key of multicast feeds");
  }
  const known = sessionsOf(c, "market-data");
  const path = ["feed", i, "session"];
  const there = known.length === 0 ? "there is none" : `there are ${known.join(", ")}`;
  if (feed.session === undefined && known.length !== 1) {
    report.error(path, `which session with use = "market-data"? ${there}`);
    return;
  }
  const name = feed.session ?? known[0]!;
  const session = c.session?.find((s) => s.name === name);
  if (session === undefined || !known.includes(name)) {
    const found =
      session === undefined ? "there is no such session" : `its use is "${useOf(session)}"`;
    report.error(
      path,
      `found "${name}", ${found}; allowed: one with use = "market-data", ${there}`,
    );
    return;
  }
  const other = byFeed.get(name);
  if (other !== undefined) report.error(path, `session ${name} brings feed ${other} already`);
  else byFeed.set(name, feed.name ?? `feed[${i}]`);
  if (feed.engine !== session.engine && feed.engine !== undefined && session.engine !== undefined) {
    report.error(
      path,
      `feed ${feed.name} runs on engine ${feed.engine}, session ${name} on ${session.engine}: both must run on one`,
    );
  }
  if (feed.subscribe === "*" && !(c.instrument ?? []).some((x) => isOn(c, x.feed, feed.name))) {
    report.warn(
      ["feed", i, "subscribe"],
      "no [[instrument]] is on this feed: nothing is asked for",
    );
  }
}

/** Instruments trade on order sessions, and the symbols of a feed have their lengths. */
function checkInstrumentSessions(c: Input, report: Report): void {
  (c.instrument ?? []).forEach((instrument, i) => {
    const session = c.session?.find((s) => s.name === instrument.session);
    if (session?.use !== undefined && session.use !== "orders") {
      report.error(
        ["instrument", i, "session"],
        `session ${session.name} has use = "${session.use}"; allowed: one with use = "orders", or "none"`,
      );
    }
    const feed = c.feed?.find((f) => isOn(c, instrument.feed, f.name));
    const symbol = instrument.feed_symbol ?? instrument.symbol;
    if (symbol === undefined || feed?.protocol === "fix") return;
    if (feed?.protocol === "opra" && seriesWords(symbol) === null) {
      report.error(
        ["instrument", i, "feed_symbol"],
        `${symbol} is no OSI symbol of a series; example: SPXW231229C04500000 (root, yymmdd, C or P, strike times 1000 in eight digits, no spaces)`,
      );
      return;
    }
    const longest = SYMBOL_CHARACTERS[feed?.protocol ?? "itch50"];
    if (symbol.length <= longest) return;
    const found = instrument.feed_symbol === undefined ? "needed" : "too long";
    report.error(["instrument", i, "feed_symbol"], `${found}: ${symbol} is longer than ${longest}`);
  });
}

/** True when an instrument that names `named`, or nothing, is on this feed. */
function isOn(c: Input, named: string | undefined, feed: string | undefined): boolean {
  return named === undefined ? c.feed?.[0]?.name === feed : named === feed;
}
