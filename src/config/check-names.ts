/** References between sections, and names that must differ. */
import { checkDropCopies } from "./check-drop-copy.ts";
import { checkMarketData, sessionsOf } from "./check-market-data.ts";
import { nearest } from "./nearest.ts";
import type { Loose, Path, Report } from "./report.ts";
import type { CheckedConfig } from "./schema.ts";

type Input = Loose<CheckedConfig>;

export function checkNames(c: Input, report: Report): void {
  unique(c.engine, "engine", (e) => e.name, "name", report);
  unique(c.port, "port", (p) => p.name, "name", report);
  unique(c.feed, "feed", (f) => f.name, "name", report);
  unique(c.session, "session", (s) => s.name, "name", report);
  unique(c.strategy, "strategy", (s) => s.name, "name", report);
  unique(c.instrument, "instrument", (i) => i.symbol, "symbol", report);
  checkEngines(c, report);
  checkInstruments(c, report);
  checkDropCopies(c, report);
  checkMarketData(c, report);
  checkOrderSymbols(c, report);
  checkStrategies(c, report);
  for (const symbol of Object.keys(c.risk?.instrument ?? {})) {
    const symbols = namesOf(c.instrument, "symbol");
    refer(symbol, symbols, "[[instrument]]", ["risk", "instrument", symbol], report);
  }
}

function checkEngines(c: Input, report: Report): void {
  const engines = namesOf(c.engine, "name");
  for (const section of ["feed", "session", "strategy"] as const) {
    (c[section] ?? []).forEach((entry, i) => {
      const path = [section, i, "engine"];
      if (entry.engine !== undefined) refer(entry.engine, engines, "[[engine]]", path, report);
      else if ((c.engine?.length ?? 0) > 1) {
        report.error(path, `which engine? There are several: ${engines.join(", ")}`);
      }
    });
  }
}

function checkInstruments(c: Input, report: Report): void {
  const feeds = namesOf(c.feed, "name");
  const sessions = namesOf(c.session, "name");
  const trading = sessionsOf(c, "orders");
  const byFeed = new Map<string, number>();
  (c.instrument ?? []).forEach((instrument, i) => {
    const path: Path = ["instrument", i];
    if (instrument.feed !== undefined) {
      refer(instrument.feed, feeds, "[[feed]]", [...path, "feed"], report);
    } else if ((c.feed?.length ?? 0) !== 1) {
      const said = feeds.length === 0 ? "there is no [[feed]]" : `there are ${feeds.join(", ")}`;
      report.error([...path, "feed"], `which feed? ${said}`);
    }
    if (instrument.session !== undefined && instrument.session !== "none") {
      refer(instrument.session, sessions, "[[session]]", [...path, "session"], report);
    } else if (instrument.session === undefined && trading.length > 1) {
      report.error(
        [...path, "session"],
        `which session? There are ${trading.join(", ")}; "none" for market data only`,
      );
    }
    checkSides(c, i, report);
    if (instrument.symbol === undefined) return;
    const feed = c.feed?.find((f) => f.name === instrument.feed) ?? c.feed?.[0];
    const feedSymbol = instrument.feed_symbol ?? instrument.symbol;
    const same = byFeed.get(`${feed?.name} ${feedSymbol}`);
    if (same !== undefined && c.instrument?.[same]?.symbol !== instrument.symbol) {
      const first = c.instrument?.[same]?.symbol;
      report.error([...path, "feed_symbol"], `${feedSymbol} on this feed is already ${first}`);
    }
    byFeed.set(`${feed?.name} ${feedSymbol}`, i);
    const wanted = feed?.subscribe;
    if (Array.isArray(wanted) && !wanted.includes(feedSymbol)) {
      report.error(
        [...path, "symbol"],
        `feed ${feed?.name} does not subscribe to ${feedSymbol}: add it to subscribe`,
      );
    }
  });
}

/**
 * What a venue is told of an order must name one instrument: its Symbol (55), with the tags that go
 * along (futures are told apart by them).
 */
