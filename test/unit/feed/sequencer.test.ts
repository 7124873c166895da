/** What MoldUDP64 does not show of the sequencer: sessions without names, losses, snapshots, frames. */
import { beforeEach, describe, expect, test } from "bun:test";
import { FEED_STATE_NAMES } from "../../../src/core/codes.ts";
import {
  FEED_GAPS,
  FEED_LOST_MESSAGES,
  FEED_OLD_SESSION,
  FEED_SESSIONS,
  FEED_STRANGE_SESSION,
} from "../../../src/feed/counters.ts";
import {
  BLOCK_GAP_FROM,
  BLOCK_GAP_TO,
  BLOCK_SESSION,
  heapFeedBlock,
} from "../../../src/feed/feed-block.ts";
import {
  FRAME_DATA,
  FRAME_END,
  FRAME_HEARTBEAT,
  FRAME_RESTART,
  type Framing,
} from "../../../src/feed/framing.ts";
import { Sequencer } from "../../../src/feed/sequencer.ts";
import type { SequencerOptions } from "../../../src/feed/sequencer-options.ts";
import {
  SLICE_ABANDON,
  SLICE_BEGIN,
  SLICE_END,
  SLICE_HEADER_BYTES,
  SLICE_MESSAGES,
  SLICE_SESSION,
} from "../../../src/feed/slices.ts";
import { SLICE_LINE } from "../../../src/net/desc.ts";
import { newCounters } from "../../support/market.ts";
import { PacketPort } from "../../support/packet-port.ts";

/** A protocol as small as can be: frames of kind u8, sequence u32, count u8; a message is one byte. */
class TinyFraming implements Framing {
  kind = FRAME_DATA;
  seq = 0;
  end = 0;
  size = 0;
  session0 = 0;
  session1 = 0;
  session2 = 0;
  readonly namesSessions = false;
  endsAt = 0;

  constructor(private readonly applied: string[]) {}

  read(view: DataView, bytes: Uint8Array, offset: number, length: number): boolean {
    if (length < 6) return false;
    const count = bytes[offset + 5]!;
    this.kind = bytes[offset]!;
    this.seq = view.getUint32(offset + 1);
    this.end = this.seq + count;
    this.size = 6 + count;
    return this.size <= length;
  }
  isWellFormed(): boolean {
    return true;
  }
  apply(view: DataView, bytes: Uint8Array, offset: number, _length: number, skip: number): void {
    const seq = view.getUint32(offset + 1);
    for (let k = skip; k < bytes[offset + 5]!; k++) this.applied.push(String(seq + k));
  }
}

const frame = (kind: number, seq: number, count: number): number[] => [
  ...[kind, seq >>> 24, (seq >>> 16) & 255, (seq >>> 8) & 255, seq & 255, count],
  ...new Array(count).fill(7),
];

let told: string[];
let port: PacketPort;
let feed: Sequencer;
let counters: Float64Array;
let block: ReturnType<typeof heapFeedBlock>;

function start(options: Partial<SequencerOptions> = {}): void {
  told = [];
  port = new PacketPort();
  counters = newCounters();
  block = heapFeedBlock();
  feed = new Sequencer({
    index: 0,
    lineCount: 2,
    windowPackets: 4,
    windowNs: 1000,
    staleNs: 1e9,
    requestTimeoutNs: 1e6,
    slotBytes: 256,
    framing: new TinyFraming(told),
    decoder: {
      decode: (_view, bytes, offset, length) =>
        told.push(`image ${[...bytes.subarray(offset, offset + length)].join()}`),
      flush: () => {},
      onLoss: (from, to) => told.push(`lost ${from}..${to}`),
    },
    events: {
      onFeed: (_feed, state) => told.push(FEED_STATE_NAMES[state]!),
      onSession: () => told.push("clear"),
    },
    counters,
    block,
    ...options,
  });
}

function send(line: number, timeNs: number, ...frames: number[][]): void {
  port.load(Uint8Array.from(frames.flat()), line);
  feed.onPacket(port, 0, timeNs);
}

const data = (line: number, seq: number, count = 1, timeNs = 0) =>
  send(line, timeNs, frame(FRAME_DATA, seq, count));

/** The session's number, as the block tells it now. */
const session = () => block.bytes.slice(BLOCK_SESSION, BLOCK_SESSION + 10);

function slice(
  kind: number,
  seq = 0,
  messages: number[][] = [],
  timeNs = 5000,
  of = session(),
): void {
  const head = new Uint8Array(SLICE_HEADER_BYTES);
  head[0] = kind;
  head.set(of, SLICE_SESSION);
  new DataView(head.buffer).setFloat64(8, seq, true);
  const blocks = messages.flatMap((m) => [0, m.length, ...m]);
  port.load(Uint8Array.from([...head, ...blocks]), SLICE_LINE);
  feed.onPacket(port, 0, timeNs);
}

