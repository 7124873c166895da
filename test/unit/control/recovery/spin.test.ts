import { describe, expect, test } from "bun:test";
import { Spin } from "../../../../src/control/recovery/spin.ts";
import { announce, type RunRig, runRig, SESSION } from "./kit.ts";
import {
  imageAvailable,
  loginResponse,
  message,
  sentMessages,
  spinFinished,
  spinResponse,
  unitFrame,
} from "./unit-bytes.ts";

const LOGIN = {
  ...{ sessionSubId: "0006", username: "MKDA", password: "secret" },
  edition: "us-equities" as const,
};

const time = message(0x20, 34_200);
const addShort = (id: string) =>
  message(0x22, 1, id.padEnd(8), "B", "\u0001\u0000", "AAPL  ", "xx", "\u0001");
const addLong = (id: string) => message(0x21, 1, id.padEnd(8), "S", 100, "MSFT  ", 1, 0, "\u0001");
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

/** Of a feed that has messages from 100 on, and nothing before. */
function connected(): RunRig {
  const r = runRig((link) => new Spin(LOGIN, link));
  announce(r.feed, 1, 100);
  r.later(0);
  r.now().events.onOpen();
  return r;
}

function asked(): RunRig {
  const r = connected();
  r.now().give(loginResponse("A"));
  r.now().give(imageAvailable(120));
  r.now().sent.length = 0;
  return r;
}

describe("the spin server's client", () => {
  test("logs in with sub id, user and password", () => {
    const r = connected();
    const fields = Buffer.from("0006MKDA  secret    ").toString("hex");
    expect(sentMessages(r.now().sent)).toEqual([[0x01, fields]]);
  });

  test("waits for an image that reaches what is held, and asks for it", () => {
    const r = connected();
    r.now().give(imageAvailable(200));
    r.now().give(loginResponse("A"));
    r.now().sent.length = 0;
    r.now().give(imageAvailable(98));
    expect(r.now().sent).toEqual([]);
    r.now().give(imageAvailable(99));
    r.now().give(imageAvailable(130));
    expect(sentMessages(r.now().sent)).toEqual([[0x81, "63000000"]]);
  });

  test("hands over what comes until it is finished, with the next live message", () => {
    const r = asked();
    const adds = [addShort("one"), addLong("two"), addShort("three")];
    const image = Buffer.concat([
      spinResponse(120, 3, "A"),
      unitFrame([time, adds[0]!, adds[1]!]),
      unitFrame([]),
      imageAvailable(140),
      unitFrame([adds[2]!]),
      spinFinished(120),
    ]);
    r.now().give(image, 5);
    expect(r.slices).toEqual([
      { kind: "begin", session: SESSION },
      { kind: "messages", messages: [time, ...adds].map(latin1) },
      { kind: "end", sequence: 121 },
    ]);
    expect(r.now().isClosed).toBe(true);
  });

  test("sends a heartbeat each second, and gives a server up that sends none", () => {
    const r = asked();
    r.now().give(spinResponse(120, 9, "A"));
    for (let i = 0; i < 11; i++) {
      r.now().give(unitFrame([addShort("one")]));
      r.later(100);
    }
    const heartbeats = r.now().sent.map((frame) => Buffer.from(frame).toString("hex"));
    expect(heartbeats).toEqual(["0800000000000000"]);
  });

  test("says which image it waits for when none comes that reaches far enough", () => {
    const r = connected();
    r.now().give(loginResponse("A"));
    r.later(500);
    r.now().give(imageAvailable(50));
    r.later(500);
    expect(r.runs.state).toBe("resting");
    expect(r.notices[0]).toContain(
      "an image up to message 99 (the newest ends with 50) did not come within 1000 ms",
    );
    expect(r.slices).toEqual([]);
  });

  const refusals: [string, Uint8Array, string][] = [
    ["N", loginResponse("N"), "refuses the login: wrong user or password"],
    ["B", loginResponse("B"), "refuses the login: the session is in use"],
    ["S", loginResponse("S"), "refuses the login: it has no such session"],
    ["?", loginResponse("?"), "refuses the login (status 0x3f)"],
    [
      "a header that is none",
      Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0),
      "sends what is no sequenced unit",
    ],
    [
      "a length that lies",
      unitFrame([message(0x02, "A\u0000")]),
      "sends a message of type 0x02 with 4",
    ],
  ];
  test.each(refusals)("fails at the login on %s", (_, bytes, why) => {
    const r = connected();
    r.now().give(bytes);
    expect(r.notices[0]).toStartWith(`the snapshot server at 127.0.0.1:4000 ${why}`);
    expect(r.slices).toEqual([]);
  });

  const later: [string, Uint8Array, string][] = [
    ["O", spinResponse(120, 0, "O"), "refuses the image: it is not there yet"],
    ["S", spinResponse(120, 0, "S"), "refuses the image: another one is under way"],
    [
      "an order before the answer",
      unitFrame([addShort("x")]),
      "sends orders that nobody asked for",
    ],
    ["an end before the answer", spinFinished(120), "finishes what it has not begun"],
  ];
  test.each(later)("fails at the request on %s", (_, bytes, why) => {
    const r = asked();
    r.now().give(bytes);
    expect(r.notices[0]).toStartWith(`the snapshot server at 127.0.0.1:4000 ${why}`);
    expect(r.slices).toEqual([]);
  });

  const faults: [string, Uint8Array, string][] = [
    ["an order too few", spinFinished(120), "promised 2 orders and sent 1"],
    ["another image", spinFinished(110), "finishes an image of message 110, not of 120"],
    [
      "an order of another edition",
      unitFrame([message(0x22, 1, "x".repeat(19))]),
      "sends a message",
    ],
    ["a second answer", spinResponse(120, 2, "A"), "answers what nobody asked"],
  ];
  test.each(faults)("abandons the image on %s", (_, bytes, why) => {
    const r = asked();
    r.now().give(spinResponse(120, 2, "A"));
    r.now().give(unitFrame([addShort("one")]));
    r.now().give(bytes);
    expect(r.slices.map((s) => s.kind)).toEqual(["begin", "abandon"]);
    expect(r.notices[0]).toStartWith(`the snapshot server at 127.0.0.1:4000 ${why}`);
  });
});
