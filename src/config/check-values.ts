/** Values that are each in range and still make no sense: with one another, or on this machine. */
import { existsSync } from "node:fs";
import { FEED_UNIT_ITCH, toUnits } from "../book/instruments.ts";
import { isTimezone } from "../core/zone.ts";
import { checkDevices, isPort } from "./check-device.ts";
import { checkOnload } from "./check-onload.ts";
import { checkRecovery } from "./check-recovery.ts";
import { checkSessions } from "./check-session.ts";
import { ORDER_TAGS, REQUEST_TAGS, reservedTags } from "./check-tags.ts";
import { checkTemplates } from "./check-templates.ts";
import { ipv4Number } from "./host.ts";
import type { CheckOptions, Loose, Path, Report } from "./report.ts";
import type { CheckedConfig } from "./schema.ts";
import { isDate, sessionDate } from "./session-date.ts";

type Input = Loose<CheckedConfig>;

export function checkValues(c: Input, report: Report, o: CheckOptions): void {
  checkAppliance(c, report, o);
  checkEngines(c, report, o);
  checkFeeds(c, report, o);
  checkDevices(c, report, o);
  checkSessions(c, report, o);
  checkOnload(c, report, o);
  for (let i = 0; i < (c.instrument?.length ?? 0); i++) checkInstrument(c, i, report);
  (c.strategy ?? []).forEach((strategy, i) => {
    const uses = strategy.uses;
    if (uses === undefined || uses === "maker" || uses === "taker") return;
    const file = o.absolute(uses);
    if (!existsSync(file)) report.error(["strategy", i, "uses"], `there is no file ${file}`);
  });
  checkRisk(c, report);
}

function checkAppliance(c: Input, report: Report, o: CheckOptions): void {
  const a = c.appliance ?? {};
  if (a.timezone !== undefined && !isTimezone(a.timezone)) {
    report.error(
      ["appliance", "timezone"],
      `found "${a.timezone}"; allowed: a zone of the tz database, e.g. "America/New_York"`,
    );
  }
  if (a.session_date !== undefined && a.session_date !== "today" && !isDate(a.session_date)) {
    report.error(["appliance", "session_date"], `${a.session_date} is no date of the calendar`);
  } else checkSessionDate(a, report, o.nowMs);
  const socket = o.absolute(`${a.run_dir ?? "/tmp"}/${a.name ?? "hairpin"}.guard`);
  if (Buffer.byteLength(socket) > SOCKET_PATH_MAX) {
    report.error(
      ["appliance", "run_dir"],
      `${socket} is longer than the ${SOCKET_PATH_MAX} bytes that a unix socket may have`,
    );
  }
  powerOfTwo(c.journal?.ring_mib, ["journal", "ring_mib"], report);
  powerOfTwo(c.journal?.capture_ring_mib, ["journal", "capture_ring_mib"], report);
}

/** A date of another day is for a look at its journal, or a mistake. */
function checkSessionDate(a: Loose<CheckedConfig["appliance"]>, report: Report, nowMs: number) {
  const { session_date: date, timezone, roll } = a;
  if (date === undefined || date === "today") return;
  if (timezone === undefined || !isTimezone(timezone) || roll === undefined) return;
  const today = sessionDate({ nowMs, timezone, sessionDate: "today", roll }).date;
  if (date === today) return;
  const when = date > today ? "still to come" : "over";
  report.warn(
    ["appliance", "session_date"],
    `${date} is ${when}, today's is ${today}: journal, ClOrdIDs and sequence numbers are those of ${date}, and times are counted from its midnight`,
  );
}

function checkEngines(c: Input, report: Report, o: CheckOptions): void {
  const byCore = new Map<number, string>();
  (c.engine ?? []).forEach((engine, i) => {
    powerOfTwo(engine.max_orders, ["engine", i, "max_orders"], report);
    const path = ["engine", i, "core"];
    const core = engine.core;
    if (engine.realtime === true && core === undefined) {
      report.error(["engine", i, "realtime"], "a real-time thread needs a core of its own");
    }
    if (core === undefined) return;
    const state = o.host.core(core);
    if (state === "absent") report.error(path, `found ${core}; this machine has no core ${core}`);
    if (state === "offline") report.error(path, `found ${core}; core ${core} is offline`);
    if (state === "online" && o.host.isIsolated(core) === false) {
      report.warn(
        path,
        `core ${core} is not isolated: the kernel runs other work on it, too (isolcpus=${core} nohz_full=${core} on the kernel's command line keeps that off)`,
      );
    }
    const other = byCore.get(core);
    if (other !== undefined) report.error(path, `core ${core} is taken by engine ${other}`);
    else byCore.set(core, engine.name ?? `engine[${i}]`);
  });
}

