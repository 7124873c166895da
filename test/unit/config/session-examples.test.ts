/** The examples of docs/operating/fix-sessions.md are configs that load, and mean what they say. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../../src/config/load.ts";
import { sessionOptions } from "../../../src/engine/session-from-config.ts";
import { Schedule } from "../../../src/fix/session/schedule.ts";
import { GOOD, HOST } from "./fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "session-examples-"));
afterAll(() => rmSync(folder, { recursive: true }));

const page = readFileSync(join(import.meta.dir, "../../../docs/operating/fix-sessions.md"), "utf8");
const examples = [...page.matchAll(/```toml\n(.*?)```/gs)].map((match) => match[1]!);

/** When the third example's session opens. */
const CHICAGO = 'roll = "17:00"\ntimezone = "America/Chicago"';

/** Of a session that no session date holds. */
const ROLL = "the session date changes at";

function optionsOf(example: string, appliance = "", outlives = false) {
  const rest = GOOD.replace('name = "test"', `name = "test"\n${appliance}`);
  const source = rest.replace(/\[\[session\]\][^[]*/, `${example}\n`);
  const host = { ...HOST, fileMode: () => 0o600 };
  const { config, problems } = parseConfig(source, "/etc/hairpin/t.toml", { host });
  expect(problems.map((p) => p.message.slice(0, ROLL.length))).toEqual(outlives ? [ROLL] : []);
  expect(problems.every((p) => p.severity === "warning")).toBe(true);
  return sessionOptions(config!.session[0]!, 0, () => 0);
}

test("there are three of them, and each loads", () => {
  const names = examples.map((example, i) => optionsOf(example, CHICAGO, i < 2).name);
  expect(names).toEqual(["coin", "bin", "futures"]);
});

test("the first is FIX 5.0 SP2 with a week's session and a signature over its password", () => {
  const coin = optionsOf(examples[0]!, "", true);
  expect([coin.beginString, coin.applVerId]).toEqual(["FIXT.1.1", "9"]);
  expect(coin.sign).toMatchObject({ keyEncoding: "base64", fields: [52, 35, 34, 49, 56, 554] });
  const hours = new Schedule(coin.schedule!);
  const at = Date.parse("2026-11-20T12:00:00Z") / 1000;
  expect(hours.inSession(at)).toBe(true);
  expect(new Date(hours.nextEnd(at) * 1000).toISOString()).toBe("2026-11-21T18:00:00.000Z");
});

test("the second keeps what it says of messages in ten seconds", () => {
  const bin = optionsOf(examples[1]!, "", true);
  expect(bin.messagesBurst + 10 * bin.messagesPerS).toBe(9000);
  expect(bin.sign).toMatchObject({ kind: "ed25519", keyEncoding: "pem", tag: 96 });
  expect(new Schedule(bin.schedule!).nonStop).toBe(true);
});

test("the third is closed for an hour a day and over the weekend", () => {
  const futures = optionsOf(examples[2]!, CHICAGO);
  expect(futures.testRequestFactor).toBe(1.5);
  const hours = new Schedule(futures.schedule!);
  const open = (iso: string) => hours.inSession(Date.parse(iso) / 1000);
  expect(open("2026-11-19T21:59:59Z")).toBe(true);
  expect(open("2026-11-19T22:30:00Z")).toBe(false);
  expect(open("2026-11-19T23:00:00Z")).toBe(true);
  expect(open("2026-11-21T12:00:00Z")).toBe(false);
  expect(open("2026-11-22T23:00:00Z")).toBe(true);
});
