import { describe, expect, test } from "bun:test";
import { checkConfig, loadConfig } from "../../../src/config/load.ts";
import { ConfigError, formatProblem } from "../../../src/config/problem.ts";
import { GOOD, HOST, load, withChange, withLines } from "./fixture.ts";

const FILE = "/etc/hairpin/t.toml";

describe("a good config", () => {
  const { config, problems } = load(GOOD);

  test("has no problems", () => {
    expect(problems).toEqual([]);
    expect(config).toBeDefined();
  });

  test("has its defaults filled in and its references resolved", () => {
    expect(config!.journal.interval_ms).toBe(50);
    expect(config!.feed[0]!.engine).toBe("main");
    expect(config!.instrument[0]).toMatchObject({
      feed: "itch",
      feed_symbol: "AAPL",
      session: "venue",
      order_symbol: "AAPL",
      ticks: [{ from: 0, tick: 0.01 }],
    });
    expect(config!.strategy[0]!.instruments).toEqual(["AAPL"]);
    expect(config!.risk.orders_burst).toBe(10);
  });

  test("has relative paths made absolute at the folder of the file", () => {
    expect(config!.journal.dir).toBe("/etc/hairpin/journal");
    const named = load(GOOD.replace('name = "test"', 'run_dir = "run"')).config!;
    expect(named.appliance.run_dir).toBe("/etc/hairpin/run");
  });

  test("hashes to the same number until a byte changes", () => {
    expect(load(GOOD).config!.hash).toBe(config!.hash);
    expect(load(`${GOOD}# x\n`).config!.hash).not.toBe(config!.hash);
  });
});

test("the example in the documentation is accepted", () => {
  const result = checkConfig(`${import.meta.dir}/../../../docs/examples/appliance.toml`);
  expect(result.problems.map(formatProblem)).toEqual([]);
});

describe("messages name file, line, key, what was found and what is allowed", () => {
  const cases: [string, string, string, string][] = [
    [
      "an unknown key, with the nearest one",
      "core = 1",
      "cor = 1",
      `${FILE}:6:1: engine[0].cor: no such key; did you mean "core"?`,
    ],
    [
      "a number out of range",
      'port = 2001, interface = "lo"',
      'port = 70000, interface = "lo"',
      `${FILE}:12:26: feed[0].lines[1].port: found 70000; allowed: a whole number from 1 to 65535`,
    ],
    [
      "a wrong type",
      "core = 1",
      'core = "one"',
      `${FILE}:6:1: engine[0].core: found "one"; allowed: a whole number from 0 to 1023`,
    ],
    [
      "a missing key, at its table",
      'sender_comp_id = "HP"\n',
      "",
      `${FILE}:15:1: session[0].sender_comp_id: missing; needed: 1 to 32 characters, no space`,
    ],
    [
      "a core that does not exist",
      "core = 1",
      "core = 64",
      `${FILE}:6:1: engine[0].core: found 64; this machine has no core 64`,
    ],
    [
      "a core that is offline",
      "core = 1",
      "core = 5",
      `${FILE}:6:1: engine[0].core: found 5; core 5 is offline`,
    ],
    [
      "an interface that does not exist",
      'interface = "lo"',
      'interface = "eth9"',
      `${FILE}:12:39: feed[0].lines[1].interface: found "eth9"; this machine has lo (127.0.0.1)`,
    ],
    [
      "a group that is no multicast address",
      "239.1.1.2",
      "10.1.1.2",
      `${FILE}:12:5: feed[0].lines[1].group: found "10.1.1.2"; allowed: a multicast address, 224.0.0.0 to 239.255.255.255`,
    ],
    [
      "a key of another section",
      "core = 1",
      "stale_ms = 1",
      `${FILE}:6:1: engine[0].stale_ms: no such key here; it belongs to [[feed]]`,
    ],
    [
      "a unit that does not fit the feed",
      "price_unit = 0.01",
      "price_unit = 0.00015",
      `${FILE}:23:1: instrument[0].price_unit: found 0.00015; allowed: a multiple or a fraction of 0.0001, the unit of prices on the feed`,
    ],
  ];
  for (const [what, from, to, message] of cases) {
    test(what, () => expect(withChange(from, to)).toContain(message));
  }

  test("text that is not TOML, with line and column", () => {
    const { problems, config } = load("[appliance]\nname = \n");
    expect(config).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ line: 2, file: FILE });
    expect(formatProblem(problems[0]!)).toContain("not TOML");
  });

  test("a file that is not there", () => {
    expect(() => loadConfig("/nowhere/x.toml")).toThrow(ConfigError);
    expect(() => loadConfig("/nowhere/x.toml")).toThrow("there is no such file");
  });

  test("a missing [risk] names every limit that is needed", () => {
    const [message] = load(GOOD.slice(0, GOOD.indexOf("[risk]"))).problems.map(formatProblem);
    for (const limit of ["max_order_qty", "collar_pct", "max_loss", "cancels_per_s"]) {
      expect(message).toContain(limit);
    }
  });

  test("a limit that is left out of [risk]", () => {
    expect(withChange("max_loss = 1000\n", "")).toEqual([
      `${FILE}:29:1: risk.max_loss: missing; needed: a number above 0, up to 1e15 (currency)`,
    ]);
  });
});