function checkOrderSymbols(c: Input, report: Report): void {
  const first = new Map<string, number>();
  (c.instrument ?? []).forEach((instrument, i) => {
    const name = instrument.session ?? sessionsOf(c, "orders")[0];
    if (instrument.symbol === undefined || name === undefined || name === "none") return;
    const session = c.session?.find((s) => s.name === name);
    const orderSymbol = instrument.order_symbol ?? instrument.symbol;
    const tags = Object.entries({ ...session?.tags, ...instrument.tags }).sort();
    const told = JSON.stringify([name, orderSymbol, tags]);
    const before = first.get(told);
    if (before === undefined) {
      first.set(told, i);
      return;
    }
    const other = c.instrument?.[before]?.symbol;
    if (other === instrument.symbol) return;
    const key = instrument.order_symbol === undefined ? "symbol" : "order_symbol";
    report.error(
      ["instrument", i, key],
      `orders in ${orderSymbol} with the same tags on session ${name} are those of ${other}, on line ${report.line(["instrument", before, "symbol"])}: give it another order_symbol or tags`,
    );
  });
}

/** The feed and the session of an instrument must be on one thread. */
function checkSides(c: Input, i: number, report: Report): void {
  const instrument = c.instrument?.[i];
  const feed = c.feed?.find((f) => f.name === instrument?.feed);
  const session = c.session?.find((s) => s.name === instrument?.session);
  if (feed?.engine === undefined || session?.engine === undefined) return;
  if (feed.engine !== session.engine) {
    report.error(
      ["instrument", i, "session"],
      `feed ${feed.name} runs on engine ${feed.engine}, session ${session.name} on ${session.engine}: both must run on one`,
    );
  }
}

function checkStrategies(c: Input, report: Report): void {
  const symbols = namesOf(c.instrument, "symbol");
  (c.strategy ?? []).forEach((strategy, i) => {
    (strategy.instruments ?? []).forEach((symbol, k) => {
      const path = ["strategy", i, "instruments", k];
      if (!refer(symbol, symbols, "[[instrument]]", path, report)) return;
      const instrument = c.instrument?.find((x) => x.symbol === symbol);
      const feed = c.feed?.find((f) => f.name === instrument?.feed) ?? c.feed?.[0];
      if (feed?.engine && strategy.engine && feed.engine !== strategy.engine) {
        report.error(
          path,
          `${symbol} is on engine ${feed.engine}, this strategy on ${strategy.engine}`,
        );
      }
    });
    if (symbols.length === 0) report.warn(["strategy", i], "there is no [[instrument]] to trade");
  });
}

/** True when `name` is one of `known`; reports it otherwise. */
function refer(
  name: string,
  known: string[],
  section: string,
  path: Path,
  report: Report,
): boolean {
  if (known.includes(name)) return true;
  const near = nearest(name, known);
  const hint = near === undefined ? `there are: ${listOf(known)}` : `did you mean "${near}"?`;
  report.error(path, `no ${section} has the name "${name}"; ${hint}`);
  return false;
}

function listOf(known: string[]): string {
  if (known.length === 0) return "none";
  return known.length <= 10 ? known.join(", ") : `${known.slice(0, 10).join(", ")}, ...`;
}

function namesOf(entries: Loose<Record<string, unknown>>[] | undefined, key: string): string[] {
  return (entries ?? []).map((e) => e[key]).filter((n) => typeof n === "string");
}

function unique<T>(
  entries: T[] | undefined,
  section: string,
  nameOf: (entry: T) => string | undefined,
  key: string,
  report: Report,
): void {
  const first = new Map<string, number>();
  (entries ?? []).forEach((entry, i) => {
    const name = nameOf(entry);
    if (name === undefined) return;
    const before = first.get(name);
    if (before === undefined) first.set(name, i);
    else {
      const line = report.line([section, before, key]);
      report.error([section, i, key], `"${name}" is taken by the one on line ${line}`);
    }
  });
}
