import { beforeEach, describe, expect, test } from "bun:test";
import {
  FEED_ENDED,
  FEED_GAP,
  FEED_INIT,
  FEED_LIVE,
  FEED_LOST,
  FEED_STALE,
} from "../../../src/core/codes.ts";
import {
  FEED_AFTER_END,
  FEED_BAD_BLOCK,
  FEED_BAD_HEADER,
  FEED_BAD_SEQUENCE,
  FEED_DUPLICATES,
  FEED_JUMPS,
  FEED_LOST_MESSAGES,
  FEED_OLD_SESSION,
  FEED_OVERSIZE,
  FEED_RECOVERED,
  FEED_STRANGE_SESSION,
  FEED_TRAILING,
  FEED_TRUNCATED,
  FEED_WINDOW_OVERFLOWS,
  FEED_ZERO_BLOCKS,
} from "../../../src/feed/counters.ts";
import {
  BLOCK_GAP_FROM,
  BLOCK_GAP_SEQ,
  BLOCK_GAP_TO,
  BLOCK_LOST,
  BLOCK_NEXT_SEQ,
  BLOCK_SESSION,
  BLOCK_STALE_NS,
  BLOCK_STATE,
} from "../../../src/feed/feed-block.ts";
import type { MoldUdp64Options } from "../../../src/feed/itch/moldudp64.ts";
import type { MessageDecoder } from "../../../src/feed/message-decoder.ts";
import { HP_RX_TRUNCATED } from "../../../src/ffi/layout.ts";
import { DESC_FLAGS } from "../../../src/net/desc.ts";
import { endOfSession, heartbeat, mold as packet } from "../../support/itch-bytes.ts";
import { moldFor, newCounters } from "../../support/market.ts";
import { PacketPort } from "../../support/packet-port.ts";

const S = "SESSION001";
const RECOVERY = 2;

/** Messages are their own number as text, so that the order in which they were applied can be read. */
class Recorder implements MessageDecoder {
  readonly messages: string[] = [];
  readonly flushes: boolean[] = [];
  readonly counters = newCounters();

  decode(_view: DataView, bytes: Uint8Array, offset: number, length: number): void {
    this.messages.push(String.fromCharCode(...bytes.subarray(offset, offset + length)));
  }
  flush(shown: boolean): void {
    this.flushes.push(shown);
  }
  get decoder() {
    return this;
  }
  clear(): void {
    this.messages.push("clear");
  }
}

function numbered(first: number, count = 1): Uint8Array[] {
  return Array.from({ length: count }, (_, k) => new TextEncoder().encode(String(first + k)));
}

let recorder: Recorder;
let port: PacketPort;
let feed: ReturnType<typeof moldFor>;

function start(options: Partial<MoldUdp64Options> = {}): void {
  recorder = new Recorder();
  port = new PacketPort();
  feed = moldFor(recorder, options);
}

function send(bytes: Uint8Array, line = 0, nowNs = 0): void {
  port.load(bytes, line);
  feed.mold.onPacket(port, 0, nowNs);
}

/** Messages first..first+count-1 of the session. */
function data(first: number, count = 1, line = 0, nowNs = 0, session = S): void {
  send(packet(session, first, numbered(first, count)), line, nowNs);
}

function applied(): string {
  return recorder.messages.filter((m) => m !== "clear").join(" ");
}

function gap(): [number, number, number] {
  const { words, doubles } = feed.block;
  return [words[BLOCK_GAP_SEQ]!, doubles[BLOCK_GAP_FROM]!, doubles[BLOCK_GAP_TO]!];
}

beforeEach(() => start());

