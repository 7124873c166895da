/** What the simulator says on standard output when it is ready: one JSON line. */
import type { SimOptions } from "./options.ts";
import type { SimProtocol } from "./protocols.ts";
import type { SimServers } from "./servers.ts";
import type { LineAddress } from "./sockets.ts";

export interface ServerAddress {
  address: string;
  port: number;
}

export interface ReadyLine {
  ready: true;
  pid: number;
  session: string;
  interface: string;
  protocol: SimProtocol;
  unit?: number;
  channel?: number;
  /** Every group, the live lines first. */
  lines: readonly LineAddress[];
  /** UDP for ITCH, TCP for PITCH (gap request proxy); absent where nobody can be asked. */
  rerequest?: ServerAddress;
  /** PITCH. */
  spin?: ServerAddress;
  /** ITCH. */
  glimpse?: ServerAddress;
  fix: ServerAddress & { venueCompId: string; clients: string[] };
  ouch?: ServerAddress;
  symbols: SimOptions["symbols"];
}

export function readyLine(
  options: SimOptions,
  lines: readonly LineAddress[],
  servers: SimServers,
): ReadyLine {
  const address = options.interface;
  const { venueCompId, clients } = options.fix;
  const { rerequest, spin, glimpse, ouch } = servers;
  const { protocol, unit, channel } = options;
  return {
    ready: true,
    pid: process.pid,
    session: options.session,
    interface: address,
    protocol,
    ...(protocol === "pitch" ? { unit } : {}),
    ...(protocol === "mdp3" ? { channel } : {}),
    lines,
    ...(rerequest === undefined ? {} : { rerequest: { address, port: rerequest } }),
    ...(spin === undefined ? {} : { spin: { address, port: spin } }),
    ...(glimpse === undefined ? {} : { glimpse: { address, port: glimpse } }),
    fix: { address, port: servers.fix, venueCompId, clients },
    ...(ouch === undefined ? {} : { ouch: { address, port: ouch } }),
    symbols: options.symbols,
  };
}
