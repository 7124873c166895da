/**
 * Two FIX sessions of ours, an initiator and an acceptor, on the two ends of a pipe in memory that can
 * be cut, garble a byte, and hand bytes over in pieces. Either side can be killed at any journal record
 * or send; it comes back with what its journal says.
 */
import { ManualClock } from "../../src/core/clock.ts";
import { SESSION_DOWN, SESSION_UP } from "../../src/core/codes.ts";
import {
  HP_EAGAIN,
  HP_ECLOSED,
  HP_JR_EXEC,
  HP_JR_EXEC__MSG_SEQ_W,
  HP_JR_EXEC__SESSION_W,
  HP_JR_EXEC_SIZE,
  HP_JR_SESSION_IN,
  HP_JR_SESSION_OUT,
} from "../../src/ffi/layout.ts";
import { msgTypeOf } from "../../src/fix/codec/msg-type.ts";
import type { TagIndex } from "../../src/fix/codec/tag-index.ts";
import { loadDictionary } from "../../src/fix/dictionary/load.ts";
import {
  APP_JOURNALED,
  APP_TAKEN,
  type FixApplication,
} from "../../src/fix/session/application.ts";
import type { FixSessionOptions } from "../../src/fix/session/options.ts";
import { FixSession } from "../../src/fix/session/session.ts";
import { Throttle } from "../../src/fix/session/throttle.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { emptyState, fold, type RecoveredState } from "../../src/journal/recover.ts";
import { RingJournal } from "../../src/journal/ring-journal.ts";
import { layoutRing, ringBytes } from "../../src/journal/ring-layout.ts";
import { RingReader } from "../../src/journal/ring-reader.ts";
import { STREAM_UP, type Stream } from "../../src/net/stream.ts";

const dictionary = loadDictionary("FIX44");
const RING_BYTES = 1 << 18;
const CL_ORD_ID = 11;
const ORDER = 0x44;

/** Below `below`, from 0. */
export type Dice = (below: number) => number;

/** The process ends here. */
class Killed extends Error {}

/** One direction of the pipe. */
class Lane {
  bytes: number[] = [];
  isEnded = false;
}

class PipeEnd implements Stream {
  readonly rx = new Uint8Array(new ArrayBuffer(65_536));
  readonly tx: Uint8Array;
  readonly txWords: Int32Array;
  isOpen = false;
  incoming = new Lane();
  outgoing = new Lane();
  private readonly side: Side;

  constructor(side: Side) {
    const tx = new ArrayBuffer(65_536);
    this.tx = new Uint8Array(tx);
    this.txWords = new Int32Array(tx);
    this.side = side;
  }

  open(): number {
    this.isOpen = this.side.pair.connect();
    return 0;
  }
  state(): number {
    return this.isOpen ? STREAM_UP : HP_ECLOSED;
  }
  send(offset: number, length: number): number {
    this.side.burn();
    if (this.side.pair.dice(40) === 0) return HP_EAGAIN;
    const n = this.side.pair.dice(20) === 0 ? 1 + this.side.pair.dice(length) : length;
    // As with a socket whose peer is gone: taken, and never seen again.
    if (!this.outgoing.isEnded) {
      for (let i = 0; i < n; i++) this.outgoing.bytes.push(this.tx[offset + i]!);
    }
    this.side.burn();
    return n;
  }
  recv(offset: number, capacity: number): number {
    const { bytes, isEnded } = this.incoming;
    if (bytes.length === 0) return isEnded ? HP_ECLOSED : HP_EAGAIN;
    const n = Math.min(capacity, 1 + this.side.pair.dice(bytes.length));
    for (let i = 0; i < n; i++) this.rx[offset + i] = bytes[i]!;
    this.incoming.bytes = bytes.slice(n);
    return n;
  }
  fd(): number {
    return this.isOpen ? 5 : -1;
  }
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.incoming.isEnded = true;
    this.incoming.bytes = [];
    this.outgoing.isEnded = true;
  }
}

/** The real ring, looked at after each record; a side may be killed in front of one or behind it. */
class KillJournal implements Journal {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly bytes: Uint8Array;
  private readonly ring: RingJournal;
  private readonly reader: RingReader;
  private readonly side: Side;

  constructor(side: Side) {
    const buffer = new ArrayBuffer(ringBytes(RING_BYTES));
    layoutRing(buffer, { dataBytes: RING_BYTES, engine: 0, epoch: 1, nextNumber: 1 });
    this.ring = new RingJournal({ buffer, engine: 0, counters: new Float64Array(256) });
    this.reader = new RingReader(buffer);
    this.side = side;
    this.words = this.ring.words;
    this.doubles = this.ring.doubles;
    this.bytes = this.ring.bytes;
  }