describe("two lines", () => {
  test("the first copy is applied and the second counted, whichever line leads", () => {
    data(1, 2, 0);
    data(1, 2, 1);
    data(3, 1, 1);
    data(3, 1, 0);
    expect(applied()).toBe("1 2 3");
    expect(recorder.counters[FEED_DUPLICATES]).toBe(2);
    expect([...feed.mold.figures.linePackets]).toEqual([2, 2, 0]);
    expect([...feed.mold.figures.lineLed]).toEqual([1, 1, 0]);
    expect(feed.states).toEqual(["live"]);
  });

  test("a packet that overlaps what was applied is used from its first new message", () => {
    data(1, 3, 0);
    data(2, 4, 1);
    expect(applied()).toBe("1 2 3 4 5");
    expect(feed.mold.nextSeq).toBe(6);
  });

  test("a missing packet that the other line brings within the window is no gap", () => {
    data(1, 1, 0, 0);
    data(3, 1, 0, 100);
    expect(applied()).toBe("1");
    data(2, 1, 1, 900);
    expect(applied()).toBe("1 2 3");
    feed.mold.poll(2000);
    expect(feed.states).toEqual(["live"]);
    expect(gap()).toEqual([0, 0, 0]);
  });

  test("held packets may overlap each other and are applied once", () => {
    data(1);
    data(5, 3);
    data(4, 3, 1);
    data(5, 3, 1);
    data(2, 2);
    expect(applied()).toBe("1 2 3 4 5 6 7");
  });

  test("a heartbeat of either line keeps the feed from being stale", () => {
    data(1);
    send(heartbeat(S, 2), 1, 0.9e9);
    feed.mold.poll(1.5e9);
    expect(feed.mold.state).toBe(FEED_LIVE);
    feed.mold.poll(1.9e9);
    expect(feed.mold.state).toBe(FEED_STALE);
    data(1, 1, 1, 2e9);
    expect(feed.mold.state).toBe(FEED_LIVE);
    expect(feed.states).toEqual(["live", "stale", "live"]);
    feed.mold.poll(2e9);
    expect(feed.block.doubles[BLOCK_STALE_NS]).toBe(0.1e9);
  });

  test("a feed is stale at once when the devices of all of its lines are gone, and not before", () => {
    data(1);
    feed.mold.figures.lose(1);
    feed.mold.figures.lose(1);
    feed.mold.poll(0.1e9);
    expect(feed.mold.state).toBe(FEED_LIVE);
    feed.mold.figures.lose(0);
    feed.mold.poll(0.1e9);
    expect(feed.mold.state).toBe(FEED_STALE);
    data(2, 1, RECOVERY, 0.2e9);
    feed.mold.poll(0.2e9);
    expect(feed.mold.state).toBe(FEED_STALE);
  });

  test("answers of the re-request server do not keep a silent feed from being stale", () => {
    data(1);
    feed.mold.poll(0.5e9);
    data(1, 1, RECOVERY, 0.9e9);
    feed.mold.poll(1e9);
    expect(feed.mold.state).toBe(FEED_STALE);
  });
});

