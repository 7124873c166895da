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

  /** True when message `seq` is whole in the store and may be sent again. */
  mayReplay(seq: number, nowNs: number): boolean {
    const store = this.store;
    if (store === null || !store.find(seq)) return false;
    const ageNs = nowNs - store.timeNs;
    if (ageNs > this.maxAgeNs) return false;
    if (!this.application.mayResend(this.session, seq, ageNs)) return false;
    const stored = this.stored;
    return (
      stored.parse(this.bytes, store.offset, store.offset + store.length) > 3 &&
      stored.badField < 0 &&
      stored.int(34, 0) === seq &&
      stored.find(52) >= 0
    );
  }

  /** True when one more message may leave. */
  hasRoom(nowNs: number): boolean {
    return this.sender.canQueue(this.maxBytes) && this.sender.mayRepeat(nowNs);
  }

  /** Behind a mayReplay() of the same number. */
  replay(seq: number, nextIn: number, nowNs: number): boolean {
    return this.admin.again(this.stored, seq, nextIn, nowNs);
  }

  gapFill(from: number, to: number, nextIn: number, nowNs: number): boolean {
    return this.admin.gapFill(from, to, nextIn, nowNs);
  }
}
