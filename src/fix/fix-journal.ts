// @hot
/**
 * The session's journal records (hp_jr_intent, hp_jr_sent, hp_jr_session of hairpin.h). Each returns
 * false when the journal took nothing.
 */
import {
  HP_JR_DEFER,
  HP_JR_INTENT,
  HP_JR_INTENT__BYTES_W,
  HP_JR_INTENT__FLAGS_W,
  HP_JR_INTENT__GENERATION_W,
  HP_JR_INTENT__INSTRUMENT_W,
  HP_JR_INTENT__KIND_W,
  HP_JR_INTENT__MSG_SEQ_W,
  HP_JR_INTENT__ORIG_GENERATION_W,
  HP_JR_INTENT__PX_W,
  HP_JR_INTENT__QTY_W,
  HP_JR_INTENT__SESSION_W,
  HP_JR_INTENT__SIDE_W,
  HP_JR_INTENT__SLOT_W,
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
} from "../ffi/layout.ts";
import type { Journal } from "../journal/journal.ts";

export class FixJournal {
  private readonly journal: Journal;
  private readonly session: number;
  /** The send arena as words: messages are copied from it. */
  private readonly txWords: Int32Array;

  constructor(journal: Journal, session: number, txWords: Int32Array) {
    this.journal = journal;
    this.session = session;
    this.txWords = txWords;
  }

  intent(
    kind: number,
    seq: number,
    slot: number,
    generation: number,
    origGeneration: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
    start: number,
    length: number,
    timeNs: number,
  ): boolean {
    const at = this.journal.begin(HP_JR_INTENT, HP_JR_INTENT_SIZE + length);
    if (at < 0) return false;
    const words = this.journal.words;
    words[at + HP_JR_INTENT__KIND_W] = kind;
    words[at + HP_JR_INTENT__SESSION_W] = this.session;
    words[at + HP_JR_INTENT__MSG_SEQ_W] = seq;
    words[at + HP_JR_INTENT__SLOT_W] = slot;
    words[at + HP_JR_INTENT__GENERATION_W] = generation;
    words[at + HP_JR_INTENT__ORIG_GENERATION_W] = origGeneration;
    words[at + HP_JR_INTENT__INSTRUMENT_W] = instrument;
    words[at + HP_JR_INTENT__SIDE_W] = side;
    words[at + HP_JR_INTENT__QTY_W] = qty;
    words[at + HP_JR_INTENT__PX_W] = px;
    words[at + HP_JR_INTENT__FLAGS_W] = flags;
    words[at + HP_JR_INTENT__BYTES_W] = length;
    copyBytes(this.txWords, start, length, words, at + (HP_JR_INTENT_SIZE >> 2));
    this.journal.commit(timeNs);
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
    if (length !== 0) {
      copyBytes(this.txWords, start, length, words, at + (HP_JR_SESSION_SIZE >> 2));
    }
    this.journal.commit(timeNs);
    return true;
  }
}

/**
 * Copies `length` bytes that begin at any byte of `from` to the word `at` of `to`, a word at a time:
 * each word is put together from two. The last word is filled up with zeros. x86 byte order.
 */
export function copyBytes(
  from: Int32Array,
  start: number,
  length: number,
  to: Int32Array,
  at: number,
): void {
  const whole = length >> 2;
  const shift = (start & 3) << 3;
  let w = start >> 2;
  if (shift === 0) {
    for (let i = 0; i < whole; i++) to[at + i] = from[w + i]!;
  } else {
    const up = 32 - shift;
    let low = from[w]!;
    for (let i = 0; i < whole; i++) {
      const high = from[++w]!;
      to[at + i] = (low >>> shift) | (high << up);
      low = high;
    }
  }
  const rest = length & 3;
  if (rest === 0) return;
  let last = 0;
  for (let i = 0; i < rest; i++) {
    const b = start + (whole << 2) + i;
    last |= ((from[b >> 2]! >>> ((b & 3) << 3)) & 255) << (i << 3);
  }
  to[at + whole] = last;
}