describe("a gap", () => {
  test("is declared when the window's time is over, and names the first hole", () => {
    data(1, 1, 0, 0);
    data(4, 2, 0, 500);
    feed.mold.poll(1499);
    expect(feed.mold.state).toBe(FEED_LIVE);
    feed.mold.poll(1500);
    expect(feed.mold.state).toBe(FEED_GAP);
    expect(feed.block.words[BLOCK_STATE]).toBe(FEED_GAP);
    expect(gap()).toEqual([1, 2, 4]);
  });

  test("is declared by the next packet too, without waiting for a poll", () => {
    data(1, 1, 0, 0);
    data(3, 1, 0, 100);
    data(4, 1, 0, 1100);
    expect(feed.mold.state).toBe(FEED_GAP);
  });

  test("is closed by the missing messages, whoever brings them, and books show again then", () => {
    data(1);
    data(4, 2);
    feed.mold.poll(1000);
    recorder.flushes.length = 0;
    data(2, 1, RECOVERY, 1100);
    expect(recorder.flushes).toEqual([false]);
    expect(feed.mold.state).toBe(FEED_GAP);
    data(3, 1, 1, 1200);
    expect(applied()).toBe("1 2 3 4 5");
    expect(recorder.flushes).toEqual([false, true]);
    expect(feed.states).toEqual(["live", "gap", "live"]);
    expect(recorder.counters[FEED_RECOVERED]).toBe(1);
    expect(gap()[2]).toBe(0);
  });

  test("with a second hole asks for that at once and stays open until nothing is missing", () => {
    data(1);
    data(4);
    data(7);
    feed.mold.poll(1000);
    expect(gap()).toEqual([1, 2, 4]);
    data(2, 2, RECOVERY, 1100);
    expect(gap()).toEqual([2, 5, 7]);
    expect(feed.mold.state).toBe(FEED_GAP);
    data(5, 2, RECOVERY, 1200);
    expect(applied()).toBe("1 2 3 4 5 6 7");
    expect(feed.mold.state).toBe(FEED_LIVE);
  });

  test("at the tail is revealed by a heartbeat", () => {
    data(1);
    send(heartbeat(S, 4), 0, 100);
    expect(feed.mold.state).toBe(FEED_LIVE);
    feed.mold.poll(1100);
    expect(feed.mold.state).toBe(FEED_GAP);
    expect(gap()).toEqual([1, 2, 4]);
    data(2, 2, RECOVERY, 1200);
    expect(feed.mold.state).toBe(FEED_LIVE);
  });

  test("is what a late join is: everything from sequence 1 is asked for", () => {
    data(100, 2);
    expect(feed.mold.state).toBe(FEED_INIT);
    feed.mold.poll(1000);
    expect(feed.mold.state).toBe(FEED_GAP);
    expect(gap()).toEqual([1, 1, 100]);
    for (let seq = 1; seq < 100; seq++) data(seq, 1, RECOVERY, 2000);
    expect(feed.mold.nextSeq).toBe(102);
    expect(feed.states).toEqual(["gap", "live"]);
  });

  test("asks again after a timeout without progress, from where it stands", () => {
    data(1);
    data(10);
    feed.mold.poll(1000);
    data(2, 3, RECOVERY, 0.5e6);
    feed.mold.poll(1.4e6);
    expect(gap()[0]).toBe(1);
    feed.mold.poll(1.5e6);
    expect(gap()).toEqual([2, 5, 10]);
  });

  test("is given up after fruitless requests, and heals when the data come after all", () => {
    start({ giveUpRequests: 3 });
    data(1);
    data(4);
    for (let i = 1; i < 4; i++) feed.mold.poll(1000 + i * 1e6);
    expect(feed.mold.state).toBe(FEED_GAP);
    feed.mold.poll(1000 + 4e6);
    expect(feed.mold.state).toBe(FEED_LOST);
    expect(recorder.counters[FEED_LOST_MESSAGES]).toBe(2);
    expect(feed.block.doubles[BLOCK_LOST]).toBe(2);
    data(2, 2, RECOVERY, 6e6);
    expect(feed.states).toEqual(["live", "gap", "lost", "live"]);
    expect(applied()).toBe("1 2 3 4");
  });

  test("is lost at once when there is no server to ask", () => {
    start({ giveUpRequests: 0 });
    data(1);
    data(3);
    feed.mold.poll(1000);
    expect(feed.mold.state).toBe(FEED_LOST);
  });

  test("opens at once when the window overflows, and what was dropped is asked for when reached", () => {
    start({ windowPackets: 2, windowNs: 1e9 });
    data(1);
    data(3);
    data(5);
    expect(feed.mold.state).toBe(FEED_LIVE);
    data(6);
    expect(feed.mold.state).toBe(FEED_GAP);
    expect(recorder.counters[FEED_WINDOW_OVERFLOWS]).toBe(1);
    data(4);
    expect(recorder.counters[FEED_WINDOW_OVERFLOWS]).toBe(2);
    data(2, 1, RECOVERY);
    expect(applied()).toBe("1 2 3 4");
    expect(gap()).toEqual([2, 5, 7]);
    data(5, 2, RECOVERY);
    expect(feed.mold.state).toBe(FEED_LIVE);
  });

  test("opens for a packet too long to hold", () => {
    start({ slotBytes: 32 });
    data(1);
    data(3, 20);
    expect(recorder.counters[FEED_OVERSIZE]).toBe(1);
    expect(gap()).toEqual([1, 2, 23]);
  });
});

