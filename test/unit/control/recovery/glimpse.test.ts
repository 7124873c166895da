import { describe, expect, test } from "bun:test";
import { Glimpse } from "../../../../src/control/recovery/glimpse.ts";
import { announce, ascii, type RunRig, runRig, SESSION } from "./kit.ts";

/** A SoupBinTCP packet, written out: length, type, payload. */
function soup(type: string, payload = ""): Uint8Array {
  const body = ascii(type + payload);
  return Uint8Array.from([body.length >> 8, body.length & 255, ...body]);
}

const accepted = (session = SESSION, sequence = 1) =>
  soup("A", session.padStart(10) + String(sequence).padStart(20));
/** ITCH add order, 36 bytes; only its length counts here. */
const add = (name: string) => `A${name.padEnd(35)}`;
const closing = (sequence: number) => soup("S", `G${String(sequence).padStart(20)}`);

function rig(options: Parameters<typeof runRig>[1] & { checksSession?: boolean } = {}): RunRig {
  const { checksSession = true } = options;
  const login = { username: "user", password: "secret", checksSession };
  return runRig((link) => new Glimpse(login, link), options);
}

/** A rig whose feed comes late, with the connection up. */
function connected(options: Parameters<typeof rig>[0] = {}): RunRig {
  const made = rig(options);
  announce(made.feed, 1, 100);
  made.later(0);
  made.now().events.onOpen();
  return made;
}

