/** The config that `hairpin demo` writes: also what a newcomer sees first, so it is kept readable. */
import type { ReadyLine } from "../../sim/ready-line.ts";
import { feedText } from "./feed-text.ts";

export interface DemoConfigOptions {
  venue: ReadyLine;
  /** Core of the engine; -1 = not pinned. */
  core: number;
  seed: number;
  /** A strategy file of the user's, instead of the built-in ones. */
  strategy?: string;
  /** "interval" or "always". */
  durable: string;
  /** Record every input. */
  capture: boolean;
  realtime: boolean;
  /** [[port]] by which the lines come, and its name; "" = kernel sockets. */
  portText: string;
  portName: string;
}

export const DEMO_CLIENT = "DEMO";

export function demoConfig(o: DemoConfigOptions): string {
  const { venue } = o;
  const instruments = venue.symbols.map(
    ({ symbol }) => `[[instrument]]
symbol = "${symbol}"
ticks = [{ from = 0, tick = 0.01 }]
lot = 100
maker_fee = -0.002
taker_fee = 0.003
`,
  );
  return `# Written by \`hairpin demo\`. \`hairpin check\` explains every key.
[appliance]
name = "demo"
run_dir = "run"
timezone = "UTC"

[journal]
dir = "journal"
ring_mib = 64
durable = "${o.durable}"
capture = ${o.capture}

[guard]
timeout_ms = 500   # a busy machine stops an engine for long now and then; 100 without this line

[[engine]]
name = "main"
${o.core >= 0 ? `core = ${o.core}` : "# core: this machine has only one, so the engine is not pinned"}
realtime = ${o.realtime}
arm = "auto"

${o.portText === "" ? "" : `${o.portText}\n\n`}${feedText(venue, o.portName)}

[[session]]
name = "orders"
address = "${venue.fix.address}:${venue.fix.port}"
sender_comp_id = "${DEMO_CLIENT}"
target_comp_id = "${venue.fix.venueCompId}"
heartbeat_s = 5
reconnect_ms = 100
tags = { "1" = "ACCOUNT1", "47" = "P" }

${instruments.join("\n")}
${strategies(o)}
[risk]
max_order_qty = 1000
max_order_notional = 1_000_000
collar_pct = 5
max_position = 3000
max_exposure = 5_000_000
max_open_orders = 64
orders_per_s = 2000
cancels_per_s = 4000
max_loss = 100_000
`;
}

function strategies(o: DemoConfigOptions): string {
  const symbols = o.venue.symbols.map((s) => s.symbol);
  if (o.strategy !== undefined) {
    return `[[strategy]]
name = "yours"
uses = ${JSON.stringify(o.strategy)}
instruments = ${JSON.stringify(symbols)}
seed = ${o.seed}
`;
  }
  const half = Math.max(1, Math.ceil(symbols.length / 2));
  const made = `[[strategy]]
name = "maker"
uses = "maker"
instruments = ${JSON.stringify(symbols.slice(0, half))}
seed = ${o.seed}
`;
  if (half === symbols.length) return made;
  return `${made}
[[strategy]]
name = "taker"
uses = "taker"
instruments = ${JSON.stringify(symbols.slice(half))}
seed = ${o.seed}
`;
}
