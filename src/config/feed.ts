import { z } from "zod";
import { choice, hostPort, ipv4, name, text, whole } from "./field.ts";

const lineSchema = z.strictObject({
  group: ipv4("Multicast group."),
  port: whole("UDP port.", { min: 1, max: 65_535 }),
  interface: text("Interface to join on: its name or its IPv4 address.", {
    pattern: /^[A-Za-z0-9._:-]{1,64}$/,
    allowed: 'an interface name or its IPv4 address, e.g. "eth1" or "127.0.0.1"',
  }),
  source: ipv4("Only from this sender (source-specific multicast). Absent: any.").optional(),
});

const bookSchema = z.strictObject({
  max_orders: whole("Order rows of all books of this feed; a power of two.", {
    min: 64,
    max: 1 << 26,
  }).default(1 << 20),
  max_levels: whole("Price levels of all books of this feed; a power of two.", {
    min: 64,
    max: 1 << 24,
  }).default(1 << 17),
  max_instruments: whole("Instruments that the feed may carry.", { min: 1, max: 65_535 }).default(
    16_384,
  ),
});

/** [[feed]] */
export const feedSchema = z.strictObject({
  name: name("Name that instruments refer to."),
  engine: name("Engine that reads it.").optional(),
  protocol: choice("Protocol of the feed: ITCH 5.0 over MoldUDP64.", ["itch50"]).default("itch50"),
  lines: z
    .array(lineSchema)
    .min(1)
    .max(4)
    .meta({ description: "The same packets by one to four ways; the first copy wins." }),
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
    .union([z.literal("*"), z.array(z.string().min(1).max(16)).min(1).max(65_535)])
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
