// @hot
/**
 * A SoupBinTCP connection to a venue, the client's side, whatever it carries:
 *
 *   DOWN -> CONNECTING -> LOGON_SENT -> SYNCING -> UP -> DOWN
 *
 * The login asks for the first sequenced message that the journal does not have, so that whatever the
 * venue said in the meantime comes again, each message once. SYNCING ends when whoever derives from
 * this says so. Nothing is allocated after construction.
 */
import {
  SESSION_CONNECTING,
  SESSION_DOWN,
  SESSION_LOGON_SENT,
  SESSION_SYNCING,
  SESSION_UP,
} from "../core/codes.ts";
import * as N from "../fix/counters.ts";
import { Reconnect } from "../fix/session/reconnect.ts";
import {
  isSameSoupSession,
  readSoupSequence,
  SOUP_ACCEPTED_SEQUENCE_AT,
  SOUP_ACCEPTED_SESSION_AT,
  SOUP_LOGIN_ACCEPTED_BYTES,
  SOUP_LOGIN_SESSION_AT,
  SOUP_NO_SESSION,
  SOUP_SESSION_BYTES,
  writeSoupLogin,
} from "../net/soup/soup-login.ts";
import * as P from "../net/soup/soup-packets.ts";
import { STREAM_UP } from "../net/stream.ts";
import type { OuchSessionOptions } from "./options.ts";
import { NAME_AT, OWN_AT, SoupLink } from "./soup-link.ts";
import { SoupReceiver } from "./soup-receiver.ts";

/** Packets handled in one poll; the rest wait in the receive arena. */
export const PACKETS_PER_POLL = 64;
const NS_PER_S = 1e9;
const HEARTBEAT_NS = P.SOUP_HEARTBEAT_MS * 1e6;
const DEAD_NS = P.SOUP_DEAD_MS * 1e6;

/** Types in the journal's records of a session. */
export const MSG_LOGIN = 0x4c;
export const MSG_ACCEPTED = 0x41;

export abstract class SoupClient extends SoupLink {
  protected readonly receiver: SoupReceiver;
  private readonly reconnect: Reconnect;
  private readonly username: string;
  private readonly password: string;
  private readonly connectTimeoutNs: number;
  private readonly backlogTimeoutNs: number;
  private running = false;
  private deadlineNs = 0;
  private heardNs = 0;

  constructor(o: OuchSessionOptions) {
    super(o);
    this.username = o.username;
    this.password = o.password;
    this.connectTimeoutNs = o.connectTimeoutNs ?? 5 * NS_PER_S;
    this.backlogTimeoutNs = o.backlogTimeoutNs ?? NS_PER_S;
    this.reconnect = new Reconnect(o.reconnectNs ?? NS_PER_S);
    this.receiver = new SoupReceiver(o.stream, o.counters);
  }

  /** The sequenced message `next`, in the receiver: handled, journaled and counted by notes(). */
  protected abstract onMessage(nowNs: number): void;
  /** The login was accepted; what was missed comes now. */
  protected abstract onLoggedIn(nowNs: number): void;
  /** The venue had nothing to say for a second. */
  protected abstract onHeartbeat(nowNs: number): void;

  /** Connects at the next poll, and again whenever the connection ends. */
  start(): void {
    this.running = true;
    this.reconnect.begin();
  }

  /** Ends in good order; DOWN until start(). SoupBinTCP has no answer to a logout. */
  logout(): void {
    this.running = false;
    this.reason.tell("");
    const nowNs = this.clock.now();
    if (this.isLoggedOn()) {
      this.say(P.SOUP_LOGOUT, nowNs);
      this.sender.flush(nowNs);
    }
    this.disconnect(nowNs);
  }

  /** Closes at once; DOWN until start(). */
  stop(): void {
    this.running = false;
    this.reason.tell("");
    this.disconnect(this.clock.now());
  }

  /** One step: connect, receive, handle at most PACKETS_PER_POLL packets, timers, backlog. */
  poll(nowNs: number): void {
    if (this.state === SESSION_DOWN) {
      if (this.running && this.reconnect.isDue(nowNs)) this.connect(nowNs);
      return;
    }
    if (this.state === SESSION_CONNECTING) {
      this.pollConnect(nowNs);
      return;
    }
    this.receive(nowNs);
    if (this.isDown()) return;
    this.sender.flush(nowNs);
    if (this.sender.broken !== 0 || this.sender.fault !== 0) {
      this.notSent(nowNs);
      return;
    }
    this.timers(nowNs);
    this.block.sequences(this.sender.nextOut, this.next);
  }

