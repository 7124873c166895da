import { describe, expect, test } from "bun:test";
import type { LineFaults } from "../../../src/sim/lossy-line.ts";
import { MessageLog } from "../../../src/sim/message-log.ts";
import { MOLD_END_OF_SESSION, MoldUdp64Publisher } from "../../../src/sim/moldudp64-publisher.ts";
import { RerequestServer } from "../../../src/sim/rerequest.ts";
import { messagesOf, readPacket } from "../../support/sim-feed.ts";
import { CapturedFeed } from "../../support/sim-venue.ts";

const GOOD: LineFaults = { loss: 0, duplicate: 0, reorder: 0, reorderDepth: 3 };

function makePublisher(lines: LineFaults[] = [GOOD, GOOD], packetBytesMax = 100, seed = 1) {
  const feed = new CapturedFeed();
  const publisher = new MoldUdp64Publisher({
    session: "DAY1",
    lines,
    seed,
    packetBytesMax,
    heartbeatMs: 100,
    historyBytesMax: 4 << 20,
    transport: feed,
  });
  return { feed, publisher };
}

const message = (n: number, length = 30) => new Uint8Array(length).fill(n & 255);
const sequences = (packets: Uint8Array[]) => packets.map((bytes) => readPacket(bytes).sequence);

describe("the MoldUDP64 publisher", () => {
  test("writes session, sequence, count and message blocks as the protocol has them", () => {
    const { feed, publisher } = makePublisher();
    publisher.publish(new Uint8Array([0x41, 0x42]), 0);
    publisher.publish(new Uint8Array([0x43]), 0);
    publisher.flush(0);
    expect(Buffer.from(feed.packets[0]![0]!).toString("hex")).toBe(
      "44415931202020202020" + "0000000000000001" + "0002" + "00024142" + "000143",
    );
    expect(feed.packets[1]).toEqual(feed.packets[0]!);
  });

  test("never goes beyond the packet size, and numbers packets by their first message", () => {
    const { feed, publisher } = makePublisher();
    for (let n = 1; n <= 7; n++) publisher.publish(message(n), 0);
    publisher.flush(0);
    const packets = feed.packets[0]!;
    expect(packets.map((p) => p.length)).toEqual([84, 84, 84, 52]);
    expect(sequences(packets)).toEqual([1, 3, 5, 7]);
    expect(messagesOf(packets).map((m) => m[0])).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("refuses a message that fits no packet", () => {
    expect(() => makePublisher().publisher.publish(message(1, 79), 0)).toThrow(RangeError);
  });

  test("sends a heartbeat with the next sequence when nothing else goes out", () => {
    const { feed, publisher } = makePublisher();
    publisher.publish(message(1), 1e9);
    publisher.poll(1e9);
    publisher.poll(1e9 + 99e6);
    expect(feed.packets[0]).toHaveLength(1);
    publisher.poll(1e9 + 100e6);
    expect(readPacket(feed.packets[0]![1]!)).toMatchObject({ sequence: 2, count: 0, messages: [] });
  });

  test("ends the session, says so again at each heartbeat, and takes nothing more", () => {
    const { feed, publisher } = makePublisher();
    publisher.publish(message(1), 0);
    publisher.endSession(0);
    publisher.poll(100e6);
    const [, first, again] = feed.packets[0]!.map(readPacket);
    expect(first).toMatchObject({ sequence: 2, count: MOLD_END_OF_SESSION });
    expect(again).toMatchObject({ sequence: 2, count: MOLD_END_OF_SESSION });
    expect(() => publisher.publish(message(2), 0)).toThrow();
  });

  test("loses packets on each line by itself, and counts them", () => {
    const lossy = { ...GOOD, loss: 0.2 };
    const { feed, publisher } = makePublisher([lossy, lossy]);
    for (let n = 0; n < 500; n++) {
      publisher.publish(message(n), 0);
      publisher.flush(0);
    }
    const [a, b] = publisher.counters();
    for (const [line, counters] of [a!, b!].entries()) {
      expect(counters.packets).toBe(500);
      expect(counters.lost).toBeGreaterThan(50);
      expect(counters.lost).toBeLessThan(150);
      expect(feed.packets[line]).toHaveLength(500 - counters.lost);
    }
    expect(sequences(feed.packets[0]!)).not.toEqual(sequences(feed.packets[1]!));
  });

  test("fails in the same way for the same seed, and otherwise for another", () => {
    const sent = (seed: number) => {
      const faults = { loss: 0.1, duplicate: 0.1, reorder: 0.1, reorderDepth: 3 };
      const { feed, publisher } = makePublisher([faults, GOOD], 100, seed);
      for (let n = 0; n < 200; n++) {
        publisher.publish(message(n), 0);
        publisher.flush(0);
      }
      return sequences(feed.packets[0]!);
    };
    expect(sent(5)).toEqual(sent(5));
    expect(sent(5)).not.toEqual(sent(6));
  });

  test("duplicates and reorders without losing, within the depth", () => {
    const faults = { loss: 0, duplicate: 0.2, reorder: 0.2, reorderDepth: 3 };
    const { feed, publisher } = makePublisher([faults, GOOD]);
    for (let n = 0; n < 300; n++) {
      publisher.publish(message(n), 0);
      publisher.flush(0);
    }
    publisher.poll(1e9);
    const got = sequences(feed.packets[0]!).slice(0, -1);
    expect([...new Set(got)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 300 }, (_, i) => i + 1),
    );
    const { duplicated, reordered, sent } = publisher.counters()[0]!;
    expect(got.length).toBe(300 + duplicated);
    expect(sent).toBe(got.length + 1);
    expect(reordered).toBeGreaterThan(20);
    let highest = 0;
    let overtaken = 0;
    for (const seq of got) {
      if (seq < highest) overtaken++;
      expect(highest - seq).toBeLessThanOrEqual(3);
      highest = Math.max(highest, seq);
    }
    expect(overtaken).toBeGreaterThan(20);
  });
});

describe("the re-request server", () => {
  const request = (session: string, sequence: number, count: number) => {
    const bytes = new Uint8Array(20);
    bytes.set(Buffer.from(session.padEnd(10)));
    const view = new DataView(bytes.buffer);
    view.setBigUint64(10, BigInt(sequence));
    view.setUint16(18, count);
    return bytes;
  };

  const makeServer = (loss = 0) => {
    const log = new MessageLog(4 << 20);
    for (let n = 1; n <= 10; n++) log.append(message(n));
    const server = new RerequestServer({
      session: "DAY1",
      log,
      packetBytesMax: 100,
      seed: 1,
      loss,
    });
    const answers: Uint8Array[] = [];
    const ask = (bytes: Uint8Array) => server.onRequest(bytes, (b) => answers.push(b.slice()));
    return { server, answers, ask };
  };

  test("answers with one packet of what fits, so that the client asks again for the rest", () => {
    const { answers, ask } = makeServer();
    ask(request("DAY1", 4, 5));
    expect(answers).toHaveLength(1);
    const packet = readPacket(answers[0]!);
    expect(packet).toMatchObject({ session: "DAY1      ", sequence: 4, count: 2 });
    expect(packet.messages.map((m) => m[0])).toEqual([4, 5]);
    ask(request("DAY1", 10, 5));
    expect(readPacket(answers[1]!)).toMatchObject({ sequence: 10, count: 1 });
  });

  test("says nothing to what it does not have, to another session, and to bad lengths", () => {
    const { server, answers, ask } = makeServer();
    ask(request("DAY1", 11, 1));
    ask(request("DAY1", 0, 1));
    ask(request("DAY1", 1, 0));
    ask(request("DAY2", 1, 1));
    ask(new Uint8Array(19));
    ask(new Uint8Array(0));
    expect(answers).toEqual([]);
    expect(server.counters).toMatchObject({ requests: 6, unavailable: 3, malformed: 3 });
  });

  test("loses requests, or refuses all, when told to", () => {
    const { server, answers, ask } = makeServer(0.5);
    for (let i = 0; i < 100; i++) ask(request("DAY1", 1, 1));
    expect(answers.length).toBeGreaterThan(25);
    expect(answers.length).toBeLessThan(75);
    const before = answers.length;
    server.refusing = true;
    ask(request("DAY1", 1, 1));
    expect(answers).toHaveLength(before);
  });
});

describe("the message log", () => {
  test("gives any message back over many chunks, and gives up the oldest at its limit", () => {
    const log = new MessageLog(2 << 20);
    const total = 100_000;
    for (let n = 1; n <= total; n++) {
      const bytes = new Uint8Array(38);
      new DataView(bytes.buffer).setUint32(0, n);
      log.append(bytes);
    }
    expect(log.nextSequence).toBe(total + 1);
    expect(log.firstSequence).toBeGreaterThan(total - (2 << 20) / 40);
    expect(log.copy(1, 1, new Uint8Array(100), 0).count).toBe(0);
    const out = new Uint8Array(120);
    for (let seq = log.firstSequence; seq + 3 <= total; seq += 997) {
      expect(log.copy(seq, 9, out, 0)).toEqual({ count: 3, end: 120 });
      expect(new DataView(out.buffer).getUint32(82)).toBe(seq + 2);
    }
  });
});