  begin(type: number, bodyBytes: number): number {
    return this.ring.begin(type, bodyBytes);
  }
  commit(timeNs: number): void {
    this.side.burn();
    this.ring.commit(timeNs);
    this.look();
  }
  commitBytes(timeNs: number, from: DataView, start: number, length: number): void {
    this.side.burn();
    this.ring.commitBytes(timeNs, from, start, length);
    this.look();
  }
  hasRoom(): boolean {
    return this.ring.hasRoom();
  }
  position(): number {
    return this.ring.position();
  }
  /** On disk now and then: only sessions that wait for it ask. */
  isDurable(position: number): boolean {
    return this.ring.isDurable(position) && this.side.pair.dice(3) === 0;
  }

  private look(): void {
    this.reader.read((record) => {
      fold(this.side.recovered, record);
      this.side.recorded(record.type);
    });
    this.side.burn();
  }
}

export interface PairOptions {
  dice: Dice;
  initiator?: Partial<FixSessionOptions>;
  acceptor?: Partial<FixSessionOptions>;
  /** Both sides may send so much and no more; what they say of their own accord counts. */
  isThrottled?: boolean;
}

/** One side over all its lives. */
export class Side implements FixApplication {
  readonly pair: SessionPair;
  readonly isAcceptor: boolean;
  readonly counters = new Float64Array(256);
  recovered: RecoveredState = emptyState();
  session!: FixSession;
  stream!: PipeEnd;
  journal!: Journal;
  /** Ids of messages, in the order in which they were handled for good. */
  readonly handled: string[] = [];
  /** Ids in the order of sending; false = the session said that it was not sent. */
  readonly sent: [id: string, isSent: boolean][] = [];
  /** Ids told as never reached. */
  readonly neverReached = new Set<string>();
  /** Ids told as uncertain. */
  readonly uncertain = new Set<string>();
  kills = 0;
  /** Records and sends until the process is killed; -1 = it is not. */
  fuse = -1;
  private readonly more: Partial<FixSessionOptions>;
  private readonly idOf = new Map<number, string>();
  private pending = "";
  /** The message that is being sent and has no record yet. */
  private sending: [string, boolean] | null = null;
  private next = 1;

  constructor(pair: SessionPair, isAcceptor: boolean, more: Partial<FixSessionOptions>) {
    this.pair = pair;
    this.isAcceptor = isAcceptor;
    this.more = more;
    this.live();
  }

  /** A process begins, with what the journal of the last one left. */
  live(): void {
    const { nextOut, nextIn, lastNs } = this.recovered.sessions[0]!;
    this.stream = new PipeEnd(this);
    this.pending = "";
    this.journal = new KillJournal(this);
    this.session = new FixSession({
      index: 0,
      role: this.isAcceptor ? "acceptor" : "initiator",
      stream: this.stream,
      journal: this.journal,
      application: this,
      clock: this.pair.clock,
      dictionary,
      sessionStartS: Date.UTC(2026, 0, 2) / 1000,
      counters: this.counters,
      senderCompId: this.isAcceptor ? "ACC" : "INI",
      targetCompId: this.isAcceptor ? "INI" : "ACC",
      heartbeatS: 2,
      reconnectNs: 1e6,
      backlogTimeoutNs: 20e9,
      sequences: { nextOut, nextIn },
      ...(lastNs === undefined ? {} : { lastUsedNs: lastNs }),
      ...this.more,
      ...(this.pair.isThrottled ? { throttle: new Throttle(500, 8, 1) } : {}),
    });
    if (!this.isAcceptor) this.session.start();
  }

  /** Counts down to the kill. */
  burn(): void {
    if (this.fuse < 0 || this.fuse-- > 0) return;
    throw new Killed();
  }

  /** Does it, and begins a new life when that killed the process. */
  guarded(what: () => void): void {
    try {
      what();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.fuse = -1;
      this.kills++;
      this.stream.close();
      this.live();
    }
  }

  poll(): void {
    this.guarded(() => this.session.poll(this.pair.clock.timeNs));
  }

  /** A few messages that gather and leave together. */
  burst(): void {
    this.guarded(() => this.session.hold(0, 0));
    for (let i = this.pair.dice(5); i > 0; i--) this.say();
    this.guarded(() => this.session.release(this.pair.clock.timeNs));
  }

  /** An application message with an id of its own, where the session is up. */
  say(): void {
    if (this.session.state !== SESSION_UP) return;
    const id = `${this.isAcceptor ? "a" : "i"}${this.next++}`;
    const seq = this.session.nextOut();
    const type = this.pair.dice(2) === 0 ? "D" : "F";
    this.idOf.set(seq, id);
    const entry: [string, boolean] = [id, false];
    this.sent.push(entry);
    this.sending = entry;
    this.guarded(() => {
      const nowNs = this.pair.clock.timeNs;
      this.session.begin(type, nowNs).string(CL_ORD_ID, id);
      entry[1] = this.session.send(type.charCodeAt(0), nowNs);
    });
    // Killed before its record was written: the number is free, and nothing left.
    if (this.sending !== null) this.idOf.delete(seq);
    this.sending = null;
  }

