/** `hairpin ports` for a person. */
import type { HostFacts, NicFacts } from "../net/nic/facts.ts";
import { BACKENDS, type Backend } from "../net/nic/usable.ts";
import type { Use } from "../net/nic/use.ts";
import type { Style } from "./style.ts";
import { formatTable } from "./table.ts";
import { formatCount } from "./units.ts";

export interface NicReport extends NicFacts {
  uses: Record<Backend, Use>;
}

const NOT_TOLD = "not told";
const DASH = "-";

export function nicsText(host: HostFacts, nics: readonly NicReport[], style: Style): string {
  const out = [...hostLines(host, style), ""];
  if (nics.length === 0) out.push("no network interfaces");
  else out.push(nicTable(nics), "");
  for (const nic of nics) out.push(style.bold(nic.name), ...useLines(nic, style), "");
  return `${out.join("\n").trimEnd()}\n`;
}

function hostLines(h: HostFacts, style: Style): string[] {
  const line = (name: string, text: string) => `${style.bold(name.padEnd(13))} ${text}`;
  const { vfio, exanic, onload } = h;
  const groups = h.iommuGroups === null ? NOT_TOLD : h.iommuGroups || "no groups: off, or none";
  const unsafe = vfio.allowsNoIommu === true ? ", allowed without an IOMMU" : "";
  const cards = exanic.devices.length === 0 ? "" : `, ${exanic.devices.join(" ")}`;
  return [
    line("huge pages", hugeText(h)),
    line("IOMMU", `${groups}${typeof groups === "number" ? " groups" : ""}`),
    line(
      "vfio",
      vfio.isLoaded ? `loaded${vfio.hasPci ? "" : ", without vfio-pci"}${unsafe}` : "not loaded",
    ),
    line("exanic", `${exanic.isLoaded ? "module loaded" : "module not loaded"}${cards}`),
    line(
      "onload",
      `${onload.library ?? "libonload.so not found"}, module ${onload.isLoaded ? "loaded" : "not loaded"}`,
    ),
    line(
      "AF_XDP",
      h.hasXdp === null ? NOT_TOLD : h.hasXdp ? "in this kernel" : "not in this kernel",
    ),
    line("capabilities", capabilityText(h)),
    line("locked memory", memlockText(h.memlockBytes)),
    line("drivers", driverText(h)),
  ];
}

function hugeText({ hugePages }: HostFacts): string {
  if (hugePages.length === 0) return NOT_TOLD;
  return hugePages
    .map((p) => {
      const size = p.kib >= 1 << 20 ? `${p.kib / (1 << 20)} GiB` : `${p.kib / 1024} MiB`;
      const nodes = p.freeByNode.length > 1 ? ` (by node: ${p.freeByNode.join(", ")})` : "";
      return `${formatCount(p.free)} of ${formatCount(p.total)} of ${size} free${nodes}`;
    })
    .join(", ");
}

function capabilityText({ capabilities }: HostFacts): string {
  if (capabilities === null) return NOT_TOLD;
  const have = Object.entries(capabilities).flatMap(([name, has]) => (has ? [name] : []));
  return have.length === 0 ? "none of those that raw devices need" : have.join(" ");
}

function memlockText(bytes: number | null): string {
  if (bytes === null) return NOT_TOLD;
  return Number.isFinite(bytes)
    ? `at most ${formatCount(Math.floor(bytes / 1024))} KiB`
    : "no limit";
}

function driverText({ drivers }: HostFacts): string {
  const names = (has: boolean) =>
    Object.entries(drivers).flatMap(([name, is]) => (is === has ? [name] : []));
  const lacking = names(false);
  const rest = lacking.length === 0 ? "" : `; not in this build: ${lacking.join(", ")}`;
  return `socket, ${names(true).join(", ")}${rest}`;
}

function nicTable(nics: readonly NicReport[]): string {
  const head = [
    "name",
    "PCI",
    "ids",
    "driver",
    "node",
    "cores",
    "MAC",
    "IPv4",
    "link",
    "Mb/s",
    "MTU",
  ];
  head.push("queues", "XDP", "stamps");
  const rows = nics.map((n) => [
    n.name,
    n.pci ?? DASH,
    n.vendor === null || n.device === null ? DASH : `${hex4(n.vendor)}:${hex4(n.device)}`,
    n.driver ?? DASH,
    n.numaNode === null ? DASH : String(n.numaNode),
    n.localCores ?? DASH,
    n.mac ?? DASH,
    n.ipv4.length === 0 ? DASH : n.ipv4.join(" "),
    linkText(n),
    n.speedMbps === null ? DASH : formatCount(n.speedMbps),
    n.mtu === null ? DASH : String(n.mtu),
    queueText(n),
    n.xdp === null ? DASH : n.xdp.attached,
    stampText(n),
  ]);
  return formatTable(head, rows);
}

function linkText(n: NicFacts): string {
  if (!n.hasInterface) return DASH;
  if (n.isUp === false) return "off";
  return n.hasLink === null ? NOT_TOLD : n.hasLink ? "up" : "no link";
}

function queueText(n: NicFacts): string {
  if (n.queues === null) return DASH;
  const isPart = n.queuesMax !== null && n.queuesMax > n.queues;
  return isPart ? `${n.queues} of ${n.queuesMax}` : String(n.queues);
}

function stampText({ stamps }: NicFacts): string {
  if (stamps === null) return DASH;
  const card = [...(stamps.rx ? ["rx"] : []), ...(stamps.tx ? ["tx"] : [])];
  if (card.length > 0) return `card ${card.join(" ")}`;
  return stamps.rxKernel || stamps.txKernel ? "kernel" : "none";
}

function useLines(nic: NicReport, style: Style): string[] {
  return BACKENDS.map((backend) => {
    const { usable, text } = nic.uses[backend];
    const word =
      usable === null ? style.yellow("open") : usable ? style.green("yes ") : style.dim("no  ");
    return `  ${backend.padEnd(7)} ${word} ${usable === false ? style.dim(text) : text}`.trimEnd();
  });
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}
