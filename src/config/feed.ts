import { z } from "zod";
import { choice, flag, hostPort, ipv4, name, tags, text, whole } from "./field.ts";

const lineSchema = z.strictObject({
  group: ipv4("Multicast group."),
  port: whole("UDP port.", { min: 1, max: 65_535 }),
  interface: text(
    "Where it comes in: the name of a [[port]]; or an interface, by name or IPv4 address, of which the kernel's sockets take it.",
    {
      pattern: /^[A-Za-z0-9._:-]{1,64}$/,
      allowed:
        'the name of a [[port]], an interface name or its IPv4 address, e.g. "eth1" or "127.0.0.1"',
    },
  ),
  source: ipv4("Only from this sender (source-specific multicast). Absent: any.").optional(),
});

const bookSchema = z.strictObject({
  max_orders: whole(
    "Order rows of all books of this feed; a power of two. Not used where entries are levels (fix).",
    {
      min: 64,
      max: 1 << 26,
    },
  ).default(1 << 20),
  max_levels: whole("Price levels of all books of this feed; a power of two.", {
    min: 64,
    max: 1 << 24,
  }).default(1 << 17),
  max_instruments: whole("Instruments that the feed may carry.", { min: 1, max: 65_535 }).default(
    16_384,
  ),
});

/** MarketDataRequest (V) of a FIX feed. */
const requestSchema = z.strictObject({
  style: choice('"each": a request per instrument. "all": one that names every instrument.', [
    "each",
    "all",
  ]).default("each"),
  depth: whole("MarketDepth (264): levels of each side, 0 = the whole book.", {
    max: 10_000,
    unit: "levels",
  }).default(0),
  update: choice(
    'MDUpdateType (265). "incremental": changes come alone. "full": the whole book at each change.',
    ["incremental", "full"],
  ).default("incremental"),
  entries: choice(
    'What names an entry of the book. "price": its price, or its position where it has none; one entry per level. "id": MDEntryID (278).',
    ["price", "id"],
  ).default("price"),
  trades: flag("Asks for trades (269=2), too.").default(true),
  aggregated: flag("AggregatedBook (266). Absent: not sent.").optional(),
  security_status: flag(
    "Asks for the trading status, SecurityStatusRequest (e); until it is told nothing is traded. Otherwise an instrument counts as trading from its snapshot on.",
  ).default(false),
  timeout_ms: whole("Time until a snapshot that has not come is asked for again.", {
    min: 10,
    max: 600_000,
    unit: "ms",
  }).default(5000),
  retries: whole("Further requests for the same snapshot before it is given up.", {
    max: 1000,
  }).default(5),
  tags: tags("Further tags of each request.").default({}),
  symbol_tags: tags("Further tags behind each Symbol (55) of a request, e.g. 207 or 460.").default(
    {},
  ),
});

/** [[feed]] */
export const feedSchema = z.strictObject({
  name: name("Name that instruments refer to."),
  engine: name("Engine that reads it.").optional(),
  protocol: choice(
    'Protocol of the feed. "itch50": ITCH 5.0 over MoldUDP64, on lines. "fix": FIX market data, on a session.',
    ["itch50", "fix"],
  ).default("itch50"),
  session: name('FIX feed: the [[session]] with use = "market-data" that it comes by.').optional(),
  request: requestSchema
    .prefault({})
    .meta({ description: "FIX feed: how market data is asked for (MarketDataRequest, V)." }),
  lines: z.array(lineSchema).min(1).max(4).optional().meta({
    description:
      "The same packets by one to four ways; the first copy wins. Needed for itch50, none for fix.",
  }),
  rerequest: z
    .strictObject({
      address: hostPort("Where to ask for missing messages (MoldUDP64 request, UDP)."),
      timeout_ms: whole("Time until a request is sent again.", {
        min: 1,
        max: 60_000,
        unit: "ms",
      }).default(50),
      retries: whole("Requests for the same messages before they are given up as lost.", {
        min: 0,
        max: 1000,
      }).default(20),
    })
    .optional()
    .meta({ description: "Re-request server. Absent: what both lines lose is lost." }),
  join: choice(
    '"recover": when it comes late, asks for everything from the first message. "live": begins with the first packet; books are then not complete.',
    ["recover", "live"],
  ).default("recover"),
  window_packets: whole(
    "Packets held while an earlier one may still come by another line; then it counts as lost there.",
    { min: 1, max: 1024, unit: "packets" },
  ).default(64),
  window_us: whole("The same bound in time.", { min: 1, max: 10_000_000, unit: "us" }).default(500),
  stale_ms: whole("Silence, heartbeats included, after which the feed is stale.", {
    min: 1,
    max: 3_600_000,
    unit: "ms",
  }).default(2500),
  rcvbuf_kib: whole("Receive buffer of each socket.", {
    min: 64,
    max: 1 << 20,
    unit: "KiB",
  }).default(8192),
  subscribe: z
    .union([z.literal("*"), z.array(z.string().min(1).max(32)).min(1).max(65_535)])
    .default("*")
    .meta({
      description: "Feed symbols whose books are kept.",
      allowed: '"*" for all, or a list of symbols',
    }),
  extended_hours: z
    .boolean()
    .meta({
      description:
        "Trades outside market hours too: from the start of system hours (ITCH S, code S) to their end (E).",
    })
    .default(false),
  book: bookSchema.prefault({}).meta({ description: "Capacity of the books." }),
});
