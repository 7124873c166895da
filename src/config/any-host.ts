/**
 * A config that is replayed speaks of another machine: its cores, interfaces and files are not here.
 * Those of an appliance that runs may be gone meanwhile.
 */
import { type Host, thisHost } from "./host.ts";

export const anyHost: Host = {
  core: () => "online",
  interfaceAddress: (nameOrAddress) => thisHost.interfaceAddress(nameOrAddress) ?? 0,
  interfaces: () => [],
  isIsolated: () => undefined,
  hasInterface: () => true,
  library: (nameOrPath) => nameOrPath,
  fileMode: () => 0o600,
};
