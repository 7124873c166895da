import { describe, expect, test } from "bun:test";
import { Control } from "../../../src/control/control.ts";
import { Guard } from "../../../src/control/guard.ts";
import type { ConnectionEvents } from "../../../src/control/recovery/connection.ts";
import type { ControlRoleOptions } from "../../../src/control/roles.ts";
import { Arena, Region, wholeBlock } from "../../../src/core/arena.ts";
import { SESSION_UP } from "../../../src/core/codes.ts";
import { guardTag } from "../../../src/engine/link.ts";
import * as L from "../../../src/ffi/layout.ts";
import { recover } from "../../../src/journal/recover.ts";
import { RingJournal } from "../../../src/journal/ring-journal.ts";
import { ringState } from "../../../src/journal/ring-layout.ts";
import { DESC_LINE, DESC_WORDS, SLICE_LINE } from "../../../src/net/desc.ts";
import { RingPort } from "../../../src/net/ring-port.ts";
import { intent, MemoryDisk } from "../journal/kit.ts";
import { connectVenue, type Host, liveEngine, PID, withHost } from "./kit.ts";

function controlOptions(host: Host, segments: ReturnType<Host["segments"]>): ControlRoleOptions {
  return {
    link: {
      name: "test",
      launcherPid: process.pid,
      segments: segments.names,
      socketPath: host.paths.socket,
      guardPath: host.paths.guard,
      journalDirectory: host.options.journalDirectory,
      date: host.options.date,
      sessionStartS: host.options.sessionStartS,
      configHash: host.options.configHash,
    },
    journal: { durable: "always", segmentBytes: 1 << 20, hasDatabase: true },
    engines: [{ name: "main" }],
    feeds: [
      {
        name: "itch",
        engine: 0,
        rerequest: { host: "127.0.0.1", port: 9, timeoutMs: 50, retries: 2 },
      },
    ],
    sessions: [{ name: "venue", engine: 0 }],
  };
}

function appliance(host: Host, files?: MemoryDisk) {
  const segments = host.segments();
  liveEngine(segments);
  const clock = { ms: 0 };
  const asked: number[] = [];
  const alive = new Set([PID]);
  const control = new Control(host.shim, controlOptions(host, segments), {
    nowMs: () => clock.ms,
    isAlive: (pid) => alive.has(pid),
    sendRequest: (feed) => asked.push(feed),
    log: (sentence) => host.sentences.push(sentence),
    ...(files === undefined ? {} : { files }),
  });
  const journal = new RingJournal({
    buffer: segments.journals[0]!.buffer,
    engine: 0,
    counters: new Float64Array(256),
  });
  return { segments, clock, asked, alive, control, journal };
}

test("why a session does not come up is in the status, and logged once until it has logged on", async () => {
  await withHost(async (host) => {
    const { control, segments } = appliance(host);
    const { words } = segments.control.session(0);
    const bytes = new Uint8Array(
      words.buffer,
      words.byteOffset + L.HP_SESSION__REASON,
      L.HP_SESSION__REASON_N,
    );
    const end = (reason: string) => {
      bytes.fill(0);
      bytes.set(Buffer.from(reason));
      words[L.HP_SESSION__ENDS_W]!++;
      control.poll();
    };
    const said = () => host.sentences.filter((sentence) => sentence.startsWith("session "));
    control.poll();
    expect(said()).toEqual([]);
    end("Logout: expecting 12 but received 1");
    end("Logout: expecting 12 but received 2");
    expect(control.status().sessions[0]!.reason).toBe("Logout: expecting 12 but received 2");
    expect(said()).toEqual(["session venue: Logout: expecting 12 but received 1"]);
    end("connection refused");
    words[L.HP_SESSION__LOGONS_W]!++;
    end("connection refused");
    end("");
    expect(said().slice(1)).toEqual(Array(2).fill("session venue: connection refused"));
    words[L.HP_SESSION__STATE_W] = SESSION_UP;
    bytes.set(Buffer.from("old"));
    expect(control.status().sessions[0]!.reason).toBe("");
    control.finish();
  });
});

