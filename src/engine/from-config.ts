/** The config's words, turned into what engines are built from: numbers, ns, indices. */
import type { InstrumentDefinition } from "../book/instruments.ts";
import type { LineProtocol } from "../config/feed.ts";
import { ipv4Number, thisHost } from "../config/host.ts";
import type { Config, EngineConfig, RiskConfig } from "../config/schema.ts";
import type { RequestOptions } from "../fix/market-data/options.ts";
import { deviceOptions } from "./devices-from-config.ts";
import type { EngineOptions, FeedOptions, RiskOptions } from "./options.ts";
import { sessionOptions } from "./session-from-config.ts";
import { onloadOptions, tuningOf } from "./tuning-from-config.ts";

const MS = 1e6;
const US = 1e3;

/** One per [[engine]], in order. `resolveHost` turns a venue's host name into an IPv4 address. */
export function engineOptions(
  config: Config,
  resolveHost: (host: string) => number = ipv4Number,
): EngineOptions[] {
  const trading = config.engine.filter((e) =>
    config.session.some((s) => s.engine === e.name && s.use === "orders"),
  );
  return config.engine.map((engine, index) => {
    const feeds = config.feed.filter((f) => f.engine === engine.name);
    const sessions = ordersFirst(config.session.filter((s) => s.engine === engine.name));
    const indexOf = (name: string) => sessions.findIndex((s) => s.name === name);
    const onload = onloadOptions(config, sessions);
    return {
      ...plain(config, engine, index),
      feeds: feeds.map((f) => feedOptions(f, config, sessions)),
      devices: deviceOptions(config, engine, feeds),
      ...(onload === undefined ? {} : { onload }),
      sessions: sessions.map((s) =>
        sessionOptions(
          s,
          config.session.indexOf(s),
          resolveHost,
          indexOf,
          tuningOf(s, config.onload),
        ),
      ),
      strategies: config.strategy
        .filter((s) => s.engine === engine.name)
        .map(({ name, uses, instruments, seed, params }) => ({
          name,
          uses,
          instruments,
          seed,
          params,
        })),
      instruments: instrumentsOf(config, feeds, sessions),
      risk: riskOptions(config.risk, Math.max(1, trading.length)),
    };
  });
}

function plain(config: Config, engine: EngineConfig, index: number) {
  return {
    name: engine.name,
    index,
    core: engine.core ?? -1,
    realtime: engine.realtime,
    armAutomatically: engine.arm === "auto",
    warmupIterations: engine.warmup_iterations,
    keepWarm: engine.keep_warm,
    tcpPollTurns: engine.tcp_poll_turns,
    maxOrders: engine.max_orders,
    busyPollUs: engine.busy_poll_us,
    durableAlways: config.journal.durable === "always",
    idPrefix: config.appliance.prefix,
  };
}

/** Orders know their sessions by index: the others come behind. */
function ordersFirst(sessions: Config["session"]): Config["session"] {
  const isOrders = (s: Config["session"][number]) => s.use === "orders";
  return [...sessions.filter(isOrders), ...sessions.filter((s) => !isOrders(s))];
}

function feedOptions(
  feed: Config["feed"][number],
  config: Config,
  sessions: Config["session"],
): FeedOptions {
  return {
    name: feed.name,
    block: config.feed.indexOf(feed),
    byDevice: feed.lines.some((line) => config.port.some((p) => p.name === line.interface)),
    ...(feed.protocol === "fix"
      ? {
          fix: {
            session: sessions.findIndex((s) => s.name === feed.session),
            request: requestOptions(feed.request),
          },
        }
      : {}),
    ...(feed.protocol === "fix" ? {} : protocolOptions(feed, feed.protocol)),
    lines: feed.lines.map((line) => ({
      group: ipv4Number(line.group),
      port: line.port,
      iface: thisHost.interfaceAddress(line.interface) ?? 0,
      source: line.source === undefined ? 0 : ipv4Number(line.source),
      ...(line.role === "live" ? {} : { role: line.role }),
    })),
    recovers: feed.rerequest !== undefined || feed.snapshot !== undefined,
    hasSnapshot: feed.snapshot !== undefined,
    join: feed.join,
    windowPackets: feed.window_packets,
    holdPackets: feed.hold_packets,
    windowNs: feed.window_us * US,
    staleNs: feed.stale_ms * MS,
    requestTimeoutNs: (feed.rerequest?.timeout_ms ?? 50) * MS,
    requestRetries: requestRetries(feed),
    rcvbuf: feed.rcvbuf_kib * 1024,
    maxOrders: feed.book.max_orders,
    maxLevels: feed.book.max_levels,
    maxInstruments: feed.book.max_instruments,
    // A FIX feed announces no instruments: "*" are those of the config.
    subscribeAll: feed.subscribe === "*" && feed.protocol !== "fix",
    extendedHours: feed.extended_hours,
  };
}

