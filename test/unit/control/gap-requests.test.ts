import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GapRequests, REPLIES_PER_POLL_MAX } from "../../../src/control/gap-requests.ts";
import {
  CONTROL_BLOCK_SIZE,
  ControlBlock,
  type FeedBlock,
} from "../../../src/core/control-block.ts";
import * as L from "../../../src/ffi/layout.ts";

const SESSION = "20261120A ";

function feedBlock(): FeedBlock {
  const buffer = new ArrayBuffer(CONTROL_BLOCK_SIZE);
  const block = { buffer, offset: 0, size: buffer.byteLength, addr: 4096 };
  const options = { epoch: 1, engineCount: 1, feedCount: 1, sessionCount: 1, configHash: 0 };
  const feed = ControlBlock.create(block, { ...options, launcherPid: 1, sessionStartS: 0 }).feed(0);
  feed.session.set(Buffer.from(SESSION, "latin1"));
  return feed;
}

function announce(feed: FeedBlock, from: number, to: number): void {
  feed.doubles[L.HP_FEED__GAP_FROM_D] = from;
  feed.doubles[L.HP_FEED__NEXT_SEQ_D] = from;
  feed.doubles[L.HP_FEED__GAP_TO_D] = to;
  feed.words[L.HP_FEED__GAP_SEQ_W]!++;
}

/** An answer with `count` messages of two bytes. */
function packet(from: number, count: number, session = SESSION): Uint8Array {
  const bytes = Buffer.alloc(20 + count * 4);
  bytes.write(session, "latin1");
  bytes.writeBigUInt64BE(BigInt(from), 10);
  bytes.writeUInt16BE(count, 18);
  for (let i = 0; i < count; i++) bytes.writeUInt16BE(2, 20 + i * 4);
  return bytes;
}

function requester(options: { hasRoom?: () => boolean } = {}) {
  const feed = feedBlock();
  const clock = { ms: 0 };
  const asked: { from: number; count: number }[] = [];
  const handed: number[] = [];
  const gaps = new GapRequests({
    feed,
    timeoutMs: 50,
    retries: 3,
    nowMs: () => clock.ms,
    send(datagram) {
      const bytes = Buffer.from(datagram);
      expect(bytes.length).toBe(20);
      expect(bytes.toString("latin1", 0, 10)).toBe(SESSION);
      asked.push({ from: Number(bytes.readBigUInt64BE(10)), count: bytes.readUInt16BE(18) });
    },
    handOver(bytes) {
      if (options.hasRoom?.() === false) return false;
      handed.push(Number(Buffer.from(bytes).readBigUInt64BE(10)));
      return true;
    },
  });
  return { feed, clock, asked, handed, gaps };
}

describe("GapRequests", () => {
  test("asks for a hole, and for the rest of it as answers come in", () => {
    const { feed, asked, handed, gaps } = requester();
    announce(feed, 100, 110);
    gaps.poll();
    expect(asked).toEqual([{ from: 100, count: 10 }]);
    gaps.onReply(packet(100, 4));
    gaps.onReply(packet(104, 6));
    gaps.onReply(packet(110, 6));
    expect(asked).toEqual([
      { from: 100, count: 10 },
      { from: 104, count: 6 },
    ]);
    expect(handed).toEqual([100, 104]);
    expect(feed.words[L.HP_FEED__REPLIES_W]).toBe(2);
    expect(feed.words[L.HP_FEED__GAP_SERVED_W]).toBe(1);
  });

  test("asks again after a silence, so many times, then rests until the engine asks anew", () => {
    const { feed, clock, asked, gaps } = requester();
    announce(feed, 5, 7);
    for (; clock.ms < 1000; clock.ms += 10) gaps.poll();
    expect(asked.length).toBe(4);
    expect(feed.words[L.HP_FEED__TIMEOUTS_W]).toBe(4);
    announce(feed, 5, 7);
    gaps.poll();
    expect(asked.length).toBe(5);
  });

  test("stops asking when the lines have filled the hole", () => {
    const { feed, clock, asked, gaps } = requester();
    announce(feed, 5, 7);
    gaps.poll();
    feed.doubles[L.HP_FEED__NEXT_SEQ_D] = 7;
    clock.ms = 500;
    gaps.poll();
    expect(asked.length).toBe(1);
  });

  test("refuses answers of another session, of a wrong shape and for what it did not ask", () => {
    const { feed, handed, gaps } = requester();
    announce(feed, 100, 110);
    gaps.poll();
    gaps.onReply(packet(100, 4, "20261119A "));
    gaps.onReply(packet(100, 4).subarray(0, 30));
    gaps.onReply(packet(100, 4).subarray(0, 19));
    gaps.onReply(packet(105, 2));
    gaps.onReply(packet(90, 10));
    gaps.onReply(packet(100, 0));
    gaps.onReply(packet(2 ** 60, 3));
    expect(handed).toEqual([]);
    expect(gaps.stats.badReplies).toBe(7);
  });

  test("answers that no hole waits for go nowhere", () => {
    const { handed, gaps } = requester();
    gaps.onReply(packet(1, 1));
    expect(handed).toEqual([]);
  });

  test("a full ring loses nothing: the same messages are asked for again", () => {
    let hasRoom = false;
    const { feed, clock, asked, handed, gaps } = requester({ hasRoom: () => hasRoom });
    announce(feed, 100, 104);
    gaps.poll();
    gaps.onReply(packet(100, 4));
    expect(gaps.stats.ringFull).toBe(1);
    hasRoom = true;
    clock.ms = 60;
    gaps.poll();
    gaps.onReply(packet(100, 4));
    expect(asked.map(({ from }) => from)).toEqual([100, 100]);
    expect(handed).toEqual([100]);
  });

  test("hands over a bounded slice between two polls", () => {
    const { feed, handed, gaps } = requester();
    announce(feed, 1, 100_000);
    gaps.poll();
    for (let i = 0; i < REPLIES_PER_POLL_MAX * 2; i++) gaps.onReply(packet(1 + i, 1));
    expect(handed.length).toBe(REPLIES_PER_POLL_MAX);
  });

  test("a control that starts anew asks for the hole that is still open", () => {
    const { feed } = requester();
    announce(feed, 5, 7);
    feed.words[L.HP_FEED__GAP_SERVED_W] = feed.words[L.HP_FEED__GAP_SEQ_W]!;
    const asked: number[] = [];
    const again = new GapRequests({
      feed,
      timeoutMs: 50,
      retries: 1,
      nowMs: () => 0,
      send: (bytes) => asked.push(bytes[17]!),
      handOver: () => true,
    });
    again.poll();
    expect(asked).toEqual([5]);
  });

  test("a hole of more than a count can say is asked for in parts", () => {
    const { feed, asked, gaps } = requester();
    announce(feed, 1, 1e6);
    gaps.poll();
    expect(asked).toEqual([{ from: 1, count: 0xfffe }]);
  });

  test("a sequence above 2^32 is asked for exactly", () => {
    const { feed, asked, gaps } = requester();
    announce(feed, 2 ** 40 + 3, 2 ** 40 + 4);
    gaps.poll();
    expect(asked).toEqual([{ from: 2 ** 40 + 3, count: 1 }]);
  });

  test("no datagram makes it throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (noise, isOurs) => {
        const { feed, gaps } = requester();
        announce(feed, 1, 50);
        gaps.poll();
        const bytes = Uint8Array.from(noise);
        if (isOurs) bytes.set(Buffer.from(SESSION, "latin1").subarray(0, bytes.length));
        gaps.onReply(bytes);
      }),
    );
  });
});