describe("cross checks", () => {
  test("all errors come at once, by line", () => {
    const source = GOOD.replace("core = 1", "core = 64")
      .replace("port = 2001", "port = 0")
      .replace('uses = "maker"', 'uses = "maker"\ninstruments = ["APPL"]')
      .replace("max_loss = 1000", "max_los = 1000");
    const { problems } = load(source);
    const lines = problems.map((p) => p.line);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    expect(problems.map((p) => p.key)).toEqual([
      "engine[0].core",
      "feed[0].lines[0].port",
      "strategy[0].instruments[0]",
      "risk.max_loss",
      "risk.max_los",
    ]);
  });

  const cases: [string, string[], string][] = [
    ["an unknown engine", withChange('name = "itch"', 'name = "itch"\nengine = "mian"'), "main"],
    ["an unknown symbol in [risk]", withLines("[risk.instrument.APPL]\n"), '"AAPL"?'],
    ["two of one name", withLines('[[engine]]\nname = "main"\n'), "taken by the one on line 5"],
    ["two engines on a core", withLines('[[engine]]\nname = "b"\ncore = 1\n'), "taken by engine"],
    ["several engines and none named", withLines('[[engine]]\nname = "b"\n'), "which engine?"],
    [
      "two sessions that would share numbers",
      withLines(
        '[[session]]\nname = "v2"\naddress = "127.0.0.1:9878"\nsender_comp_id = "HP"\ntarget_comp_id = "SIM"\n',
      ),
      "those of session venue",
    ],
    ["a tick off the unit", withLines("tick = 0.015", "price_unit = 0.01"), "not a multiple"],
    [
      "a tick table that does not begin at 0",
      withLines("ticks = [{ from = 1, tick = 0.01 }]", "price_unit = 0.01"),
      "from 0",
    ],
    [
      "a tick table that goes down",
      withLines(
        "ticks = [{ from = 0, tick = 0.01 }, { from = 0, tick = 0.05 }]",
        "price_unit = 0.01",
      ),
      "above 0",
    ],
    ["a position without price", withLines("position = 100", "price_unit = 0.01"), "average"],
    [
      "a symbol outside subscribe",
      withChange('name = "itch"', 'name = "itch"\nsubscribe = ["MSFT"]'),
      "add it to subscribe",
    ],
    [
      "a tag that hairpin writes",
      withChange('target_comp_id = "SIM"', 'target_comp_id = "SIM"\ntags = { 38 = "1" }'),
      "tag 38",
    ],
    [
      "a tag that is no number",
      withChange('target_comp_id = "SIM"', 'target_comp_id = "SIM"\ntags = { a = "1" }'),
      "tag numbers",
    ],
    [
      "a dictionary that is not built in",
      withChange('"SIM"', '"SIM"\ndictionary = "FIX99"'),
      "built in: FIX42, FIX44",
    ],
    [
      "a dictionary file that is not there",
      withChange('"SIM"', '"SIM"\ndictionary = "mine.xml"'),
      "/etc/hairpin/mine.xml",
    ],
    ["a strategy file that is not there", withChange('"maker"', '"./mine.ts"'), "no file /etc"],
    [
      "a table size that is no power of two",
      withChange("core = 1", "max_orders = 1000"),
      "512 or 1024",
    ],
    ["an unknown time zone", withChange('name = "test"', 'timezone = "Mars/X"'), "tz database"],
    [
      "a date that does not exist",
      withChange('name = "test"', 'session_date = "2026-02-30"'),
      "calendar",
    ],
    [
      "a password that others can read",
      withChange('target_comp_id = "SIM"', 'target_comp_id = "SIM"\npassword_file = "open"'),
      "0644",
    ],
    [
      "a password file that is not there",
      withChange('target_comp_id = "SIM"', 'target_comp_id = "SIM"\npassword_file = "none"'),
      "no readable file",
    ],
    [
      "a password in the TOML",
      withChange('target_comp_id = "SIM"', 'target_comp_id = "SIM"\npassword = "x"'),
      '"password_file"',
    ],
    ["real time without a core", withChange("core = 1", "realtime = true"), "core of its own"],
  ];
  for (const [what, problems, part] of cases) {
    test(what, () => {
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.join("\n")).toContain(part);
    });
  }

  const pair = (more: string) =>
    withLines(
      `[[instrument]]\nsymbol = "ESZ6"\nfeed_symbol = "E1"\nprice_unit = 0.01\n${more}`,
    ).join("\n");

  test("two instruments whose orders the venue could not tell apart", () => {
    expect(pair('order_symbol = "AAPL"\n')).toContain(
      "order_symbol: orders in AAPL with the same tags on session venue are those of AAPL, on line 22",
    );
    expect(pair('order_symbol = "AAPL"\ntags = { 200 = "202612" }\n')).toBe("");
    expect(pair('order_symbol = "AAPL"\nsession = "none"\n')).toBe("");
    expect(pair("")).toBe("");
  });

  test("what is allowed is told with both bounds, however far away they are", () => {
    const said = (line: string) => withLines(line, "price_unit = 0.01").join("\n");
    expect(said("multiplier = 1e16")).toContain("allowed: a number above 0, up to 1e15");
    expect(said("maker_fee = -1e16")).toContain("allowed: a number from -1e15 to 1e15");
  });

  test("a session date that is not today's is warned of, and goes on", () => {
    const said = (date: string, roll = "00:00") => {
      const nowMs = Date.parse("2026-03-10T23:30:00Z");
      const lines = `session_date = "${date}"\nroll = "${roll}"\ntimezone = "UTC"\nname = "test"`;
      const result = load(GOOD.replace('name = "test"', lines), nowMs);
      expect(result.config).toBeDefined();
      return result.problems.map((p) => `${p.line} ${p.severity}: ${p.message}`).join("\n");
    };
    expect(said("today")).toBe("");
    expect(said("2026-03-10")).toBe("");
    expect(said("2026-03-11", "17:00")).toBe("");
    expect(said("2026-03-11")).toStartWith(
      "2 warning: 2026-03-11 is still to come, today's is 2026-03-10",
    );
    expect(said("2026-03-09")).toStartWith("2 warning: 2026-03-09 is over, today's is 2026-03-10");
  });

  test("a password file of mode 0600 is accepted, and its path made absolute", () => {
    const source = GOOD.replace('"SIM"', '"SIM"\npassword_file = "secret"');
    expect(load(source).config!.session[0]!.password_file).toBe("/etc/hairpin/secret");
  });

  test("tags may be written as numbers and become text", () => {
    const source = GOOD.replace('"SIM"', '"SIM"\ntags = { 1 = "ACCT", 21 = 1 }');
    expect(load(source).config!.session[0]!.tags).toEqual({ "1": "ACCT", "21": "1" });
  });

  test("a warning alone does not refuse the config", () => {
    const { config, problems } = load(GOOD.replace("max_order_qty = 100", "max_order_qty = 5000"));
    expect(problems.map((p) => p.severity)).toEqual(["warning"]);
    expect(config).toBeDefined();
  });

  test("the machine is asked through the host that is handed in", () => {
    const asked: number[] = [];
    checkConfigWithCores((core) => asked.push(core));
    expect(asked).toEqual([1]);
  });
});

function checkConfigWithCores(ask: (core: number) => void): void {
  const core = HOST.core;
  try {
    HOST.core = (n) => {
      ask(n);
      return "online";
    };
    load(GOOD);
  } finally {
    HOST.core = core;
  }
}
