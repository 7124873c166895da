/** Several acceptor sessions on one port: on the fake shim and on kernel sockets. */
import { describe, expect, test } from "bun:test";
import { Arena } from "../../src/core/arena.ts";
import { HP_EAGAIN, HP_ECLOSED, HP_PIPE_SIZE } from "../../src/ffi/layout.ts";
import type { Shim } from "../../src/ffi/shim.ts";
import { wrapMessage } from "../../src/fix/codec/text.ts";
import { LOBBY_MESSAGE_BYTES, Lobby } from "../../src/fix/session/lobby.ts";
import { STREAM_UP } from "../../src/net/stream.ts";
import { TcpListener } from "../../src/net/tcp-listener.ts";
import { TcpStream } from "../../src/net/tcp-stream.ts";
import { fake, REAL_SKIPPED, real, until } from "./backends.ts";
import { LOOPBACK } from "./port-rigs.ts";

const SIZE = 8192;
const S = 1e9;
const WAITING_MAX = 5;
const shims = [
  { name: "fake", skipped: undefined, make: fake },
  { name: "real", skipped: REAL_SKIPPED, make: real },
];

const logon = (from: string, to: string, begin = "FIX.4.4") =>
  wrapMessage(`35=A|34=1|49=${from}|52=20260102-10:00:00|56=${to}|98=0|108=30|`, begin);