/** Fruitless requests, each timeout_ms long, before the feed counts as lost. */
function requestRetries({ rerequest, snapshot }: Config["feed"][number]): number {
  if (snapshot === undefined) return rerequest?.retries ?? 0;
  // A snapshot may take its time: the feed has a gap until then.
  const tries = Math.ceil(snapshot.timeout_ms / (rerequest?.timeout_ms ?? 50));
  return Math.max(rerequest?.retries ?? 0, tries);
}

/** What a protocol of lines has of its own. */
function protocolOptions(
  feed: Config["feed"][number],
  protocol: LineProtocol,
): Pick<FeedOptions, "protocol" | "pitch" | "mdp3"> {
  if (protocol === "pitch") {
    return { protocol, pitch: { unit: feed.unit!, edition: feed.edition ?? "us-equities" } };
  }
  if (protocol === "mdp3") {
    return {
      protocol,
      mdp3: { templates: feed.templates ?? "", byOrder: feed.by_order },
    };
  }
  return { protocol };
}

function requestOptions(r: Config["feed"][number]["request"]): RequestOptions {
  return {
    style: r.style,
    depth: r.depth,
    update: r.update,
    entries: r.entries,
    trades: r.trades,
    aggregated: r.aggregated === undefined ? "" : r.aggregated ? "Y" : "N",
    securityStatus: r.security_status,
    tags: r.tags,
    symbolTags: r.symbol_tags,
    timeoutNs: r.timeout_ms * MS,
    retries: r.retries,
  };
}

function instrumentsOf(
  config: Config,
  feeds: Config["feed"],
  sessions: Config["session"],
): InstrumentDefinition[] {
  return config.instrument
    .filter((i) => feeds.some((f) => f.name === i.feed))
    .filter((i) => {
      const subscribe = feeds.find((f) => f.name === i.feed)!.subscribe;
      return subscribe === "*" || subscribe.includes(i.feed_symbol);
    })
    .map((i) => ({
      symbol: i.symbol,
      feedSymbol: i.feed_symbol,
      feed: feeds.findIndex((f) => f.name === i.feed),
      session: sessions.findIndex((s) => s.name === i.session),
      orderSymbol: i.order_symbol,
      orderTags: i.tags,
      priceUnit: i.price_unit,
      ticks: i.ticks,
      lot: i.lot,
      multiplier: i.multiplier,
      currency: i.currency,
      makerFee: i.maker_fee,
      takerFee: i.taker_fee,
      position: i.position,
      positionPrice: i.position_price,
    }));
}

/** Limits of the appliance are shared out evenly: no engine can use another's part. */
function riskOptions(risk: RiskConfig, engines: number): RiskOptions {
  const orders = risk.orders_per_s / engines;
  const cancels = risk.cancels_per_s / engines;
  return {
    maxOrderQty: risk.max_order_qty,
    maxOrderNotional: risk.max_order_notional,
    collarPct: risk.collar_pct,
    maxPosition: risk.max_position,
    maxExposure: risk.max_exposure / engines,
    maxOpenOrders: Math.floor(risk.max_open_orders / engines),
    ordersPerS: orders,
    ordersBurst: Math.max(1, Math.floor((risk.orders_burst ?? risk.orders_per_s / 10) / engines)),
    cancelsPerS: cancels,
    cancelsBurst: Math.max(
      1,
      Math.floor((risk.cancels_burst ?? risk.cancels_per_s / 10) / engines),
    ),
    maxLoss: risk.max_loss / engines,
    denySelfMatch: risk.self_match === "deny",
    shortMarking: risk.short_marking,
    instrument: Object.fromEntries(
      Object.entries(risk.instrument).map(([symbol, o]) => [
        symbol,
        {
          ...(o.max_order_qty === undefined ? {} : { maxOrderQty: o.max_order_qty }),
          ...(o.max_order_notional === undefined ? {} : { maxOrderNotional: o.max_order_notional }),
          ...(o.collar_pct === undefined ? {} : { collarPct: o.collar_pct }),
          ...(o.max_position === undefined ? {} : { maxPosition: o.max_position }),
        },
      ]),
    ),
  };
}
