import { describe, expect, test } from "bun:test";
import { formatProblem } from "../../../src/config/problem.ts";
import { ON_DIFFERENCE_KILL } from "../../../src/core/codes.ts";
import { engineOptions } from "../../../src/engine/from-config.ts";
import { GOOD, load } from "./fixture.ts";

const COPY = `
[[session]]
name = "copies"
use = "drop-copy"
address = "127.0.0.1:9878"
sender_comp_id = "DROP"
target_comp_id = "SIM"
`;
/** An order session more, with one instrument. */
const SECOND = `
[[session]]
name = "second"
address = "127.0.0.1:9879"
sender_comp_id = "HP"
target_comp_id = "SIM2"

[[instrument]]
symbol = "MSFT"
session = "second"
`;
const withSession = (toml: string) =>
  toml.replace('symbol = "AAPL"\n', 'symbol = "AAPL"\nsession = "venue"\n');
const said = (lines: string) =>
  load(withSession(GOOD) + lines)
    .problems.map(formatProblem)
    .join("\n");

function optionsOf(lines: string) {
  const { config, problems } = load(withSession(GOOD) + lines);
  if (config === undefined) throw new Error(problems.map((p) => p.message).join("; "));
  return engineOptions(config)[0]!;
}

describe('a session with use = "drop-copy"', () => {
  test("copies every order session of its engine, denies at a difference, and moves no position", () => {
    const { sessions, instruments } = optionsOf(COPY + SECOND);
    expect(sessions.map((s) => [s.name, s.use])).toEqual([
      ["venue", "orders"],
      ["second", "orders"],
      ["copies", "drop-copy"],
    ]);
    expect(instruments.map((i) => i.session)).toEqual([0, 1]);
    expect(sessions[2]!.dropCopy).toEqual({
      of: [0, 1],
      settleNs: 1e9,
      lateNs: 5e9,
      action: 1,
      feedsPositions: false,
    });
    expect(sessions[0]!.dropCopy).toBeUndefined();
  });

  test("takes every key", () => {
    const keys = `[session.drop_copy]
of = ["second"]
settle_ms = 20
late_ms = 300
on_difference = "kill"
positions = "account"
`;
    expect(optionsOf(COPY + keys + SECOND).sessions[2]!.dropCopy).toEqual({
      of: [1],
      settleNs: 20e6,
      lateNs: 300e6,
      action: ON_DIFFERENCE_KILL,
      feedsPositions: true,
    });
  });

  test("leaves an instrument that names no session to the only order session", () => {
    expect(load(GOOD + COPY).problems).toEqual([]);
    expect(load(GOOD + COPY).config!.instrument[0]!.session).toBe("venue");
  });

  test("has to name sessions that carry orders, on its engine, which nobody else copies", () => {
    const of = (name: string) => said(`${COPY}[session.drop_copy]\nof = ["${name}"]\n`);
    expect(of("venues")).toContain('found "venues"; allowed: order sessions of engine main: venue');
    expect(of("copies")).toContain('found "copies"; allowed');
    const twice = COPY + COPY.replace('"copies"', '"more"').replace('"DROP"', '"DROP2"');
    expect(said(twice)).toContain(
      "executions of session venue are copied by session copies already",
    );
    const alone = GOOD.replace(/\[\[session\]\][^[]*/, COPY).replace(
      "price_unit",
      'session = "none"\nprice_unit',
    );
    expect(load(alone).problems.map(formatProblem).join()).toContain(
      "its engine has no order session of which to take copies",
    );
  });

  test("names each session once", () => {
    expect(said(`${COPY}[session.drop_copy]\nof = ["venue", "venue"]\n`)).toContain(
      'session[1].drop_copy.of[1]: "venue" is there twice',
    );
  });

  test("has its order session, too, when a value elsewhere is wrong", () => {
    const wrong = (GOOD + COPY).replace('target_comp_id = "SIM"', "$&\nheartbeat_s = 0");
    expect(load(wrong).problems.map((p) => p.key)).toEqual(["session[0].heartbeat_s"]);
  });

  test("tells instruments apart by symbol: one that trades in two places is refused", () => {
    const same = SECOND.replace(
      'symbol = "MSFT"',
      'symbol = "AAPL2"\nfeed_symbol = "AAPL2"\norder_symbol = "AAPL"',
    );
    expect(said(COPY + same)).toContain("AAPL trades on sessions venue and second");
    const one = `${COPY}[session.drop_copy]\nof = ["venue"]\n`;
    expect(said(one + same)).toBe("");
  });

  test("is warned when resets would lose what it missed", () => {
    expect(said(COPY + "reset_on_logon = true\n")).toContain("never resent");
  });
});

test("[session.drop_copy] of an order session is an error", () => {
  const lines = "[session.drop_copy]\nlate_ms = 5\n\n[[instrument]]";
  const toml = GOOD.replace("[[instrument]]", lines);
  expect(load(toml).problems.map(formatProblem).join()).toContain(
    'only for a session with use = "drop-copy"; this one\'s is "orders"',
  );
});