for (const { name, skipped, make } of shims) {
  const title = skipped === undefined ? "" : ` (skipped: ${skipped})`;
  describe.skipIf(skipped !== undefined)(`Lobby: ${name} shim${title}`, () => {
    const withRig = async (use: (rig: Rig) => Promise<void>) => {
      const rig = new Rig(make().shim);
      try {
        await use(rig);
      } finally {
        rig.close();
      }
    };

    test("each Logon reaches the session of its name, whole and with what came behind it", () =>
      withRig(async (rig) => {
        const [a, b] = [await rig.connect(), await rig.connect()];
        const second = Buffer.concat([logon("B", "US"), wrapMessage("35=0|34=2|49=B|56=US|")]);
        rig.send(b, second);
        rig.send(a, logon("A", "US"));
        await rig.until(() => rig.lobby.counts.admitted === 2);
        expect(rig.lobby.size).toBe(0);
        expect(Buffer.compare(await rig.received("FIX.4.4:US:B", second.length), second)).toBe(0);
        const first = logon("A", "US");
        expect(Buffer.compare(await rig.received("FIX.4.4:US:A", first.length), first)).toBe(0);
      }));

    test("BeginString tells sessions apart that have the same CompIDs", () =>
      withRig(async (rig) => {
        rig.send(await rig.connect(), logon("A", "US", "FIX.4.2"));
        await rig.until(() => rig.lobby.counts.admitted === 1);
        expect(rig.session("FIX.4.2:US:A").stream.state()).toBe(STREAM_UP);
        expect(rig.session("FIX.4.4:US:A").stream.state()).toBe(HP_ECLOSED);
      }));

    test("a Logon in pieces waits until it is whole", () =>
      withRig(async (rig) => {
        const client = await rig.connect();
        const bytes = logon("A", "US");
        for (let at = 0; at < bytes.length; at += 9) {
          expect(rig.lobby.counts.admitted).toBe(0);
          rig.send(client, bytes.subarray(at, at + 9));
          await rig.settle();
        }
        await rig.until(() => rig.lobby.counts.admitted === 1);
        expect(Buffer.compare(await rig.received("FIX.4.4:US:A", bytes.length), bytes)).toBe(0);
      }));

    const strangers: [string, Uint8Array, keyof Lobby["counts"], string][] = [
      ["a stranger", logon("X", "US"), "unknown", "no session FIX.4.4:US:X here"],
      ["CompIDs the wrong way round", logon("US", "A"), "unknown", "no session FIX.4.4:A:US here"],
      ["another version", logon("A", "US", "FIX.4.0"), "unknown", "no session FIX.4.0:US:A here"],
      ["a name with escapes", logon("\x1b[2J\n", "US"), "unknown", "no session FIX.4.4:US:?[2J? h"],
      ["no CompIDs", wrapMessage("35=A|34=1|"), "unknown", "no session FIX.4.4:: here"],
      [
        "a message that is no Logon",
        wrapMessage("35=0|34=1|49=A|56=US|"),
        "notLogon",
        "the first message is no Logon",
      ],
      [
        "a MsgType that only begins with A",
        wrapMessage("35=AE|34=1|49=A|56=US|"),
        "notLogon",
        "the first message is no Logon",
      ],
      [
        "a wrong checksum",
        Buffer.from(logon("A", "US").map((c, i, all) => (i === all.length - 2 ? c ^ 1 : c))),
        "notLogon",
        "garbled or too long",
      ],
      ["words", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "notLogon", "garbled or too long"],
      [
        "a BodyLength of a gigabyte",
        Buffer.from("8=FIX.4.4\x019=999999999\x0135=A\x01"),
        "notLogon",
        "garbled or too long",
      ],
      [
        "a message longer than a first one may be",
        wrapMessage(`35=A|34=1|49=A|56=US|58=${"x".repeat(LOBBY_MESSAGE_BYTES)}|`),
        "notLogon",
        "garbled or too long",
      ],
      [
        "more fields than an index holds",
        wrapMessage(`35=A|34=1|49=A|56=US|${"1=|".repeat(600)}`),
        "notLogon",
        "no Logon",
      ],
    ];
    for (const [what, bytes, counter, why] of strangers) {
      test(`${what} is closed without a word, and counted`, () =>
        withRig(async (rig) => {
          const client = await rig.connect();
          rig.send(client, bytes);
          await rig.until(() => rig.lobby.counts[counter] === 1);
          expect(rig.lobby.counts.accepted).toBe(1);
          expect(rig.lobby.counts.admitted).toBe(0);
          expect(await rig.verdict(client)).toBe(HP_ECLOSED);
          expect(rig.closed[0]).toMatch(/^127\.0\.0\.1:\d+ /);
          expect(rig.closed[0]).toContain(why);
          expect(rig.lobby.size).toBe(0);
        }));
    }

    test("a second connection of a session that has one is closed, and the first goes on", () =>
      withRig(async (rig) => {
        const [first, second] = [await rig.connect(), await rig.connect()];
        rig.send(first, logon("A", "US"));
        await rig.until(() => rig.lobby.counts.admitted === 1);
        rig.send(second, logon("A", "US"));
        await rig.until(() => rig.lobby.counts.refused === 1);
        expect(await rig.verdict(second)).toBe(HP_ECLOSED);
        expect(first.recv(0, 100)).toBe(HP_EAGAIN);
        expect(rig.session("FIX.4.4:US:A").stream.state()).toBe(STREAM_UP);
        first.close();
        rig.session("FIX.4.4:US:A").stream.close();
        rig.send(await rig.connect(), logon("A", "US"));
        await rig.until(() => rig.lobby.counts.admitted === 2);
      }));

    test("who says nothing, or stops in the middle, is closed when the time is up", () =>
      withRig(async (rig) => {
        const silent = await rig.connect();
        const stalled = await rig.connect();
        rig.send(stalled, logon("A", "US").subarray(0, 30));
        await rig.until(() => rig.lobby.size === 2);
        rig.nowNs += 10 * S - 1;
        rig.lobby.poll(rig.nowNs);
        expect(rig.lobby.size).toBe(2);
        rig.nowNs += 1;
        rig.lobby.poll(rig.nowNs);
        expect(rig.lobby.size).toBe(0);
        expect(rig.lobby.counts.timedOut).toBe(2);
        expect(rig.closed[0]).toContain("no Logon in 10 s");
        expect(await rig.verdict(silent)).toBe(HP_ECLOSED);
        expect(await rig.verdict(stalled)).toBe(HP_ECLOSED);
      }));

    test("a peer that leaves before its Logon is forgotten", () =>
      withRig(async (rig) => {
        const client = await rig.connect();
        await rig.until(() => rig.lobby.size === 1);
        client.close();
        await rig.until(() => rig.lobby.counts.ended === 1);
        expect(rig.lobby.size).toBe(0);
      }));

    test("no more wait at once than may; the next have their turn when these are gone", () =>
      withRig(async (rig) => {
        const clients: TcpStream[] = [];
        for (let i = 0; i < WAITING_MAX + 3; i++) clients.push(await rig.connect());
        rig.send(clients[WAITING_MAX]!, logon("A", "US"));
        await rig.until(() => rig.lobby.size === WAITING_MAX);
        await rig.settle();
        expect(rig.lobby.size).toBe(WAITING_MAX);
        expect(rig.lobby.counts.accepted).toBe(WAITING_MAX);
        rig.nowNs += 10 * S;
        await rig.until(() => rig.lobby.counts.admitted === 1);
        expect(rig.lobby.counts).toMatchObject({
          timedOut: WAITING_MAX,
          accepted: WAITING_MAX + 3,
        });
        expect(rig.lobby.size).toBe(2);
      }));

    test("without a free handle a connection is closed and counted, and told once a second", () =>
      withRig(async (rig) => {
        const client = await rig.connect();
        const pipes = rig.takeHandles();
        await rig.until(() => rig.lobby.counts.failed === 1);
        rig.lobby.poll(rig.nowNs);
        const text = "one try to accept a connection failed: all 1024 TCP handles of the process";
        expect(rig.failed[0]).toStartWith(text);
        expect(await rig.verdict(client)).toBe(HP_ECLOSED);
        for (let i = 2; i <= 4; i++) {
          rig.shim.hp_tcp_close(pipes.pop()!);
          await rig.connect();
          await rig.until(() => rig.lobby.counts.failed === i);
        }
        expect(rig.failed).toHaveLength(1);
        rig.nowNs += S;
        rig.lobby.poll(rig.nowNs);
        expect(rig.failed).toHaveLength(2);
        expect(rig.failed[1]).toStartWith("3 tries to accept a connection failed");
        for (const pipe of pipes) rig.shim.hp_tcp_close(pipe);
        rig.send(await rig.connect(), logon("A", "US"));
        await rig.until(() => rig.lobby.counts.admitted === 1);
      }));

    test("closing the lobby ends those that wait", () =>
      withRig(async (rig) => {
        const client = await rig.connect();
        await rig.until(() => rig.lobby.size === 1);
        rig.lobby.close();
        expect(rig.lobby.size).toBe(0);
        expect(await rig.verdict(client)).toBe(HP_ECLOSED);
      }));
  });
}

