/** Engines recorded with network devices, and their replay. */
import { afterEach, describe, expect, test } from "bun:test";
import { FEED_LIVE, FEED_STALE, SESSION_UP } from "../../../../src/core/codes.ts";
import { ENGINE_PORT_ERRORS, ENGINE_RECOVERY_PACKETS } from "../../../../src/engine/counters.ts";
import { HP_EGONE, HP_ERESET } from "../../../../src/ffi/layout.ts";
import * as T from "../../../../src/journal/tape/entries.ts";
import { encodeTapeHead, TAPE_HEAD_BYTES } from "../../../../src/journal/tape/tape-head.ts";
import { CapturePort } from "../../../../src/net/capture/capture-port.ts";
import { DESC_LINE, DESC_WORDS } from "../../../../src/net/desc.ts";
import { deviceOptionsOf } from "../../../support/device-options.ts";
import { itch, mold } from "../../../support/itch-bytes.ts";
import { eager, RecordedRig } from "../../../support/tape/recorded-rig.ts";
import {
  packetsPath,
  readTape,
  type TapeEntry,
  writeTape,
} from "../../../support/tape/tape-file.ts";
import { add, field } from "../../engine/rig.ts";

const EQUAL = { difference: "", isWhole: true, behindTape: 0, behindJournal: 0 };

const rigs: RecordedRig[] = [];
afterEach(() => {
  for (const rig of rigs.splice(0)) rig.remove();
});

/** AAPL by feed 0, MSFT by feed 1: both books open, trading. */
function traded(): RecordedRig {
  const r = new RecordedRig({ definition: eager, options: deviceOptionsOf() });
  rigs.push(r);
  r.serve(200);
  if (r.engine.path.sessions[0]!.state !== SESSION_UP) throw new Error("the session is not up");
  ["AAPL", "MSFT"].forEach((stock, feed) => {
    const opening = [
      itch("S", { event_code: "Q" }),
      itch("R", { stock_locate: 1, stock, round_lot_size: 100 }),
      itch("H", { stock_locate: 1, stock, trading_state: "T" }),
      add(1, 1, "B", 999_900),
      add(1, 2, "S", 1_000_100),
    ];
    r.packet(opening, 0, feed, false);
    r.packet(opening, 1, feed);
  });
  r.serve(64);
  r.arm();
  // One burst of card-b: feed 1, feed 0, feed 1.
  r.packet([add(1, 10, "B", 999_800)], 1, 1);
  r.packet([add(1, 10, "B", 999_700)], 1, 0);
  r.packet([add(1, 11, "B", 999_600)], 0, 1);
  r.serve(8);
  return r;
}

const burstsOf = (r: RecordedRig) => {
  const { entries } = readTape(r.directory);
  return entries.flatMap(({ type, index, body }, i) => {
    if (type !== T.TAPE_BURST) return [];
    const n = body.readInt32LE(0);
    const packets = entries.slice(i + 1, i + 1 + Math.max(0, n)).map((p) => p.index);
    return [{ source: index, n, packets }];
  });
};

