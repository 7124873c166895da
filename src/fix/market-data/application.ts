// @hot
/**
 * A feed of FIX market data: asks for its instruments once its session is in step, and keeps their
 * books by what comes. FIX 4.4 volume 3: MarketDataRequest (V), snapshot (W), incremental refresh
 * (X), reject (Y), SecurityStatus (f).
 *
 * Every message is read whole before any of it is applied, and what it changed is told at its end,
 * once per instrument. A book that can't be what the venue's is (RptSeq (83) jumped, an entry that is
 * not there was changed) is marked stale, and its snapshot asked for again; the others go on. Where
 * messages of the session are lost, it is not known whose they were: every book is marked stale.
 *
 *   INIT -> LIVE (a book is whole) -> STALE (session down) -> LIVE
 *             `-> GAP (every book waits for a snapshot)  `-> LOST (the venue refused every one)
 */

import { BOOK_UNKNOWN_STATUS } from "../../book/counters.ts";
import { BOOK_STALE } from "../../book/flags.ts";
import type { LevelBooks } from "../../book/level-books.ts";
import {
  FEED_GAP,
  FEED_INIT,
  FEED_LIVE,
  FEED_LOST,
  FEED_STALE,
  SESSION_UP,
  STATUS_TRADING,
  STATUS_UNKNOWN,
} from "../../core/codes.ts";
import { FEED_SESSIONS, FEED_STALES } from "../../feed/counters.ts";
import { BLOCK_STATE, type FeedBlock } from "../../feed/feed-block.ts";
import type { FeedEvents } from "../../feed/feed-events.ts";
import { FeedFigures } from "../../feed/feed-figures.ts";
import type { FeedHandler } from "../../feed/feed-handler.ts";
import { readInt, type TagIndex } from "../codec/tag-index.ts";
import { APP_TAKEN, APP_UNSUPPORTED, type FixApplication } from "../session/application.ts";
import { BookWriter } from "./book-writer.ts";
import * as N from "./counters.ts";
import * as E from "./entries.ts";
import { MarketDataNotices } from "./notices.ts";
import type { ApplicationSender, MarketDataOptions } from "./options.ts";
import { Requester } from "./requester.ts";
import { STATUS_SAME, statusOf } from "./security-status.ts";
import * as S from "./subscriptions.ts";
import { symbolsOfFeed } from "./symbols.ts";
import { UNASKED, Updates } from "./updates.ts";

const SNAPSHOT = 0x57; // W
const UPDATE = 0x58; // X
const REQUEST_REJECT = 0x59; // Y
const SECURITY_STATUS = 0x66; // f
/** The shortest entry that says anything, bytes: 279=2|278=1| */
const ENTRY_BYTES_MIN = 12;

export class FixMarketData implements FixApplication, FeedHandler {
  /** FEED_* */
  state = FEED_INIT;
  /** MsgSeqNum behind the last market data message. */
  nextSeq = 1;
  highSeq = 1;
  readonly figures: FeedFigures;
  readonly subscriptions: S.Subscriptions;
  private readonly index: number;
  private readonly books: LevelBooks;
  private readonly events: FeedEvents;
  private readonly counters: Float64Array;
  private readonly block: FeedBlock;
  private readonly depth: number;
  private readonly byId: boolean;
  private readonly assumesStatus: boolean;
  private readonly entries: E.EntryTable;
  private readonly writer: BookWriter;
  private readonly requester: Requester;
  private readonly notices: MarketDataNotices;
  private readonly updates: Updates;
  private readonly prefix: string;
  /** 1 = an f has told the instrument's status since the logon. */
  private readonly statusTold: Uint8Array;
  private isUp = false;
  private wasUp = false;
  /** Clock of the last call that told it. */
  private nowNs = 0;

  constructor(o: MarketDataOptions) {
    const { instruments, books, request, counters } = o;
    const n = instruments.capacity;
    this.index = o.index;
    this.books = books;
    this.events = o.events;
    this.counters = counters;
    this.block = o.block;
    this.depth = request.depth;
    this.byId = request.entries === "id";
    this.assumesStatus = !request.securityStatus;
    this.prefix = o.requestPrefix;
    this.figures = new FeedFigures(1, o.block, counters);
    this.subscriptions = new S.Subscriptions(instruments, o.index);
    const entriesMax = Math.ceil(o.maxMessageBytes / ENTRY_BYTES_MIN);
    const symbols = symbolsOfFeed(instruments, o.index);
    this.entries = new E.EntryTable(entriesMax, instruments, symbols, books, this.byId);
    this.writer = new BookWriter(books, this.entries, this.byId, request.depth, counters);
    this.notices = new MarketDataNotices(o.name, instruments, o.onNotice ?? null);
    this.requester = new Requester(instruments, this.subscriptions, o, this.notices);
    this.updates = new Updates(
      books,
      this.entries,
      this.writer,
      this.subscriptions,
      this.requester,
      this.byId ? 0 : request.depth,
      this.byId,
      counters,
    );
    this.statusTold = new Uint8Array(new ArrayBuffer(n));
    this.markAll();
  }

