/** Books of an MDP 3.0 channel as small as a test needs them, and a feed over them. */
import { type InstrumentDefinition, Instruments } from "../../src/book/instruments.ts";
import { Mdp3Books } from "../../src/book/mdp3-books.ts";
import type { Mdp3BooksOptions } from "../../src/book/mdp3-options.ts";
import { FEED_STATE_NAMES } from "../../src/core/codes.ts";
import { heapFeedBlock } from "../../src/feed/feed-block.ts";
import { Mdp3Decoder } from "../../src/feed/mdp3/mdp3.ts";
import { Mdp3Feed, type Mdp3FeedOptions } from "../../src/feed/mdp3/mdp3-feed.ts";
import type { Mdp3Sink } from "../../src/feed/mdp3/mdp3-sink.ts";
import { MessagePlans } from "../../src/feed/mdp3/message-plans.ts";
import type { SbeSchema } from "../../src/feed/mdp3/sbe-schema.ts";
import { builtInSchema } from "../../src/feed/mdp3/templates.ts";
import { definition, MarketLog, newCounters } from "./market.ts";
import { packet } from "./mdp3-bytes.ts";
import { PacketPort } from "./packet-port.ts";

/** Price unit of the instruments here: a mantissa of 10^-9 per unit is TICK. */
export const UNIT = 0.01;
export const TICK = 10_000_000;

/** Symbols[k] has SecurityID 101 + k. */
export function mdp3Market(
  symbols: readonly (string | InstrumentDefinition)[] = ["ESH6", "NQH6"],
  options: Partial<Mdp3BooksOptions> & {
    schema?: SbeSchema;
    capacity?: number;
    /** False: no SecurityID leads to them yet. */
    isMapped?: boolean;
  } = {},
) {
  const { schema = builtInSchema(), capacity, isMapped = true, ...rest } = options;
  const counters = newCounters();
  const log = new MarketLog();
  const definitions = symbols.map((s) => (typeof s === "string" ? definition(s, UNIT) : s));
  const instruments = new Instruments(definitions, capacity ?? definitions.length);
  const books = new Mdp3Books({
    feed: 0,
    instruments,
    exponents: new MessagePlans(schema).exponents,
    events: log,
    counters,
    ...rest,
  });
  definitions.forEach((_, i) => {
    if (isMapped) books.mapSecurity(101 + i, i);
  });
  const decoder = new Mdp3Decoder({ schema, sink: books, counters });
  return { books, decoder, log, counters, instruments };
}

/** A feed of two live lines, one of snapshots and one of definitions, over given books. */
export function mdp3Feed(
  market: Pick<ReturnType<typeof mdp3Market>, "decoder" | "counters"> & { books?: Mdp3Books },
  options: Partial<Mdp3FeedOptions> = {},
) {
  const states: string[] = [];
  const port = new PacketPort();
  const feed = new Mdp3Feed({
    index: 0,
    roles: ["live", "live", "snapshot", "definition"],
    windowPackets: 8,
    windowNs: 1000,
    staleNs: 1e12,
    slotBytes: 2048,
    decoder: market.decoder,
    events: {
      onFeed: (_feed, state) => states.push(FEED_STATE_NAMES[state] ?? "?"),
      onSession: () => market.books?.clear(),
    },
    counters: market.counters,
    block: heapFeedBlock(),
    ...options,
  });
  let nowNs = 0;
  const take = (bytes: Uint8Array, line = 0) => {
    port.load(bytes, line);
    feed.onPacket(port, 0, nowNs);
  };
  return {
    feed,
    port,
    states,
    take,
    /** A live packet. */
    live: (seq: number, ...messages: Uint8Array[]) => take(packet(seq, messages)),
    /** A packet of the snapshot loop. */
    loop: (seq: number, ...messages: Uint8Array[]) => take(packet(seq, messages), 2),
    define: (seq: number, ...messages: Uint8Array[]) => take(packet(seq, messages), 3),
    /** Time goes on, and what has not come is given up. */
    wait: (ns = 1e6) => {
      nowNs += ns;
      feed.poll(nowNs);
    },
  };
}

/** A sink that writes down what it is told, in order. */
export function recordingSink(ids: readonly number[], takesOrders = true) {
  const calls: [string, ...unknown[]][] = [];
  const sink = new Proxy({} as Mdp3Sink, {
    get(_target, name: string) {
      if (name === "takesOrders") return takesOrders;
      if (name === "find") return (id: number) => ids.indexOf(id);
      return (...args: unknown[]) => {
        calls.push([name, ...args]);
        return true;
      };
    },
  });
  return { sink, calls };
}
