import { describe, expect, test } from "bun:test";
import { DESC_RX_NS } from "../../../src/net/desc.ts";
import { CaptureFeed, HOLE_NS } from "../../../src/replay/capture-feed.ts";
import { endOfSession, mold } from "../../support/itch-bytes.ts";
import { newCounters } from "../../support/market.ts";
import { PacketPort } from "../../support/packet-port.ts";

/** Messages of one letter: "a" has sequence 1. */
function rig() {
  const got: string[] = [];
  const feed = new CaptureFeed({
    decoder: {
      decode: (_view, bytes, offset, length) =>
        void got.push(String.fromCharCode(...bytes.subarray(offset, offset + length))),
      flush: () => {},
    },
    counters: newCounters(),
    onSession: () => void got.push("|"),
  });
  const port = new PacketPort();
  const send = (seq: number, words: string, line = 0, nowNs = 0, session = "S") => {
    const messages = [...words].map((letter) => new Uint8Array([letter.charCodeAt(0)]));
    port.load(mold(session, seq, messages), line);
    port.descTime[DESC_RX_NS] = nowNs;
    feed.onPacket(port, 0);
  };
  return { feed, port, send, got: () => got.join("") };
}

describe("CaptureFeed", () => {
  test("takes each message once, from the line that has it first", () => {
    const { feed, send, got } = rig();
    send(1, "ab", 0);
    send(1, "ab", 1);
    send(4, "d", 1);
    send(3, "c", 0);
    feed.finish();
    expect(got()).toBe("|abcd");
    expect(feed).toMatchObject({ messages: 4, missing: 0, firstSeq: 1, nextSeq: 5 });
  });

  test("waits for the other line, and gives up what no line has when it is old", () => {
    const { feed, send, got } = rig();
    send(1, "a", 0, 0);
    send(3, "c", 0, 1000);
    send(4, "d", 0, HOLE_NS);
    expect(got()).toBe("|a");
    send(5, "e", 0, HOLE_NS + 1001);
    expect(got()).toBe("|acde");
    expect(feed).toMatchObject({ messages: 4, missing: 1, holes: [{ from: 2, count: 1 }] });
  });

  test("gives a second hole its own time to be filled", () => {
    const { feed, send, got } = rig();
    send(1, "a", 0, 0);
    send(3, "c", 0, 1000);
    send(5, "e", 0, HOLE_NS);
    send(6, "f", 0, HOLE_NS + 2000);
    expect(got()).toBe("|ac");
    send(4, "d", 1, HOLE_NS + 3000);
    expect(got()).toBe("|acdef");
    expect(feed.missing).toBe(1);
  });

  test("at the end hands out what is held", () => {
    const { feed, send, got } = rig();
    send(1, "a");
    send(3, "c", 0, 10);
    send(7, "g", 0, 20);
    feed.finish();
    expect(got()).toBe("|acg");
    expect(feed.holes).toEqual([
      { from: 2, count: 1 },
      { from: 4, count: 3 },
    ]);
  });

  test("loses nothing when more comes ahead of a hole than can be held", () => {
    const { feed, send, got } = rig();
    send(1, "a");
    for (let seq = 3; seq < 6000; seq++) {
      send(seq, "x", 0, seq);
    }
    feed.finish();
    expect(feed.missing).toBe(1);
    expect(got().length).toBe(2 + 5997);
  });

  test("believes a far jump when a second packet agrees, and keeps the first", () => {
    const { feed, send, got } = rig();
    send(1, "a");
    send(3_000_001, "x");
    expect(feed.refusals()).toHaveLength(1);
    send(3_000_002, "y", 0, 10);
    feed.finish();
    expect(got()).toBe("|axy");
    expect(feed.refusals()).toEqual([]);
    expect(feed.missing).toBe(2_999_999);
  });

  test("takes the word of a packet far ahead when it is the last", () => {
    const { feed, send, got } = rig();
    send(14_000_000, "a");
    send(19_000_000, "b");
    feed.finish();
    expect(got()).toBe("|ab");
    expect(feed).toMatchObject({ firstSeq: 14_000_000, messages: 2, missing: 4_999_999 });
  });

  test("does not follow one damaged sequence", () => {
    const { feed, send, got } = rig();
    send(1, "a");
    send(2 ** 40, "x");
    send(2, "b");
    send(3, "c");
    feed.finish();
    expect(got()).toBe("|abc");
    expect(feed.fault).toBeUndefined();
    expect(feed.refusals()).toEqual([{ what: "too far ahead for one packet's word", count: 1 }]);
  });

  test("stops with a sentence where more is missing than can be a loss", () => {
    const { feed, send } = rig();
    send(1, "a");
    send(2 ** 40, "x");
    send(2 ** 40 + 1, "y", 0, 10);
    feed.finish();
    expect(feed.fault).toBe(
      "the sequence jumps from 2 to 1099511627776: 1099511627774 messages are missing",
    );
  });

  test("goes on with the next session", () => {
    const { feed, port, send, got } = rig();
    send(1, "a");
    port.load(endOfSession("S", 2), 0);
    feed.onPacket(port, 0);
    send(1, "b", 0, 10, "T");
    feed.finish();
    expect(got()).toBe("|a|b");
    expect(feed.sessions).toBe(2);
  });
});
