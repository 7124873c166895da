/**
 * Options of the simulator: the one place for their defaults, ranges, units and descriptions.
 * `simOptionsSchema.parse({})` gives a venue that works.
 */
import { z } from "zod";
import { SIM_PROTOCOLS } from "./protocols.ts";
import { recoveryFaultsSchema } from "./recovery-faults.ts";

const probability = z.number().min(0).max(1);
const port = z.int().min(0).max(65_535);

const lineSchema = z.strictObject({
  group: z.ipv4().describe("Multicast group."),
  port: port.default(0).describe("UDP port, 0 = chosen, and the same for every line with 0."),
  loss: probability.default(0).describe("Probability that a packet is lost."),
  duplicate: probability.default(0).describe("Probability that a packet is sent twice."),
  reorder: probability.default(0).describe("Probability that later packets overtake a packet."),
  reorderDepth: z.int().min(1).max(64).default(3).describe("By at most this many packets."),
});

/** A group beside the lines; what is lost on it is lost. */
const groupSchema = (group: string) =>
  lineSchema.extend({ group: lineSchema.shape.group.default(group) });

const loopSchema = (group: string, everyMs: number) =>
  groupSchema(group).extend({
    everyMs: z.number().min(1).max(60_000).default(everyMs).describe("ms from loop to loop."),
  });

const symbolSchema = z.strictObject({
  symbol: z
    .string()
    .regex(/^[A-Z0-9.]{1,8}$/)
    .describe("Stock on the feed and Symbol (55), 1 to 8 of A-Z, 0-9 and the dot."),
  px: z.number().min(0.01).max(200_000).default(100).describe("First price, currency."),
  tick: z.number().min(0.0001).max(1000).default(0.01).describe("Tick, currency, of 0.0001s."),
  lot: z.int().min(1).max(1000).default(100).describe("Quantities of the flow are multiples."),
});

const fixSchema = z.strictObject({
  port: port.default(0).describe("TCP port, 0 = chosen."),
  venueCompId: z.string().min(1).max(32).default("VENUE").describe("SenderCompID of the venue."),
  clients: z.array(z.string().min(1).max(32)).max(64).default([]).describe("CompIDs of clients."),
  dropCopies: z
    .array(z.string().min(1).max(32))
    .max(8)
    .default([])
    .describe("CompIDs of clients that get a copy of every ExecutionReport, and send no orders."),
  acceptUnknown: z.boolean().default(true).describe("Also take clients that are not listed."),
  timeDigits: z
    .union([z.literal(0), z.literal(3), z.literal(6), z.literal(9)])
    .default(6)
    .describe("Decimals of SendingTime."),
  resendEnd: z
    .enum(["open", "exact"])
    .default("open")
    .describe("EndSeqNo of its ResendRequests: 0, or the last number missing."),
  strictOrigId: z.boolean().default(false).describe("OrigClOrdID must be an order's latest id."),
});

const ouchSchema = z.strictObject({
  port: port.default(0).describe("TCP port of OUCH 5.0 over SoupBinTCP, 0 = chosen."),
  session: z
    .string()
    .max(10)
    .default("")
    .describe("Name of the SoupBinTCP session; empty: one per start, from the clock."),
  clients: z
    .array(
      z.strictObject({
        username: z.string().min(1).max(6).describe("Name of the client, too."),
        password: z.string().max(10).default(""),
      }),
    )
    .min(1)
    .max(16),
});

const flowSchema = z.strictObject({
  rate: z.number().min(0).max(200_000).default(2000).describe("Actions per second, all symbols."),
  ordersPerSymbol: z.int().min(2).max(100_000).default(120).describe("Resting orders it keeps."),
  haltEveryMs: z.number().min(0).default(0).describe("Mean ms between halts, 0 = none."),
  haltMs: z.number().min(1).default(500).describe("ms that each stage of a halt lasts."),
  restrictEveryMs: z.number().min(0).default(0).describe("Mean ms between Reg SHO changes."),
});

