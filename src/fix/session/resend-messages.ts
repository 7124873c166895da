// @hot
/** What a resend is answered with: messages out of the store, marked as duplicates, and gap fills. */
import { TagIndex } from "../codec/tag-index.ts";
import type { AdminMessages } from "./admin.ts";
import type { FixApplication } from "./application.ts";
import type { FixSessionOptions } from "./options.ts";
import type { Sender } from "./sender.ts";
import type { SentStore } from "./sent-store.ts";

const FIELDS_MAX = 4096;
const RESEND_MAX_AGE_NS = 1e9;
/** What a message grows by when it is sent again: PossDupFlag and OrigSendingTime, and room to spare. */
const AGAIN_BYTES = 64;
/** Of the send arena for a gap fill. */
const FILL_BYTES = 1024;
/** Of the room for a message, what stands in front of its body at most. */
const HEAD_BYTES = 40;

export class ResendMessages {
  private readonly application: FixApplication;
  private readonly session: number;
  private readonly admin: AdminMessages;
  private readonly sender: Sender;
  /** Null where nothing is sent again. */
  private readonly store: SentStore | null;
  private readonly stored: TagIndex;
  private readonly bytes: Uint8Array;
  private readonly maxBytes: number;
  private readonly maxAgeNs: number;

  constructor(
    o: FixSessionOptions,
    admin: AdminMessages,
    sender: Sender,
    store: SentStore | null,
    maxBytes: number,
  ) {
    this.application = o.application;
    this.session = o.index;
    this.admin = admin;
    this.sender = sender;
    this.store = store;
    this.stored = new TagIndex(store === null ? 16 : FIELDS_MAX, o.dictionary.dataTags);
    this.bytes = o.journal.bytes;
    this.maxBytes = maxBytes;
    this.maxAgeNs = o.resendMaxAgeNs ?? RESEND_MAX_AGE_NS;
  }

  /** True when message `seq` is in the store, young enough, and fits when it is marked. */
  isStored(seq: number, nowNs: number): boolean {
    const store = this.store;
    if (store === null || !store.find(seq) || nowNs - store.timeNs > this.maxAgeNs) return false;
    return store.length + AGAIN_BYTES + HEAD_BYTES <= this.maxBytes;
  }

  /** Behind isStored() of the same number: true when it is whole and the application sends it again. */
  mayReplay(seq: number, nowNs: number): boolean {
    const store = this.store!;
    const stored = this.stored;
    return (
      stored.parse(this.bytes, store.offset, store.offset + store.length) > 3 &&
      stored.badField < 0 &&
      stored.int(34, 0) === seq &&
      stored.find(52) >= 0 &&
      this.application.mayResend(this.session, seq, nowNs - store.timeNs)
    );
  }

  /** Behind isStored(): true when the message may leave, with a gap fill in front of it. */
  hasRoom(nowNs: number): boolean {
    const bytes = this.store!.length + AGAIN_BYTES + FILL_BYTES;
    return this.sender.canQueue(bytes, 2) && this.sender.mayRepeat(nowNs);
  }

  hasRoomToFill(): boolean {
    return this.sender.canQueue(FILL_BYTES);
  }

  /** Behind a mayReplay() of the same number. */
  replay(seq: number, nextIn: number, nowNs: number): boolean {
    return this.admin.again(this.stored, seq, nextIn, nowNs);
  }

  gapFill(from: number, to: number, nextIn: number, nowNs: number): boolean {
    return this.admin.gapFill(from, to, nextIn, nowNs);
  }
}