describe("Control", () => {
  test("drains the engine's records to disk and into the tables", () =>
    withHost((host) => {
      const { control, journal, clock } = appliance(host);
      for (let i = 1; i <= 3; i++) intent(journal, { msgSeq: i, slot: i });
      expect(control.poll()).toBe(3);
      expect(recover({ directory: host.options.journalDirectory, engine: 0 }).records).toBe(3);
      clock.ms = 1;
      control.poll();
      clock.ms = 1000;
      control.poll();
      expect(control.projection!.query("SELECT count(*) AS n FROM orders")).toEqual([{ n: 3 }]);
      expect(control.finish()).toBe(true);
    }));

  test("a full disk denies new orders through the ring, and status says why", () =>
    withHost((host) => {
      const disk = new MemoryDisk();
      const { control, journal, clock } = appliance(host, disk);
      disk.room = 0;
      intent(journal, { msgSeq: 1 });
      control.poll();
      expect(journal.hasRoom()).toBe(false);
      expect(control.status().engines[0]!.journal!.broken).toContain("no space");
      const arm = control.answer('{"command":"arm"}');
      expect(arm).toMatchObject({ ok: false });
      disk.room = 1 << 20;
      clock.ms = 1000;
      control.poll();
      expect(journal.hasRoom()).toBe(true);
      expect(control.finish()).toBe(true);
    }));

  test("a killed control's successor goes on where it stopped", () =>
    withHost((host) => {
      const { control, journal, segments } = appliance(host);
      intent(journal, { msgSeq: 1 });
      control.poll();
      intent(journal, { msgSeq: 2 });
      const second = new Control(host.shim, controlOptions(host, segments), {
        nowMs: () => 0,
        isAlive: () => true,
        sendRequest: () => {},
      });
      expect(second.poll()).toBe(1);
      expect(second.finish()).toBe(true);
      const state = recover({ directory: host.options.journalDirectory, engine: 0 });
      expect(state).toMatchObject({ records: 2, stops: [] });
    }));

  test("a feed's hole is asked for, and the answer arrives at the feed's ring", () =>
    withHost((host) => {
      const { control, segments, asked } = appliance(host);
      const memory = Region.shm(host.shim, segments.names.recoveries[0]!, 0);
      const port = new RingPort(host.shim, Arena.alloc(host.shim, 1 << 16), {
        name: "recovery",
        memory: wholeBlock(memory),
        create: false,
      });
      const feed = segments.control.feed(0);
      feed.session.set(Buffer.from("S000000001", "latin1"));
      feed.doubles[L.HP_FEED__GAP_FROM_D] = 7;
      feed.doubles[L.HP_FEED__NEXT_SEQ_D] = 7;
      feed.doubles[L.HP_FEED__GAP_TO_D] = 8;
      feed.words[L.HP_FEED__GAP_SEQ_W] = 1;
      control.poll();
      expect(asked).toEqual([0]);
      const answer = Buffer.alloc(24);
      answer.write("S000000001", "latin1");
      answer.writeBigUInt64BE(7n, 10);
      answer.writeUInt16BE(1, 18);
      answer.writeUInt16BE(2, 20);
      control.onReply(0, answer);
      expect(port.rxBurst()).toBe(1);
      // Not one of the feed's own lines: the feed tells what it recovered by that.
      expect(port.desc[L.HP_RX_DESC__LINE_W]).toBeGreaterThanOrEqual(L.HP_UDP_LINES_MAX);
      expect(control.status().feeds[0]).toMatchObject({ requests: 1, replies: 1 });
      control.finish();
    }));

  test("brings a snapshot to the engine's ring in slices, and tells it in the status", () =>
    withHost((host) => {
      const segments = host.segments();
      liveEngine(segments);
      const options = controlOptions(host, segments);
      const server = { host: "127.0.0.1", port: 9, timeoutMs: 50, retries: 2, pauseMs: 10 };
      options.feeds[0]!.snapshot = {
        ...server,
        ...{ protocol: "glimpse", username: "user", passwordFile: "", sessionSubId: "" },
        ...{ checksSession: true, holeMessages: 1000 },
      };
      let venue: ConnectionEvents | undefined;
      const control = new Control(host.shim, options, {
        nowMs: () => 0,
        isAlive: () => true,
        sendRequest: () => {},
        connect(_host, _port, events) {
          venue = events;
          return { send: () => {}, pause: () => {}, close: () => {} };
        },
        log: (sentence) => host.sentences.push(sentence),
      });
      const memory = Region.shm(host.shim, segments.names.recoveries[0]!, 0);
      const port = new RingPort(host.shim, Arena.alloc(host.shim, 1 << 16), {
        name: "recovery",
        memory: wholeBlock(memory),
        create: false,
      });
      const feed = segments.control.feed(0);
      feed.session.set(Buffer.from("S000000001", "latin1"));
      feed.doubles[L.HP_FEED__GAP_FROM_D] = 1;
      feed.doubles[L.HP_FEED__GAP_TO_D] = 8;
      feed.words[L.HP_FEED__GAP_SEQ_W] = 1;
      control.poll();
      expect(control.status().feeds[0]!.snapshots).toEqual({
        ...{ state: "connecting", taken: 0, failed: 0 },
      });
      const packet = (text: string) =>
        Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
      venue!.onOpen();
      venue!.onData(packet(`AS000000001${"1".padStart(20)}`));
      venue!.onData(packet(`SG${"9".padStart(20)}`));
      expect(port.rxBurst()).toBe(2);
      for (const at of [0, DESC_WORDS]) expect(port.desc[at + DESC_LINE]).toBe(SLICE_LINE);
      feed.doubles[L.HP_FEED__GAP_TO_D] = 0;
      control.poll();
      expect(control.status().feeds[0]).toMatchObject({
        session: "S000000001",
        snapshots: { state: "idle", taken: 1, failed: 0 },
      });
      expect(host.sentences.at(-1)).toStartWith("feed itch: the snapshot server at 127.0.0.1:9");
      feed.session.set([0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
      expect(control.status().feeds[0]!.session).toBe("#258");
      control.finish();
    }));

  test("slews the wall clock, and steps only over a second", () =>
    withHost((host) => {
      const { network } = host.shim;
      network.setTime(1e9);
      const { control, segments } = appliance(host);
      const offset = () => segments.control.doubles[L.HP_CONTROL__WALL_OFFSET_NS_D]!;
      const start = offset();
      network.wallOffsetNs += 5e6;
      network.advance(100e6);
      control.poll();
      expect(offset() - start).toBe(50_000);
      network.wallOffsetNs += 5e9;
      network.advance(100e6);
      control.poll();
      expect(offset() - start).toBe(5e9 + 5e6);
      expect(segments.control.words[L.HP_CONTROL__WALL_SEQ_W]! % 2).toBe(0);
      control.finish();
    }));

  test("knows when no engine writes any more", () =>
    withHost((host) => {
      const { control, segments, alive } = appliance(host);
      expect(control.areEnginesGone()).toBe(false);
      segments.control.engine(0).words[L.HP_ENGINE__STATE_W] = L.HP_STATE_STOPPED;
      expect(control.areEnginesGone()).toBe(true);
      segments.control.engine(0).words[L.HP_ENGINE__STATE_W] = L.HP_STATE_ARMED;
      alive.clear();
      expect(control.areEnginesGone()).toBe(true);
      control.finish();
    }));

  test("the status tells a dead engine, counters by name and percentiles", () =>
    withHost((host) => {
      const { control, segments, alive } = appliance(host);
      const engine = segments.control.engine(0);
      engine.counters[160] = 5;
      engine.doubles[L.HP_ENGINE__REALIZED_D] = 10;
      engine.doubles[L.HP_ENGINE__UNREALIZED_D] = -4;
      engine.doubles[L.HP_ENGINE__FEES_D] = 1.5;
      segments.control.session(0).words[L.HP_SESSION__STATE_W] = SESSION_UP;
      expect(control.status().sessions[0]!.state).toBe("up");
      engine.latency[100] = 10;
      const [status] = control.status().engines;
      expect(status).toMatchObject({
        name: "main",
        state: "armed",
        pnl: 4.5,
        counters: { journal_records: 5 },
        latencyNs: { count: 10, p50: 100 },
        journal: { usedBytes: 0, broken: "" },
      });
      alive.clear();
      expect(control.status()).toMatchObject({ state: "dead", epoch: 1, killedBy: [] });
      expect(control.status().sessions[0]!.state).toBe("engine dead");
      expect(JSON.parse(JSON.stringify(control.status()))).toEqual(control.status());
      control.finish();
    }));

  test("an engine whose heartbeat stands still is stalled, and can't be armed", () =>
    withHost((host) => {
      const { control, segments, clock } = appliance(host);
      const { words } = segments.control.engine(0);
      segments.control.words[L.HP_CONTROL__GUARD_PID_W] = PID;
      const pass = (ms: number, beats: boolean): void => {
        for (const end = clock.ms + ms; clock.ms < end; clock.ms += 10) {
          if (beats) words[L.HP_ENGINE__BEAT_W]!++;
          control.poll();
        }
      };
      pass(3000, true);
      expect(control.status().state).toBe("armed");
      // Control being held up itself tells nothing of the engine.
      clock.ms += 5000;
      control.poll();
      expect(control.status().state).toBe("armed");
      pass(1200, false);
      expect(control.status()).toMatchObject({
        state: "stalled",
        engines: [{ state: "stalled" }],
        feeds: [{ state: "engine stalled" }],
        sessions: [{ state: "engine stalled" }],
      });
      segments.control.kill(L.HP_KILL_GUARD);
      expect(control.answer('{"command":"arm"}')).toEqual({
        ok: false,
        error: `can't arm: engine "main" does not answer (no heartbeat); end its process (pid ${PID}), or stop the appliance`,
      });
      expect(segments.control.killBits()).toBe(L.HP_KILL_GUARD);
      pass(20, true);
      expect(control.answer('{"command":"arm"}')).toMatchObject({ ok: true });
      expect(segments.control.killBits()).toBe(0);
      control.finish();
    }));

  test("the log tells each kill once, by whom, and who ended it", () =>
    withHost((host) => {
      const { control, segments } = appliance(host);
      segments.control.words[L.HP_CONTROL__GUARD_PID_W] = PID;
      const told = (): string[] => host.sentences.splice(0).map((s) => s.split(";")[0]!);
      control.poll();
      expect(told()).toEqual([]);
      segments.control.kill(L.HP_KILL_LOSS);
      control.poll();
      control.poll();
      expect(told()).toEqual(["control: killed by max-loss"]);
      segments.control.kill(L.HP_KILL_GUARD | L.HP_KILL_SIGNAL);
      control.poll();
      expect(told()).toEqual(["control: killed by signal, guard"]);
      control.answer('{"command":"kill"}');
      control.answer('{"command":"arm"}');
      expect(told()).toEqual([
        "control: killed by cli",
        "control: armed by command, which ends the kill by signal, cli, guard, max-loss",
      ]);
      // The engine finds its loss again at once.
      segments.control.kill(L.HP_KILL_LOSS);
      control.poll();
      expect(told()).toEqual(["control: killed by max-loss"]);
      control.finish();
    }));

  test("guard, control and engine meet in the same segments", () =>
    withHost((host) => {
      const { control, segments } = appliance(host);
      let now = 0;
      const guard = new Guard({
        shim: host.shim,
        control: segments.control,
        timeoutMs: 100,
        killTimeoutMs: 100,
        nowMs: () => now,
        isAlive: () => true,
      });
      const venue = connectVenue(host.shim);
      guard.take(venue.fd, guardTag(0, 0));
      control.answer('{"command":"kill"}');
      const beat = segments.control.engine(0).words;
      for (; now < 150; now += 5) {
        beat[L.HP_ENGINE__BEAT_W]!++;
        guard.poll();
      }
      expect(venue.isShut()).toBe(true);
      expect(control.status()).toMatchObject({
        killedBy: ["cli", "guard"],
        guard: { trips: 1, reason: "kill-not-obeyed", sockets: 0 },
      });
      control.finish();
      expect(ringState(segments.journals[0]!.buffer)).toMatchObject({ usedBytes: 0 });
    }));
});
