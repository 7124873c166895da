// @hot
/**
 * A FIX initiator over a Stream: the order side's way out and the venue's way in.
 *
 *   DOWN -> CONNECTING -> LOGON_SENT -> SYNCING -> UP -> LOGOUT_SENT -> DOWN
 *
 * SYNCING lasts until everything missed while away has come in (resends both ways) and the venue
 * has answered a TestRequest sent behind it. Order of checks: framing, BeginString, CompIDs,
 * MsgSeqNum (FIX 4.4 volume 2, session protocol). Nothing is allocated after construction.
 */
import {
  SESSION_CONNECTING,
  SESSION_DOWN,
  SESSION_LOGON_SENT,
  SESSION_LOGOUT_SENT,
  SESSION_SYNCING,
  SESSION_UP,
} from "../../core/codes.ts";
import { HP_JR_SESSION_RESET } from "../../ffi/layout.ts";
import { STREAM_UP, type Stream } from "../../net/stream.ts";
import * as N from "../counters.ts";
import type { ExecutionSink } from "../order/execution.ts";
import { SessionOrders } from "../order/order-session.ts";
import { TEMPLATES_BYTES } from "../order/order-templates.ts";
import { AdminMessages } from "./admin.ts";
import { Inbound } from "./inbound.ts";
import type { FixSessionOptions } from "./options.ts";
import { SessionReason } from "./reason.ts";
import { Receiver } from "./receiver.ts";
import { SessionSequence } from "./sequence.ts";

/** Messages handled in one poll; the rest wait in the receive arena. */
export const MESSAGES_PER_POLL = 64;
const BACKOFF_DOUBLINGS_MAX = 6;
const SYNC_TRIES_MAX = 3;
const NS_PER_S = 1e9;

export class FixSession extends SessionOrders {
  /** Why a connection ended; whoever ends one says it before. */
  readonly reason: SessionReason;
  private readonly stream: Stream;
  private readonly sink: ExecutionSink;
  private readonly admin: AdminMessages;
  private readonly receiver: Receiver;
  private readonly sequence: SessionSequence;
  private readonly inbound: Inbound;
  private readonly heartbeatNs: number;
  private readonly connectTimeoutNs: number;
  private readonly logoutTimeoutNs: number;
  private readonly backlogTimeoutNs: number;
  private readonly reconnectNs: number;
  private readonly resetOnLogon: boolean;
  private readonly noLogon: string;
  private running = false;
  private failures = 0;
  /** When to connect next; deadline of the handshake under way. */
  private nextConnectNs = -Infinity;
  private deadlineNs = 0;
  private lastInNs = 0;
  private testSent = 0;
  private testId = 0;
  private syncNs = 0;
  private syncTries = 0;

  /** Checks options against the dictionary; throws with one sentence when something is wrong. */
  constructor(o: FixSessionOptions) {
    super(o);
    this.reason = new SessionReason(this.block);
    this.stream = o.stream;
    this.sink = o.sink;
    this.heartbeatNs = o.heartbeatS * NS_PER_S;
    this.connectTimeoutNs = o.connectTimeoutNs ?? 5 * NS_PER_S;
    this.logoutTimeoutNs = o.logoutTimeoutNs ?? 2 * NS_PER_S;
    this.backlogTimeoutNs = o.backlogTimeoutNs ?? NS_PER_S;
    this.reconnectNs = o.reconnectNs ?? NS_PER_S;
    this.resetOnLogon = o.resetOnLogon === true;
    this.noLogon = `no answer to the Logon in ${this.connectTimeoutNs / NS_PER_S} s`;
    this.receiver = new Receiver(o, this.block);
    this.admin = new AdminMessages(o, TEMPLATES_BYTES, this.sender, this.time);
    this.sequence = new SessionSequence(o, this, this.admin);
    const tags = this.receiver.tags;
    this.inbound = new Inbound(o, this, tags, this.admin, this.sequence, this.templates);
    this.block.sequences(this.sender.nextOut, this.sequence.nextIn);
  }