describe("sessions", () => {
  test("the first packet begins one, published in the block", () => {
    data(1);
    expect(feed.sessions()).toBe(1);
    expect(
      String.fromCharCode(...feed.block.bytes.subarray(BLOCK_SESSION, BLOCK_SESSION + 10)),
    ).toBe(S);
  });

  test("a new one that starts at 1 clears the books before its first message", () => {
    data(1, 2);
    data(1, 1, 0, 10, "SESSION002");
    expect(recorder.messages).toEqual(["clear", "1", "2", "clear", "1"]);
    expect(feed.mold.nextSeq).toBe(2);
    expect(feed.states).toEqual(["live", "init", "live"]);
  });

  test("late packets of the older one are ignored and counted", () => {
    data(1, 2);
    data(1, 1, 0, 10, "SESSION002");
    data(3, 1, 1, 20, S);
    send(endOfSession(S, 4), 1, 30);
    expect(applied()).toBe("1 2 1");
    expect(recorder.counters[FEED_OLD_SESSION]).toBe(2);
    expect(feed.mold.state).toBe(FEED_LIVE);
  });

  test("a strange one in mid-sequence is believed only when a second packet agrees", () => {
    data(1, 2);
    data(50, 1, 0, 10, "SESSION0X1");
    data(3, 1, 0, 20);
    expect(applied()).toBe("1 2 3");
    expect(recorder.counters[FEED_STRANGE_SESSION]).toBe(1);
    expect(feed.sessions()).toBe(1);
    data(50, 1, 0, 30, "SESSION002");
    data(50, 1, 1, 40, "SESSION002");
    expect(feed.sessions()).toBe(2);
    feed.mold.poll(2000);
    expect(gap().slice(1)).toEqual([1, 50]);
  });

  test("one that ended is followed by the next from wherever it stands", () => {
    data(1, 2);
    send(endOfSession(S, 3));
    expect(feed.mold.state).toBe(FEED_ENDED);
    data(7, 1, 0, 10, "SESSION002");
    expect(feed.sessions()).toBe(2);
  });

  test("an end with messages still missing is a gap first", () => {
    data(1);
    send(endOfSession(S, 3));
    feed.mold.poll(1000);
    expect(feed.mold.state).toBe(FEED_GAP);
    data(2, 1, RECOVERY, 1100);
    expect(feed.mold.state).toBe(FEED_ENDED);
    feed.mold.poll(1e12);
    expect(feed.mold.state).toBe(FEED_ENDED);
  });

  test("data after the end bring the session back, counted", () => {
    data(1);
    send(endOfSession(S, 2));
    data(2);
    expect(recorder.counters[FEED_AFTER_END]).toBe(1);
    expect(feed.mold.state).toBe(FEED_LIVE);
    expect(applied()).toBe("1 2");
  });

  test("a change in the middle of a gap forgets the gap", () => {
    data(1);
    data(5);
    feed.mold.poll(1000);
    data(1, 1, 0, 1100, "SESSION002");
    expect(feed.mold.state).toBe(FEED_LIVE);
    expect(gap()[2]).toBe(0);
    data(2, 4, 0, 1200, "SESSION002");
    expect(applied()).toBe("1 1 2 3 4 5");
  });

  test('join = "live" begins at the first packet and is never trusted, unless that is 1', () => {
    start({ join: "live" });
    data(100, 2);
    data(102);
    expect(applied()).toBe("100 101 102");
    expect(feed.mold.state).toBe(FEED_LOST);
    start({ join: "live" });
    data(1);
    expect(feed.mold.state).toBe(FEED_LIVE);
  });
});

