/** Feeds of FIX market data in the config, and the sessions that they come by. */
import { describe, expect, test } from "bun:test";
import { engineOptions } from "../../../src/engine/from-config.ts";
import { load } from "./fixture.ts";

const HEAD = `[[engine]]
name = "main"
`;

const SESSIONS = `[[session]]
name = "md"
use = "market-data"
address = "127.0.0.1:9001"
sender_comp_id = "HP-MD"
target_comp_id = "VENUE"

[[session]]
name = "orders"
address = "127.0.0.1:9001"
sender_comp_id = "HP"
target_comp_id = "VENUE"
`;

const FEED = `[[feed]]
name = "fix-md"
protocol = "fix"
session = "md"
request = { depth = 10, style = "all", aggregated = true, tags = { "547" = "N" } }
`;

const INSTRUMENT = `[[instrument]]
symbol = "BTC-PERPETUAL"
price_unit = 0.00025
tick = 0.5
`;

const RISK = `[risk]
max_order_qty = 1000
max_order_notional = 1_000_000
collar_pct = 5
max_position = 1000
max_exposure = 1_000_000
max_open_orders = 64
orders_per_s = 1000
cancels_per_s = 1000
max_loss = 100_000
`;

function problems(...parts: string[]): string[] {
  return load([...parts, RISK].join("\n")).problems.map((p) => `${p.key}: ${p.message}`);
}

describe("a FIX feed", () => {
  test("has a session instead of lines, and sessions of orders come first in the engine", () => {
    const { config, problems } = load([HEAD, SESSIONS, FEED, INSTRUMENT, RISK].join("\n"));
    expect(problems).toEqual([]);
    const [engine] = engineOptions(config!);
    expect(engine!.sessions.map((s) => `${s.name} ${s.use} ${s.block}`)).toEqual([
      "orders orders 1",
      "md market-data 0",
    ]);
    const [feed] = engine!.feeds;
    expect([feed!.lines, feed!.subscribeAll]).toEqual([[], false]);
    expect(feed!.fix).toMatchObject({
      session: 1,
      request: {
        depth: 10,
        style: "all",
        update: "incremental",
        entries: "price",
        aggregated: "Y",
      },
    });
    expect(engine!.instruments[0]).toMatchObject({
      session: 0,
      feed: 0,
      feedSymbol: "BTC-PERPETUAL",
    });
  });

  test("takes the only market data session when it names none", () => {
    const feed = FEED.replace('session = "md"\n', "");
    const { config } = load([HEAD, SESSIONS, feed, INSTRUMENT, RISK].join("\n"));
    expect(config!.feed[0]!.session).toBe("md");
  });

  test("needs a session of that use, which no other feed has", () => {
    expect(problems(HEAD, SESSIONS, FEED.replace('"md"', '"orders"'), INSTRUMENT)).toContain(
      'feed[0].session: found "orders", its use is "orders"; allowed: one with use = "market-data", there are md',
    );
    expect(problems(HEAD, SESSIONS, FEED.replace('"md"', '"none"'), INSTRUMENT)).toContain(
      'feed[0].session: found "none", there is no such session; allowed: one with use = "market-data", there are md',
    );
    const orders = SESSIONS.replace('use = "market-data"\n', "");
    expect(problems(HEAD, orders, FEED.replace('session = "md"\n', ""), INSTRUMENT)).toContain(
      'feed[0].session: which session with use = "market-data"? there is none',
    );
    const twice = `${FEED}\n${FEED.replace("fix-md", "other")}`;
    expect(problems(HEAD, SESSIONS, twice, `${INSTRUMENT}feed = "fix-md"\n`)).toContain(
      "feed[1].session: session md brings feed fix-md already",
    );
  });

  test("has no lines and no re-request server, and an itch50 feed needs lines", () => {
    const lines = `${FEED}lines = [{ group = "239.1.1.1", port = 2001, interface = "lo" }]\nrerequest = { address = "127.0.0.1:1" }\n`;
    const found = problems(HEAD, SESSIONS, lines, INSTRUMENT);
    const sentence = "a fix feed has none: its session brings everything, in order";
    expect(found).toContain(`feed[0].lines: ${sentence}`);
    expect(found).toContain(`feed[0].rerequest: ${sentence}`);
    const itch = FEED.replace('protocol = "fix"\n', "");
    expect(problems(HEAD, SESSIONS, itch, INSTRUMENT)).toEqual(
      expect.arrayContaining([
        'feed[0].lines: missing; needed: the lines of a feed with protocol = "itch50"',
        'feed[0].session: a feed with protocol = "itch50" comes by lines; a session needs protocol = "fix"',
        "instrument[0].feed_symbol: needed: BTC-PERPETUAL is longer than 8",
      ]),
    );
  });

  test("has none of the keys of multicast feeds", () => {
    const keys = ['join = "live"', "window_us = 5", "window_packets = 7", "stale_ms = 3"];
    for (const key of [...keys, "rcvbuf_kib = 64", "extended_hours = true"]) {
      expect(problems(HEAD, SESSIONS, `${FEED}${key}\n`, INSTRUMENT)).toEqual([
        `feed[0].${key.split(" ")[0]}: a fix feed has none: it is a key of multicast feeds`,
      ]);
    }
    expect(problems(HEAD, SESSIONS, `${FEED}join = "recover"\n`, INSTRUMENT)).toEqual([]);
  });

  test("does not let orders onto the market data session, nor its own tags into requests", () => {
    expect(problems(HEAD, SESSIONS, FEED, `${INSTRUMENT}session = "md"\n`)).toContain(
      'instrument[0].session: session md has use = "market-data"; allowed: one with use = "orders", or "none"',
    );
    const tags = FEED.replace('"547"', '"264"');
    expect(problems(HEAD, SESSIONS, tags, INSTRUMENT)).toContain(
      "feed[0].request.tags.264: tag 264 is written by hairpin",
    );
  });

  test("is told of when no feed comes by a market data session", () => {
    const itch = `[[feed]]\nname = "itch"\nlines = [{ group = "239.1.1.1", port = 2001, interface = "lo" }]\n`;
    const instrument = '[[instrument]]\nsymbol = "AAPL"\n';
    expect(problems(HEAD, SESSIONS, itch, instrument)).toContain(
      'session[0].use: no [[feed]] with protocol = "fix" comes by session md',
    );
  });
});
