// @hot
/**
 * A FIX session over a Stream, in either role:
 *
 *   initiator  DOWN -> CONNECTING -> LOGON_SENT -> SYNCING -> UP -> LOGOUT_SENT -> DOWN
 *   acceptor   DOWN -> CONNECTING (its Logon is awaited) -> SYNCING -> UP -> ...
 *
 * SYNCING lasts until everything missed while away has come in (resends both ways) and, where the
 * session syncs, the peer has answered a TestRequest sent behind it. FIX 4.4 volume 2, session
 * protocol; FIXT 1.1. Nothing is allocated after construction.
 */
import {
  SESSION_CONNECTING,
  SESSION_DOWN,
  SESSION_LOGON_SENT,
  SESSION_LOGOUT_SENT,
  SESSION_SYNCING,
  SESSION_UP,
} from "../../core/codes.ts";
import { STREAM_UP, type Stream } from "../../net/stream.ts";
import type { MessageBuilder } from "../codec/builder.ts";
import * as N from "../counters.ts";
import type { FixApplication } from "./application.ts";
import { Hours } from "./hours.ts";
import { Inbound } from "./inbound.ts";
import { Liveness, PEER_ALIVE, PEER_SILENT } from "./liveness.ts";
import type { FixSessionOptions } from "./options.ts";
import { SessionOutbound } from "./outbound.ts";
import { SessionReason } from "./reason.ts";
import { Receiver } from "./receiver.ts";
import { Reconnect } from "./reconnect.ts";
import { SessionSequence } from "./sequence.ts";

/** Messages handled in one poll; the rest wait in the receive arena. */
export const MESSAGES_PER_POLL = 64;
const SYNC_TRIES_MAX = 3;
const LOGON = 0x41;
const NO_LOGOUT = "no answer to our Logout";
const NS_PER_S = 1e9;

export class FixSession extends SessionOutbound {
  /** HeartBtInt (108) of the connection. */
  heartbeatS: number;
  /** Why a connection ended; whoever ends one says it before. */
  readonly reason: SessionReason;
  readonly sequence: SessionSequence;
  private readonly stream: Stream;
  private readonly application: FixApplication;
  private readonly receiver: Receiver;
  private readonly inbound: Inbound;
  private readonly liveness: Liveness;
  private readonly hours: Hours;
  private readonly connectTimeoutNs: number;
  private readonly logoutTimeoutNs: number;
  private readonly backlogTimeoutNs: number;
  private readonly reconnect: Reconnect;
  private readonly options: FixSessionOptions;
  private readonly noLogon: string;
  private running = false;
  /** Of the handshake under way. */
  private deadlineNs = 0;
  private syncId = 0;
  private syncNs = 0;
  private syncTries = 0;

  /** Throws with one sentence when the options can't work. */
  constructor(o: FixSessionOptions) {
    super(o);
    this.heartbeatS = o.heartbeatS;
    this.stream = o.stream;
    this.application = o.application;
    this.reason = new SessionReason(this.block);
    this.connectTimeoutNs = o.connectTimeoutNs ?? 5 * NS_PER_S;
    this.logoutTimeoutNs = o.logoutTimeoutNs ?? 2 * NS_PER_S;
    this.backlogTimeoutNs = o.backlogTimeoutNs ?? NS_PER_S;
    this.reconnect = new Reconnect(o.reconnectNs ?? NS_PER_S);
    this.options = o;
    this.noLogon = `no ${this.isAcceptor ? "Logon" : "answer to the Logon"} in ${this.connectTimeoutNs / NS_PER_S} s`;
    this.receiver = new Receiver(o, this.block);
    this.sequence = new SessionSequence(o, this, this.admin, this.resends);
    this.inbound = new Inbound(o, this, this.receiver.tags, this.admin, this.sequence);
    this.hours = new Hours(o.windows ?? null, o.lastUsedNs ?? Number.NaN);
    this.liveness = new Liveness(o, this.admin, this.sender, this.sequence);
    this.block.sequences(this.sender.nextOut, this.sequence.nextIn);
  }

