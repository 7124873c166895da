/** The config of tests that kill: one engine that is started again, armed by hand, with wide limits. */
import { CLIENT, type Venue } from "../helpers/config.ts";

export interface TomlOptions {
  name: string;
  /** YYYY-MM-DD: fixed, so that a start after midnight goes on in the same journal. */
  date: string;
  venue: Venue;
  /** Port of the order session, the venue's or a relay's. */
  fixPort: number;
  guardMs: number;
  /** Strategy file beside the config, which takes every_us. */
  strategy: string;
  warmup: number;
  /** restarts_per_minute; 0 = the engine is not started again. */
  restarts: number;
  /** Core to pin the engine to, -1 = none: it then sleeps between turns. */
  core: number;
  durable: "interval" | "always";
  /** Records the engine's inputs. */
  capture: boolean;
  /** Further keys of the session. */
  session: string;
}

export function worldToml(o: TomlOptions): string {
  const { venue } = o;
  const line = (l: { group: string; port: number }) =>
    `{ group = "${l.group}", port = ${l.port}, interface = "${venue.interface}" }`;
  const instruments = venue.symbols.map(
    ({ symbol }) => `[[instrument]]
symbol = "${symbol}"
maker_fee = -0.002
taker_fee = 0.003
`,
  );
  return `[appliance]
name = "${o.name}"
run_dir = "run"
timezone = "UTC"
session_date = "${o.date}"
restarts_per_minute = ${o.restarts}

[journal]
dir = "journal"
ring_mib = 4
durable = "${o.durable}"
capture = ${o.capture}

[guard]
timeout_ms = ${o.guardMs}
kill_timeout_ms = 5000

[[engine]]
name = "main"
arm = "manual"
restart = ${o.restarts > 0}
warmup_iterations = ${o.warmup}
keep_warm = false
${o.core < 0 ? "" : `core = ${o.core}\n`}
[[feed]]
name = "itch"
lines = [${venue.lines.map(line).join(", ")}]
rerequest = { address = "${venue.rerequest.address}:${venue.rerequest.port}", timeout_ms = 20 }
window_us = 300

[[session]]
name = "orders"
reconnect_ms = 20
${venue.ouch === undefined ? fixKeys(o) : ouchKeys(venue.ouch)}${o.session}

${instruments.join("\n")}
[[strategy]]
name = "churn"
uses = "./${o.strategy}"
instruments = ${JSON.stringify(venue.symbols.map(({ symbol }) => symbol))}
params = { every_us = 1000 }

[risk]
max_order_qty = 10_000
max_order_notional = 100_000_000
collar_pct = 10
max_position = 1_000_000
max_exposure = 10_000_000_000
max_open_orders = 1000
orders_per_s = 5000
cancels_per_s = 10_000
max_loss = 1_000_000_000
`;
}

function fixKeys({ venue, fixPort }: TomlOptions): string {
  return `address = "${venue.fix.address}:${fixPort}"
sender_comp_id = "${CLIENT}"
target_comp_id = "${venue.fix.venueCompId}"
heartbeat_s = 30
`;
}

function ouchKeys({ address, port }: { address: string; port: number }): string {
  return `protocol = "ouch50"
address = "${address}:${port}"
username_file = "username"
password_file = "password"
`;
}
