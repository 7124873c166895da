/**
 * A FIX 4.4 order session as the venue keeps it: sequence numbers and sent messages outlive
 * connections. Rules are those of the FIX session protocol (FIX 4.4 volume 2), acceptor's side.
 */

import { noFaults, type VenueFaults, withWrongBodyLength, withWrongCheckSum } from "./faults.ts";
import type { FixConnection } from "./fix-connection.ts";
import type { Fields, FixMessage } from "./fix-message.ts";
import { FixOutbox, isAdmin } from "./fix-outbox.ts";
import type { SimClock } from "./transport.ts";

/** What the session hands on, and whom it tells that the client is gone. */
export interface FixApplication {
  onOrderMessage(session: FixSession, message: FixMessage): void;
  /** The TCP connection has ended, or the client has logged out. */
  onDisconnect(session: FixSession): void;
}

export interface FixSessionOptions {
  index: number;
  beginString: string;
  /** The venue's CompID, and the client's. */
  venueCompId: string;
  clientCompId: string;
  timeDigits: number;
  /** EndSeqNo of our ResendRequests: 0 for all, or the last number that is missing. */
  resendEnd: "open" | "exact";
  clock: SimClock;
  application: FixApplication;
}

export interface SessionCounters {
  logons: number;
  disconnects: number;
  garbled: number;
  received: number;
  resendRequestsSent: number;
  resendRequestsReceived: number;
  rejects: number;
  possDups: number;
}

/** Messages kept while earlier ones are missing. */
const AHEAD_MAX = 10_000;
const MISSING_TAG = 1;
const VALUE_WRONG = 5;
const COMP_ID_PROBLEM = 9;
const OTHER = 99;

export class FixSession {
  readonly index: number;
  faults: VenueFaults = noFaults();
  /** MsgSeqNum expected next. */
  nextIn = 1;
  readonly counters: SessionCounters = {
    logons: 0,
    disconnects: 0,
    garbled: 0,
    received: 0,
    resendRequestsSent: 0,
    resendRequestsReceived: 0,
    rejects: 0,
    possDups: 0,
  };
  readonly outbox: FixOutbox;
  private connection: FixConnection | undefined;
  /** Messages ahead of a gap; undefined = handled already. */
  private ahead = new Map<number, FixMessage | undefined>();
  /** Highest number received ahead of a gap, all below which has been asked for; 0 = no gap. */
  private highest = 0;
  private heartbeatMs = 30_000;
  private sentMs = 0;
  private heardMs = 0;
  private testSent = false;
  private testCount = 0;
  /** A message was cut off on purpose: nothing more goes out. */
  private broken = false;
  /** And poll() closes. */
  private closing = false;
  private readonly delayed: { dueMs: number; message: FixMessage }[] = [];

  constructor(readonly options: FixSessionOptions) {
    this.index = options.index;
    this.outbox = new FixOutbox({
      beginString: options.beginString,
      senderCompId: options.venueCompId,
      targetCompId: options.clientCompId,
      timeDigits: options.timeDigits,
      wallMs: () => options.clock.wallMs(),
    });
  }

  get nextOut(): number {
    return this.outbox.nextSeq;
  }

  get isConnected(): boolean {
    return this.connection !== undefined;
  }

  /** First message of a connection. False when the logon was refused (the connection is closed). */
  logon(connection: FixConnection, message: FixMessage): boolean {
    if (this.connection !== undefined) {
      connection.close();
      return false;
    }
    this.connection = connection;
    this.testSent = false;
    this.broken = false;
    this.closing = false;
    this.heardMs = this.nowMs();
    const reset = message.text(141) === "Y";
    if (reset) this.reset();
    if (message.seq < this.nextIn && !message.possDup) {
      this.refuseLow(message);
      return false;
    }
    this.counters.logons++;
    this.counters.received++;
    this.heartbeatMs = Math.max(0, message.int(108)) * 1000;
    this.send("A", [
      [98, 0],
      [108, this.heartbeatMs / 1000],
      ...(reset ? ([[141, "Y"]] as const) : []),
    ]);
    if (this.faults.stallReading) connection.transport.pause(true);
    if (message.seq > this.nextIn) {
      this.ahead.set(message.seq, undefined);
      this.askForGap(message.seq);
    } else if (message.seq === this.nextIn) {
      this.nextIn++;
      this.drain();
    }
    return true;
  }