  /** Next MsgSeqNum to expect. */
  nextIn(): number {
    return this.sequence.nextIn;
  }

  /** An application message of our own, field by field: then send(). Only while isLoggedOn(). */
  begin(msgType: string, nowNs: number): MessageBuilder {
    return this.admin.beginApplication(msgType, nowNs);
  }

  /** False when it did not fit or could not queue. msgType: up to four characters, little-endian. */
  send(msgType: number, nowNs: number): boolean {
    return this.admin.sendApplication(msgType, this.sequence.nextIn, nowNs);
  }

  /** Initiator: connects at the next poll, and again whenever the connection ends. */
  start(): void {
    this.running = true;
    this.reconnect.begin();
  }

  /**
   * Acceptor: the stream has taken over a connection, whose Logon is to come. False outside of the
   * session's hours: nothing has changed then.
   */
  accepted(nowNs: number): boolean {
    const wallNs = nowNs + this.clock.wallOffsetNs;
    if (!this.hours.mayConnect(wallNs)) {
      this.counters[N.FIX_OUT_OF_HOURS]!++;
      return false;
    }
    this.counters[N.FIX_CONNECTS]!++;
    this.block.connect();
    this.reason.begin();
    this.setState(SESSION_CONNECTING);
    this.connected(nowNs);
    if (this.hours.begins(wallNs)) this.resetSequences(nowNs);
    return true;
  }

  /** Ends in good order: Logout, its answer or a timeout, then DOWN until start(). */
  logout(): void {
    this.running = false;
    this.reason.tell("");
    if (this.isLoggedOn()) this.beginLogout("", this.clock.now());
    else if (this.state !== SESSION_LOGOUT_SENT) this.disconnect(this.clock.now());
  }

  /** Closes at once; DOWN until start(). */
  stop(): void {
    this.running = false;
    this.reason.tell("");
    this.disconnect(this.clock.now());
  }

  /** One step: connect, receive, handle at most MESSAGES_PER_POLL messages, timers, backlog. */
  poll(nowNs: number): void {
    if (this.state === SESSION_DOWN) {
      if (this.isAcceptor || !this.running || !this.reconnect.isDue(nowNs)) return;
      if (this.hours.mayConnect(nowNs + this.clock.wallOffsetNs)) this.connect(nowNs);
      return;
    }
    if (this.state === SESSION_CONNECTING && !this.isAcceptor) {
      this.pollConnect(nowNs);
      return;
    }
    this.receive(nowNs);
    if (this.isDown()) return;
    this.sequence.pollResend(nowNs);
    if (this.isDown()) return;
    this.sender.flush(nowNs);
    if (this.sender.broken !== 0 || this.sender.fault !== 0) {
      this.notSent(nowNs);
      return;
    }
    this.timers(nowNs);
    this.block.sequences(this.sender.nextOut, this.sequence.nextIn);
  }

  private connect(nowNs: number): void {
    this.counters[N.FIX_CONNECTS]!++;
    this.block.connect();
    this.reason.begin();
    this.deadlineNs = nowNs + this.connectTimeoutNs;
    this.setState(SESSION_CONNECTING);
    const status = this.stream.open();
    if (status >= 0) return;
    this.reason.tellConnect(status);
    this.connectFailed(nowNs);
  }

  private pollConnect(nowNs: number): void {
    const status = this.stream.state();
    if (status === STREAM_UP) {
      this.sendLogon(nowNs);
      return;
    }
    if (status >= 0 && nowNs < this.deadlineNs) return;
    if (status < 0) this.reason.tellConnect(status);
    else {
      this.reason.tell("no connection in time");
      this.counters[N.FIX_TIMEOUTS]!++;
    }
    this.connectFailed(nowNs);
  }

  private connectFailed(nowNs: number): void {
    this.counters[N.FIX_CONNECT_FAILURES]!++;
    this.disconnect(nowNs);
  }