  /** Whom requests leave by. Before the session starts. @cold */
  attach(sender: ApplicationSender): void {
    this.requester.attach(sender);
  }

  // ---- the session's side -----------------------------------------------------------------------

  onMessage(tags: TagIndex, type: number, seq: number, nowNs: number): number {
    switch (type) {
      case SNAPSHOT:
        this.hear(seq, nowNs);
        this.onSnapshot(tags);
        break;
      case UPDATE:
        this.hear(seq, nowNs);
        this.updates.onMessage(tags, this.requestOf(tags));
        break;
      case REQUEST_REJECT:
        this.onRequestReject(tags);
        break;
      case SECURITY_STATUS:
        this.onSecurityStatus(tags);
        break;
      default:
        return APP_UNSUPPORTED;
    }
    this.settle(nowNs);
    this.books.flush();
    return APP_TAKEN;
  }

  onMessageReject(_session: number, refSeq: number, reason: number): void {
    const subscriptions = this.subscriptions;
    if (refSeq <= 0) return;
    if (refSeq === subscriptions.allSeq) {
      this.notices.rejected(-1, reason);
      this.refuseAll();
      return;
    }
    for (let k = 0; k < subscriptions.own.length; k++) {
      const i = subscriptions.own[k]!;
      if (subscriptions.sentSeq[i] !== refSeq) continue;
      this.notices.rejected(i, reason);
      this.refuse(i);
      return;
    }
  }

  /**
   * What the lost messages would have changed is not known: every book is stale and asked for again, and
   * every status where it is the venue's to tell. While the session is not in step they are anyway.
   */
  onSkipped(_session: number, type: number, nowNs: number): void {
    const hasBooks = type === SNAPSHOT || type === UPDATE || type === REQUEST_REJECT;
    if (!this.isUp || (type !== 0 && type !== SECURITY_STATUS && !hasBooks)) return;
    this.counters[N.MD_SKIPPED]! += 1;
    if (type !== SECURITY_STATUS) this.updates.askAll();
    if (!hasBooks && !this.assumesStatus) this.askStatuses();
    this.settle(nowNs);
    this.books.flush();
  }

  /** At the next logon everything is asked for anew: what never reached needs no second try. */
  onNeverReached(_session: number, _refSeq: number): void {}

  /** A request of an earlier connection is not to be answered twice. */
  mayResend(_session: number, _refSeq: number, _ageNs: number): boolean {
    return false;
  }

  onSessionState(_session: number, state: number): void {
    if (state === SESSION_UP || !this.isUp) return;
    this.isUp = false;
    this.subscriptions.end();
    this.markAll();
    this.counters[FEED_STALES]! += 1;
    this.settle(this.nowNs);
  }

  /** The books are emptied and asked for anew. */
  onSynced(_session: number): void {
    this.isUp = true;
    this.wasUp = true;
    this.counters[FEED_SESSIONS]! += 1;
    this.events.onSession(this.index);
    this.markAll();
    this.statusTold.fill(0);
    this.subscriptions.begin();
    this.requester.begin();
    this.books.flush();
  }

  // ---- the engine's side ------------------------------------------------------------------------

  /** Sends what is to be asked for, looks at what has not come, and publishes the figures. */
  poll(nowNs: number): void {
    this.nowNs = nowNs;
    if (this.isUp) this.requester.poll(nowNs);
    this.settle(nowNs);
    this.commit(nowNs);
  }

  /** Copies the figures that others read into the block. poll() does; tests may. */
  commit(nowNs: number): void {
    this.figures.commit(this.nextSeq, this.updates.gaps, 0, nowNs);
  }

  // ---- W ----------------------------------------------------------------------------------------

  private onSnapshot(tags: TagIndex): void {
    const request = this.requestOf(tags);
    const symbol = tags.find(55);
    const instrument = symbol >= 0 ? this.entries.instrumentAt(tags, symbol) : request;
    if (request === S.NO_REQUEST || (request >= 0 && instrument !== request)) {
      this.counters[N.MD_OLD_REQUEST]! += 1;
      return;
    }
    if (instrument < 0) {
      this.counters[N.MD_UNKNOWN_SYMBOL]! += 1;
      return;
    }
    const state = this.subscriptions.state[instrument]!;
    if (state !== S.SUB_WAITING && state !== S.SUB_LIVE) {
      this.counters[N.MD_OLD_REQUEST]! += 1;
      return;
    }
    const count = this.entries.read(tags, instrument);
    if (count < 0) {
      this.counters[N.MD_MALFORMED]! += 1;
      this.updates.askAgain(instrument);
      return;
    }
    this.counters[N.MD_SNAPSHOTS]! += 1;
    this.books.empty(instrument);
    for (let e = 0; e < count; e++) this.writer.snapshot(instrument, e * E.ENTRY_WORDS);
    if (this.depth > 0 && !this.byId) this.books.trim(instrument, this.depth);
    const rptSeq = tags.int(83, 0);
    this.subscriptions.rptSeq[instrument] = rptSeq > 0 ? rptSeq : 0;
    this.subscriptions.tries[instrument] = 0;
    if (state !== S.SUB_LIVE) this.subscriptions.move(instrument, S.SUB_LIVE);
    if (this.assumesStatus && this.statusTold[instrument] === 0) {
      this.books.setStatus(instrument, STATUS_TRADING);
    }
  }

