/** Configs for tests: one engine, one feed, one session, two instruments. */
export const CLIENT = "TESTER";

export interface Venue {
  pid: number;
  interface: string;
  session: string;
  lines: { group: string; port: number }[];
  rerequest: { address: string; port: number };
  fix: { address: string; port: number; venueCompId: string };
  ouch?: { address: string; port: number };
  symbols: { symbol: string; px: number }[];
}

/** Lines of TOML that replace the usual ones; "" leaves a part out. */
export interface ConfigParts {
  appliance?: string;
  journal?: string;
  guard?: string;
  engine?: string;
  feed?: string;
  /** Further keys of the usual feed. */
  feedMore?: string;
  session?: string;
  instruments?: string;
  strategies?: string;
  risk?: string;
}

export const MAKER = `[[strategy]]
name = "maker"
uses = "maker"
instruments = ["AAPL"]
`;

export const TAKER = `[[strategy]]
name = "taker"
uses = "taker"
instruments = ["MSFT"]
`;

export const RISK = `[risk]
max_order_qty = 1000
max_order_notional = 1_000_000
collar_pct = 5
max_position = 3000
max_exposure = 5_000_000
max_open_orders = 64
orders_per_s = 2000
cancels_per_s = 4000
max_loss = 1_000_000
`;

/** A strategy of the user's own: `file` beside the config. */
export function ownStrategy(file: string, more = ""): string {
  return `[[strategy]]
name = "own"
uses = "./${file}"
instruments = ["AAPL"]
${more}`;
}

export function configText(name: string, venue: Venue, parts: ConfigParts = {}): string {
  const lines = venue.lines.map(
    (l) => `  { group = "${l.group}", port = ${l.port}, interface = "${venue.interface}" },`,
  );
  const instruments = venue.symbols.map(
    ({ symbol }) => `[[instrument]]
symbol = "${symbol}"
maker_fee = -0.002
taker_fee = 0.003
`,
  );
  const all = [
    `[appliance]\nname = "${name}"\nrun_dir = "run"\ntimezone = "UTC"\n${parts.appliance ?? ""}`,
    parts.journal ?? `[journal]\ndir = "journal"\nring_mib = 4\n`,
    parts.guard ?? GUARD,
    parts.engine ??
      `[[engine]]\nname = "main"\narm = "auto"\nwarmup_iterations = ${WARM_UP}\nkeep_warm = false\n`,
    parts.feed ??
      `[[feed]]
name = "itch"
lines = [
${lines.join("\n")}
]
rerequest = { address = "${venue.rerequest.address}:${venue.rerequest.port}", timeout_ms = 20 }
window_us = 300
subscribe = "*"
${parts.feedMore ?? ""}`,
    parts.session ?? sessionText(`${venue.fix.address}:${venue.fix.port}`, venue.fix.venueCompId),
    parts.instruments ?? instruments.join("\n"),
    parts.strategies ?? `${MAKER}\n${TAKER}`,
    parts.risk ?? RISK,
  ];
  return all.join("\n");
}

/** A busy test machine may keep an engine waiting: only the guard's own tests are strict. */
const GUARD = `[guard]
timeout_ms = 5000
kill_timeout_ms = 5000
`;

/** Few turns: these tests are about what happens, not how fast. */
const WARM_UP = 2000;

export function sessionText(address: string, venueCompId: string): string {
  return `[[session]]
name = "orders"
address = "${address}"
sender_comp_id = "${CLIENT}"
target_comp_id = "${venueCompId}"
heartbeat_s = 2
reconnect_ms = 100
`;
}
