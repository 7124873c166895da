// @hot
/**
 * The session's journal records (hp_jr_intent, hp_jr_sent, hp_jr_session of hairpin.h). Each returns
 * false when the journal took nothing.
 */
import {
  HP_JR_DEFER,
  HP_JR_INTENT,
  HP_JR_INTENT__BYTES_W,
  HP_JR_INTENT__SESSION_W,
  HP_JR_INTENT_SIZE,
  HP_JR_SENT__BYTES_W,
  HP_JR_SENT__MSG_SEQ_W,
  HP_JR_SENT__SESSION_W,
  HP_JR_SENT__SLOT_W,
  HP_JR_SENT_SIZE,
  HP_JR_SESSION__BYTES_W,
  HP_JR_SESSION__MSG_SEQ_W,
  HP_JR_SESSION__MSG_TYPE_W,
  HP_JR_SESSION__NEXT_IN_W,
  HP_JR_SESSION__NEXT_OUT_W,
  HP_JR_SESSION__SESSION_W,
  HP_JR_SESSION_SIZE,
} from "../../ffi/layout.ts";
import type { Journal } from "../../journal/journal.ts";

const INTENT_WORDS = HP_JR_INTENT_SIZE >> 2;

export class FixJournal {
  /** Where the message of the last intent or administrative record begins in journal.bytes. */
  bytesAt = 0;
  private readonly journal: Journal;
  private readonly session: number;
  /** The send arena: messages are copied from it. */
  private readonly tx: DataView;

  constructor(journal: Journal, session: number, tx: Uint8Array) {
    this.journal = journal;
    this.session = session;
    this.tx = new DataView(tx.buffer, tx.byteOffset, tx.length);
  }

  /** `order`: the words of hp_jr_intent, filled in but for session and bytes. */
  intent(order: Int32Array, start: number, length: number, timeNs: number): boolean {
    const at = this.journal.begin(HP_JR_INTENT, HP_JR_INTENT_SIZE + length);
    if (at < 0) return false;
    const words = this.journal.words;
    for (let i = 0; i < INTENT_WORDS; i++) words[at + i] = order[i]!;
    words[at + HP_JR_INTENT__SESSION_W] = this.session;
    words[at + HP_JR_INTENT__BYTES_W] = length;
    this.bytesAt = (at << 2) + HP_JR_INTENT_SIZE;
    this.journal.commitBytes(timeNs, this.tx, start, length);
    return true;
  }

  /** type: HP_JR_SENT, HP_JR_NOT_SENT or HP_JR_DEFER. */
  sent(type: number, seq: number, slot: number, bytes: number, timeNs: number): boolean {
    const at = this.journal.begin(type, HP_JR_SENT_SIZE);
    if (at < 0) return false;
    const words = this.journal.words;
    words[at + HP_JR_SENT__SESSION_W] = this.session;
    words[at + HP_JR_SENT__MSG_SEQ_W] = seq;
    words[at + HP_JR_SENT__SLOT_W] = slot;
    words[at + HP_JR_SENT__BYTES_W] = bytes;
    this.journal.commit(timeNs);
    return true;
  }

  deferred(seq: number, slot: number, bytes: number, timeNs: number): boolean {
    return this.sent(HP_JR_DEFER, seq, slot, bytes, timeNs);
  }

  /**
   * type: HP_JR_SESSION_OUT, _IN or _RESET. msgType: up to four characters, little-endian. Of an
   * outbound message tx[start .. start + length) is kept; length 0 = no bytes.
   */
  admin(
    type: number,
    seq: number,
    msgType: number,
    nextOut: number,
    nextIn: number,
    start: number,
    length: number,
    timeNs: number,
  ): boolean {
    const at = this.journal.begin(type, HP_JR_SESSION_SIZE + length);
    if (at < 0) return false;
    const words = this.journal.words;
    words[at + HP_JR_SESSION__SESSION_W] = this.session;
    words[at + HP_JR_SESSION__MSG_SEQ_W] = seq;
    words[at + HP_JR_SESSION__MSG_TYPE_W] = msgType;
    words[at + HP_JR_SESSION__NEXT_OUT_W] = nextOut;
    words[at + HP_JR_SESSION__NEXT_IN_W] = nextIn;
    words[at + HP_JR_SESSION__BYTES_W] = length;
    this.bytesAt = (at << 2) + HP_JR_SESSION_SIZE;
    this.journal.commitBytes(timeNs, this.tx, start, length);
    return true;
  }
}
