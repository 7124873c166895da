/** From the checked config to what the engine is built of. */

import { DEFAULT_TICK } from "./check-values.ts";
import { completeSession } from "./resolve-session.ts";
import type { CheckedConfig, Config, InstrumentConfig } from "./schema.ts";

interface CompleteOptions {
  file: string;
  folder: string;
  absolute: (path: string) => string;
  hash: number;
}

/** The first session of a use: where there are several, the config names one. */
function onlySession(c: CheckedConfig, use: CheckedConfig["session"][number]["use"]) {
  return c.session.find((s) => s.use === use)?.name;
}

/** Fills in what the TOML may leave out, and makes paths absolute. */
export function complete(c: CheckedConfig, o: CompleteOptions): Config {
  const { instruments_file: _, ...sections } = c;
  const onlyEngine = c.engine[0]!.name;
  const feed = c.feed.map((f) => ({
    ...f,
    engine: f.engine ?? onlyEngine,
    // The sequencer knows live lines by their numbers: they come first.
    lines: [...(f.lines ?? [])].sort((a, b) => +(a.role !== "live") - +(b.role !== "live")),
    ...(f.templates === undefined ? {} : { templates: o.absolute(f.templates) }),
    session: f.session ?? onlySession(c, "market-data") ?? "",
    ...withAbsolutePasswords(f, o.absolute),
  }));
  const session = c.session.map((s) =>
    completeSession(s, {
      onlyEngine,
      orders: c.session.filter((x) => x.use === "orders"),
      timezone: c.appliance.timezone,
      absolute: o.absolute,
    }),
  );
  const instrument = c.instrument.map((i): InstrumentConfig => {
    const { tick, ticks, ...rest } = i;
    const named = i.session ?? onlySession(c, "orders") ?? "none";
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
    appliance: {
      ...c.appliance,
      ...(c.appliance.run_dir === undefined ? {} : { run_dir: o.absolute(c.appliance.run_dir) }),
    },
    onload: {
      ...c.onload,
      library: c.onload.library.includes("/") ? o.absolute(c.onload.library) : c.onload.library,
    },
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

/** Files of passwords; relative ones start at the config's folder. */
function withAbsolutePasswords(
  { rerequest, snapshot }: CheckedConfig["feed"][number],
  absolute: CompleteOptions["absolute"],
) {
  const file = rerequest?.password_file;
  return {
    ...(rerequest === undefined || file === undefined
      ? {}
      : { rerequest: { ...rerequest, password_file: absolute(file) } }),
    ...(snapshot === undefined
      ? {}
      : { snapshot: { ...snapshot, password_file: absolute(snapshot.password_file) } }),
  };
}