/** What was told since the last call. */
const since = () => told.splice(0).join(" ");
const gap = () => [block.doubles[BLOCK_GAP_FROM], block.doubles[BLOCK_GAP_TO]];

beforeEach(() => start());

test("several frames of a datagram are taken one after the other", () => {
  send(0, 0, frame(FRAME_DATA, 1, 2), frame(FRAME_DATA, 3, 1), frame(FRAME_HEARTBEAT, 4, 0));
  expect(since()).toBe("clear 1 2 3 live");
});

describe("a hole that nobody can be asked for", () => {
  beforeEach(() => {
    start({ onHole: "skip" });
    data(0, 1);
    since();
  });

  test("is waited for as long as the window says, then lost", () => {
    data(0, 4, 2);
    feed.poll(999);
    expect(since()).toBe("");
    feed.poll(1000);
    expect(since()).toBe("lost 2..4 4 5");
    expect(feed.state).toBe(1);
    expect([counters[FEED_GAPS], counters[FEED_LOST_MESSAGES]]).toEqual([1, 2]);
  });

  test("is none when the other line fills it in time", () => {
    data(0, 3);
    data(1, 2);
    feed.poll(5000);
    expect(since()).toBe("2 3");
  });

  test("is given up when the window is full, and what filled it is used", () => {
    for (const seq of [3, 4, 5, 6]) data(0, seq);
    expect(since()).toBe("");
    data(0, 7);
    expect(since()).toBe("lost 2..3 3 4 5 6 7");
  });

  test("at the tail is told by a heartbeat", () => {
    send(0, 0, frame(FRAME_HEARTBEAT, 9, 0));
    feed.poll(2000);
    expect(since()).toBe("lost 2..9");
  });

  test("two holes are lost one by one", () => {
    data(0, 3);
    data(0, 6);
    feed.poll(2000);
    expect(since()).toBe("lost 2..3 3 lost 4..6 6");
  });

  test("in front of a first packet near the start, the other line may fill", () => {
    start({ onHole: "skip" });
    data(0, 3);
    data(1, 1);
    data(1, 2);
    expect(since()).toBe("clear 1 2 3 live");
    start({ onHole: "skip" });
    data(0, 3);
    feed.poll(2000);
    expect(since()).toBe("clear lost 1..3 3 live");
  });

  test("a doubt of the decoder asks for a snapshot, where there is one", () => {
    let doubts = false;
    const decoder = {
      decode: () => {},
      flush: () => {},
      takesDoubt: () => doubts,
    };
    start({ hasSnapshot: true, decoder });
    data(0, 1);
    data(0, 2);
    doubts = true;
    data(0, 3);
    doubts = false;
    expect(gap()).toEqual([1, 4]);
    expect(since()).toBe("clear 1 live 2 3 gap");
  });

  test("a late join tells of everything before", () => {
    start({ onHole: "skip" });
    data(0, 500);
    expect(since()).toBe("clear lost 1..500 500 live");
  });
});

test("what is held and has no hole before it is never asked for, however long it takes", () => {
  start({ drainFrames: 1, holdPackets: 64, giveUpRequests: 3 });
  data(0, 1);
  for (let seq = 3; seq <= 20; seq++) data(0, seq);
  feed.poll(2000);
  expect(gap()).toEqual([2, 3]);
  data(2, 2, 1, 3000);
  since();
  for (let seq = 21; seq <= 30; seq++) data(0, seq, 1, 5e6);
  expect(counters[FEED_LOST_MESSAGES]).toBe(0);
  for (let n = 0; n < 40; n++) feed.poll(6e6 + n);
  expect(since()).toMatch(/^4 5 .* 30 live$/);
});

