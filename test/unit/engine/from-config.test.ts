import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineOptions } from "../../../src/engine/from-config.ts";
import { guardTag } from "../../../src/engine/link.ts";
import { riskLimits } from "../../../src/engine/risk-limits.ts";
import { readSecret } from "../../../src/engine/secret.ts";
import { load } from "../config/fixture.ts";
import { optionsOf, TOML } from "./rig.ts";

const TWO = `[appliance]
name = "two"

[[engine]]
name = "left"
core = 1
arm = "auto"

[[engine]]
name = "right"
core = 2

[[engine]]
name = "watch"

[[feed]]
name = "a"
engine = "left"
lines = [
  { group = "239.1.1.1", port = 2001, interface = "127.0.0.1" },
  { group = "239.1.1.2", port = 2002, interface = "127.0.0.1", source = "10.0.0.9" },
]
window_us = 300
stale_ms = 700
rcvbuf_kib = 128

[[feed]]
name = "b"
engine = "right"
lines = [{ group = "239.1.1.3", port = 2003, interface = "127.0.0.1" }]
rerequest = { address = "127.0.0.1:2101", timeout_ms = 30, retries = 3 }
subscribe = ["MSFT", "NVDA"]

[[feed]]
name = "c"
engine = "right"
lines = [{ group = "239.1.1.4", port = 2004, interface = "127.0.0.1" }]
join = "live"

[[feed]]
name = "d"
engine = "watch"
lines = [{ group = "239.1.1.5", port = 2005, interface = "127.0.0.1" }]

[[session]]
name = "venue-left"
engine = "left"
address = "127.0.0.1:9878"
sender_comp_id = "HP"
target_comp_id = "SIM"

[[session]]
name = "venue-right"
engine = "right"
address = "venue.example:9879"
sender_comp_id = "HP"
target_comp_id = "SIM"
reconnect_ms = 250

[[instrument]]
symbol = "AAPL"
feed = "a"
session = "venue-left"
price_unit = 0.01

[[instrument]]
symbol = "MSFT"
feed = "b"
session = "venue-right"
price_unit = 0.01

[[instrument]]
symbol = "SPY"
feed = "c"
session = "none"
price_unit = 0.01

[[instrument]]
symbol = "NVDA"
feed = "b"
session = "venue-right"
price_unit = 0.01

[[strategy]]
name = "one"
uses = "maker"
engine = "right"

[risk]
max_order_qty = 100
max_order_notional = 100_000
collar_pct = 5
max_position = 1000
max_exposure = 1_000_000
max_open_orders = 17
orders_per_s = 100
cancels_per_s = 10
cancels_burst = 9
max_loss = 1000

[risk.instrument.MSFT]
max_position = 5
`;

function engines() {
  const { config, problems } = load(TWO);
  if (config === undefined) throw new Error(problems.map((p) => p.message).join("; "));
  const asked: string[] = [];
  const options = engineOptions(config, (host) => asked.push(host));
  return { options, asked };
}

