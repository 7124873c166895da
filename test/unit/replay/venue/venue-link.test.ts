import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Arena } from "../../../../src/core/arena.ts";
import { ManualClock } from "../../../../src/core/clock.ts";
import { fakeShim } from "../../../../src/ffi/fake.ts";
import { HP_PIPE_SIZE } from "../../../../src/ffi/layout.ts";
import { PipePeer } from "../../../../src/net/pipe-peer.ts";
import { TcpStream } from "../../../../src/net/tcp-stream.ts";
import { VenueLink } from "../../../../src/replay/venue/venue-link.ts";
import type { FixTransport } from "../../../../src/sim/transport.ts";

/** A session's stream, its link, and a venue that notes what it hears. */
function rig(leg: () => number) {
  const shim = fakeShim();
  const arena = Arena.alloc(shim, 1 << 19);
  const pipe = arena.take(HP_PIPE_SIZE);
  const sizes = { rxSize: 1 << 17, txSize: 1 << 16 };
  const stream = new TcpStream(shim, arena, { address: 0, port: 0, ...sizes, pipe });
  const clock = new ManualClock(0);
  const heard: string[] = [];
  const transports: FixTransport[] = [];
  const link = new VenueLink(clock, new PipePeer(pipe), { leg }, (transport) => {
    const number = transports.push(transport);
    return {
      onData: (bytes) => heard.push(`${number}: ${Buffer.from(bytes).toString("latin1")}`),
      onClose: () => heard.push(`${number} closed`),
    };
  });
  const send = (text: string) => {
    stream.tx.set(Buffer.from(text), 0);
    stream.send(0, text.length);
    link.collect();
  };
  const connect = () => {
    link.connected();
    stream.open();
  };
  /** What the session receives. */
  const receive = () => {
    const n = stream.recv(0, 1 << 16);
    return n > 0 ? Buffer.from(stream.rx.subarray(0, n)).toString("latin1") : "";
  };
  return { link, stream, clock, heard, transports, send, connect, receive };
}

const text = (word: string) => new Uint8Array(Buffer.from(word));

describe("a line to the venue", () => {
  test("takes a leg of the latency each way", () => {
    const r = rig(() => 100);
    r.connect();
    expect(r.link.nextNs()).toBe(Infinity);
    r.clock.timeNs = 10;
    r.send("A");
    expect(r.link.nextNs()).toBe(110);
    r.clock.timeNs = 109;
    expect(r.link.deliver()).toBe(false);
    expect(r.heard).toEqual([]);
    r.clock.timeNs = 110;
    r.link.deliver();
    expect(r.heard).toEqual(["1: A"]);
    r.transports[0]!.send(text("B"));
    expect(r.link.nextNs()).toBe(210);
    r.clock.timeNs = 210;
    expect(r.link.deliver()).toBe(true);
    expect(r.receive()).toBe("B");
  });

  test("keeps the order of what is sent, whatever the latencies are", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ leg: fc.nat(1000), pause: fc.nat(300), up: fc.boolean() }), {
          maxLength: 60,
        }),
        (steps) => {
          let at = 0;
          const r = rig(() => steps[Math.min(at, steps.length - 1)]!.leg);
          r.connect();
          const up: string[] = [];
          const down: string[] = [];
          let received = "";
          for (const step of steps) {
            r.clock.timeNs += step.pause;
            r.link.deliver();
            received += r.receive();
            const word = `<${at}>`;
            if (step.up) {
              up.push(word);
              r.send(word);
            } else {
              down.push(word);
              r.transports[0]!.send(text(word));
            }
            at++;
          }
          r.clock.timeNs += 1e6;
          r.link.deliver();
          received += r.receive();
          expect(r.heard.map((line) => line.slice(3)).join("")).toBe(up.join(""));
          expect(received).toBe(down.join(""));
        },
      ),
    );
  });

  test("loses on a disconnect what is on its way, either way, and tells the venue at once", () => {
    const r = rig(() => 100);
    r.connect();
    r.send("old up");
    r.transports[0]!.send(text("old down"));
    r.link.disconnected();
    expect(r.heard).toEqual(["1 closed"]);
    expect(r.link.nextNs()).toBe(Infinity);
    r.connect();
    r.clock.timeNs = 1000;
    expect(r.link.deliver()).toBe(false);
    expect(r.receive()).toBe("");
    expect(r.heard).toEqual(["1 closed"]);
  });

  test("gives the new connection nothing that the old one's end says late", () => {
    const r = rig(() => 100);
    r.connect();
    r.link.disconnected();
    r.connect();
    r.transports[0]!.send(text("late"));
    r.transports[1]!.send(text("new"));
    r.clock.timeNs = 1000;
    r.link.deliver();
    expect(r.receive()).toBe("new");
  });

  test("gives nothing of the last moments to a venue that is gone", () => {
    const r = rig(() => 100);
    r.connect();
    r.link.disconnected();
    r.send("into the void");
    r.clock.timeNs = 1000;
    r.link.deliver();
    r.connect();
    r.link.deliver();
    expect(r.heard).toEqual(["1 closed"]);
  });

  test("holds back what a full pipe does not take, in order", () => {
    const r = rig(() => 0);
    r.connect();
    const big = "x".repeat(40_000);
    r.transports[0]!.send(text(big));
    r.transports[0]!.send(text(`${big}!`));
    expect(r.link.deliver()).toBe(true);
    expect(r.receive()).toBe(big);
    expect(r.link.deliver()).toBe(true);
    expect(r.receive()).toBe(`${big}!`);
    expect(r.link.deliver()).toBe(false);
  });

  test("tells a venue once that a connection replaces another", () => {
    const r = rig(() => 0);
    r.connect();
    r.connect();
    r.link.disconnected();
    r.link.disconnected();
    expect(r.heard).toEqual(["1 closed", "2 closed"]);
  });
});

test("a leg is a leg before the midnight that time is counted from, too", () => {
  const r = rig(() => 100);
  r.clock.timeNs = -5e9;
  r.connect();
  r.send("A");
  expect(r.link.nextNs()).toBe(-5e9 + 100);
  r.clock.timeNs = -5e9 + 100;
  r.link.deliver();
  expect(r.heard).toEqual(["1: A"]);
});