describe("a session without a name", () => {
  beforeEach(() => {
    for (let seq = 1; seq < 200; seq++) for (const line of [0, 1]) data(line, seq);
    since();
  });

  test("goes on after late copies, however many", () => {
    for (let seq = 150; seq < 200; seq++) data(1, seq);
    expect(since()).toBe("");
    expect(counters[FEED_SESSIONS]).toBe(1);
  });

  test("is followed by a new one when a line falls back, and two packets say so", () => {
    data(0, 1);
    expect(since()).toBe("");
    expect(counters[FEED_STRANGE_SESSION]).toBe(1);
    data(0, 2);
    data(0, 1, 1, 10);
    expect(since()).toBe("init clear 1 2 live");
  });

  test("the other line may still send the old one for a while", () => {
    data(0, 1);
    data(0, 2);
    data(0, 1, 1, 10);
    data(1, 200);
    data(1, 201);
    expect(counters[FEED_OLD_SESSION]).toBe(2);
    since();
    data(1, 3);
    expect(since()).toContain("3");
  });

  test("of few frames is followed by a new one when number 1 and what follows it come again", () => {
    start();
    for (let seq = 1; seq < 30; seq++) data(0, seq);
    since();
    data(0, 1, 2);
    data(1, 200);
    expect(since()).toBe("");
    start();
    for (let seq = 1; seq < 30; seq++) data(0, seq);
    since();
    data(0, 1, 2);
    data(0, 3);
    expect(since()).toBe("init clear 1 2 3 live");
  });

  test("that has not begun is told by heartbeats of number 1, however many", () => {
    start();
    for (let k = 0; k < 10; k++) send(0, k, frame(FRAME_HEARTBEAT, 1, 0));
    data(0, 1);
    data(0, 2);
    expect(since()).toBe("clear live 1 2");
    expect(counters[FEED_SESSIONS]).toBe(1);
  });

  test("that was only heard to be there, too", () => {
    start();
    for (let k = 0; k < 10; k++) send(0, k, frame(FRAME_HEARTBEAT, 63, 0));
    since();
    data(0, 1, 2);
    data(0, 3);
    expect(since()).toBe("clear 1 2 3 live");
  });

  test("a late first packet of a session that has hardly begun is only late", () => {
    start();
    for (const seq of [2, 3, 4, 1, 5]) data(0, seq);
    data(1, 1);
    data(1, 2);
    expect(since()).toBe("clear 1 2 3 4 live 5");
  });

  test("the packet that says it first is not lost", () => {
    start({ onHole: "skip" });
    for (let seq = 1; seq < 200; seq++) data(0, seq);
    since();
    data(0, 1);
    data(0, 2);
    expect(since()).toBe("init clear 1 2 live");
  });

  test("a line that stays in the old one is left alone for good", () => {
    for (let seq = 1; seq < 40; seq++) data(0, seq, 1, 3e9);
    since();
    send(1, 6e9, frame(FRAME_HEARTBEAT, 200, 0));
    send(1, 7e9, frame(FRAME_HEARTBEAT, 200, 0));
    feed.poll(7e9);
    expect(since()).toBe("stale");
    data(0, 40, 1, 7e9);
    expect(since()).toContain("40");
    expect(gap()).toEqual([0, 0]);
  });

  test("that comes back behind a silence with a hole is another one, where a snapshot can be had", () => {
    const back = (options: Partial<SequencerOptions>) => {
      start(options);
      for (let seq = 1; seq < 30; seq++) data(0, seq);
      feed.poll(2e9);
      since();
      data(0, 40, 1, 2e9);
      feed.poll(2e9 + 5000);
      return [since(), ...gap()];
    };
    expect(back({ hasSnapshot: true })).toEqual(["init clear gap", 1, 40]);
    expect(back({ onHole: "skip" })).toEqual(["init clear lost 1..40 40 live", 0, 0]);
    expect(back({})).toEqual(["gap", 30, 40]);
  });

  test("may be restarted by the venue with lower numbers than it said", () => {
    start({ onHole: "skip" });
    for (let seq = 1; seq < 20; seq++) data(0, seq);
    send(0, 0, frame(FRAME_RESTART, 21, 0));
    since();
    data(0, 1);
    data(0, 2);
    expect(since()).toBe("1 2");
  });

  test("one low packet alone changes nothing", () => {
    data(0, 1);
    data(1, 200);
    data(0, 201);
    expect(since()).toBe("200 201");
  });

  test("after silence, or its end, a low number begins the next one", () => {
    feed.poll(2e9);
    expect(since()).toBe("stale");
    data(0, 190, 1, 2e9);
    expect(since()).toBe("");
    data(0, 191, 1, 2e9);
    expect(since()).toBe("init clear");
    start();
    data(0, 1, 3);
    send(0, 0, frame(FRAME_END, 4, 0));
    expect(since()).toBe("clear 1 2 3 live ended");
    data(0, 1, 2);
    expect(since()).toBe("init clear 1 2 live");
  });

  test("may be restarted by the venue, once for both lines", () => {
    send(0, 0, frame(FRAME_RESTART, 11, 0));
    send(1, 0, frame(FRAME_RESTART, 11, 0));
    data(0, 11);
    data(1, 11);
    expect(since()).toBe("init clear live 11");
    expect(counters[FEED_SESSIONS]).toBe(2);
  });

  test("restarted with higher numbers, it is heard on the other line as well", () => {
    send(0, 0, frame(FRAME_RESTART, 190, 0));
    send(1, 0, frame(FRAME_RESTART, 190, 0));
    since();
    data(1, 190);
    data(1, 191);
    expect(since()).toBe("190 191");
  });
});