  /** Of a record written: a message is handled once the journal says so. */
  recorded(type: number): void {
    if (this.sending !== null && type === HP_JR_SESSION_OUT) {
      this.sending[1] = true;
      this.sending = null;
    }
    if (this.pending === "" || (type !== HP_JR_EXEC && type !== HP_JR_SESSION_IN)) return;
    this.handled.push(this.pending);
    this.pending = "";
  }

  onMessage(tags: TagIndex, type: number, seq: number, nowNs: number): number {
    if (type !== msgTypeOf(tags)) throw new Error("another message is indexed");
    const field = tags.find(CL_ORD_ID);
    const at = tags.offsetAt(field);
    const id = Buffer.from(tags.bytes.slice(at, at + tags.lengthAt(field))).toString("latin1");
    this.pending = id;
    if (type !== ORDER) return APP_TAKEN;
    const journal = this.journal;
    const body = journal.begin(HP_JR_EXEC, HP_JR_EXEC_SIZE);
    journal.words.fill(0, body, body + HP_JR_EXEC_SIZE / 4);
    journal.words[body + HP_JR_EXEC__SESSION_W] = 0;
    journal.words[body + HP_JR_EXEC__MSG_SEQ_W] = seq;
    journal.commit(nowNs);
    return APP_JOURNALED;
  }
  onNeverReached(_session: number, refSeq: number): void {
    const id = this.idOf.get(refSeq);
    if (id !== undefined) this.neverReached.add(id);
  }
  onUncertain(_session: number, refSeq: number): void {
    const id = this.idOf.get(refSeq);
    if (id !== undefined) this.uncertain.add(id);
  }
  /** What was given up is not sent again. */
  mayResend(_session: number, refSeq: number): boolean {
    const id = this.idOf.get(refSeq);
    return id !== undefined && !this.neverReached.has(id) && this.pair.dice(4) !== 0;
  }
  onSequencesReset(): void {
    this.idOf.clear();
  }
  onMessageReject(): void {}
  onSessionState(): void {}
  onSynced(): void {}
}

export class SessionPair {
  readonly dice: Dice;
  readonly isThrottled: boolean;
  readonly clock = new ManualClock(36_000e9);
  readonly initiator: Side;
  readonly acceptor: Side;

  constructor(o: PairOptions) {
    this.dice = o.dice;
    this.isThrottled = o.isThrottled === true;
    this.initiator = new Side(this, false, o.initiator ?? {});
    this.acceptor = new Side(this, true, o.acceptor ?? {});
  }

  /** The initiator's connection; false while the acceptor still holds the last one. */
  connect(): boolean {
    const { initiator, acceptor } = this;
    if (acceptor.session.state !== SESSION_DOWN) return false;
    const there = new Lane();
    const back = new Lane();
    const from = initiator.stream;
    const to = acceptor.stream;
    from.outgoing = there;
    to.incoming = there;
    from.incoming = back;
    to.outgoing = back;
    to.isOpen = true;
    from.isOpen = true;
    acceptor.guarded(() => {
      acceptor.session.accepted(this.clock.timeNs);
    });
    return from.isOpen;
  }

  /** The connection breaks: of what is on the way, a part still arrives. */
  cut(): void {
    for (const side of [this.initiator, this.acceptor]) {
      const lane = side.stream.incoming;
      lane.bytes.length = this.dice(lane.bytes.length + 1);
      lane.isEnded = true;
    }
  }

  /** One byte on the way changes. */
  garble(): void {
    const side = this.dice(2) === 0 ? this.initiator : this.acceptor;
    const { bytes } = side.stream.incoming;
    if (bytes.length === 0) return;
    const at = this.dice(bytes.length);
    bytes[at] = (bytes[at]! + 1 + this.dice(255)) & 255;
  }

  poll(ns = 1e6): void {
    this.clock.timeNs += ns;
    this.initiator.poll();
    this.acceptor.poll();
  }

  /** Until both are up and nothing has moved for a while. True when it came to that. */
  settle(): boolean {
    for (let i = 0; i < 20_000; i++) {
      this.poll(5e6);
      if (i > 4000 && i % 500 === 0 && this.isAgreed()) return true;
    }
    return false;
  }

  /** Both are up, nothing is on the way, and the numbers agree. */
  isAgreed(): boolean {
    const a = this.initiator;
    const b = this.acceptor;
    return (
      a.session.state === SESSION_UP &&
      b.session.state === SESSION_UP &&
      a.stream.incoming.bytes.length === 0 &&
      b.stream.incoming.bytes.length === 0 &&
      a.session.nextOut() === b.session.nextIn() &&
      b.session.nextOut() === a.session.nextIn()
    );
  }
}

/** A small seeded generator: a failing round can be run again. */
export function diceOf(seed: number): Dice {
  let s = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1;
  return (below) => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) % below;
  };
}