export const simOptionsSchema = z.strictObject({
  seed: z.int().min(0).max(0xffffffff).default(1).describe("Seed of everything random."),
  protocol: z
    .enum(SIM_PROTOCOLS)
    .default("itch50")
    .describe("Of the feed: ITCH 5.0, Cboe US equities PITCH, CME MDP 3.0 by price level."),
  unit: z.int().min(1).max(255).default(1).describe("PITCH: the unit; it has every symbol."),
  channel: z.int().min(1).max(32_767).default(310).describe("MDP 3.0: the channel (ApplID)."),
  gap: groupSchema("239.255.71.11")
    .prefault({})
    .describe("PITCH: where gap requests are answered."),
  spin: z
    .strictObject({ port: port.default(0).describe("TCP port, 0 = chosen.") })
    .prefault({})
    .describe("PITCH: the spin server, for whoever joins late."),
  glimpse: z
    .strictObject({ port: port.default(0).describe("TCP port, 0 = chosen.") })
    .prefault({})
    .describe("ITCH: GLIMPSE, for whoever joins late."),
  recoveryFaults: recoveryFaultsSchema
    .partial()
    .default({})
    .describe("What is wrong with the servers of recovery on TCP from the start."),
  snapshot: loopSchema("239.255.71.21", 50)
    .prefault({})
    .describe("MDP 3.0: where the loop of snapshots goes."),
  definition: loopSchema("239.255.71.31", 100)
    .prefault({})
    .describe("MDP 3.0: where the loop of instrument definitions goes."),
  session: z
    .string()
    .max(10)
    .default("")
    .describe("MoldUDP64 session, up to 10 characters; empty = made from the time of the start."),
  interface: z.ipv4().default("127.0.0.1").describe("Address of the interface to publish on."),
  symbols: z
    .array(symbolSchema)
    .min(1)
    .max(10_000)
    .prefault([
      { symbol: "AAPL", px: 190 },
      { symbol: "MSFT", px: 410 },
      { symbol: "NVDA", px: 120 },
      { symbol: "AMZN", px: 180 },
    ]),
  lines: z
    .array(lineSchema)
    .min(1)
    .max(4)
    .prefault([{ group: "239.255.71.1" }, { group: "239.255.71.2" }])
    .describe("Lines of the feed; each carries every packet."),
  rerequest: z
    .strictObject({
      port: port
        .default(0)
        .describe("UDP port (ITCH) or TCP port (PITCH: the gap request proxy), 0 = chosen."),
      loss: probability.default(0).describe("Probability that a request is not answered."),
    })
    .prefault({}),
  fix: fixSchema.prefault({}),
  ouch: ouchSchema.optional().describe("Absent: no orders by OUCH."),
  flow: flowSchema.prefault({}),
  makerFee: z.number().default(0).describe("Currency per share added, negative = rebate."),
  takerFee: z.number().default(0).describe("Currency per share taken."),
  firstRef: z
    .int()
    .min(1)
    .max(2 ** 52)
    .default(2 ** 32 - 200)
    .describe("First order reference; the default grows beyond 32 bits early on."),
  packetBytesMax: z.int().min(100).max(8900).default(1400).describe("Largest UDP payload, bytes."),
  heartbeatMs: z.number().min(1).max(60_000).default(250).describe("Feed heartbeat when idle, ms."),
  historyBytesMax: z
    .int()
    .min(2 ** 21)
    .default(2 ** 30)
    .describe("Memory for messages that can be asked for again, bytes."),
  tickMs: z.number().min(1).max(1000).default(1).describe("ms between turns of the simulator."),
  veth: z
    .strictObject({
      near: z
        .string()
        .regex(/^[a-z0-9-]{1,15}$/)
        .describe("Interface where the start was."),
      far: z
        .string()
        .regex(/^[a-z0-9-]{1,15}$/)
        .describe("Interface here, of `interface`."),
      nearAddress: z.ipv4().describe("Address of the near one."),
      prefix: z.int().min(8).max(31).default(30),
    })
    .optional()
    .describe("A network namespace of its own, joined by a veth pair. Needs root."),
  card: z
    .string()
    .optional()
    .describe('Publishes into a software ExaNIC instead of multicast: its path, ":1" for port 1.'),
  avoidCores: z.array(z.int().min(0).max(1023)).max(256).default([]).describe("Cores to keep off."),
  stdinEnds: z.boolean().default(true).describe("Stop when standard input ends."),
});

export type SimOptions = z.output<typeof simOptionsSchema>;
export type SimOptionsInput = z.input<typeof simOptionsSchema>;

/** What a group carries: the feed, answers to gap requests, snapshots, instrument definitions. */
export type GroupRole = "live" | "gap" | "snapshot" | "definition";

export interface FeedGroup extends z.output<typeof lineSchema> {
  role: GroupRole;
}

/** Every group that the feed needs, the lines first: their index is the line of FeedTransport. */
export function groupsOf(options: SimOptions): FeedGroup[] {
  const { protocol, gap, snapshot, definition } = options;
  const lines = options.lines.map((line): FeedGroup => ({ ...line, role: "live" }));
  if (protocol === "pitch") return [...lines, { ...gap, role: "gap" }];
  if (protocol === "itch50") return lines;
  return [...lines, { ...snapshot, role: "snapshot" }, { ...definition, role: "definition" }];
}

/** Currency to 1/10000. Throws RangeError when it does not divide. */
export function toVenuePx(value: number, what: string): number {
  const units = Math.round(value * 10_000);
  if (Math.abs(units - value * 10_000) > 1e-6) {
    throw new RangeError(`${what}: ${value} is not a multiple of 0.0001`);
  }
  return units;
}