describe("a snapshot", () => {
  beforeEach(() => {
    data(0, 100, 2);
    feed.poll(1000);
    expect(gap()).toEqual([1, 100]);
    since();
  });

  test("is put under what was held meanwhile", () => {
    slice(SLICE_BEGIN);
    data(0, 102);
    slice(SLICE_MESSAGES, 0, [[1], [2, 3]]);
    data(1, 103);
    expect(since()).toBe("clear image 1 image 2,3");
    slice(SLICE_END, 101);
    expect(since()).toBe("101 102 103 live");
    expect(gap()).toEqual([0, 0]);
  });

  test("older than what is held leaves a hole, which is asked for", () => {
    slice(SLICE_BEGIN);
    slice(SLICE_END, 90);
    expect(gap()).toEqual([90, 100]);
    data(2, 90, 10);
    expect(since()).toBe("clear 90 91 92 93 94 95 96 97 98 99 100 101 live");
  });

  test("of the session before is left alone: sessions without names are numbered", () => {
    const before = session();
    expect([...before]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    send(0, 0, frame(FRAME_RESTART, 1, 0));
    data(0, 50);
    feed.poll(10_000);
    expect(gap()).toEqual([1, 50]);
    since();
    slice(SLICE_BEGIN, 0, [], 10_000, before);
    slice(SLICE_END, 300, [], 10_000, before);
    expect(since()).toBe("");
    expect(feed.nextSeq).toBe(1);
  });

  test("ahead of the lines is believed when they come as far, and not before", () => {
    slice(SLICE_BEGIN);
    slice(SLICE_END, 104);
    expect(since()).toBe("clear");
    data(0, 102);
    expect(since()).toBe("");
    data(0, 103);
    expect(since()).toBe("live");
    data(0, 104);
    expect(since()).toBe("104");
  });

  test("ahead of the lines is proved by a heartbeat, too", () => {
    slice(SLICE_BEGIN);
    slice(SLICE_END, 104);
    send(1, 6000, frame(FRAME_HEARTBEAT, 104, 0));
    expect(since()).toBe("clear live");
  });

  test("ahead of the lines for too long is given up: everything is missing", () => {
    start({ giveUpRequests: 2 });
    data(0, 100, 2);
    feed.poll(1000);
    slice(SLICE_BEGIN);
    slice(SLICE_END, 1000);
    for (let ms = 1; ms < 4; ms++) feed.poll(5000 + ms * 1e6);
    expect(gap()).toEqual([1, 102]);
    for (let seq = 102; seq < 1100; seq++) data(0, seq, 1, 6e6);
    expect(feed.state).not.toBe(1);
  });

  test("far ahead of the lines is of another session", () => {
    slice(SLICE_BEGIN);
    slice(SLICE_END, 102 + 65_537);
    expect(since()).toBe("clear");
    expect(gap()).toEqual([1, 100]);
  });

  test("that is abandoned leaves everything missing", () => {
    slice(SLICE_BEGIN);
    slice(SLICE_MESSAGES, 0, [[1]]);
    slice(SLICE_ABANDON);
    slice(SLICE_MESSAGES, 0, [[2]]);
    slice(SLICE_END, 101);
    expect(since()).toBe("clear image 1");
    expect(gap()).toEqual([1, 100]);
  });

  test("nothing is applied in the middle of it", () => {
    slice(SLICE_BEGIN);
    data(2, 1, 5);
    expect(since()).toBe("clear");
  });

  test("that nobody waits for is left alone", () => {
    start();
    data(0, 1);
    since();
    slice(SLICE_BEGIN);
    slice(SLICE_MESSAGES, 0, [[1]]);
    slice(SLICE_END, 50);
    expect(since()).toBe("");
    expect(feed.nextSeq).toBe(2);
  });

  test("whose messages run past its end is taken up to there", () => {
    slice(SLICE_BEGIN);
    const bytes = new Uint8Array(SLICE_HEADER_BYTES + 3);
    bytes.set([SLICE_MESSAGES]);
    bytes.set([0, 9, 1], SLICE_HEADER_BYTES);
    port.load(bytes, SLICE_LINE);
    feed.onPacket(port, 0, 0);
    expect(since()).toBe("clear");
  });
});