  /** Any later message. */
  onMessage(message: FixMessage): void {
    this.counters.received++;
    this.heardMs = this.nowMs();
    this.testSent = false;
    if (!this.hasRightCompIds(message)) {
      this.reject(message, COMP_ID_PROBLEM, 49);
      this.logout("CompID problem");
      return;
    }
    if (message.seq < 1) {
      this.logout("MsgSeqNum missing");
      return;
    }
    if (message.type === "4" && message.text(123) !== "Y") this.onReset(message);
    else if (message.seq > this.nextIn) this.onAhead(message);
    else if (message.seq < this.nextIn) this.onBehind(message);
    else {
      this.nextIn++;
      this.handle(message);
      this.drain();
    }
  }

  onGarbled(): void {
    this.counters.garbled++;
  }

  /** The connection is gone, from whichever side. */
  onClosed(connection: FixConnection): void {
    if (connection !== this.connection) return;
    this.connection = undefined;
    this.counters.disconnects++;
    this.ahead.clear();
    this.highest = 0;
    this.release(Number.POSITIVE_INFINITY);
    this.options.application.onDisconnect(this);
  }

  /** Sends a message, or only stores it when nobody is connected. */
  send(type: string, fields: Fields): void {
    const bytes = this.outbox.add(type, fields);
    this.sentMs = this.nowMs();
    this.transmit(bytes, isAdmin(type));
  }

  /** Session-level reject (3) of `message`. */
  reject(message: FixMessage, reason: number, tag: number): void {
    this.counters.rejects++;
    this.send("3", [
      [45, message.seq],
      [371, tag],
      [372, message.type],
      [373, reason],
    ]);
  }

  /** Says why, and closes without waiting for the client's answer. */
  logout(text: string): void {
    this.send("5", [[58, text]]);
    this.connection?.close();
  }

  setFaults(faults: Partial<VenueFaults>): void {
    this.faults = { ...this.faults, ...faults };
    this.connection?.transport.pause(this.faults.stallReading);
  }

  /** Closes the connection without a word. */
  drop(): void {
    this.connection?.close();
  }

  /** Heartbeats, test requests, delayed order messages. */
  poll(): void {
    const now = this.nowMs();
    this.release(now);
    if (this.closing) this.drop();
    if (this.connection === undefined || this.heartbeatMs === 0) return;
    if (now - this.sentMs >= this.heartbeatMs) this.send("0", []);
    const silent = now - this.heardMs;
    if (silent >= 2.4 * this.heartbeatMs) this.drop();
    else if (silent >= 1.2 * this.heartbeatMs && !this.testSent) {
      this.testSent = true;
      this.send("1", [[112, `T${++this.testCount}`]]);
    }
  }

  private handle(message: FixMessage): void {
    if (message.possDup && !message.has(122)) {
      this.reject(message, MISSING_TAG, 122);
      return;
    }
    const { type } = message;
    if (type === "1") this.send("0", [[112, message.text(112)]]);
    else if (type === "2") this.onResendRequest(message);
    else if (type === "4") this.onGapFill(message);
    else if (type === "A") this.reject(message, OTHER, 35);
    else if (type === "5") {
      this.send("5", []);
      this.connection?.close();
    } else if (!isAdmin(type)) this.onOrderMessage(message);
  }

  private onOrderMessage(message: FixMessage): void {
    const delayMs = this.faults.slowAckMs;
    if (delayMs > 0 || this.delayed.length > 0) {
      this.delayed.push({ dueMs: this.nowMs() + delayMs, message });
    } else {
      this.options.application.onOrderMessage(this, message);
    }
  }

  private release(nowMs: number): void {
    while (this.delayed.length > 0 && this.delayed[0]!.dueMs <= nowMs) {
      this.options.application.onOrderMessage(this, this.delayed.shift()!.message);
    }
  }

  private onAhead(message: FixMessage): void {
    if (this.ahead.size < AHEAD_MAX) this.ahead.set(message.seq, message);
    // Both sides may be asking at once: an answer can't wait for the other's.
    if (message.type === "2") {
      this.ahead.set(message.seq, undefined);
      this.onResendRequest(message);
    }
    if (message.type === "5") {
      this.handle(message);
      return;
    }
    this.askForGap(message.seq);
  }

