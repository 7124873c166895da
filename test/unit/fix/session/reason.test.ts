import { expect, test } from "bun:test";
import * as L from "../../../../src/ffi/layout.ts";
import { SessionBlock } from "../../../../src/fix/session/block.ts";
import { SessionReason } from "../../../../src/fix/session/reason.ts";
import { FakeVenue, S } from "../../../support/fake-venue.ts";
import { MemoryStream } from "../../../support/memory-stream.ts";

function blockOf() {
  const words = new Uint32Array(new ArrayBuffer(L.HP_SESSION_SIZE));
  const bytes = new Uint8Array(words.buffer, L.HP_SESSION__REASON, L.HP_SESSION__REASON_N);
  return {
    words,
    reason: () => Buffer.from(bytes).toString("latin1").replace(/\0+$/, ""),
    ends: () => words[L.HP_SESSION__ENDS_W],
  };
}

/** What the block says after a logon that goes `course`. */
function reasonOf(course: (venue: FakeVenue) => void, more = {}): string {
  const block = blockOf();
  const venue = new FakeVenue({ block: block.words, connectTimeoutNs: 5 * S, ...more });
  venue.connect();
  course(venue);
  expect(block.ends()).toBe(1);
  return block.reason();
}

test("a venue that refuses the logon is quoted", () => {
  expect(reasonOf((v) => v.say("5|58=unknown user ME"))).toBe("Logout: unknown user ME");
  expect(reasonOf((v) => v.say("5|"))).toBe("Logout");
  const low = "5|58=MsgSeqNum too low, expecting 12 but received 1";
  expect(reasonOf((v) => v.say(low), { sequences: { nextOut: 1, nextIn: 9 } })).toBe(
    "Logout: MsgSeqNum too low, expecting 12 but received 1",
  );
});

test("a logon that the dictionary refuses is told with what was wrong", () => {
  const validator = { validate: () => 2, refTag: 108 };
  expect(reasonOf((v) => v.say("A|98=0"), { validator })).toBe(
    "the peer's message was refused by the dictionary: Required tag missing, tag 108",
  );
});

test("a reject of the logon is the reason, not the silence behind it", () => {
  const reason = reasonOf((v) => {
    v.say("3|45=1|58=bad 553");
    v.pass(5);
  });
  expect(reason).toBe("Reject of our Logon: bad 553");
});

test("a connection that Onload has left to the kernel has words of its own", () => {
  const block = blockOf();
  const reason = new SessionReason(new SessionBlock(block.words));
  reason.begin();
  reason.tellConnect(L.HP_ENOTACCEL);
  reason.end();
  expect(block.reason()).toBe("not accelerated by Onload: closed before a byte was sent");
});

test("silence, a closed connection and a wrong peer have their own words", () => {
  expect(reasonOf((v) => v.pass(5))).toBe("no answer to the Logon in 5 s");
  const closed = (v: FakeVenue) => {
    v.stream.end();
    v.poll();
  };
  expect(reasonOf(closed)).toBe("closed instead of a Logon");
  expect(reasonOf((v) => closed(v.up()))).toBe("closed by the peer");
  const low = reasonOf((v) => v.say("A|98=0|108=30", 3), {
    sequences: { nextOut: 1, nextIn: 1204 },
  });
  expect(low).toBe("MsgSeqNum of the peer too low, expected 1204, received 3");
  expect(reasonOf((v) => v.up().pass(74))).toBe("no heartbeat from the peer");
  expect(reasonOf((v) => v.say("0|"))).toBe("the peer's first message was no Logon");
});

test("a connection that never comes to be says so, and the next try waits", () => {
  const block = blockOf();
  const stream = new MemoryStream();
  stream.openStatus = L.HP_EREFUSED;
  const venue = new FakeVenue({ block: block.words, reconnectNs: S }, stream);
  venue.connect();
  expect(block.reason()).toBe("connection refused, or the address is unreachable");
  venue.poll(50);
  expect(stream.opens).toBe(1);
  venue.pass(1.5);
  expect(stream.opens).toBe(2);
  expect(block.ends()).toBe(2);
});

test("an end in good order leaves no reason", () => {
  const reason = reasonOf((v) => {
    v.up();
    v.session.logout();
    v.say("5|58=bye");
  });
  expect(reason).toBe("");
});

test("text of a venue is cut to fit, and holds nothing that a terminal would obey", () => {
  const hostile = `5|58=\u001b[2J\u0007${"x".repeat(500)}\u009b`;
  const reason = reasonOf((v) => v.say(hostile));
  expect(reason).toStartWith("Logout: ?[2J?xxx");
  expect(reason).toMatch(/^[ -~]{79}$/);
});