describe("GLIMPSE", () => {
  test("logs in for the first message of the session that is on", () => {
    const { now } = connected();
    expect(now().take()).toBe(
      `\u0000\u002fL${"user  "}${"secret    "}${" ".repeat(10)}${"1".padStart(20)}`,
    );
  });

  test("hands the snapshot over in slices, and its end; then it logs out", () => {
    const r = connected();
    r.now().take();
    const messages = ["one", "two", "three"].map(add);
    const stream = Buffer.concat([
      accepted(),
      ...messages.map((m) => soup("S", m)),
      soup("H"),
      closing(120),
    ]);
    r.now().give(stream, 7);
    expect(r.slices).toEqual([
      { kind: "begin", session: SESSION },
      { kind: "messages", messages },
      { kind: "end", sequence: 120 },
    ]);
    expect(r.now().take()).toBe("\u0000\u0001O");
    expect(r.now().isClosed).toBe(true);
    expect(r.notices).toEqual([
      "the snapshot server at 127.0.0.1:4000 sent a snapshot of 3 messages in 0 ms; live from message 120 on",
    ]);
    announce(r.feed, 0, 0);
    r.later(1);
    expect(r.runs).toMatchObject({ state: "idle", taken: 1, failed: 0 });
  });

  test("says nothing to the engine before the first message is there", () => {
    const r = connected();
    r.now().give(accepted());
    r.later(10);
    expect(r.slices).toEqual([]);
    r.now().give(soup("S", add("one")));
    expect(r.slices).toEqual([{ kind: "begin", session: SESSION }]);
  });

  test("takes books without orders: a snapshot of no messages", () => {
    const r = connected();
    r.now().give(Buffer.concat([accepted(), closing(100)]));
    expect(r.slices).toEqual([
      { kind: "begin", session: SESSION },
      { kind: "end", sequence: 100 },
    ]);
  });

  test("tells that a snapshot ends before what is held", () => {
    const r = connected();
    r.now().give(Buffer.concat([accepted(), closing(60)]));
    expect(r.notices[0]).toEndWith("live from message 60 on, though messages up to 99 are missing");
    // The engine has taken it, and the rest is still missing: later, a newer one.
    announce(r.feed, 60, 100);
    r.later(1);
    expect(r.runs).toMatchObject({ state: "resting", taken: 1, failed: 0 });
    r.later(100);
    r.later(1);
    expect(r.connections.length).toBe(2);
  });

  test("sends a heartbeat each second, and gives a silent server up", () => {
    const r = connected();
    r.now().take();
    r.now().give(accepted());
    r.later(999);
    expect(r.now().take()).toBe("");
    r.later(0.9);
    r.now().give(Buffer.concat([soup("S", add("one")), soup("H")]));
    r.later(0.1);
    expect(r.now().take()).toBe("\u0000\u0001R");
    r.later(998);
    expect(r.runs.state).toBe("running");
    r.now().give(soup("H"));
    r.later(2);
    expect(r.runs.state).toBe("resting");
    expect(r.slices.at(-1)).toEqual({ kind: "abandon" });
    expect(r.notices[0]).toBe(
      "the snapshot server at 127.0.0.1:4000 is given up: the next message of the snapshot did not come within 1000 ms; next try in 0.1 s",
    );
  });

  test("takes no server for dead that it makes wait itself", () => {
    const r = connected();
    r.now().give(Buffer.concat([accepted(), soup("S", add("one"))]));
    r.ring.room = 0;
    r.now().give(soup("S", add("two")));
    r.now().take();
    for (let s = 0; s < 20; s++) r.later(1000);
    expect(r.runs.state).toBe("running");
    expect(r.now().take()).toBe("\u0000\u0001R".repeat(20));
    r.ring.room = 10;
    r.later(1);
    r.now().give(closing(120));
    expect(r.slices.at(-1)).toEqual({ kind: "end", sequence: 120 });
  });

  const refusals: [string, Uint8Array, string][] = [
    ["a wrong password", soup("J", "A"), "refuses the login: wrong user or password"],
    ["a session that is not there", soup("J", "S"), "refuses the login: it has no such session"],
    ["another reason", soup("J", "x"), "refuses the login (reason 0x78)"],
    [
      "another session",
      accepted("20261119A "),
      'is in session "20261119A", the feed in "20261120A"',
    ],
    ["a later first message", accepted(SESSION, 7), "begins with message 7 instead of the first"],
    ["a short answer", soup("A", "short"), "accepts the login with a packet that is none"],
    ["a message before the login", soup("S", add("x")), "sends messages before it has accepted"],
    ["a packet of no type", Uint8Array.of(0, 0), "sends what is no SoupBinTCP"],
    ["an unknown type", soup("?"), "sends a packet of type 0x3f"],
  ];
  test.each(refusals)("fails on %s", (_, bytes, why) => {
    const r = connected();
    r.now().give(bytes);
    expect(r.runs).toMatchObject({ state: "resting", taken: 0, failed: 1 });
    expect(r.notices[0]).toStartWith(`the snapshot server at 127.0.0.1:4000 ${why}`);
    expect(r.now().isClosed).toBe(true);
    // Nothing had begun, so there is nothing to abandon: the books are what they were.
    expect(r.slices).toEqual([]);
  });

  const faults: [string, Uint8Array, string][] = [
    ["an ITCH message of a wrong length", soup("S", "Ashort"), "sends a message of type 0x41 with"],
    ["an empty message", soup("S"), "sends a message of type 0x0 with 0 bytes"],
    ["a message that is too long", soup("S", "~".repeat(1400)), "sends a message of 1400 bytes"],
    ["a snapshot without a number", soup("S", "G         "), "closes the snapshot without a"],
    ["the end of the session", soup("Z"), "ended its session before the snapshot was whole"],
    ["garbage", ascii("\u0000\u0000HTTP"), "sends what is no SoupBinTCP"],
  ];
  test.each(faults)("abandons a snapshot on %s", (_, bytes, why) => {
    const r = connected();
    r.now().give(Buffer.concat([accepted(), soup("S", add("one"))]));
    r.now().give(bytes);
    expect(r.slices.map((s) => s.kind)).toEqual(["begin", "abandon"]);
    expect(r.notices[0]).toStartWith(`the snapshot server at 127.0.0.1:4000 ${why}`);
    expect(r.runs.failed).toBe(1);
  });

  test("leaves unknown types of messages to the decoder", () => {
    const r = connected();
    r.now().give(Buffer.concat([accepted(), soup("S", "~new type"), closing(100)]));
    expect(r.slices[1]).toEqual({ kind: "messages", messages: ["~new type"] });
  });

  test("takes a server that names its sessions in another way, when told to", () => {
    const r = connected({ checksSession: false });
    r.now().give(Buffer.concat([accepted("OTHER"), closing(100)]));
    expect(r.slices[0]).toEqual({ kind: "begin", session: SESSION });
  });
});
