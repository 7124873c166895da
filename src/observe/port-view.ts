/** The ports of an appliance for a person. */
import type { PortStatus } from "../control/port-status.ts";
import type { Style } from "./style.ts";
import { formatTable } from "./table.ts";
import { formatCount } from "./units.ts";

/** Of a table: one row per port, and a line for each that has something to tell. */
export function portLines(ports: readonly PortStatus[], style: Style): string[] {
  if (ports.length === 0) return [];
  const head = ["port", "driver", "link", "packets", "drops", "refused", "strangers"];
  const rows = ports.map((p) => [
    p.name,
    p.mode === "" ? p.driver : `${p.driver}, ${p.mode}`,
    linkText(p),
    formatCount(p.packets),
    formatCount(p.drops),
    formatCount(refused(p)),
    formatCount(p.strangers),
  ]);
  return [formatTable(head, rows), ...ports.flatMap((p) => troubles(p, style)), ""];
}

/** Packets for a line that were not whole or not right. */
function refused(p: PortStatus): number {
  return p.malformed + p.fragments + p.badChecksum + p.truncated;
}

function linkText(p: PortStatus): string {
  if (p.link === "") return "-";
  return p.speedMbps > 0 ? `${p.link}, ${formatCount(p.speedMbps)} Mb/s` : p.link;
}

function troubles(p: PortStatus, style: Style): string[] {
  const lines: string[] = [];
  const tell = (count: number, what: string) => {
    if (count > 0) lines.push(style.yellow(`${p.name}: ${formatCount(count)} ${what}`));
  };
  if (p.link === "down") lines.push(style.red(`${p.name}: the link of ${p.device} is down`));
  if (p.isFar) {
    lines.push(
      style.yellow(`${p.name}: the card is on NUMA node ${p.numaNode}, the engine's core is not`),
    );
  }
  tell(p.drops, "packets dropped before they were read");
  tell(p.lapped, "times overtaken by the card");
  tell(p.fragments, "IP fragments dropped");
  tell(p.badChecksum, "packets with a wrong checksum");
  tell(p.malformed, "malformed frames");
  tell(p.truncated, "packets longer than a frame of the port");
  tell(p.errors, "errors of the device");
  return lines;
}
