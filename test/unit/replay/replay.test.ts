import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeShim } from "../../../src/ffi/fake.ts";
import type { StrategyContext } from "../../../src/strategy/api.ts";
import { z } from "../../../src/strategy/api.ts";
import { ethernet, pcapngSection } from "../../support/capture-files.ts";
import { DAY_S, writeItch, writePackets } from "../../support/replay/generated-capture.ts";
import { replayOptions, run } from "../../support/replay/run.ts";

const folder = mkdtempSync(join(tmpdir(), "hairpin-replay-"));
const itch = join(folder, "a.itch");
const packets = join(folder, "a.pcapng");
const lossy = join(folder, "lossy.pcapng");

beforeAll(() => {
  writeItch(itch, { seed: 3, ms: 1500 });
  writePackets(packets, { seed: 3, ms: 1500 });
  writePackets(lossy, { seed: 3, ms: 1500, loss: 0.4 });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a replay", () => {
  test("sends orders, is filled, and leaves nothing open or unknown", async () => {
    const { summary } = await run(fakeShim(), { capture: itch });
    expect(summary.faults).toEqual([]);
    expect(summary.warnings).toEqual([]);
    expect(summary.figures).toMatchObject({ rejected: 0, open_orders: 0, unknown_orders: 0 });
    expect(summary.figures.orders).toBeGreaterThan(20);
    expect(summary.figures.fills).toBeGreaterThan(5);
    expect(summary.roundTrip.count).toBe(summary.figures.orders);
    expect(summary.roundTrip.p50).toBeGreaterThanOrEqual(50_000);
    expect(summary.feeds).toMatchObject([{ name: "itch", state: "live" }]);
  });

  test("trades what goes by OUCH live, by the FIX of its venue", async () => {
    const terms = {
      firm: "",
      capacity: "P",
      display: "Y",
      interMarketSweep: "N",
      timeInForce: "0",
    };
    const plain = replayOptions();
    const sessions = plain.sessions.map((s) => ({ ...s, senderCompId: "", ouch: terms }));
    const { summary } = await run(fakeShim(), { capture: itch, engine: { ...plain, sessions } });
    expect(summary.faults).toEqual([]);
    const byFix = (await run(fakeShim(), { capture: itch })).summary.figures;
    expect(summary.figures).toMatchObject({ orders: byFix.orders, fills: byFix.fills });
    expect(byFix.fills).toBeGreaterThan(5);
  });

  test("gives the same journal again, of either kind of capture", async () => {
    for (const capture of [itch, packets, lossy]) {
      const first = await run(fakeShim(), { capture });
      const second = await run(fakeShim(), { capture });
      expect(first.summary.journal_records).toBeGreaterThan(100);
      expect(second.summary.journal_hash).toBe(first.summary.journal_hash);
      expect(second.summary.figures).toEqual(first.summary.figures);
      expect(second.recorder.fills).toEqual(first.recorder.fills);
      expect(second.recorder.samples).toEqual(first.recorder.samples);
    }
  });

  test("gives another journal with another latency, seed, queue, parameter or part of the day", async () => {
    const hash = async (more: object) =>
      (await run(fakeShim(), { capture: itch, ...more })).summary.journal_hash;
    const normal = "normal:100us,40us";
    const hashes = [
      await hash({}),
      await hash({ latency: "51us" }),
      await hash({ latency: normal }),
      await hash({ latency: normal, seed: 2 }),
      await hash({ queue: "proportional" }),
      await hash({ params: { spread_ticks: 2 } }),
      await hash({ toNs: 36_001e9 }),
      await hash({ fromNs: 36_000.5e9 }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test("takes a packet from the line that has it: loss on each changes nothing of the books", async () => {
    const whole = await run(fakeShim(), { capture: packets });
    const holes = await run(fakeShim(), { capture: lossy });
    expect(holes.summary.figures.messages).toBe(whole.summary.figures.messages);
    expect(holes.summary.figures.feed_gaps).toBe(0);
  });

  test("books what the venue reported: positions and volume are the same on both sides", async () => {
    const { result, recorder, summary } = await run(fakeShim(), { capture: itch });
    const { path } = result.replay;
    const atVenue = [0, 0];
    let volume = 0;
    for (const fill of recorder.fills) {
      atVenue[fill.instrument]! += fill.isBuy ? fill.qty : -fill.qty;
      volume += fill.qty;
    }
    // What the desk of the venue counts, not what the engine made of it.
    const { venues } = result.replay as unknown as {
      venues: { desk: { accounts: { accounts: Map<number, { position: number }> }[] } }[];
    };
    const desk = venues[0]!.desk.accounts[0]!.accounts;
    for (const i of [0, 1]) {
      expect(path.positions.qty[i]!).toBe(atVenue[i]!);
      expect(desk.get(i)?.position ?? 0).toBe(atVenue[i]!);
    }
    expect(summary.figures.volume_shares).toBe(volume);
  });

  test("samples the end, too: the last equity is that of the summary", async () => {
    const { recorder, summary } = await run(fakeShim(), { capture: itch });
    const { fees, realized, unrealized } = recorder.samples;
    const net = realized.at(-1)! + unrealized.at(-1)! - fees.at(-1)!;
    expect(net).toBeCloseTo(summary.figures.net, 6);
    expect(recorder.samples.timeNs.at(-1)!).toBeGreaterThanOrEqual(summary.lastNs);
  });

  test("is armed from one time on, and over behind another", async () => {
    const fromNs = 36_000.5e9;
    const { recorder, result } = await run(fakeShim(), {
      capture: itch,
      fromNs,
      toNs: 36_001e9,
    });
    expect(result.lastNs).toBeLessThanOrEqual(36_001e9);
    expect(recorder.fills.length).toBeGreaterThan(0);
    for (const fill of recorder.fills) expect(fill.timeNs).toBeGreaterThanOrEqual(fromNs);
  });
});

describe("a strategy's timer", () => {
  test("set again without a delay does not stop the time", async () => {
    const times: number[] = [];
    const definition = {
      params: z.object({}),
      create: (ctx: StrategyContext) => ({
        onStart: () => ctx.setTimer(0, 0),
        onTimer: () => {
          times.push(ctx.now());
          if (times.length < 2000) ctx.setTimer(0, 0);
        },
      }),
    };
    await run(fakeShim(), { capture: itch, definition });
    // As a live engine's turns: about every microsecond.
    expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(1999 * 1000);
  });

  test("comes at its time, not with the next packet", async () => {
    const due: number[] = [];
    const definition = {
      params: z.object({}),
      create: (ctx: StrategyContext) => ({
        onStart: () => ctx.setTimer(0, 5e9 + 123_456),
        onTimer: () => due.push(ctx.now()),
      }),
    };
    const { result } = await run(fakeShim(), { capture: packets, definition });
    // The session logs on 5 s before the first packet; the strategy began then.
    expect(due).toEqual([result.firstNs + 123_456]);
  });
});

describe("what a reader of the figures is told", () => {
  test("that an instrument does not occur, or none does", async () => {
    const only = join(folder, "only.itch");
    writeItch(only, { seed: 4, ms: 200, symbols: ["AAPL", "NVDA"] });
    const some = await run(fakeShim(), { capture: only });
    expect(some.summary.warnings).toEqual(["instruments that do not occur in the capture: MSFT"]);
    expect(some.summary.faults).toEqual([]);
    const other = join(folder, "other.itch");
    writeItch(other, { seed: 4, ms: 200, symbols: ["NVDA"] });
    const none = await run(fakeShim(), { capture: other });
    expect(none.summary.faults).toEqual([
      `${other}: none of the instruments of engine main (AAPL, MSFT) occurs in it`,
    ]);
  });

  test("that the feed begins late: nothing is traded on books that miss orders", async () => {
    const late = join(folder, "late.pcapng");
    writePackets(late, { seed: 3, ms: 300, late: 20 });
    const { summary } = await run(fakeShim(), { capture: late });
    expect(summary.warnings.join()).toMatch(
      /feed itch begins at sequence \d+: what was before is missing, so nothing was traded on it/,
    );
    expect(summary.figures.orders).toBe(0);
  });

  test("that packets were too long", async () => {
    const long = join(folder, "long.pcapng");
    const payload = new Uint8Array(9400);
    const at = { group: 0xef010101, port: 2001 };
    const frame = { bytes: ethernet(payload, at), seconds: DAY_S + 36_002, ns: 0 };
    const more = pcapngSection([frame], [{ resolution: 9 }]);
    writeFileSync(long, Buffer.concat([readFileSync(packets), more]));
    const { summary } = await run(fakeShim(), { capture: long });
    expect(summary.warnings).toEqual(["1 packets were longer than a jumbo frame and left out"]);
  });

  test("that the feed has a hole that nobody can fill", async () => {
    const bad = join(folder, "bad.pcapng");
    writePackets(bad, { seed: 3, ms: 300, loss: 0.6, losesBoth: true });
    const { summary } = await run(fakeShim(), { capture: bad });
    expect(summary.figures.feed_gaps).toBeGreaterThan(0);
    expect(summary.warnings.join()).toMatch(
      /feed itch ended (gap|lost) at sequence \d+: nothing is traded on it behind a hole/,
    );
  });

  test("that a strategy threw, with what it threw", async () => {
    const definition = {
      params: z.object({}),
      create: () => ({
        onBook() {
          throw new Error("no way");
        },
      }),
    };
    const { summary } = await run(fakeShim(), { capture: itch, definition });
    expect(summary.faults).toEqual(["strategy test failed: Error: no way"]);
  });

  test("nothing of a latency as long as can be: the session still logs on", async () => {
    const { summary } = await run(fakeShim(), { capture: itch, latency: "2s" });
    expect(summary.faults).toEqual([]);
  });

  test("that a capture has nothing for the config's lines", async () => {
    const engine = replayOptions((toml) => toml.replaceAll("port = 2001", "port = 2009"));
    await expect(run(fakeShim(), { capture: packets, engine })).rejects.toThrow(
      `${packets}: none of the config's lines (239.1.1.1:2009, 239.1.1.2:2009) occurs in it; it has 239.1.1.1:2001, 239.1.1.2:2001`,
    );
  });
});
