/** [[port]] sections, and the lines that come by them. */
import { ipv4Number } from "./host.ts";
import type { CheckOptions, Loose, Path, Report } from "./report.ts";
import type { CheckedConfig } from "./schema.ts";

type Input = Loose<CheckedConfig>;

/** HP_PORT_LINES_MAX: lines of all feeds of an engine on one port. */
const LINES_MAX = 64;
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
    if (port.address !== undefined && !isAddress(port.address)) {
      report.error(["port", i, "address"], `${port.address} is no IPv4 address`);
    }
    if (!(c.feed ?? []).some((f) => (f.lines ?? []).some((l) => l.interface === port.name))) {
      report.warn(["port", i], `no line of a feed has the interface "${port.name}"`);
    }
    if (driver === "dpdk" && enginesOn(c, port.name).size > 1) {
      report.error(
        ["port", i, "driver"],
        `lines of ${enginesOn(c, port.name).size} engines come by it; allowed with "dpdk": of one, since a card belongs to one process (give each engine a card, or a virtual function of it)`,
      );
    }
  });
  checkSharing(c, report);
  const engines = Math.max(1, c.engine?.length ?? 1);
  if ((c.port?.length ?? 0) * engines > PAIRS_MAX) {
    report.error(
      ["port"],
      `${c.port?.length} ports and ${engines} engines; allowed: at most ${PAIRS_MAX} pairs of them`,
    );
  }
}

/** True when the interface of a line is a [[port]]. */
export function isPort(c: Input, name: string | undefined): boolean {
  return (c.port ?? []).some((port) => port.name === name);
}

/** Names of the engines that read lines of a port. */
function enginesOn(c: Input, name: string | undefined): Set<string> {
  const feeds = (c.feed ?? []).filter((f) => (f.lines ?? []).some((l) => l.interface === name));
  return new Set(feeds.map((feed) => feed.engine ?? ""));
}

/** A packet goes to one line: the kernel copies for several readers, a port does not. */
function checkSharing(c: Input, report: Report): void {
  const taken = new Map<string, Path>();
  const counts = new Map<string, number>();
  (c.feed ?? []).forEach((feed, i) => {
    const lines = feed.lines ?? [];
    const onPorts = lines.filter((line) => isPort(c, line.interface)).length;
    if (onPorts > 0 && onPorts < lines.length) {
      report.error(
        ["feed", i, "lines"],
        "some lines come by a [[port]] and some by kernel sockets: let all of them come by ports, or none",
      );
    }
    lines.forEach((line, k) => {
      if (!isPort(c, line.interface)) return;
      const path: Path = ["feed", i, "lines", k];
      const what = `${line.group}:${line.port} on port ${line.interface}`;
      const before = taken.get(what);
      if (before === undefined) taken.set(what, path);
      else if (before[1] !== i) {
        const at = report.line(before);
        report.error(path, `${what} is taken by the line of another feed on line ${at}`);
      }
      const on = `${line.interface} ${feed.engine ?? ""}`;
      counts.set(on, (counts.get(on) ?? 0) + 1);
      if (counts.get(on) === LINES_MAX + 1) {
        report.error(path, `more than ${LINES_MAX} lines of one engine on port ${line.interface}`);
      }
    });
  });
}

function isAddress(cidr: string): boolean {
  const address = cidr.slice(0, cidr.indexOf("/"));
  return address.split(".").every((part) => Number(part) <= 255) && ipv4Number(address) > 0;
}
