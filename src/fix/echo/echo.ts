/**
 * `hairpin fix echo`: FIX sessions that send back what they get, to be judged by conformance suites.
 * The session layer is that of the appliance, message for message; what it serves is not.
 */
import { Arena } from "../../core/arena.ts";
import type { Clock } from "../../core/clock.ts";
import { SESSION_DOWN } from "../../core/codes.ts";
import { HP_COUNTERS_MAX } from "../../ffi/layout.ts";
import type { Shim } from "../../ffi/shim.ts";
import { createNullJournal } from "../../journal/null-journal.ts";
import { TcpListener } from "../../net/tcp-listener.ts";
import { TcpStream } from "../../net/tcp-stream.ts";
import { FIX_MESSAGES_IN } from "../counters.ts";
import { LOBBY_MESSAGE_BYTES, Lobby, type LobbySession } from "../session/lobby.ts";
import { LobbySeat } from "../session/lobby-seat.ts";
import { FixSession } from "../session/session.ts";
import { EchoDictionaries } from "./dictionaries.ts";
import { EchoApplication } from "./echo-application.ts";
import { ECHO_JOURNAL_BYTES, ECHO_MESSAGE_BYTES } from "./limits.ts";
import { SessionLog } from "./session-log.ts";

/** BeginString, and our CompID and the peer's. */
export interface EchoName {
  beginString: string;
  senderCompId: string;
  targetCompId: string;
}

export interface EchoOptions {
  shim: Shim;
  clock: Clock;
  /** Unix seconds of the clock's zero. */
  sessionStartS: number;
  names: readonly EchoName[];
  /** Folder of stock dictionaries; undefined = the built-in ones. */
  dictionaries: string | undefined;
  /** Acceptor: port to listen on, 0 = any. Initiator: where to connect. */
  listen?: { address: number; port: number };
  connect?: { address: number; port: number };
  /** HeartBtInt (108) of an initiator. */
  heartbeatS: number;
  /** One line for a log. */
  log(line: string): void;
}

const RX_BYTES = 1 << 18;
const TX_BYTES = 1 << 18;
/** The longest message as it goes back: our header may be longer than the peer's. */
const TX_MESSAGE_BYTES = ECHO_MESSAGE_BYTES + 1024;
const RECONNECT_NS = 2e8;

export class Echo {
  /** Port that it listens on; 0 = it does not. */
  readonly port: number;
  readonly counters = new Float64Array(HP_COUNTERS_MAX);
  private readonly o: EchoOptions;
  private readonly sessions: EchoSession[];
  private readonly byName: ReadonlyMap<string, EchoSession>;
  private readonly listener: TcpListener | undefined;
  /** Undefined where it does not listen, or does no more. */
  private lobby: Lobby | undefined;

  /** Throws one sentence when a dictionary is missing or the port is taken. */
  constructor(o: EchoOptions) {
    this.o = o;
    const bytes = o.names.length * TcpStream.arenaBytes(RX_BYTES, TX_BYTES);
    const arena = Arena.alloc(o.shim, bytes + LOBBY_MESSAGE_BYTES + 4096);
    const dictionaries = new EchoDictionaries(o.dictionaries);
    this.sessions = o.names.map(
      (name, i) => new EchoSession(o, name, i, arena, dictionaries, this.counters),
    );
    this.byName = new Map(this.sessions.map((session) => [session.text, session]));
    if (o.listen === undefined) {
      this.port = 0;
      for (const session of this.sessions) session.session.start();
      return;
    }
    this.listener = new TcpListener(o.shim, o.listen);
    this.port = this.listener.port;
    this.lobby = new Lobby({
      shim: o.shim,
      arena,
      listener: this.listener,
      find: (begin, sender, target) => this.find(begin, sender, target),
      onClosed: (peer, why) => o.log(`${peer} closed: ${why}`),
      onFailed: o.log,
    });
  }

  /** One step of everything; true when there was something to do. */
  poll(): boolean {
    const before = this.counters[FIX_MESSAGES_IN]!;
    const nowNs = this.o.clock.now();
    this.lobby?.poll(nowNs);
    for (const { session } of this.sessions) session.poll(nowNs);
    return this.counters[FIX_MESSAGES_IN] !== before;
  }

  /** Logs out; poll() until isDown(). */
  logout(): void {
    for (const { session } of this.sessions) session.logout();
    this.lobby?.close();
    this.lobby = undefined;
    this.listener?.close();
  }

  isDown(): boolean {
    return this.sessions.every(({ session }) => session.state === SESSION_DOWN);
  }

  private find(begin: string, sender: string, target: string): LobbySession | undefined {
    return this.byName.get(nameText(begin, sender, target))?.seat;
  }
}

function nameText(begin: string, sender: string, target: string): string {
  return `${begin}:${sender}:${target}`;
}

/** One session of an echo, with a seat in the lobby where it is an acceptor. */
class EchoSession {
  readonly session: FixSession;
  readonly seat: LobbySeat;
  readonly text: string;

  constructor(
    o: EchoOptions,
    name: EchoName,
    index: number,
    arena: Arena,
    dictionaries: EchoDictionaries,
    counters: Float64Array,
  ) {
    const { dictionary, validator, current } = dictionaries.forSession(name.beginString);
    const { address, port } = o.connect ?? { address: 0, port: 0 };
    const sizes = { rxSize: RX_BYTES, txSize: TX_BYTES };
    const stream = new TcpStream(o.shim, arena, { address, port, ...sizes });
    this.text = nameText(name.beginString, name.senderCompId, name.targetCompId);
    const isAcceptor = o.connect === undefined;
    const reason = () => this.session.block.reason;
    const log = new SessionLog(this.text, isAcceptor, reason, o.log);
    const application = new EchoApplication(current, (state) => log.onState(state));
    const isFixt = name.beginString === "FIXT.1.1";
    this.session = new FixSession({
      index,
      role: isAcceptor ? "acceptor" : "initiator",
      stream,
      journal: createNullJournal(0, ECHO_JOURNAL_BYTES),
      application,
      clock: o.clock,
      dictionary,
      sessionStartS: o.sessionStartS,
      counters,
      beginString: name.beginString,
      ...(isFixt ? { applVerId: dictionary.applVerId, tellsApplVerId: true } : {}),
      senderCompId: name.senderCompId,
      targetCompId: name.targetCompId,
      heartbeatS: o.heartbeatS,
      resetOnLogon: true,
      sync: false,
      validator,
      timestampDigits: /^FIX\.4\.[01]$/.test(name.beginString) ? 0 : 3,
      maxMessageBytes: ECHO_MESSAGE_BYTES,
      txMessageBytes: TX_MESSAGE_BYTES,
      aheadBytes: ECHO_MESSAGE_BYTES,
      reconnectNs: RECONNECT_NS,
      resend: "replay",
      resendMaxAgeNs: Number.POSITIVE_INFINITY,
    });
    application.session = this.session;
    this.seat = new LobbySeat(this.session, stream);
  }
}