  // ---- connecting ------------------------------------------------------------------------------

  private connect(nowNs: number): void {
    this.counters[N.FIX_CONNECTS]!++;
    this.block.connect();
    this.reason.begin();
    this.deadlineNs = nowNs + this.connectTimeoutNs;
    this.setState(SESSION_CONNECTING);
    const status = this.stream.open();
    if (status < 0) this.connectFailed(status, nowNs);
  }

  private pollConnect(nowNs: number): void {
    const status = this.stream.state();
    if (status === STREAM_UP) this.login(nowNs);
    else if (status < 0) this.connectFailed(status, nowNs);
    else if (nowNs >= this.deadlineNs) {
      this.counters[N.FIX_TIMEOUTS]!++;
      this.reason.tell("no connection in time");
      this.connectFailed(0, nowNs);
    }
  }

  private connectFailed(status: number, nowNs: number): void {
    if (status < 0) this.reason.tellConnect(status);
    this.counters[N.FIX_CONNECT_FAILURES]!++;
    this.disconnect(nowNs);
  }

  private login(nowNs: number): void {
    this.sender.drop();
    this.block.socket(this.stream.fd());
    this.receiver.clear();
    this.heardNs = nowNs;
    this.deadlineNs = nowNs + this.connectTimeoutNs;
    this.setState(SESSION_LOGON_SENT);
    const tx = this.stream.tx;
    const size = writeSoupLogin(tx, OWN_AT, this.username, this.password, "", this.next);
    const name = OWN_AT + P.SOUP_HEADER_BYTES + SOUP_LOGIN_SESSION_AT;
    for (let i = 0; i < SOUP_SESSION_BYTES; i++) tx[name + i] = tx[NAME_AT + i]!;
    // A password does not go to the journal.
    if (!this.sender.admin(0, MSG_LOGIN, this.next, OWN_AT, size, 0, nowNs)) this.notSent(nowNs);
  }

  /** Ends the connection; numbers stay. Safe to call in any state. */
  private disconnect(nowNs: number): void {
    if (this.state === SESSION_DOWN) return;
    this.stream.close();
    this.sender.drop();
    this.counters[N.FIX_DISCONNECTS]!++;
    this.reason.end();
    this.reconnect.ended(nowNs);
    this.block.socket(0);
    this.setState(SESSION_DOWN);
  }

  protected endWith(why: string, nowNs: number): void {
    this.reason.tell(why);
    this.disconnect(nowNs);
  }

  private timeout(why: string, nowNs: number): void {
    this.counters[N.FIX_TIMEOUTS]!++;
    this.endWith(why, nowNs);
  }

  protected notSent(nowNs: number): void {
    this.reason.tellNotSent(this.sender.fault, this.sender.broken);
    this.disconnect(nowNs);
  }

  private setState(state: number): void {
    if (state === this.state) return;
    this.state = state;
    this.block.state(state);
    this.block.sequences(this.sender.nextOut, this.next);
    this.sink.onSessionState(this.index, state);
  }

  // ---- receiving -------------------------------------------------------------------------------

  /** Takes what the socket has and handles at most PACKETS_PER_POLL packets; all when it closed. */
  private receive(nowNs: number): void {
    const receiver = this.receiver;
    receiver.receive();
    let left = PACKETS_PER_POLL;
    while ((left-- > 0 || receiver.closed) && receiver.next()) {
      this.heardNs = nowNs;
      this.onPacket(receiver.type, nowNs);
      // What can't be noted is not handled.
      if (this.isDown() || this.sender.fault !== 0) return;
    }
    if (receiver.lost) this.endWith("what came is no SoupBinTCP", nowNs);
    else if (receiver.closed) {
      const isLogin = this.state === SESSION_LOGON_SENT;
      this.endWith(isLogin ? "closed instead of a login" : "closed by the peer", nowNs);
    }
  }