describe("a session that came by devices, replayed", () => {
  test("gives every journal record and every order byte again", async () => {
    const r = traded();
    const symbols = r.venue.orders.map((order) => field(order, 55));
    expect(new Set(symbols)).toEqual(new Set(["AAPL", "MSFT"]));
    r.stop();
    const result = await r.replay();
    expect(result).toMatchObject(EQUAL);
    expect(result.orders).toBeGreaterThanOrEqual(symbols.length);
    expect((await r.replay()).hash).toBe(result.hash);
  });

  test("has each device's bursts under its own number, and in each packet its feed and line", () => {
    const bursts = burstsOf(traded().stop());
    const feedAndLine = (source: number) =>
      bursts.filter((b) => b.source === source).map((b) => b.packets);
    expect(feedAndLine(T.TAPE_DEVICES)).toEqual([[0]]);
    expect(feedAndLine(T.TAPE_DEVICES + 1)).toEqual([
      [1, 256, 257],
      [257, 1, 256],
    ]);
  });

  test("has its packets as a capture, each to the group of its line", async () => {
    const r = traded().stop();
    const port = await CapturePort.open(packetsPath(r.directory));
    const to: string[] = [];
    while (await port.refill()) {
      for (let n = port.rxBurst(); n > 0; n = port.rxBurst()) {
        for (let i = 0; i < n; i++) {
          const line = port.lines[port.desc[i * DESC_WORDS + DESC_LINE]!]!;
          to.push(`${(line.address >>> 0).toString(16)}:${line.port}`);
        }
        port.rxRelease();
      }
    }
    port.close();
    expect(to).toEqual([
      "ef010101:2001",
      "ef010102:2001",
      "ef020101:2001",
      "ef020102:2001",
      "ef020102:2001",
      "ef010102:2001",
      "ef020101:2001",
    ]);
  });

  test("has nothing of the turns in which a device only said that it is gone", async () => {
    const r = traded();
    const [first] = r.engine.net.openDevices;
    r.serve(256);
    const kept = r.engine.kept;
    first!.isGone = true;
    r.serve(5000);
    // At the rate of turns a tape of them would fill its ring in a second.
    expect(r.engine.kept - kept).toBeLessThan(10);
    expect(r.engine.block.counters[ENGINE_PORT_ERRORS]).toBe(5000);
    r.packet([add(1, 12, "B", 999_500)], 1, 0);
    r.serve(8);
    expect(r.engine.path.orders.table.liveCount).toBe(4);
    first!.isGone = false;
    r.packet([add(1, 13, "B", 999_400)], 0, 0);
    r.serve(8);
    expect(await r.stop().replay()).toMatchObject(EQUAL);
  });

  test("has the turn in which the last device of a feed was gone, and its feeds went stale", async () => {
    const r = traded();
    const states = () => r.engine.path.feeds.map((feed) => feed.state);
    const [first, second] = r.engine.net.openDevices;
    first!.isGone = true;
    r.serve(1);
    expect(states()).toEqual([FEED_LIVE, FEED_LIVE]);
    second!.isGone = true;
    r.serve(1);
    expect(states()).toEqual([FEED_STALE, FEED_STALE]);
    r.serve(200);
    r.stop();
    const gone = burstsOf(r).filter((b) => b.n === HP_EGONE);
    expect(gone.map((b) => b.source)).toEqual([T.TAPE_DEVICES, T.TAPE_DEVICES + 1]);
    expect(await r.replay()).toMatchObject(EQUAL);
  });

  test("takes a status for nothing where a tape has one, as older ones do", async () => {
    const r = traded().stop();
    const tape = readTape(r.directory);
    const isOfB = (e: TapeEntry) => e.type === T.TAPE_BURST && e.index === T.TAPE_DEVICES + 1;
    const at = tape.entries.findLastIndex(isOfB);
    const body = Buffer.alloc(8);
    body.writeInt32LE(HP_ERESET);
    tape.entries.splice(at, 0, { type: T.TAPE_BURST, index: T.TAPE_DEVICES, body });
    writeTape(r.directory, tape);
    expect(await r.replay()).toMatchObject(EQUAL);
  });

  test("fills a hole of a device's feed out of its recovery ring", async () => {
    const r = traded();
    const { nextSeq } = r.engine.path.feeds[0]!;
    // The message in between is in no packet of the lines.
    const missing = mold("RIG", nextSeq, [add(1, 20, "B", 999_950)]);
    const after = mold("RIG", nextSeq + 1, [add(1, 21, "B", 999_300)]);
    r.engine.net.sendUdp(0xef010101, 2001, after);
    r.serve(64, 50_000);
    r.engine.recovery.sendBytes(missing, 2, 0);
    r.serve(64);
    expect(r.engine.block.counters[ENGINE_RECOVERY_PACKETS]).toBe(1);
    expect(r.engine.path.feeds[0]!.nextSeq).toBe(nextSeq + 2);
    r.stop();
    expect(burstsOf(r).some((b) => b.source === 1)).toBe(true);
    expect(await r.replay()).toMatchObject(EQUAL);
  });

  test("is told apart from one in which a packet was for the other feed", async () => {
    const r = traded().stop();
    const tape = readTape(r.directory);
    const last = tape.entries.findLast((e) => e.type === T.TAPE_PACKET && e.index === 1)!;
    last.index = 257;
    writeTape(r.directory, tape);
    expect((await r.replay()).difference).not.toBe("");
  });

  test("is told apart from one in which the other device brought a burst", async () => {
    const r = traded().stop();
    const tape = readTape(r.directory);
    const bursts = tape.entries.filter((e) => e.index === T.TAPE_DEVICES + 1);
    bursts.at(-1)!.index = T.TAPE_DEVICES + 2;
    writeTape(r.directory, tape);
    expect((await r.replay()).difference).not.toBe("");
  });
});

test("a tape whose options know of no devices is replayed as it always was", async () => {
  const r = new RecordedRig({ definition: eager }).up().arm();
  rigs.push(r);
  r.packet([add(1, 100, "B", 999_800)]);
  r.serve(8);
  r.stop();
  const tape = readTape(r.directory);
  const length = tape.head.readUInt32LE(8);
  const head = JSON.parse(tape.head.subarray(TAPE_HEAD_BYTES, TAPE_HEAD_BYTES + length).toString());
  expect(head.options.devices).toEqual([]);
  delete head.options.devices;
  for (const feed of head.options.feeds) delete feed.byDevice;
  tape.head = Buffer.from(encodeTapeHead(new TextEncoder().encode(JSON.stringify(head))));
  writeTape(r.directory, tape);
  const result = await r.replay();
  expect(result).toMatchObject(EQUAL);
  expect(result.orders).toBeGreaterThan(0);
});
