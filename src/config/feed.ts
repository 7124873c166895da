import { z } from "zod";
import { PITCH_EDITIONS } from "../feed/pitch/pitch-editions.ts";
import { rerequestSchema, snapshotSchema } from "./feed-recovery.ts";
import { choice, flag, ipv4, name, tags, text, whole } from "./field.ts";

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
  role: choice(
    'What comes by it. "live": the feed. "gap" (pitch): answers to gap requests. "snapshot" and "definition" (mdp3): the loops of market recovery and of instruments.',
    ["live", "gap", "snapshot", "definition"],
  ).default("live"),
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

/** Protocols whose packets come on lines. */
export const LINE_PROTOCOLS = ["itch50", "pitch", "mdp3", "opra", "deep", "tops"] as const;
export type LineProtocol = (typeof LINE_PROTOCOLS)[number];

/** [[feed]] */
export const feedSchema = z.strictObject({
  name: name("Name that instruments refer to."),
  engine: name("Engine that reads it.").optional(),
  protocol: choice(
    'Protocol of the feed. On lines: "itch50" (ITCH 5.0 over MoldUDP64), "pitch" (Cboe Multicast PITCH, one unit), "mdp3" (CME MDP 3.0, one channel), "opra" (OPRA, one line), "deep" (IEX DEEP 1.0), "tops" (IEX TOPS 1.6). On a session: "fix" (FIX market data).',
    [...LINE_PROTOCOLS, "fix"],
  ).default("itch50"),
  unit: whole("pitch: the unit; one feed is one unit.", { min: 1, max: 255 }).optional(),
  edition: choice(
    "pitch: edition of the message layouts; the same type code has other lengths in another one.",
    PITCH_EDITIONS,
  ).optional(),
  templates: text(
    "mdp3: CME's SBE template file (templates_FixBinary.xml). Absent: a built-in one of schema version 9 with the messages of books, trades, statuses and instruments.",
    { pattern: /^.+\.xml$/, allowed: "a path that ends in .xml" },
  ).optional(),
  channel: whole("mdp3: the channel; a channel reset of another one is left alone.", {
    max: 65_535,
  }).optional(),
  session: name('FIX feed: the [[session]] with use = "market-data" that it comes by.').optional(),
  request: requestSchema
    .prefault({})
    .meta({ description: "FIX feed: how market data is asked for (MarketDataRequest, V)." }),
  lines: z.array(lineSchema).min(1).max(12).optional().meta({
    description:
      "The same packets by one to four ways (role live); the first copy wins. Needed for all but fix, which has none. Lines of other roles beside them.",
  }),
  rerequest: rerequestSchema
    .optional()
    .meta({ description: "Re-request server. Absent: what both lines lose is lost." }),
  snapshot: snapshotSchema.optional().meta({
    description:
      "Server of snapshots: books at once for who comes late, or has lost much. Absent: none.",
  }),
  join: choice(
    '"recover": when it comes late, asks for everything from the first message. "live": begins with the first packet; books are then not complete.',
    ["recover", "live"],
  ).default("recover"),
  window_packets: whole(
    "Packets held while an earlier one may still come by another line; then it counts as lost there.",
    { min: 1, max: 1024, unit: "packets" },
  ).default(64),
  hold_packets: whole(
    "Packets held once a gap is open, until the answer or the snapshot is there; never fewer than window_packets.",
    { min: 1, max: 65_536, unit: "packets" },
  ).default(2048),
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
