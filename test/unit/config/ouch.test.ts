import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatProblem } from "../../../src/config/problem.ts";
import { sessionProblems } from "../../../src/engine/check-sessions.ts";
import { engineOptions } from "../../../src/engine/from-config.ts";
import { GOOD, load } from "./fixture.ts";

const FIX_IDS = 'sender_comp_id = "HP"\ntarget_comp_id = "SIM"\n';
const FILES = 'username_file = "user.secret"\npassword_file = "pass.secret"\n';

const toml = (lines: string, files = FILES) =>
  GOOD.replace(FIX_IDS, `protocol = "ouch50"\n${files}${lines}`).replace(
    "price_unit = 0.01",
    "price_unit = 0.0001",
  );
const said = (lines: string, files = FILES) =>
  load(toml(lines, files)).problems.map(formatProblem).join("\n");

function optionsOf(lines: string, files = FILES) {
  const { config, problems } = load(toml(lines, files));
  if (config === undefined) throw new Error(problems.map((p) => p.message).join("; "));
  return engineOptions(config)[0]!;
}

describe('a session with protocol = "ouch50"', () => {
  test("is right with an address and two secrets", () => {
    expect(said("")).toBe("");
    expect(optionsOf("").sessions[0]).toMatchObject({
      beginString: "OUCH 5.0",
      use: "orders",
      ouch: { firm: "", capacity: "P", display: "Y", interMarketSweep: "N", timeInForce: "0" },
    });
  });

  test("tells what its orders say of themselves", () => {
    const lines = `[session.ouch]
firm = "ABCD"
capacity = "agency"
display = "hidden"
time_in_force = "extended"
inter_market_sweep = true
`;
    expect(optionsOf(lines).sessions[0]!.ouch).toEqual({
      firm: "ABCD",
      capacity: "A",
      display: "N",
      interMarketSweep: "Y",
      timeInForce: "5",
    });
  });

  test("has the throttle of any session", () => {
    const { messagesPerS, messagesBurst } = optionsOf("messages_per_s = 500\n").sessions[0]!;
    expect([messagesPerS, messagesBurst]).toEqual([500, 50]);
  });

  const bad: [string, string][] = [
    [
      'sender_comp_id = "HP"\n',
      'sender_comp_id: it is of FIX; a session with protocol = "ouch50" has none',
    ],
    ["heartbeat_s = 5\n", 'heartbeat_s: it is of FIX; a session with protocol = "ouch50" has none'],
    ["reset_on_logon = true\n", "reset_on_logon: it is of FIX"],
    ["mass_cancel = true\n", "mass_cancel: it is of FIX"],
    ['tags = { 1 = "A" }\n', "tags: it is of FIX"],
    [
      'use = "drop-copy"\n',
      'found "drop-copy"; a session with protocol = "ouch50" carries orders only',
    ],
    ['[session.ouch]\nfirm = "abc"\n', "firm"],
    ['[session.ouch]\nfirm = "ABCDE"\n', "1 to 4 of A-Z and 0-9"],
    ['[session.ouch]\ncapacity = "own"\n', "agency"],
    ['[session.ouch]\nrout = "X"\n', "rout"],
  ];
  for (const [lines, sentence] of bad) {
    test(`is refused with ${lines.replaceAll("\n", " ").trim()}`, () => {
      expect(said(lines)).toContain(sentence);
    });
  }

  test("is refused without its secrets, once each", () => {
    const problems = said("", "").split("\n");
    const told = problems.filter((line) => line.includes("a SoupBinTCP login has a username"));
    expect(told.length).toBe(2);
    expect(said("", FILES)).not.toContain("SoupBinTCP");
  });

  test("shares no port with another one", () => {
    const second = `[[session]]
name = "second"
protocol = "ouch50"
address = "127.0.0.1:9878"
${FILES}`;
    expect(said(second)).toContain(
      "address and username are those of session venue: both would number messages on one port",
    );
  });

  test("has instruments without tags", () => {
    const tagged = toml("").replace('symbol = "AAPL"', 'symbol = "AAPL"\ntags = { 207 = "X" }');
    expect(load(tagged).problems.map(formatProblem).join("\n")).toContain(
      "tags are of FIX, and session venue speaks OUCH, which has none",
    );
  });

  test("is warned of prices that its instruments can't tell", () => {
    const of = (unit: string) =>
      load(toml("").replace("price_unit = 0.0001", `price_unit = ${unit}`)).problems;
    expect(of("0.0001")).toEqual([]);
    expect(of("0.01").map((p) => [p.severity, p.key])).toEqual([
      ["warning", "instrument[0].price_unit"],
    ]);
    expect(of("0.01")[0]!.message).toContain(
      "a fill between two prices of the instrument stops trading",
    );
  });

  test("is told of its own faults alone, not of keys that nobody wrote", () => {
    const problems = load(toml('[session.ouch]\nfirm = "ABCDE"\ncapacity = "boss"\n')).problems;
    expect(problems.map((p) => p.key)).toEqual([
      "session[0].ouch.firm",
      "session[0].ouch.capacity",
    ]);
  });

  test("has no drop copy", () => {
    const copy = `[[session]]
name = "copies"
use = "drop-copy"
address = "127.0.0.1:9879"
sender_comp_id = "DROP"
target_comp_id = "SIM"
`;
    expect(said(copy)).toContain(
      "session venue speaks OUCH, and executions of OUCH have no ExecID",
    );
  });
});

test("[session.ouch] and a missing SenderCompID are refused where the protocol is FIX", () => {
  const fix = (lines: string) =>
    load(GOOD.replace(FIX_IDS, lines)).problems.map(formatProblem).join("\n");
  expect(fix(`${FIX_IDS}[session.ouch]\n`)).toContain(
    'only for protocol = "ouch50"; this one\'s is "fix44"',
  );
  expect(fix('target_comp_id = "SIM"\n')).toContain("sender_comp_id: missing");
});

test("secrets that a login has no room for are found before the start", () => {
  const folder = mkdtempSync(join(tmpdir(), "ouch-secrets-"));
  try {
    const put = (name: string, content: string) => {
      writeFileSync(join(folder, name), content, { mode: 0o600 });
      return join(folder, name);
    };
    const files = (user: string, password: string) =>
      `username_file = "${put("user.secret", user)}"\npassword_file = "${put("pass.secret", password)}"\n`;
    const found = (lines: string) =>
      sessionProblems(optionsOf("", lines), 1_790_000_000).map((p) => [p.key[0], p.message]);
    expect(found(files("trader", "0123456789"))).toEqual([]);
    const [[userKey, user], [passKey, pass]] = found(files("trader1", "01234567890")) as [
      [string, string],
      [string, string],
    ];
    expect([userKey, passKey]).toEqual(["username_file", "password_file"]);
    expect(user).toContain("has 7 characters; a SoupBinTCP login has room for 6");
    expect(pass).toContain("has 11 characters; a SoupBinTCP login has room for 10");
    expect(pass).not.toContain("01234567890");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
