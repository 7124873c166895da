/** [feed.rerequest] and [feed.snapshot] in the config, and what control is told of them. */
import { describe, expect, test } from "bun:test";
import { feedRecovery } from "../../../src/cli/feed-recovery.ts";
import { engineOptions } from "../../../src/engine/from-config.ts";
import { GOOD, load, withLines } from "./fixture.ts";

const HEAD = 'name = "itch"';
const SNAPSHOT =
  'snapshot = { address = "127.0.0.1:4000", username = "user", password_file = "secret" }';
const GAP = '{ group = "239.192.1.9", port = 26477, interface = "lo", role = "gap" }';
const LIVE_PITCH = GOOD.replace(HEAD, `${HEAD}\nprotocol = "pitch"\nunit = 7`);
const PITCH = LIVE_PITCH.replace("lines = [", `lines = [ ${GAP},`);
const LOGIN = 'session_sub_id = "0006", username = "MKDA", password_file = "secret"';
const PROXY = `rerequest = { address = "127.0.0.1:4001", ${LOGIN} }`;
const SPIN = `snapshot = { address = "127.0.0.1:4002", ${LOGIN} }`;

/** A config with lines behind a feed's name. */
const withFeed = (lines: string) => load(GOOD.replace(HEAD, `${HEAD}\n${lines}`));
const pitchFeed = (lines: string) => {
  const { config, problems } = load(PITCH.replace("unit = 7", `unit = 7\n${lines}`));
  return { config, problems: problems.map((p) => `${p.key}: ${p.message}`) };
};

describe("GLIMPSE", () => {
  test("is what control is told, and the engine knows that it may recover", () => {
    const { config, problems } = withFeed(SNAPSHOT);
    expect(problems).toEqual([]);
    expect(feedRecovery(config!.feed[0]!)).toEqual({
      name: "itch",
      rerequest: null,
      grp: null,
      snapshot: {
        ...{ host: "127.0.0.1", port: 4000, timeoutMs: 5000, retries: 5, pauseMs: 1000 },
        ...{ protocol: "glimpse", username: "user", passwordFile: "/etc/hairpin/secret" },
        ...{ sessionSubId: "", checksSession: true, holeMessages: 10_000 },
      },
    });
    // It has a gap, and is not lost, for as long as a try may take.
    const [feed] = engineOptions(config!)[0]!.feeds;
    expect(feed).toMatchObject({ recovers: true, requestRetries: 100, requestTimeoutNs: 50e6 });
  });

  test.each([
    ['username = "user"', 'username = "toolong"', "1 to 6 printable characters"],
    ['"secret"', '"open"', "mode is 0644: others can read it; chmod 600 it"],
    ['"secret"', '"gone"', "there is no readable file /etc/hairpin/gone"],
    ["127.0.0.1:4000", "127.0.0.1:70000", "found port 70000"],
    ["username", 'session_sub_id = "1", username', "GLIMPSE has none: it is a key of pitch"],
  ])("with %s as %s is refused", (from, to, why) => {
    const { problems } = withFeed(SNAPSHOT.replace(from, to));
    expect(problems.map((p) => p.message).join()).toContain(why);
  });

  test("is for who joins late and wants all", () => {
    const { problems } = withFeed(`join = "live"\n${SNAPSHOT}`);
    expect(problems.map((p) => p.message).join()).toContain('join = "live" begins with what comes');
  });
});

describe("a MoldUDP64 server", () => {
  test("asks for no login", () => {
    const lines = 'rerequest = { address = "127.0.0.1:1", username = "u" }';
    expect(withLines(lines, HEAD).join()).toContain("the MoldUDP64 server asks for no login");
  });
});

describe("Cboe", () => {
  test("gap request proxy and spin server are what control is told", () => {
    const { config, problems } = pitchFeed(`${PROXY}\n${SPIN}`);
    expect(problems).toEqual([]);
    const login = { sessionSubId: "0006", username: "MKDA", passwordFile: "/etc/hairpin/secret" };
    expect(feedRecovery(config!.feed[0]!)).toMatchObject({
      rerequest: null,
      grp: { ...login, unit: 7, port: 4001, countMax: 100, timeoutMs: 50, retries: 20 },
      snapshot: { ...login, port: 4002, protocol: "spin" },
    });
  });

  test("need a whole login", () => {
    const without = PROXY.replace(LOGIN, "count_max = 10");
    expect(pitchFeed(without).problems).toEqual(
      ["session_sub_id", "username", "password_file"].map(
        (key) =>
          `feed[0].rerequest.${key}: missing; needed: the gap request proxy of pitch asks for a login`,
      ),
    );
    const spin = SPIN.replace('session_sub_id = "0006", ', "").replace("MKDA", "MKDATA");
    expect(pitchFeed(spin).problems).toEqual([
      "feed[0].snapshot.session_sub_id: missing; needed: the spin server of pitch asks for it",
      'feed[0].snapshot.username: found "MKDATA"; allowed: up to 4 characters for pitch',
    ]);
  });

  test("are warned of when no line brings what is asked for", () => {
    const { config, problems } = load(LIVE_PITCH.replace("unit = 7", `unit = 7\n${PROXY}`));
    expect(config).toBeDefined();
    expect(problems.map((p) => `${p.severity} ${p.key}: ${p.message}`)).toEqual([
      'warning feed[0].rerequest: no line has role = "gap": what is asked for comes by the gap group of the unit',
    ]);
  });

  test("are not for other protocols", () => {
    const opra = GOOD.replace(HEAD, `${HEAD}\nprotocol = "opra"\n${SPIN}`);
    const { problems } = load(opra);
    expect(problems.map((p) => `${p.key}: ${p.message}`)).toContain(
      'feed[0].snapshot: a key of feeds with protocol = "itch50" or "pitch", not "opra"',
    );
  });
});
