/** What the simulator listens with: for orders, and for those who missed something of the feed. */
import type { Exchange } from "./exchange.ts";
import type { SimOptions } from "./options.ts";
import { openRerequest, openTcp } from "./sockets.ts";

/** Ports that were opened; undefined where the protocol has no such server. */
export interface SimServers {
  fix: number;
  ouch: number | undefined;
  /** UDP for ITCH, TCP for PITCH. */
  rerequest: number | undefined;
  spin: number | undefined;
  glimpse: number | undefined;
  close(): void;
}

/** Throws one sentence when a port can't be had. */
export async function openServers(options: SimOptions, exchange: Exchange): Promise<SimServers> {
  const { recovery } = exchange.feed;
  const at = options.interface;
  const closers: (() => void)[] = [];
  const tcp = (whom: string, port: number, accept: Parameters<typeof openTcp>[3]): number => {
    const server = openTcp(whom, at, port, accept);
    closers.push(() => server.stop(true));
    return server.port;
  };
  let rerequest: number | undefined;
  let spin: number | undefined;
  let glimpse: number | undefined;
  if (recovery.onRequest !== undefined) {
    const socket = await openRerequest(options, (bytes, reply) => {
      recovery.onRequest?.(bytes, reply);
    });
    closers.push(() => socket.close());
    rerequest = socket.port;
  }
  if (recovery.accept !== undefined) {
    const accept = recovery.accept.bind(recovery);
    rerequest = tcp("gap requests", options.rerequest.port, accept);
  }
  if (recovery.acceptSpin !== undefined) {
    spin = tcp("spins", options.spin.port, recovery.acceptSpin.bind(recovery));
  }
  if (recovery.acceptGlimpse !== undefined) {
    glimpse = tcp("GLIMPSE", options.glimpse.port, recovery.acceptGlimpse.bind(recovery));
  }
  const fix = tcp("FIX clients", options.fix.port, (transport) => exchange.accept(transport));
  const ouch =
    options.ouch === undefined
      ? undefined
      : tcp("OUCH clients", options.ouch.port, (transport) => exchange.acceptOuch(transport));
  const close = () => {
    for (const one of closers) one();
  };
  return { fix, ouch, rerequest, spin, glimpse, close };
}