  private onBehind(message: FixMessage): void {
    if (!message.possDup) {
      this.refuseLow(message);
      return;
    }
    this.counters.possDups++;
    if (!message.has(122)) this.reject(message, MISSING_TAG, 122);
  }

  /** `seq` came ahead: what is missing below it is asked for, once. */
  private askForGap(seq: number): void {
    const begin = Math.max(this.nextIn, this.highest + 1);
    // An open request that is still being answered covers whatever else is missing.
    const covered = this.highest > 0 && this.options.resendEnd === "open";
    this.highest = Math.max(this.highest, seq);
    if (begin < seq && !covered) this.requestResend(begin, seq - 1);
  }

  private requestResend(begin: number, end: number): void {
    this.counters.resendRequestsSent++;
    this.send("2", [
      [7, begin],
      [16, this.options.resendEnd === "open" ? 0 : end],
    ]);
  }

  private onResendRequest(message: FixMessage): void {
    this.counters.resendRequestsReceived++;
    const begin = message.int(7);
    const end = message.int(16);
    if (begin < 1 || end < 0) {
      this.reject(message, VALUE_WRONG, begin < 1 ? 7 : 16);
      return;
    }
    this.sentMs = this.nowMs();
    this.outbox.resend(begin, end, (bytes) => this.transmit(bytes, true));
  }

  private onReset(message: FixMessage): void {
    const next = message.int(36);
    if (next < this.nextIn) {
      this.reject(message, VALUE_WRONG, 36);
      return;
    }
    this.nextIn = next;
    this.ahead.clear();
    this.highest = 0;
  }

  private onGapFill(message: FixMessage): void {
    const next = message.int(36);
    if (next <= message.seq) {
      this.reject(message, VALUE_WRONG, 36);
      return;
    }
    // What the client fills over it takes for never received: order messages that came ahead of
    // the gap are dropped with it. Its questions are still answered.
    for (let seq = this.nextIn; seq < next; seq++) {
      const early = this.ahead.get(seq);
      this.ahead.delete(seq);
      this.nextIn = seq + 1;
      if (early !== undefined && isAdmin(early.type)) this.handle(early);
    }
    this.nextIn = Math.max(this.nextIn, next);
  }

  /** Handles messages that waited for a gap to close, and asks on when another is behind it. */
  private drain(): void {
    const from = this.nextIn;
    while (this.connection !== undefined && this.ahead.has(this.nextIn)) {
      const message = this.ahead.get(this.nextIn);
      this.ahead.delete(this.nextIn);
      this.nextIn++;
      if (message !== undefined) this.handle(message);
    }
    if (this.nextIn > this.highest) this.highest = 0;
    else if (this.nextIn > from && this.options.resendEnd === "open") {
      this.requestResend(this.nextIn, this.highest - 1);
    }
  }

  private refuseLow(message: FixMessage): void {
    this.logout(`MsgSeqNum too low, expecting ${this.nextIn} but received ${message.seq}`);
  }

  private reset(): void {
    this.outbox.reset();
    this.nextIn = 1;
    this.ahead.clear();
    this.highest = 0;
  }

  private hasRightCompIds(message: FixMessage): boolean {
    const { clientCompId, venueCompId } = this.options;
    return message.text(49) === clientCompId && message.text(56) === venueCompId;
  }

  private transmit(bytes: Uint8Array, admin: boolean): void {
    const connection = this.connection;
    if (connection === undefined || this.broken) return;
    const faults = this.faults;
    if (admin) {
      connection.send(bytes);
    } else if (faults.closeMidMessage > 0 && --faults.closeMidMessage === 0) {
      // Closing here would cancel orders in the middle of a match.
      this.cut(bytes);
      this.closing = true;
    } else if (faults.stallMidMessage > 0 && --faults.stallMidMessage === 0) {
      this.cut(bytes);
    } else if (faults.corruptChecksum > 0) {
      faults.corruptChecksum--;
      connection.send(withWrongCheckSum(bytes));
    } else if (faults.wrongBodyLength > 0) {
      faults.wrongBodyLength--;
      connection.send(withWrongBodyLength(bytes));
    } else {
      connection.send(bytes);
    }
  }

  private cut(bytes: Uint8Array): void {
    this.connection?.send(bytes.subarray(0, bytes.length >> 1));
    this.broken = true;
  }

  private nowMs(): number {
    return this.options.clock.nowNs() / 1e6;
  }
}
