/** [[port]] sections, and the lines that come by them. */
import { ipv4Number } from "./host.ts";
import type { CheckOptions, Loose, Path, Report } from "./report.ts";
import type { CheckedConfig } from "./schema.ts";

type Input = Loose<CheckedConfig>;

/** HP_PORT_LINES_MAX: lines of all feeds of an engine on one port. */
const LINES_MAX = 64;
/** What only one process can have, and each engine is one. */
const OWNED: Readonly<Record<string, string>> = {
  dpdk: "a card",
  xdp: "the program on an interface",
};
/** HP_PORTS_MAX less those of sockets: pairs of a port and an engine that reads it. */
const PAIRS_MAX = 48;

export function checkDevices(c: Input, report: Report, o: CheckOptions): void {
  const byDevice = new Map<string, number>();
  (c.port ?? []).forEach((port, i) => {
    const { driver, device, frames } = port;
    if (frames !== undefined && (frames & (frames - 1)) !== 0) {
      report.error(["port", i, "frames"], `found ${frames}; allowed: a power of two`);
    }
    if (driver === undefined || device === undefined) return;
    const other = byDevice.get(device);
    if (other === undefined) byDevice.set(device, i);
    else {
      const line = report.line(["port", other, "device"]);
      report.error(["port", i, "device"], `${device} is that of the port on line ${line}, too`);
    }
    if ((driver === "packet" || driver === "xdp") && !o.host.hasInterface(device)) {
      const there = o.host.interfaces().join(", ");
      report.error(["port", i, "device"], `found "${device}"; this machine has ${there}`);
    }
    if (port.address !== undefined && !isOfHost(port.address)) {
      report.error(
        ["port", i, "address"],
        `found "${port.address}"; allowed: the IPv4 address of a host with its prefix`,
      );
    }
    if (!(c.feed ?? []).some((f) => (f.lines ?? []).some((l) => l.interface === port.name))) {
      report.warn(["port", i], `no line of a feed has the interface "${port.name}"`);
    }
    const owned = OWNED[driver];
    const engines = enginesOn(c, port.name).size;
    if (owned !== undefined && engines > 1) {
      report.error(
        ["port", i, "driver"],
        `lines of ${engines} engines come by it; allowed with "${driver}": of one, since ${owned} belongs to one process (give each engine a card, or a virtual function of it)`,
      );
    }
  });
  checkMixture(c, report, o);
  checkSharing(c, report);
}

/** True when the interface of a line is a [[port]]. */
export function isPort(c: Input, name: string | undefined): boolean {
  return name !== undefined && (c.port ?? []).some((port) => port.name === name);
}

/** A feed's lines are read by its ports or by its sockets, never in turns. */
function checkMixture(c: Input, report: Report, o: CheckOptions): void {
  (c.feed ?? []).forEach((feed, i) => {
    const names = (feed.lines ?? []).flatMap((line) => line.interface ?? []);
    const isOfSockets = (name: string) => o.host.interfaceAddress(name) !== undefined;
    const rest = names.filter((name) => !isPort(c, name));
    if (rest.length === names.length || !rest.some(isOfSockets)) return;
    report.error(
      ["feed", i, "lines"],
      "some lines come by a [[port]] and some by kernel sockets: let all of them come by ports, or none",
    );
  });
}

interface Taken {
  path: Path;
  feed: number;
  source: string | undefined;
}

/** Names of the engines that read lines of a port. */
function enginesOn(c: Input, name: string | undefined): Set<string> {
  const feeds = (c.feed ?? []).filter((f) => (f.lines ?? []).some((l) => l.interface === name));
  return new Set(feeds.map((feed) => feed.engine ?? ""));
}

/** A packet goes to one line: the kernel copies for several readers, a port does not. */
function checkSharing(c: Input, report: Report): void {
  const taken = new Map<string, Taken[]>();
  const lineCounts = new Map<string, number>();
  (c.feed ?? []).forEach((feed, i) => {
    (feed.lines ?? []).forEach((line, k) => {
      if (!isPort(c, line.interface)) return;
      const path: Path = ["feed", i, "lines", k];
      const pair = `${line.interface} ${feed.engine ?? ""}`;
      const count = (lineCounts.get(pair) ?? 0) + 1;
      lineCounts.set(pair, count);
      if (count === LINES_MAX + 1) {
        report.error(path, `more than ${LINES_MAX} lines of one engine on port ${line.interface}`);
      }
      if (line.group === undefined || line.port === undefined) return;
      const what = `${line.group}:${line.port} on port ${line.interface}`;
      const before = taken.get(what) ?? [];
      const other = before.find((one) => one.feed !== i && wantTheSame(one.source, line.source));
      if (other !== undefined) {
        const at = report.line(other.path);
        report.error(path, `${what} is taken by the line of another feed on line ${at}`);
      }
      taken.set(what, [...before, { path, feed: i, source: line.source }]);
    });
  });
  if (lineCounts.size > PAIRS_MAX) {
    report.error(
      ["port"],
      `${lineCounts.size} pairs of a port and an engine that reads it; allowed: at most ${PAIRS_MAX}`,
    );
  }
}

/** Senders of two lines of one group; undefined = any. */
function wantTheSame(a: string | undefined, b: string | undefined): boolean {
  return a === b || a === undefined || b === undefined;
}

/** "10.1.2.3/24": neither 0.x, nor a group, nor what is reserved above. */
function isOfHost(cidr: string): boolean {
  const address = cidr.slice(0, cidr.indexOf("/"));
  const first = Math.floor(ipv4Number(address) / 2 ** 24);
  return address.split(".").every((part) => Number(part) <= 255) && first > 0 && first < 224;
}