  // ---- Y, f -------------------------------------------------------------------------------------

  private onRequestReject(tags: TagIndex): void {
    const request = this.requestOf(tags);
    if (request === S.NO_REQUEST || request === UNASKED) {
      this.counters[N.MD_OLD_REQUEST]! += 1;
      return;
    }
    this.notices.refused(request, tags);
    if (request === S.ALL_INSTRUMENTS) this.refuseAll();
    else this.refuse(request);
  }

  private refuse(instrument: number): void {
    this.counters[N.MD_REFUSED]! += 1;
    this.subscriptions.request[instrument] = 0;
    this.subscriptions.sentSeq[instrument] = 0;
    this.subscriptions.move(instrument, S.SUB_REFUSED);
    this.books.mark(instrument, BOOK_STALE);
  }

  private refuseAll(): void {
    const own = this.subscriptions.own;
    this.subscriptions.allRequest = 0;
    this.subscriptions.allSeq = 0;
    for (let k = 0; k < own.length; k++) this.refuse(own[k]!);
  }

  private onSecurityStatus(tags: TagIndex): void {
    const symbol = tags.find(55);
    const instrument = symbol < 0 ? -1 : this.entries.instrumentAt(tags, symbol);
    if (instrument < 0) {
      this.counters[N.MD_UNKNOWN_SYMBOL]! += 1;
      return;
    }
    this.counters[N.MD_STATUSES]! += 1;
    const code = tags.int(326, 0);
    const status = statusOf(code);
    if (status === STATUS_SAME) return;
    if (status === STATUS_UNKNOWN) this.counters[BOOK_UNKNOWN_STATUS]! += 1;
    this.statusTold[instrument] = 1;
    this.books.setStatus(instrument, status);
  }

  private askStatuses(): void {
    const own = this.subscriptions.own;
    for (let k = 0; k < own.length; k++) this.books.setStatus(own[k]!, STATUS_UNKNOWN);
    this.requester.askStatuses();
  }

  // ---- inside -----------------------------------------------------------------------------------

  /**
   * Whom a message's MDReqID (262) was for: an instrument, ALL_INSTRUMENTS, UNASKED without one, or
   * NO_REQUEST when it is not in force.
   */
  private requestOf(tags: TagIndex): number {
    const field = tags.find(262);
    if (field < 0) return UNASKED;
    const prefix = this.prefix;
    const offset = tags.offsetAt(field);
    const digits = tags.lengthAt(field) - prefix.length;
    if (digits <= 0) return S.NO_REQUEST;
    for (let i = 0; i < prefix.length; i++) {
      if (tags.bytes[offset + i] !== prefix.charCodeAt(i)) return S.NO_REQUEST;
    }
    return this.subscriptions.instrumentOf(readInt(tags.bytes, offset + prefix.length, digits));
  }

  private hear(seq: number, nowNs: number): void {
    this.figures.lastNs = nowNs;
    this.figures.lineLastNs[0] = nowNs;
    this.figures.linePackets[0]! += 1;
    this.figures.applied(1, 0);
    this.nextSeq = seq + 1;
    this.highSeq = this.nextSeq;
  }

  private markAll(): void {
    const own = this.subscriptions.own;
    for (let k = 0; k < own.length; k++) this.books.mark(own[k]!, BOOK_STALE);
  }

  private settle(nowNs: number): void {
    const state = this.stateNow();
    if (state === this.state) return;
    this.state = state;
    this.figures.turned(state === FEED_GAP || state === FEED_STALE || state === FEED_LOST, nowNs);
    Atomics.store(this.block.words, BLOCK_STATE, state);
    this.events.onFeed(this.index, state);
  }

  private stateNow(): number {
    const s = this.subscriptions;
    if (!this.isUp) return this.wasUp ? FEED_STALE : FEED_INIT;
    if (s.own.length > 0 && s.refused === s.own.length) return FEED_LOST;
    if (s.live > 0) return FEED_LIVE;
    // Nothing is whole yet: after a logon as it was before, after jumps a gap.
    return this.state === FEED_LIVE || this.state === FEED_LOST ? FEED_GAP : this.state;
  }
}
