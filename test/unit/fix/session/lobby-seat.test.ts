import { expect, test } from "bun:test";
import { Arena } from "../../../../src/core/arena.ts";
import { SESSION_DOWN } from "../../../../src/core/codes.ts";
import { fakeShim } from "../../../../src/ffi/fake.ts";
import type { FakePeer } from "../../../../src/ffi/fake-tcp.ts";
import { HP_ECLOSED } from "../../../../src/ffi/layout.ts";
import { showMessage, wrapMessage } from "../../../../src/fix/codec/text.ts";
import { loadDictionary } from "../../../../src/fix/dictionary/load.ts";
import { APP_TAKEN } from "../../../../src/fix/session/application.ts";
import { LOBBY_MESSAGE_BYTES, Lobby } from "../../../../src/fix/session/lobby.ts";
import { LobbySeat } from "../../../../src/fix/session/lobby-seat.ts";
import type { FixSessionOptions } from "../../../../src/fix/session/options.ts";
import { FixSession } from "../../../../src/fix/session/session.ts";
import { SessionWindows } from "../../../../src/fix/session/session-windows.ts";
import { createNullJournal } from "../../../../src/journal/null-journal.ts";
import { STREAM_UP } from "../../../../src/net/stream.ts";
import { TcpListener } from "../../../../src/net/tcp-listener.ts";
import { TcpStream } from "../../../../src/net/tcp-stream.ts";

const PORT = 5001;
const LOOPBACK = 0x7f000001;
const DAY_S = 86_400;
const START_S = Math.floor(Date.UTC(2026, 10, 20) / 1000 / DAY_S) * DAY_S;
const NOON_NS = 43_200e9;

const application = {
  onMessage: () => APP_TAKEN,
  onMessageReject() {},
  onNeverReached() {},
  mayResend: () => false,
  onSessionState() {},
  onSynced() {},
};

/** Acceptor sessions US:A and US:B behind one port of a fake shim, at noon UTC. */
function rig(more: Partial<FixSessionOptions> = {}) {
  const shim = fakeShim();
  const arena = Arena.alloc(shim, 3 * TcpStream.arenaBytes(1 << 17, 1 << 16) + LOBBY_MESSAGE_BYTES);
  const clock = { wallOffsetNs: 0, now: () => NOON_NS };
  const seats = new Map<string, { seat: LobbySeat; session: FixSession; stream: TcpStream }>();
  for (const [index, target] of ["A", "B"].entries()) {
    const sizes = { rxSize: 1 << 17, txSize: 1 << 16 };
    const stream = new TcpStream(shim, arena, { address: 0, port: 0, ...sizes });
    const session = new FixSession({
      index,
      role: "acceptor",
      stream,
      journal: createNullJournal(0, 1 << 20),
      application,
      clock,
      dictionary: loadDictionary("FIX44"),
      sessionStartS: START_S,
      counters: new Float64Array(256),
      senderCompId: "US",
      targetCompId: target,
      heartbeatS: 30,
      ...more,
    });
    session.start();
    seats.set(`US:${target}`, { seat: new LobbySeat(session, stream), session, stream });
  }
  const listener = new TcpListener(shim, { address: LOOPBACK, port: PORT });
  const closed: string[] = [];
  const lobby = new Lobby({
    shim,
    arena,
    listener,
    find: (_begin, sender, target) => seats.get(`${sender}:${target}`)?.seat,
    onClosed: (peer, why) => closed.push(`${peer} ${why}`),
  });
  const poll = () => {
    lobby.poll(NOON_NS);
    for (const { session } of seats.values()) session.poll(NOON_NS);
  };
  const dial = (from: string): FakePeer => {
    const peer = shim.network.dial(LOOPBACK, PORT)!;
    const time = "20261120-12:00:00";
    peer.write(wrapMessage(`35=A|34=1|49=${from}|52=${time}|56=US|98=0|108=30|`));
    return peer;
  };
  return { lobby, seats, closed, poll, dial, shim };
}

test("sessions behind one port each answer their own client's Logon", () => {
  const { seats, poll, dial } = rig();
  const [b, a] = [dial("B"), dial("A")];
  poll();
  for (const [peer, name] of [
    [a, "A"],
    [b, "B"],
  ] as const) {
    const answer = showMessage(peer.read());
    expect(answer).toContain("|35=A|");
    expect(answer).toContain("|49=US|");
    expect(answer).toContain(`|56=${name}|`);
    expect(seats.get(`US:${name}`)!.session.isLoggedOn()).toBe(true);
  }
});

test("a second client of a session is closed, and the first keeps its session", () => {
  const { seats, poll, dial, lobby } = rig();
  const first = dial("A");
  poll();
  first.read();
  const second = dial("A");
  poll();
  expect(second.isClosed).toBe(true);
  expect(second.read().length).toBe(0);
  expect(first.isClosed).toBe(false);
  expect(lobby.counts.refused).toBe(1);
  expect(seats.get("US:A")!.session.isLoggedOn()).toBe(true);
});

test("a session whose client has gone takes the next one", () => {
  const { seats, poll, dial } = rig({ resetOnLogon: true });
  dial("A").close();
  poll();
  poll();
  expect(seats.get("US:A")!.session.state).toBe(SESSION_DOWN);
  const next = dial("A");
  poll();
  expect(showMessage(next.read())).toContain("|35=A|");
});

test("a client that comes back at once is taken, although the end of its last connection was not seen", () => {
  const { seats, lobby, poll, dial } = rig({ resetOnLogon: true });
  const first = dial("A");
  poll();
  first.close();
  const next = dial("A");
  // The lobby looks before the session has.
  lobby.poll(NOON_NS);
  poll();
  expect(showMessage(next.read())).toContain("|35=A|");
  expect(lobby.counts.refused).toBe(0);
  expect(seats.get("US:A")!.session.isLoggedOn()).toBe(true);
});

test("out of its hours a session takes no connection, and holds none", () => {
  const schedule = { timezone: "UTC", start: "13:00", end: "14:00" };
  const windows = new SessionWindows(schedule, START_S);
  const { seats, poll, dial, lobby, closed, shim } = rig({ windows });
  const files = shim.network.files.size;
  const peer = dial("A");
  poll();
  const { session, stream } = seats.get("US:A")!;
  expect(peer.isClosed).toBe(true);
  expect(lobby.counts.refused).toBe(1);
  expect(closed[0]).toMatch(/^127\.0\.0\.1:\d+ session FIX\.4\.4:US:A .* takes none now$/);
  expect(session.state).toBe(SESSION_DOWN);
  expect(stream.state()).toBe(HP_ECLOSED);
  expect(shim.network.files.size).toBe(files);
  // The handle is somebody else's next: the stream must not end it.
  const other = shim.network.dial(LOOPBACK, PORT)!;
  lobby.poll(NOON_NS);
  stream.close();
  expect(other.isClosed).toBe(false);
  expect(stream.state()).not.toBe(STREAM_UP);
});