describe("Engine options", () => {
  test("give each engine its own feeds, sessions, strategies and instruments, in the config's order", () => {
    const { options } = engines();
    expect(options.map((o) => [o.name, o.index, o.core, o.armAutomatically])).toEqual([
      ["left", 0, 1, true],
      ["right", 1, 2, false],
      ["watch", 2, -1, false],
    ]);
    expect(options.map((o) => o.feeds.map((f) => f.name))).toEqual([["a"], ["b", "c"], ["d"]]);
    expect(options.map((o) => o.sessions.map((s) => s.name))).toEqual([
      ["venue-left"],
      ["venue-right"],
      [],
    ]);
    expect(options.map((o) => o.strategies.map((s) => s.name))).toEqual([[], ["one"], []]);
    expect(options.map((o) => o.instruments.map((i) => i.symbol))).toEqual([
      ["AAPL"],
      ["MSFT", "SPY", "NVDA"],
      [],
    ]);
  });

  test("number an instrument's feed and session within its engine, blocks within the appliance", () => {
    const { options } = engines();
    const right = options[1]!;
    expect(right.instruments.map((i) => [i.feed, i.session])).toEqual([
      [0, 0],
      [1, -1],
      [0, 0],
    ]);
    expect(right.feeds.map((f) => f.block)).toEqual([1, 2]);
    expect(right.sessions.map((s) => s.block)).toEqual([1]);
  });

  test("turn the config's units into ns, bytes and addresses", () => {
    const { options, asked } = engines();
    const a = options[0]!.feeds[0]!;
    expect(a.windowNs).toBe(300_000);
    expect(a.staleNs).toBe(700e6);
    expect(a.rcvbuf).toBe(131_072);
    expect(a.lines.map((l) => l.group >>> 0)).toEqual([0xef010101, 0xef010102]);
    expect(a.lines.map((l) => l.iface)).toEqual([0x7f000001, 0x7f000001]);
    expect(a.lines.map((l) => l.source)).toEqual([0, 0x0a000009]);
    expect(a.recovers).toBe(false);
    const b = options[1]!.feeds[0]!;
    expect([b.recovers, b.requestTimeoutNs, b.requestRetries]).toEqual([true, 30e6, 3]);
    expect(options[1]!.sessions[0]!.reconnectNs).toBe(250e6);
    expect(options[1]!.sessions[0]!.port).toBe(9879);
    expect(asked).toEqual(["127.0.0.1", "venue.example"]);
  });

  test('follow subscribe: "*" keeps room for what comes, a list does not', () => {
    const [left, right] = engines().options;
    expect(left!.feeds[0]!.subscribeAll).toBe(true);
    expect(right!.feeds.map((f) => [f.subscribeAll, f.join])).toEqual([
      [false, "recover"],
      [true, "live"],
    ]);
  });

  test("share the appliance's limits out among the engines that trade, never rounding up", () => {
    const [left, right] = engines().options;
    expect(right!.risk).toEqual(left!.risk);
    const { risk } = left!;
    expect(risk.maxExposure).toBe(500_000);
    expect(risk.maxOpenOrders).toBe(8);
    expect(risk.maxLoss).toBe(500);
    expect([risk.ordersPerS, risk.ordersBurst]).toEqual([50, 5]);
    expect([risk.cancelsPerS, risk.cancelsBurst]).toEqual([5, 4]);
  });

  test("leave limits of one order and of one instrument whole", () => {
    const { risk } = engines().options[0]!;
    expect(risk.maxOrderQty).toBe(100);
    expect(risk.maxOrderNotional).toBe(100_000);
    expect(risk.maxPosition).toBe(1000);
    expect(risk.instrument).toEqual({ MSFT: { maxPosition: 5 } });
  });

  test("one engine that trades has all of them", () => {
    const { risk } = optionsOf(TOML)[0]!;
    expect(risk.maxExposure).toBe(1_000_000);
    expect(risk.maxOpenOrders).toBe(64);
    expect(risk.ordersBurst).toBe(100);
  });

  test("a guard's tag tells engine and session apart", () => {
    const tags = [guardTag(0, 0), guardTag(0, 1), guardTag(1, 0), guardTag(1, 1)];
    expect(new Set(tags).size).toBe(4);
    expect(guardTag(2, 3)).toBe(0x20003);
  });
});

describe("The gate's limits", () => {
  const options = {
    ...optionsOf()[0]!.risk,
    instrument: { AAPL: { maxPosition: 3, collarPct: 1 } },
  };

  test("are those of the config on the live path", () => {
    const { selfMatch, ...limits } = riskLimits(options, false);
    const { denySelfMatch, ...wanted } = options;
    expect(limits).toEqual(wanted);
    expect(selfMatch).toBe(denySelfMatch ? "deny" : "allow");
    expect(riskLimits({ ...options, denySelfMatch: true }, false).selfMatch).toBe("deny");
    expect(riskLimits({ ...options, denySelfMatch: false }, false).selfMatch).toBe("allow");
  });

  test("on the shadow judge single orders alike, and no sum or rate stops the warming", () => {
    const live = riskLimits(options, false);
    const shadow = riskLimits(options, true);
    for (const key of ["maxOrderQty", "maxOrderNotional", "collarPct", "maxOpenOrders"] as const) {
      expect(shadow[key]).toBe(live[key]);
    }
    expect(shadow.shortMarking).toBe(live.shortMarking);
    const sums = [
      "maxPosition",
      "maxExposure",
      "maxLoss",
      "ordersPerS",
      "ordersBurst",
      "cancelsPerS",
      "cancelsBurst",
    ] as const;
    for (const key of sums) expect(shadow[key]).toBeGreaterThan(1e12);
    expect(shadow.instrument!["AAPL"]!.collarPct).toBe(1);
    expect(shadow.instrument!["AAPL"]!.maxPosition).toBeGreaterThan(1e12);
    expect(live.instrument!["AAPL"]!.maxPosition).toBe(3);
  });
});

describe("A secret", () => {
  test("is the first line of its file, without the spaces around it", () => {
    const folder = mkdtempSync(join(tmpdir(), "engine-secret-"));
    try {
      const file = join(folder, "secret");
      writeFileSync(file, "  pass word \r\nanother line\n");
      expect(readSecret(file)).toBe("pass word");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("that is empty, a folder, or has the end of a field in it is refused", () => {
    const folder = mkdtempSync(join(tmpdir(), "engine-secret-"));
    try {
      const file = join(folder, "secret");
      writeFileSync(file, "\nsecond line\n");
      expect(() => readSecret(file)).toThrow(
        `the secret file ${file} is empty: its first line is sent`,
      );
      writeFileSync(file, "pass\u0001word\n");
      expect(() => readSecret(file)).toThrow(`the secret in ${file} has a SOH, which ends a field`);
      expect(() => readSecret(folder)).toThrow(
        `can't read the secret file ${folder}: it is a folder`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("that no file is named for is empty; one that can't be read names its file", () => {
    expect(readSecret("")).toBe("");
    expect(() => readSecret("/nowhere/secret")).toThrow(
      /^can't read the secret file \/nowhere\/secret: /,
    );
  });
});