  /** Next MsgSeqNum to send, and to expect. */
  nextOut(): number {
    return this.sender.nextOut;
  }

  nextIn(): number {
    return this.sequence.nextIn;
  }

  /** DENY_JOURNAL when the journal is full beyond its reserve and nothing is sent any more; else 0. */
  fault(): number {
    return this.sender.fault;
  }

  /** Connects at the next poll, and again whenever the connection ends. */
  start(): void {
    this.running = true;
    // Time is below 0 before the midnight that it is counted from.
    this.nextConnectNs = -Infinity;
    this.failures = 0;
  }

  /** Ends in good order: Logout, its answer or a timeout, then DOWN until start(). */
  logout(): void {
    this.running = false;
    this.reason.tell("");
    if (this.state === SESSION_SYNCING || this.state === SESSION_UP) {
      this.beginLogout("", this.clock.now());
    } else if (this.state !== SESSION_LOGOUT_SENT) this.disconnect(this.clock.now());
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
      if (this.running && nowNs >= this.nextConnectNs) this.connect(nowNs);
      return;
    }
    if (this.state === SESSION_CONNECTING) {
      this.pollConnect(nowNs);
      return;
    }
    this.receive(nowNs);
    if (this.isDown()) return;
    this.sequence.pollResend(nowNs);
    if (this.isDown()) return;
    this.sender.flush(nowNs);
    if (this.sender.broken !== 0 || this.sender.fault !== 0) {
      this.reason.tell(this.sender.fault !== 0 ? "the journal is full" : "sending failed");
      this.disconnect(nowNs);
      return;
    }
    this.timers(nowNs);
    this.block.sequences(this.sender.nextOut, this.sequence.nextIn);
  }

  // ---- connection -----------------------------------------------------------------------------

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

  private sendLogon(nowNs: number): void {
    this.block.socket(this.stream.fd());
    this.receiver.clear();
    this.testSent = 0;
    this.syncTries = 0;
    this.lastInNs = nowNs;
    this.sequence.clear();
    if (this.resetOnLogon) this.resetSequences(nowNs);
    this.deadlineNs = nowNs + this.connectTimeoutNs;
    this.setState(SESSION_LOGON_SENT);
    if (!this.admin.logon(this.resetOnLogon, this.sequence.nextIn, nowNs)) this.disconnect(nowNs);
  }

  /** Both directions begin at 1 again. */
  resetSequences(nowNs: number): void {
    this.counters[N.FIX_SEQUENCE_RESETS]!++;
    this.sender.nextOut = 1;
    this.sequence.nextIn = 1;
    this.sender.records.admin(HP_JR_SESSION_RESET, 0, 0x41, 1, 1, 0, 0, nowNs);
  }

  /** Ends the connection; sequence numbers stay. Safe to call in any state. */
  disconnect(nowNs: number): void {
    if (this.state === SESSION_DOWN) return;
    this.stream.close();
    this.sender.drop();
    this.sequence.clear();
    this.counters[N.FIX_DISCONNECTS]!++;
    this.reason.end();
    this.nextConnectNs = nowNs + this.reconnectNs * (1 << this.failures);
    if (this.failures < BACKOFF_DOUBLINGS_MAX) this.failures++;
    this.block.socket(0);
    this.setState(SESSION_DOWN);
  }

  /** Sends a Logout with this text and waits for the answer. */
  beginLogout(text: string, nowNs: number): void {
    this.reason.tell(text);
    this.deadlineNs = nowNs + this.logoutTimeoutNs;
    this.setState(SESSION_LOGOUT_SENT);
    if (!this.admin.logout(text, this.sequence.nextIn, nowNs)) this.disconnect(nowNs);
  }

  /** The Logon was answered: what is missing first, then the sync. */
  loggedOn(nowNs: number): void {
    this.counters[N.FIX_LOGONS]!++;
    this.block.logon();
    this.reason.begin();
    this.deadlineNs = nowNs + this.connectTimeoutNs;
    this.setState(SESSION_SYNCING);
  }

  /** Asks for proof that everything before it was handled; again after each resend we served. */
  sendSync(nowNs: number): void {
    this.syncNs = nowNs;
    if (!this.admin.testRequest("SYNC-", ++this.testId, this.sequence.nextIn, nowNs)) {
      this.disconnect(nowNs);
    }
  }

  /** A Heartbeat answered the TestRequest `id`. */
  answered(id: number): void {
    if (this.state !== SESSION_SYNCING || id !== this.testId) return;
    this.failures = 0;
    this.setState(SESSION_UP);
    this.sink.onSynced(this.index);
  }

  private setState(state: number): void {
    if (state === this.state) return;
    this.state = state;
    this.block.state(state);
    this.block.sequences(this.sender.nextOut, this.sequence.nextIn);
    this.sink.onSessionState(this.index, state);
  }

  // ---- timers ----------------------------------------------------------------------------------

  /** Takes what the socket has and handles at most MESSAGES_PER_POLL messages; all when it closed. */
  private receive(nowNs: number): void {
    const receiver = this.receiver;
    receiver.receive();
    let left = MESSAGES_PER_POLL;
    while ((left-- > 0 || receiver.closed) && receiver.next(nowNs)) {
      this.lastInNs = nowNs;
      this.testSent = 0;
      this.inbound.onMessage(nowNs);
      // A handler may have ended the connection.
      if (this.isDown()) return;
    }
    if (!receiver.closed) return;
    if (this.state === SESSION_LOGON_SENT) this.reason.tell("closed instead of a Logon");
    else this.reason.tell("closed by the venue");
    this.disconnect(nowNs);
  }

  /** Asked anew after each step that may have ended the connection. */
  private isDown(): boolean {
    return this.state === SESSION_DOWN;
  }

  private timers(nowNs: number): void {
    if (this.state === SESSION_LOGON_SENT || this.state === SESSION_LOGOUT_SENT) {
      if (nowNs < this.deadlineNs) return;
      if (this.state === SESSION_LOGON_SENT) this.timeout(this.noLogon, nowNs);
      else this.timeout("no answer to our Logout", nowNs);
      return;
    }
    const silentNs = nowNs - this.lastInNs;
    if (silentNs > 2.4 * this.heartbeatNs) {
      this.timeout("no heartbeat from the venue", nowNs);
      return;
    }
    if (silentNs > 1.2 * this.heartbeatNs && this.testSent === 0) {
      this.testSent = 1;
      if (!this.admin.testRequest("TEST-", ++this.testId, this.sequence.nextIn, nowNs)) {
        this.disconnect(nowNs);
        return;
      }
    }
    if (this.state === SESSION_SYNCING && nowNs - this.syncNs > this.connectTimeoutNs) {
      this.syncAgain(nowNs);
      if (this.isDown()) return;
    }
    const waitsSinceNs = this.sender.waitsSinceNs;
    if (waitsSinceNs !== 0 && nowNs - waitsSinceNs > this.backlogTimeoutNs) {
      this.timeout("the venue takes no more bytes", nowNs);
      return;
    }
    if (nowNs - this.sender.lastNs >= this.heartbeatNs) {
      if (!this.admin.heartbeat(this.sequence.nextIn, nowNs)) this.disconnect(nowNs);
    }
  }

  private syncAgain(nowNs: number): void {
    this.syncNs = nowNs;
    this.counters[N.FIX_SYNC_WAITS]!++;
    if (this.sequence.isBehind()) return;
    if (++this.syncTries > SYNC_TRIES_MAX) this.timeout("no answer to TestRequests", nowNs);
    else this.sendSync(nowNs);
  }

  private timeout(why: string, nowNs: number): void {
    this.reason.tell(why);
    this.counters[N.FIX_TIMEOUTS]!++;
    this.disconnect(nowNs);
  }
}
