/** The process around an echo: clock, addresses, the loop, and its end by a signal. */
import type { Clock } from "../../core/clock.ts";
import { shown } from "../../core/shown.ts";
import { loadShim } from "../../ffi/load.ts";
import { parseIpv4 } from "../../net/address.ts";
import { Echo, type EchoName } from "./echo.ts";
import type { HostPort } from "./endpoint.ts";

export interface EchoProcessOptions {
  names: readonly EchoName[];
  dictionaries: string | undefined;
  /** Where to listen (port 0 = any), or where to connect to; exactly one of them. */
  listen?: HostPort;
  connect?: HostPort;
  heartbeatS: number;
  /** Called once it listens (with the port) or begins to connect (with 0). */
  started(port: number): void;
  log(line: string): void;
}

/** Turns without a message before it lets the processor go. */
const SPIN_TURNS = 2000;
const IDLE_MS = 1;
const LOGOUT_MS_MAX = 3000;

/** Runs until SIGINT or SIGTERM. Throws one sentence when it can't begin. */
export async function runEcho(o: EchoProcessOptions): Promise<void> {
  const clock = new WallClock();
  const echo = new Echo({
    shim: loadShim(),
    clock,
    sessionStartS: clock.startS,
    names: o.names,
    dictionaries: o.dictionaries,
    ...(o.listen === undefined ? {} : { listen: await resolved(o.listen) }),
    ...(o.connect === undefined ? {} : { connect: await resolved(o.connect) }),
    heartbeatS: o.heartbeatS,
    log: o.log,
  });
  let isEnding = false;
  const end = () => {
    isEnding = true;
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  o.started(echo.port);
  let idle = 0;
  while (!isEnding) {
    idle = echo.poll() ? 0 : idle + 1;
    if (idle > SPIN_TURNS) await Bun.sleep(IDLE_MS);
    else await new Promise<void>((resolve) => setImmediate(resolve));
  }
  echo.logout();
  const deadline = performance.now() + LOGOUT_MS_MAX;
  while (!echo.isDown() && performance.now() < deadline) {
    echo.poll();
    await Bun.sleep(IDLE_MS);
  }
}

/** The system's time: monotonic between two readings of the wall, which it follows. */
class WallClock implements Clock {
  wallOffsetNs = 0;
  readonly startS = Math.floor(Date.now() / 86_400_000) * 86_400;
  private readonly zeroMs = Date.now() - performance.now() - this.startS * 1000;

  now(): number {
    const ms = performance.now() + this.zeroMs;
    this.wallOffsetNs = (Date.now() - this.startS * 1000 - ms) * 1e6;
    return ms * 1e6;
  }
}

/** The first IPv4 address of a host. */
async function resolved({ host, port }: HostPort): Promise<{ address: number; port: number }> {
  const given = parseIpv4(host);
  if (given !== undefined) return { address: given, port };
  try {
    const [first] = await Bun.dns.lookup(host, { family: 4 });
    return { address: parseIpv4(first!.address)!, port };
  } catch {
    throw new Error(`can't resolve the host name "${shown(host)}"`);
  }
}
