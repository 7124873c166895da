/** A config that is right, a machine that has what it needs, and how to change one line of it. */
import type { Host } from "../../../src/config/host.ts";
import { ipv4Number } from "../../../src/config/host.ts";
import type { LoadResult } from "../../../src/config/load.ts";
import { parseConfig } from "../../../src/config/load.ts";
import { formatProblem } from "../../../src/config/problem.ts";

export const GOOD = `[appliance]
name = "test"

[[engine]]
name = "main"
core = 1

[[feed]]
name = "itch"
lines = [
  { group = "239.1.1.1", port = 2001, interface = "127.0.0.1" },
  { group = "239.1.1.2", port = 2001, interface = "lo" },
]

[[session]]
name = "venue"
address = "127.0.0.1:9878"
sender_comp_id = "HP"
target_comp_id = "SIM"

[[instrument]]
symbol = "AAPL"
price_unit = 0.01

[[strategy]]
name = "quotes"
uses = "maker"

[risk]
max_order_qty = 100
max_order_notional = 100_000
collar_pct = 5
max_position = 1000
max_exposure = 1_000_000
max_open_orders = 16
orders_per_s = 100
cancels_per_s = 200
max_loss = 1000
`;

export const HOST: Host = {
  core: (core) => (core < 4 ? "online" : core < 6 ? "offline" : "absent"),
  interfaceAddress: (name) =>
    name === "lo" || name.startsWith("127.") ? ipv4Number("127.0.0.1") : undefined,
  interfaces: () => ["lo (127.0.0.1)"],
  isIsolated: (core) => core !== 3,
  hasInterface: (name) => name === "lo" || name === "eth1",
  library: (name) =>
    name === "libonload.so" || name === "/opt/own.so" ? `/lib/${name}` : undefined,
  fileMode: (path) => (path.endsWith("secret") ? 0o600 : path.endsWith("open") ? 0o644 : undefined),
};

export function load(source: string, nowMs = Date.now()): LoadResult {
  return parseConfig(source, "/etc/hairpin/t.toml", { host: HOST, nowMs });
}

/** Problems of GOOD with `from` replaced by `to`, as a user reads them. */
export function withChange(from: string, to: string): string[] {
  if (!GOOD.includes(from)) throw new Error(`GOOD has no ${from}`);
  return load(GOOD.replace(from, to)).problems.map(formatProblem);
}

/** Problems of GOOD with lines added at the end, or behind `after`. */
export function withLines(lines: string, after?: string): string[] {
  return after === undefined
    ? load(GOOD + lines).problems.map(formatProblem)
    : withChange(after, `${after}\n${lines}`);
}