  private onPacket(type: number, nowNs: number): void {
    switch (type) {
      case P.SOUP_SEQUENCED:
        this.onSequenced(nowNs);
        return;
      case P.SOUP_SERVER_HEARTBEAT:
        this.onHeartbeat(nowNs);
        return;
      case P.SOUP_LOGIN_ACCEPTED:
        this.onAccepted(nowNs);
        return;
      case P.SOUP_LOGIN_REJECTED:
        this.onRejected(nowNs);
        return;
      case P.SOUP_END_OF_SESSION:
        this.running = false;
        this.endWith("the venue has ended its session", nowNs);
        return;
      case P.SOUP_DEBUG:
      case P.SOUP_UNSEQUENCED:
        return;
      default:
        this.counters[N.FIX_UNSUPPORTED]!++;
    }
  }

  private onRejected(nowNs: number): void {
    const isSession =
      this.receiver.length > 0 && this.stream.rx[this.receiver.at] === SOUP_NO_SESSION;
    this.endWith(
      isSession
        ? "the venue does not have the session that the journal is of"
        : "the venue does not take the username or the password",
      nowNs,
    );
  }

  private onAccepted(nowNs: number): void {
    const rx = this.stream.rx;
    const tx = this.stream.tx;
    const at = this.receiver.at;
    if (this.state !== SESSION_LOGON_SENT || this.receiver.length < SOUP_LOGIN_ACCEPTED_BYTES) {
      this.counters[N.FIX_OUT_OF_STATE]!++;
      this.endWith("a login was accepted out of turn", nowNs);
      return;
    }
    const name = at + SOUP_ACCEPTED_SESSION_AT;
    if (this.isNamed() && !isSameSoupSession(rx, name, tx, NAME_AT)) {
      this.endWith("the venue is in another session than the journal", nowNs);
      return;
    }
    // Lower, it has lost what it said; higher, it will not say again what we missed.
    if (readSoupSequence(rx, at + SOUP_ACCEPTED_SEQUENCE_AT) !== this.next) {
      this.counters[N.FIX_SEQ_TOO_HIGH]!++;
      this.endWith("the venue does not go on where the journal ends", nowNs);
      return;
    }
    for (let i = 0; i < SOUP_SESSION_BYTES; i++) tx[NAME_AT + i] = rx[name + i]!;
    if (!this.note(0, MSG_ACCEPTED, NAME_AT, SOUP_SESSION_BYTES, nowNs)) return;
    this.counters[N.FIX_LOGONS]!++;
    this.block.logon();
    this.reason.begin();
    this.deadlineNs = nowNs + this.connectTimeoutNs;
    this.setState(SESSION_SYNCING);
    this.onLoggedIn(nowNs);
  }

  private onSequenced(nowNs: number): void {
    if (!this.isLoggedOn()) {
      this.counters[N.FIX_OUT_OF_STATE]!++;
      this.endWith("data came before the login was accepted", nowNs);
      return;
    }
    // While missed messages come in, the wait for what is behind them begins anew.
    if (this.state === SESSION_SYNCING) this.deadlineNs = nowNs + this.connectTimeoutNs;
    this.onMessage(nowNs);
  }

  /** Everything missed has come. */
  protected synced(): void {
    this.reconnect.succeeded();
    this.setState(SESSION_UP);
  }

  // ---- timers ----------------------------------------------------------------------------------

  private timers(nowNs: number): void {
    if (this.state !== SESSION_UP && nowNs >= this.deadlineNs) {
      const isLogin = this.state === SESSION_LOGON_SENT;
      this.timeout(isLogin ? "no answer to the login" : "no answer to the account query", nowNs);
      return;
    }
    if (nowNs - this.heardNs > DEAD_NS) {
      this.timeout("no heartbeat from the peer", nowNs);
      return;
    }
    if (this.isLoggedOn() && nowNs - this.sender.lastNs >= HEARTBEAT_NS) {
      if (!this.say(P.SOUP_CLIENT_HEARTBEAT, nowNs)) {
        this.notSent(nowNs);
        return;
      }
    }
    const waitsSinceNs = this.sender.waitsSinceNs;
    if (waitsSinceNs !== 0 && nowNs - waitsSinceNs > this.backlogTimeoutNs) {
      this.timeout("the peer takes no more bytes", nowNs);
    }
  }
}
