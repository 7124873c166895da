/** From the checked config to what the engine is built of. */
import { readFileSync } from "node:fs";
import type { InstrumentDefinition } from "../book/instruments.ts";
import { DEFAULT_TICK } from "./check-values.ts";
import type { CheckedConfig, Config, InstrumentConfig } from "./schema.ts";

interface CompleteOptions {
  file: string;
  folder: string;
  absolute: (path: string) => string;
  hash: number;
}

/** Fills in what the TOML may leave out, and makes paths absolute. */
export function complete(c: CheckedConfig, o: CompleteOptions): Config {
  const { instruments_file: _, ...sections } = c;
  const onlyEngine = c.engine[0]!.name;
  const feed = c.feed.map((f) => ({ ...f, engine: f.engine ?? onlyEngine }));
  const session = c.session.map((s) => ({
    ...s,
    engine: s.engine ?? onlyEngine,
    dictionary: s.dictionary.endsWith(".xml") ? o.absolute(s.dictionary) : s.dictionary,
    ...(s.username_file === undefined ? {} : { username_file: o.absolute(s.username_file) }),
    ...(s.password_file === undefined ? {} : { password_file: o.absolute(s.password_file) }),
  }));
  const instrument = c.instrument.map((i): InstrumentConfig => {
    const { tick, ticks, ...rest } = i;
    const named = i.session ?? c.session[0]?.name ?? "none";
    return {
      ...rest,
      feed: i.feed ?? c.feed[0]!.name,
      feed_symbol: i.feed_symbol ?? i.symbol,
      session: named === "none" ? "" : named,
      order_symbol: i.order_symbol ?? i.symbol,
      ticks: ticks ?? [{ from: 0, tick: tick ?? DEFAULT_TICK }],
    };
  });
  const strategy = c.strategy.map((s) => {
    const engine = s.engine ?? onlyEngine;
    const own = instrument.filter((i) => feed.find((f) => f.name === i.feed)?.engine === engine);
    return {
      ...s,
      engine,
      uses: /^(maker|taker)$/.test(s.uses) ? s.uses : o.absolute(s.uses),
      instruments: s.instruments ?? own.map((i) => i.symbol),
    };
  });
  return {
    ...sections,
    appliance: { ...c.appliance, run_dir: o.absolute(c.appliance.run_dir) },
    journal: { ...c.journal, dir: o.absolute(c.journal.dir) },
    risk: {
      ...c.risk,
      orders_burst: c.risk.orders_burst ?? Math.max(1, Math.ceil(c.risk.orders_per_s / 10)),
      cancels_burst: c.risk.cancels_burst ?? Math.max(1, Math.ceil(c.risk.cancels_per_s / 10)),
    },
    feed,
    session,
    instrument,
    strategy,
    file: o.file,
    folder: o.folder,
    hash: o.hash,
  };
}

/** What one engine works with, in the order of the config: an index is a position in its list. */
export interface EngineView {
  engine: Config["engine"][number];
  feeds: Config["feed"];
  sessions: Config["session"];
  instruments: Config["instrument"];
  strategies: Config["strategy"];
  /** For the Instruments table: feed and session are indices into the lists above. */
  definitions: InstrumentDefinition[];
}

export function viewOf(config: Config, engineName: string): EngineView {
  const engine = config.engine.find((e) => e.name === engineName);
  if (engine === undefined) throw new Error(`no engine has the name ${engineName}`);
  const feeds = config.feed.filter((f) => f.engine === engineName);
  const sessions = config.session.filter((s) => s.engine === engineName);
  const instruments = config.instrument.filter((i) => feeds.some((f) => f.name === i.feed));
  return {
    engine,
    feeds,
    sessions,
    instruments,
    strategies: config.strategy.filter((s) => s.engine === engineName),
    definitions: instruments.map((i) => ({
      symbol: i.symbol,
      feedSymbol: i.feed_symbol,
      feed: feeds.findIndex((f) => f.name === i.feed),
      session: sessions.findIndex((s) => s.name === i.session),
      orderSymbol: i.order_symbol,
      orderTags: numericKeys(i.tags),
      priceUnit: i.price_unit,
      ticks: i.ticks,
      lot: i.lot,
      multiplier: i.multiplier,
      currency: i.currency,
      makerFee: i.maker_fee,
      takerFee: i.taker_fee,
      position: i.position,
      positionPrice: i.position_price,
    })),
  };
}

/** The limits of one instrument: its own where it has them, else the general ones. */
export function limitsOf(config: Config, symbol: string) {
  const { max_order_qty, max_order_notional, collar_pct, max_position } = config.risk;
  const general = { max_order_qty, max_order_notional, collar_pct, max_position };
  return { ...general, ...defined(config.risk.instrument[symbol] ?? {}) };
}

function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as never;
}

/** { "207": "XNAS" } as { 207: "XNAS" }. */
export function numericKeys(tags: Record<string, string>): Record<number, string> {
  const out: Record<number, string> = {};
  for (const [tag, value] of Object.entries(tags)) out[Number(tag)] = value;
  return out;
}

/** The CLI socket of an appliance. */
export function socketPath(config: Config): string {
  return `${config.appliance.run_dir}/${config.appliance.name}.sock`;
}

/** A secret: the file's text without its last line end. Throws when it can't be read. */
export function readSecret(file: string): string {
  return readFileSync(file, "utf8").replace(/\r?\n$/, "");
}
