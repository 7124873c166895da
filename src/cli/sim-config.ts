/** The venue that the config of an appliance expects, as options of the simulator. */
import type { Config } from "../config/schema.ts";
import { OUCH } from "../config/session-protocol.ts";
import { readSecret } from "../engine/secret.ts";
import type { SimOptionsInput } from "../sim/options.ts";
import { SIM_PROTOCOLS, type SimProtocol } from "../sim/protocols.ts";
import { CliError, EXIT_CONFIG } from "./exit-codes.ts";
import { portOf } from "./host-port.ts";

/** The only version of FIX that the simulator's acceptor speaks. */
const PROTOCOL = "fix44";

/** What of a config the simulator leaves out: it has one feed, and one FIX port with one CompID. */
export function notServed(config: Config): string[] {
  const [feed, ...others] = config.feed;
  const served = servedSession(config);
  const ouch = ouchSessions(config);
  if (feed === undefined || (served === undefined && ouch.length === 0)) return [];
  const sessions = config.session.flatMap((s) => {
    if (ouch.includes(s) || served === undefined) return [];
    const why =
      s.protocol === OUCH
        ? `its address is ${s.address}, the simulator's for OUCH ${ouch[0]?.address}`
        : s.address !== served.address
          ? `its address is ${s.address}, the simulator's ${served.address}`
          : s.protocol !== PROTOCOL
            ? `its protocol is ${s.protocol}, the simulator's ${PROTOCOL}`
            : s.target_comp_id !== served.target_comp_id
              ? `its target_comp_id is ${s.target_comp_id}, the simulator's ${served.target_comp_id}`
              : "";
    return why === "" ? [] : [`session "${s.name}" is not served: ${why}`];
  });
  const unheard = config.port.filter((p) => {
    const isOurs = p.driver === "exanic-sim" && p.name === cardPort(config)?.name;
    const isLoopback = p.device === "lo" && cardPort(config) === undefined;
    return !isOurs && !isLoopback && feed.lines.some((line) => line.interface === p.name);
  });
  const ports = unheard.map(
    (p) =>
      `port "${p.name}" will hear nothing: the simulator publishes ${cardPort(config) === undefined ? "on 127.0.0.1" : "into one card"}, not on ${p.device} (--options with "interface" or "veth" does)`,
  );
  const feeds = others.map(
    (f) => `feed "${f.name}" is not published: the simulator has one feed, "${feed.name}"`,
  );
  return [...sessions, ...ports, ...feeds, ...unheardOf(feed)];
}

/** Groups that the simulator does not publish on: it has one for each role but "live". */
function unheardOf(feed: Config["feed"][number]): string[] {
  const seen = new Set<string>();
  return feed.lines.flatMap(({ role, group, port }) => {
    const isSecond = role !== "live" && seen.has(role);
    seen.add(role);
    return isSecond
      ? [`line ${group}:${port} of feed "${feed.name}" hears nothing: one ${role} group is served`]
      : [];
  });
}

/** The session whose port the simulator has: that of the orders of the first feed's engine. */
function servedSession(config: Config): Config["session"][number] | undefined {
  const byFix = config.session.filter((s) => s.protocol !== OUCH);
  const own = byFix.filter((s) => s.engine === config.feed[0]?.engine);
  const orders = byFix.find((s) => s.use === "orders");
  return own.find((s) => s.use === "orders") ?? own[0] ?? orders;
}

/** The OUCH sessions that it takes: those with the address of the first one. */
function ouchSessions(config: Config): Config["session"] {
  const all = config.session.filter((s) => s.protocol === OUCH);
  return all.filter((s) => s.address === all[0]!.address);
}

/** The software card that the first feed comes by. */
function cardPort(config: Config): Config["port"][number] | undefined {
  const lines = config.feed[0]?.lines ?? [];
  return config.port.find(
    (p) => p.driver === "exanic-sim" && lines.some((line) => line.interface === p.name),
  );
}

/** The venue that an appliance's config expects. */
export function optionsFor(config: Config, price: number): SimOptionsInput {
  const feed = config.feed[0];
  const own = config.session.filter((s) => s.engine === feed?.engine && s.protocol !== OUCH);
  const session = servedSession(config);
  const ouch = ouchSessions(config);
  if (feed === undefined) throw new CliError(EXIT_CONFIG, "the config has no [[feed]] to publish");
  if (session !== undefined && session.protocol !== PROTOCOL) {
    throw new CliError(
      EXIT_CONFIG,
      `session ${session.name}: its protocol is ${session.protocol}, and the simulator speaks ${PROTOCOL} only`,
    );
  }
  const instruments = config.instrument.filter((i) => i.feed === feed.name);
  const card = cardPort(config);
  return {
    ...(card === undefined ? {} : { card: card.device }),
    ...feedOptions(feed),
    ...(session === undefined
      ? {}
      : {
          fix: {
            port: portOf(session.address),
            venueCompId: session.target_comp_id,
            // Orders and market data may be sessions of one port.
            clients: (own.length === 0 ? [session] : own)
              .filter((s) => s.use !== "drop-copy" && s.address === session.address)
              .map((s) => s.sender_comp_id),
            dropCopies: config.session
              .filter((s) => s.use === "drop-copy" && s.address === session.address)
              .map((s) => s.sender_comp_id),
          },
        }),
    ...(ouch.length === 0
      ? {}
      : {
          ouch: {
            port: portOf(ouch[0]!.address),
            clients: ouch.map((s) => ({
              username: readSecret(s.username_file ?? ""),
              password: readSecret(s.password_file ?? ""),
            })),
          },
        }),
    symbols: instruments.map((i) => ({
      symbol: i.feed_symbol,
      px: i.position_price > 0 ? i.position_price : price,
      tick: i.ticks.findLast((t) => t.from <= price)?.tick ?? i.ticks[0]!.tick,
    })),
  };
}

/** Groups, ports and numbers of the feed. */
function feedOptions(feed: Config["feed"][number]): SimOptionsInput {
  const of = (role: string) =>
    feed.lines.filter((l) => l.role === role).map(({ group, port }) => ({ group, port }));
  const [live, [gap], [snapshot], [definition]] = [
    of("live"),
    of("gap"),
    of("snapshot"),
    of("definition"),
  ];
  const server = feed.protocol === "pitch" ? "spin" : "glimpse";
  return {
    protocol: protocolOf(feed),
    ...(feed.unit === undefined ? {} : { unit: feed.unit }),
    ...(feed.channel === undefined ? {} : { channel: feed.channel }),
    ...(live.length === 0 ? {} : { lines: live }),
    ...(gap === undefined ? {} : { gap }),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(definition === undefined ? {} : { definition }),
    ...(feed.snapshot === undefined ? {} : { [server]: { port: portOf(feed.snapshot.address) } }),
    ...(feed.rerequest === undefined
      ? {}
      : { rerequest: { port: portOf(feed.rerequest.address) } }),
  };
}

/** Throws for a protocol that the simulator does not publish. A FIX feed comes by a session. */
function protocolOf(feed: Config["feed"][number]): SimProtocol {
  if (feed.protocol === "fix") return "itch50";
  const found = SIM_PROTOCOLS.find((protocol) => protocol === feed.protocol);
  if (found !== undefined) return found;
  throw new CliError(
    EXIT_CONFIG,
    `feed ${feed.name}: its protocol is ${feed.protocol}, and the simulator publishes ${SIM_PROTOCOLS.join(", ")} only`,
  );
}