/** What a session does with a connection: one at a time, in a stream of its own. */
class Session {
  constructor(readonly stream: TcpStream) {}

  accept(handle: number): boolean {
    if (this.stream.state() === STREAM_UP) return false;
    return this.stream.adopt(handle) >= 0;
  }
}

class Rig {
  readonly lobby: Lobby;
  readonly closed: string[] = [];
  readonly failed: string[] = [];
  nowNs = -5 * S;
  private readonly arena: Arena;
  private readonly listener: TcpListener;
  private readonly clients: TcpStream[] = [];
  private readonly sessions = new Map<string, Session>();

  constructor(readonly shim: Shim) {
    this.arena = Arena.alloc(shim, HP_PIPE_SIZE + 50 * TcpStream.arenaBytes(SIZE, SIZE));
    this.listener = new TcpListener(shim, { address: LOOPBACK, port: 0 });
    for (const key of ["FIX.4.4:US:A", "FIX.4.4:US:B", "FIX.4.2:US:A"]) {
      this.sessions.set(key, new Session(this.stream(0)));
    }
    this.lobby = new Lobby({
      shim,
      arena: this.arena,
      listener: this.listener,
      waitingMax: WAITING_MAX,
      find: (...names) => this.sessions.get(names.join(":")),
      onClosed: (peer, why) => this.closed.push(`${peer} ${why}`),
      onFailed: (why) => this.failed.push(why),
    });
  }

  /** Every handle that is free. */
  takeHandles(): number[] {
    const pipe = this.arena.take(HP_PIPE_SIZE);
    const taken: number[] = [];
    for (;;) {
      const handle = this.shim.hp_tcp_open_pipe(pipe.addr);
      if (handle < 0) return taken;
      taken.push(handle);
    }
  }

  session(key: string): Session {
    return this.sessions.get(key)!;
  }

  private stream(port: number): TcpStream {
    const options = { address: port === 0 ? 0 : LOOPBACK, port, rxSize: SIZE, txSize: SIZE };
    return new TcpStream(this.shim, this.arena, options);
  }

  async connect(): Promise<TcpStream> {
    const client = this.stream(this.listener.port);
    this.clients.push(client);
    client.open();
    await until(() => (client.state() === STREAM_UP ? true : undefined), "the connect");
    return client;
  }

  send(client: TcpStream, bytes: Uint8Array): void {
    client.tx.set(bytes);
    expect(client.send(0, bytes.length)).toBe(bytes.length);
  }

  /** Polls the lobby until `done`. */
  async until(done: () => boolean): Promise<void> {
    await until(() => {
      this.lobby.poll(this.nowNs);
      return done() ? true : undefined;
    }, "the lobby");
  }

  /** Some polls, so that what was sent has been looked at. */
  async settle(): Promise<void> {
    for (let i = 0; i < 5; i++) {
      this.lobby.poll(this.nowNs);
      await Bun.sleep(0);
    }
  }

  /** What the stream of a session gets, `length` bytes of it. */
  async received(key: string, length: number): Promise<Buffer> {
    const { stream } = this.session(key);
    let have = 0;
    await until(() => {
      const got = stream.recv(have, SIZE - have);
      if (got > 0) have += got;
      return have >= length ? true : undefined;
    }, `${length} bytes`);
    return Buffer.from(stream.rx.slice(0, have));
  }

  /** What ends a client: HP_ECLOSED is an end in good order. */
  verdict(client: TcpStream): Promise<number> {
    return until(() => {
      const got = client.recv(0, 100);
      return got === HP_EAGAIN ? undefined : got;
    }, "the client to hear");
  }

  close(): void {
    this.lobby.close();
    for (const client of this.clients) client.close();
    for (const { stream } of this.sessions.values()) stream.close();
    this.listener.close();
    this.arena.free();
  }
}