describe("bad packets", () => {
  test("a sequence that jumps back within the session is a duplicate", () => {
    data(1, 5);
    data(2);
    expect(applied()).toBe("1 2 3 4 5");
    expect(recorder.counters[FEED_DUPLICATES]).toBe(1);
  });

  test("a far jump is believed when a second packet agrees, not before", () => {
    data(1);
    data(1e9);
    feed.mold.poll(5000);
    expect(feed.mold.state).toBe(FEED_LIVE);
    expect(recorder.counters[FEED_JUMPS]).toBe(1);
    data(2, 1, 0, 6000);
    data(2e9, 1, 0, 6000);
    data(2e9 + 1, 1, 0, 6000);
    feed.mold.poll(8000);
    expect(feed.mold.state).toBe(FEED_GAP);
    expect(gap().slice(1)).toEqual([3, 2e9 + 1]);
  });

  test("sequences from 2^53, and 0, are counted and change nothing", () => {
    data(1);
    send(packet(S, 2n ** 53n, numbered(2)));
    send(packet(S, 2n ** 64n - 1n, numbered(2)));
    send(packet(S, 0, numbered(2)));
    expect(recorder.counters[FEED_BAD_SEQUENCE]).toBe(3);
    expect(applied()).toBe("1");
  });

  const good = packet(S, 2, numbered(2, 3));
  const damaged: [string, Uint8Array, number][] = [
    ["cut off in the header", good.slice(0, 19), FEED_BAD_HEADER],
    ["empty", good.slice(0, 0), FEED_BAD_HEADER],
    ["cut off in the last block", good.slice(0, -1), FEED_BAD_BLOCK],
    ["with a block length beyond the end", good.with(21, 200), FEED_BAD_BLOCK],
    ["with a count beyond the end", good.with(19, 4), FEED_BAD_BLOCK],
    ["with a block length too short", good.with(21, 0), FEED_TRAILING],
    ["with a count too low", good.with(19, 2), FEED_TRAILING],
    ["with bytes behind the last block", new Uint8Array([...good, 0]), FEED_TRAILING],
    [
      "with data but the count of an end of session",
      good.with(18, 255).with(19, 255),
      FEED_TRAILING,
    ],
  ];
  test.each(damaged)(
    "a packet %s is counted, and the other line's copy is used",
    (_, bytes, counter) => {
      data(1);
      send(bytes);
      expect(applied()).toBe("1");
      const counted = recorder.counters[counter];
      expect(
        counter === FEED_TRAILING ? (counted ?? 0) + recorder.counters[FEED_BAD_BLOCK]! : counted,
      ).toBe(1);
      send(good, 1);
      expect(applied()).toBe("1 2 3 4");
      expect(feed.mold.state).toBe(FEED_LIVE);
    },
  );

  test("a packet that the Port cut off is not looked at", () => {
    port.load(packet(S, 1, numbered(1)), 0);
    port.desc[DESC_FLAGS] = HP_RX_TRUNCATED;
    feed.mold.onPacket(port, 0, 0);
    expect(recorder.counters[FEED_TRUNCATED]).toBe(1);
    expect(recorder.messages).toEqual([]);
  });

  test("a block of length zero takes a sequence number and is not decoded", () => {
    send(packet(S, 1, [new Uint8Array(0), ...numbered(2)]));
    expect(applied()).toBe("2");
    expect(feed.mold.nextSeq).toBe(3);
    expect(recorder.counters[FEED_ZERO_BLOCKS]).toBe(1);
  });
});

test("poll publishes the figures in the block", () => {
  data(1, 3);
  feed.mold.poll(10);
  expect(feed.block.doubles[BLOCK_NEXT_SEQ]).toBe(4);
});
