/** `hairpin ports`: network cards of this host, and what each driver could make of them. */
import { hasObject } from "../ffi/load-driver.ts";
import type { Shim } from "../ffi/shim.ts";
import type { HostFacts } from "../net/nic/facts.ts";
import { type NicProbe, systemProbe } from "../net/nic/probe.ts";
import { readHost } from "../net/nic/read-host.ts";
import { readNics } from "../net/nic/read-nics.ts";
import { SysFiles } from "../net/nic/sys-files.ts";
import { usesOf } from "../net/nic/usable.ts";
import { type NicReport, nicsText } from "../observe/nic-view.ts";
import { styleFor } from "../observe/style.ts";
import { CliError, EXIT_OK, EXIT_USAGE } from "./exit-codes.ts";
import { outJson } from "./io.ts";
import { defineVerb } from "./verb.ts";

export const portsVerb = defineVerb({
  name: "ports",
  summary: "Lists network cards and interfaces, and what each driver could make of them.",
  operands: { usage: "[NAME]", min: 0, max: 1 },
  details:
    "NAME is an interface or a PCI address: only that one. Cards that the kernel has given away (vfio-pci, uio) are listed by their PCI address. Nothing is opened or changed; what /sys, /proc, /dev and the kernel do not tell is `not told`, and null in the JSON. What this user may do is told for this user: ask as the one that will run the engine.",
  async run({ flags, operands }, io) {
    const report = portsReport("/", systemProbe(await shimIfAny()), driversHere());
    const [name] = operands;
    const nics =
      name === undefined
        ? report.nics
        : report.nics.filter((nic) => nic.name === name || nic.pci === name);
    if (name !== undefined && nics.length === 0) {
      const names = report.nics.map((nic) => nic.name).join(", ");
      throw new CliError(EXIT_USAGE, `ports: there is no "${name}"; there are ${names}`);
    }
    if (flags.json) outJson(io, { host: jsonHost(report.host), nics });
    else io.out(nicsText(report.host, nics, styleFor(io.isTerminal)));
    return EXIT_OK;
  },
});

/** Facts and verdicts of the host whose /sys, /proc and /dev are below `root`. */
export function portsReport(
  root: string,
  probe: NicProbe,
  drivers: HostFacts["drivers"],
): { host: HostFacts; nics: NicReport[] } {
  const files = new SysFiles(root);
  const host = readHost(files, drivers);
  const nics = readNics(files, probe).map((nic) => ({ ...nic, uses: usesOf(nic, host) }));
  return { host, nics };
}

/** JSON has no infinity. */
function jsonHost(host: HostFacts): object {
  const { memlockBytes } = host;
  return {
    ...host,
    memlockBytes: memlockBytes === Number.POSITIVE_INFINITY ? "unlimited" : memlockBytes,
  };
}

function driversHere(): HostFacts["drivers"] {
  return {
    packet: hasObject("core"),
    xdp: hasObject("core"),
    dpdk: hasObject("dpdk"),
    "dpdk-more": hasObject("dpdk-more"),
    exanic: hasObject("exanic"),
  };
}

/** Without the shim the rest can be told all the same. */
async function shimIfAny(): Promise<Shim | undefined> {
  const { hasShim, loadShim } = await import("../ffi/load.ts");
  return hasShim() ? loadShim() : undefined;
}