function checkFeeds(c: Input, report: Report, o: CheckOptions): void {
  (c.feed ?? []).forEach((feed, i) => {
    powerOfTwo(feed.book?.max_orders, ["feed", i, "book", "max_orders"], report);
    powerOfTwo(feed.book?.max_levels, ["feed", i, "book", "max_levels"], report);
    reservedTags(feed.request?.tags, REQUEST_TAGS, ["feed", i, "request", "tags"], report);
    reservedTags(
      feed.request?.symbol_tags,
      REQUEST_TAGS,
      ["feed", i, "request", "symbol_tags"],
      report,
    );
    checkRecovery(feed, i, report, o);
    if (feed.protocol === "mdp3") {
      checkTemplates(feed.templates, ["feed", i, "templates"], report, o);
    }
    const seen = new Set<string>();
    (feed.lines ?? []).forEach((line, k) => {
      const path: Path = ["feed", i, "lines", k];
      if (line.group !== undefined) {
        const top = ipv4Number(line.group) >>> 28;
        if (top !== 0xe) {
          report.error(
            [...path, "group"],
            `found "${line.group}"; allowed: a multicast address, 224.0.0.0 to 239.255.255.255`,
          );
        }
      }
      const isUnknown =
        line.interface !== undefined &&
        !isPort(c, line.interface) &&
        o.host.interfaceAddress(line.interface) === undefined;
      if (isUnknown) {
        report.error(
          [...path, "interface"],
          `found "${line.interface}"; ${portsText(c)}this machine has ${o.host.interfaces().join(", ")}`,
        );
      }
      const same = `${line.group}:${line.port} ${line.interface}`;
      if (seen.has(same)) report.error(path, `the same line twice: ${same}`);
      seen.add(same);
    });
  });
}

function portsText(c: Input): string {
  const names = (c.port ?? []).map((port) => port.name);
  return names.length === 0 ? "" : `the config has the ports ${names.join(", ")}, `;
}

function checkInstrument(c: Input, i: number, report: Report): void {
  const instrument = c.instrument![i]!;
  const path: Path = ["instrument", i];
  reservedTags(instrument.tags, ORDER_TAGS, [...path, "tags"], report);
  const unit = instrument.price_unit;
  if (unit === undefined) return;
  const feed = c.feed?.find((f) => f.name === instrument.feed) ?? c.feed?.[0];
  // Decimals of FIX and of MDP 3.0 are those of the instrument.
  const isOfFour = feed?.protocol !== "fix" && feed?.protocol !== "mdp3";
  if (isOfFour && !isWhole(unit / FEED_UNIT_ITCH) && !isWhole(FEED_UNIT_ITCH / unit)) {
    report.error(
      [...path, "price_unit"],
      `found ${unit}; allowed: a multiple or a fraction of 0.0001, the unit of prices on the feed`,
    );
  }
  const whole = (value: number | undefined, key: Path, what: string) => {
    if (value === undefined || !Number.isNaN(toUnits(value, unit))) return;
    report.error(
      [...path, ...key],
      `${what} ${value} is not a multiple of price_unit ${unit} that fits 32 bits`,
    );
  };
  if (instrument.tick !== undefined && instrument.ticks !== undefined) {
    report.error([...path, "ticks"], "tick and ticks are both given: leave one out");
  }
  whole(instrument.tick, ["tick"], "tick");
  if (instrument.tick === undefined && instrument.ticks === undefined) {
    whole(DEFAULT_TICK, ["price_unit"], "the default tick");
  }
  (instrument.ticks ?? []).forEach((step, k) => {
    whole(step.from, ["ticks", k, "from"], "from");
    whole(step.tick, ["ticks", k, "tick"], "tick");
    const before = instrument.ticks?.[k - 1]?.from;
    if (k === 0 && step.from !== undefined && step.from !== 0) {
      report.error([...path, "ticks", k, "from"], `found ${step.from}; the first step is from 0`);
    }
    if (before !== undefined && step.from !== undefined && step.from <= before) {
      report.error([...path, "ticks", k, "from"], `found ${step.from}; must be above ${before}`);
    }
  });
  const { position, lot } = instrument;
  if (position !== undefined && position !== 0 && !(Number(instrument.position_price) > 0)) {
    report.error([...path, "position_price"], "needed: the average price of that position");
  }
  if (position !== undefined && lot !== undefined && position % lot !== 0) {
    report.warn([...path, "position"], `${position} is not a multiple of the lot ${lot}`);
  }
}

function checkRisk(c: Input, report: Report): void {
  const risk = c.risk;
  if (risk === undefined) return;
  const { max_order_qty: order, max_position: position } = risk;
  if (order !== undefined && position !== undefined && order > position * 2) {
    report.warn(
      ["risk", "max_order_qty"],
      `${order} can never pass max_position ${position}: even from short to long it takes ${position * 2}`,
    );
  }
}

function powerOfTwo(value: number | undefined, path: Path, report: Report): void {
  if (value === undefined || (value & (value - 1)) === 0) return;
  const below = 2 ** Math.floor(Math.log2(value));
  report.error(path, `found ${value}; allowed: a power of two, e.g. ${below} or ${below * 2}`);
}

function isWhole(value: number): boolean {
  return Math.round(value) >= 1 && Math.abs(value - Math.round(value)) < 1e-6 * value;
}

/** Tick of an instrument that names none, currency. */
export const DEFAULT_TICK = 0.01;
/** sun_path of unix(7) holds 108 bytes with the final NUL. */
const SOCKET_PATH_MAX = 107;