  /** Nothing of an earlier connection counts; nor of a process that died within one. */
  private connected(nowNs: number): void {
    const isFresh = this.sender.nextOut === 1 && this.sequence.nextIn === 1;
    this.sender.drop();
    this.block.socket(this.stream.fd());
    this.receiver.clear();
    this.syncTries = 0;
    this.liveness.heard(nowNs);
    this.sequence.clear();
    this.sequence.resend.connected(this.sender.nextOut);
    this.deadlineNs = nowNs + this.connectTimeoutNs;
    if (this.options.resetOnDisconnect === true && !isFresh) this.resetSequences(nowNs);
  }

  private sendLogon(nowNs: number): void {
    this.connected(nowNs);
    const resets = this.options.resetOnLogon === true;
    const isNew = this.hours.begins(nowNs + this.clock.wallOffsetNs) || resets;
    if (isNew) this.resetSequences(nowNs);
    this.setState(SESSION_LOGON_SENT);
    if (!this.admin.logon(this.heartbeatS, resets, this.sequence.nextIn, nowNs)) {
      this.notSent(nowNs);
    }
  }

  /** Both directions begin at 1 again. */
  resetSequences(nowNs: number): void {
    this.counters[N.FIX_SEQUENCE_RESETS]!++;
    this.sender.restart();
    this.sequence.restart();
    this.application.onSequencesReset?.(this.index);
    this.sequence.noteReset(0, LOGON, 1, 1, nowNs);
  }

  /** Ends the connection; sequence numbers stay. Safe to call in any state. */
  disconnect(nowNs: number): void {
    if (this.state === SESSION_DOWN) return;
    this.stream.close();
    this.sender.drop();
    this.sequence.clear();
    this.counters[N.FIX_DISCONNECTS]!++;
    this.reason.end();
    this.reconnect.ended(nowNs);
    this.block.socket(0);
    if (this.options.resetOnDisconnect === true) this.resetSequences(nowNs);
    this.setState(SESSION_DOWN);
  }

  /** Ends the connection behind a last message of ours, also one that waits for release(). */
  leave(nowNs: number): void {
    this.sender.flush(nowNs);
    this.disconnect(nowNs);
  }

  /** A message of ours could not even queue. */
  notSent(nowNs: number): void {
    this.reason.tellNotSent(this.sender.fault, this.sender.broken);
    this.disconnect(nowNs);
  }

  /** Sends a Logout with this text and waits for the answer; only once. */
  beginLogout(text: string, nowNs: number): void {
    this.reason.tell(text);
    if (this.state === SESSION_LOGOUT_SENT) return;
    this.deadlineNs = nowNs + this.logoutTimeoutNs;
    this.setState(SESSION_LOGOUT_SENT);
    if (!this.admin.logout(text, this.sequence.nextIn, nowNs)) this.notSent(nowNs);
  }

  /** The peer's Logout has come: answered unless it answers ours, and the connection is over. */
  loggedOut(nowNs: number): void {
    if (this.isLoggedOn()) this.admin.logout("", this.sequence.nextIn, nowNs);
    if (this.options.resetOnLogout === true) this.resetSequences(nowNs);
    this.leave(nowNs);
  }

  /** Logon and its answer have been exchanged: what is missing first, then inStep(). */
  loggedOn(nowNs: number): void {
    this.counters[N.FIX_LOGONS]!++;
    this.block.logon();
    this.reason.begin();
    this.deadlineNs = nowNs + this.connectTimeoutNs;
    this.syncNs = nowNs;
    this.setState(SESSION_SYNCING);
  }

  /** Nothing is missing any more. Asks for proof where the session syncs; after each resend again. */
  inStep(nowNs: number): void {
    if (!(this.options.sync ?? !this.isAcceptor)) {
      this.up();
      return;
    }
    this.syncNs = nowNs;
    if (!this.admin.syncRequest(++this.syncId, this.sequence.nextIn, nowNs)) {
      this.notSent(nowNs);
    }
  }

  /** A Heartbeat answered the sync `id`. */
  answered(id: number): void {
    if (this.state === SESSION_SYNCING && id === this.syncId) this.up();
  }

