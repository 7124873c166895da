/** The process around an echo: clock, addresses, the loop, and its end by a signal. */
import type { Clock } from "../../core/clock.ts";
import { loadShim } from "../../ffi/load.ts";
import { parseIpv4 } from "../../net/address.ts";
import { Echo, type EchoName } from "./echo.ts";

export interface EchoProcessOptions {
  names: readonly EchoName[];
  dictionaries: string | undefined;
  /** "address:port" to listen on, or host and port to connect to; exactly one of them. */
  listen?: string;
  connect?: string;
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
    ...(o.listen === undefined ? {} : { listen: endpoint(o.listen) }),
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

function endpoint(text: string): { address: number; port: number } {
  const colon = text.lastIndexOf(":");
  const port = Number(text.slice(colon + 1));
  const address = parseIpv4(text.slice(0, colon));
  if (address === undefined || !(port >= 0 && port <= 65_535) || colon === text.length - 1) {
    throw new Error(`"${text}": allowed is an IPv4 address and a port, e.g. 127.0.0.1:5001`);
  }
  return { address, port };
}

/** Host names too. */
async function resolved(text: string): Promise<{ address: number; port: number }> {
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon);
  if (colon < 1 || parseIpv4(host) !== undefined) return endpoint(text);
  try {
    const [first] = await Bun.dns.lookup(host, { family: 4 });
    return endpoint(`${first!.address}${text.slice(colon)}`);
  } catch {
    throw new Error(`can't resolve the host name "${host}"`);
  }
}
