/** What a [[port]] asks of its driver: what that can't do is said here, and never left out in silence. */
import type { Loose, Path, Report } from "./report.ts";
import type { CheckedConfig } from "./schema.ts";

type Input = Loose<CheckedConfig>;
type Port = NonNullable<Input["port"]>[number];

/** Frames of a receive ring at most; exanic: the ring is the card's own. */
const FRAMES_MAX: Record<string, number> = { packet: 65_536, xdp: 65_536, dpdk: 32_768 };

/** Why a driver serves one engine: each engine is a process of its own. */
const ONE_ENGINE: Record<string, string> = {
  dpdk: "a card belongs to one process (give each engine a card, or a virtual function of it)",
  xdp: 'an interface takes the XDP program of one process (give each engine an interface, or use driver = "packet")',
};

/** `engines`: names of those that read lines of the port. */
export function checkDriver(
  port: Port,
  path: Path,
  engines: ReadonlySet<string>,
  report: Report,
): void {
  const { driver, frames, first_queue: queue = 0 } = port;
  if (driver === undefined) return;
  const why = ONE_ENGINE[driver];
  if (why !== undefined && engines.size > 1) {
    report.error(
      [...path, "driver"],
      `lines of ${engines.size} engines come by it; allowed with "${driver}": of one, since ${why}`,
    );
  }
  if (queue > 0 && driver !== "xdp") {
    report.error(
      [...path, "first_queue"],
      `found ${queue}; allowed with "${driver}": 0, since xdp alone reads one queue of several`,
    );
  }
  const most = FRAMES_MAX[driver];
  if (frames !== undefined && most === undefined) {
    report.error(
      [...path, "frames"],
      `found ${frames}; allowed with "${driver}": none, since the ring is the card's own`,
    );
  } else if (frames !== undefined && frames > most!) {
    report.error([...path, "frames"], `found ${frames}; allowed with "${driver}": up to ${most}`);
  }
  for (const key of strayTables(port)) {
    report.warn([...path, key], `of no effect with driver = "${driver}"`);
  }
}

/** Tables of other drivers with something in them. */
function strayTables({ driver, xdp, dpdk, exanic }: Port): string[] {
  const isXdpSet = xdp !== undefined && (xdp.mode !== "auto" || xdp.attach !== "auto");
  const isDpdkSet = dpdk !== undefined && (dpdk.huge_pages === false || dpdk.eal !== undefined);
  return [
    ...(isXdpSet && driver !== "xdp" ? ["xdp"] : []),
    ...(isDpdkSet && driver !== "dpdk" ? ["dpdk"] : []),
    ...(exanic?.steer === false && driver !== "exanic" && driver !== "exanic-sim"
      ? ["exanic"]
      : []),
  ];
}

/** DPDK starts once in a process: what says how is the same for all its ports of an engine. */
export function checkDpdkStart(
  c: Input,
  enginesOn: (name: string | undefined) => ReadonlySet<string>,
  report: Report,
): void {
  const first = new Map<string, number>();
  (c.port ?? []).forEach((port, i) => {
    if (port.driver !== "dpdk") return;
    for (const engine of enginesOn(port.name)) {
      const other = first.get(engine);
      if (other === undefined) first.set(engine, i);
      else compareStart(c.port![other]!, port, { other, i }, report);
    }
  });
}

function compareStart(
  a: Port,
  b: Port,
  { other, i }: { other: number; i: number },
  report: Report,
): void {
  const tell = (key: string, found: unknown, wanted: unknown) => {
    if (found === wanted) return;
    const line = report.line(["port", other]);
    report.error(
      ["port", i, "dpdk", key],
      `found ${JSON.stringify(found)}, and the port on line ${line} has ${JSON.stringify(wanted)}; allowed: the same for all DPDK ports of an engine, which starts DPDK once`,
    );
  };
  tell("huge_pages", b.dpdk?.huge_pages, a.dpdk?.huge_pages);
  tell("memory_mib", b.dpdk?.memory_mib, a.dpdk?.memory_mib);
  tell("eal", startWords(b), startWords(a));
}

/** Without the words that are of one port: see hp_options_read in native/dpdk/eal.c. */
function startWords(port: Port): string {
  const words = (port.dpdk?.eal ?? "").split(" ");
  return words.filter((w) => w !== "" && !/^(igmp=[123]|steer=off|stamps=off)$/.test(w)).join(" ");
}