  private up(): void {
    this.reconnect.succeeded();
    this.sequence.resend.forget();
    this.setState(SESSION_UP);
    this.application.onSynced(this.index);
  }

  private setState(state: number): void {
    if (state === this.state) return;
    this.state = state;
    this.block.state(state);
    this.block.sequences(this.sender.nextOut, this.sequence.nextIn);
    this.application.onSessionState(this.index, state);
  }

  // ---- receiving and timers --------------------------------------------------------------------

  /** Takes what the socket has and handles at most MESSAGES_PER_POLL messages; all when it closed. */
  private receive(nowNs: number): void {
    const receiver = this.receiver;
    receiver.receive();
    let left = MESSAGES_PER_POLL;
    while ((left-- > 0 || receiver.closed) && receiver.next(nowNs)) {
      this.liveness.heard(nowNs);
      this.inbound.onMessage(nowNs);
      if (this.sequence.ahead.count !== 0) this.handleKept(nowNs);
      // A handler may have ended the connection; what can't be noted is not handled.
      if (this.isDown() || this.sender.fault !== 0) return;
    }
    if (receiver.sawGarbled && this.state === SESSION_CONNECTING) {
      this.reason.tell("the peer's Logon is garbled");
      this.disconnect(nowNs);
      return;
    }
    if (!receiver.closed) return;
    if (this.state === SESSION_LOGON_SENT) this.reason.tell("closed instead of a Logon");
    else this.reason.tell("closed by the peer");
    this.disconnect(nowNs);
  }

  /** What came ahead of its turn, as far as its turn has come. */
  private handleKept(nowNs: number): void {
    const ahead = this.sequence.ahead;
    while (ahead.take(this.sequence.nextIn)) {
      if (ahead.length === 0) {
        this.sequence.consumed(this.sequence.nextIn, 0, this.sequence.nextIn + 1, nowNs);
        continue;
      }
      this.receiver.index(ahead.offset, ahead.length);
      this.inbound.onKept(nowNs);
      if (this.isDown() || this.sender.fault !== 0) return;
    }
  }

  private isDown(): boolean {
    return this.state === SESSION_DOWN;
  }

  private timers(nowNs: number): void {
    if (!this.isLoggedOn()) {
      const isLogout = this.state === SESSION_LOGOUT_SENT;
      if (nowNs >= this.deadlineNs) this.timeout(isLogout ? NO_LOGOUT : this.noLogon, nowNs);
      return;
    }
    const alive = this.heartbeatS > 0 ? this.liveness.check(this.heartbeatS, nowNs) : PEER_ALIVE;
    if (alive !== PEER_ALIVE) {
      if (alive === PEER_SILENT) this.timeout("no heartbeat from the peer", nowNs);
      else this.notSent(nowNs);
      return;
    }
    if (this.hours.isOver(nowNs + this.clock.wallOffsetNs)) {
      this.counters[N.FIX_OUT_OF_HOURS]!++;
      this.beginLogout("the hours of the session are over", nowNs);
      return;
    }
    if (this.state === SESSION_SYNCING && nowNs - this.syncNs > this.connectTimeoutNs) {
      this.syncAgain(nowNs);
      if (this.isDown()) return;
    }
    const waitsSinceNs = this.sender.waitsSinceNs;
    if (waitsSinceNs !== 0 && nowNs - waitsSinceNs > this.backlogTimeoutNs) {
      this.timeout("the peer takes no more bytes", nowNs);
    }
  }

  private syncAgain(nowNs: number): void {
    this.syncNs = nowNs;
    this.counters[N.FIX_SYNC_WAITS]!++;
    if (this.sequence.isBehind()) return;
    if (++this.syncTries > SYNC_TRIES_MAX) this.timeout("no answer to TestRequests", nowNs);
    else this.inStep(nowNs);
  }

  private timeout(why: string, nowNs: number): void {
    this.reason.tell(why);
    this.counters[N.FIX_TIMEOUTS]!++;
    this.disconnect(nowNs);
  }
}
