/** What a session has sent, by sequence number, and how it is written to the wire. */
import { MessageBuilder } from "../fix/codec/builder.ts";
import { UtcTime } from "../fix/codec/utc-time.ts";
import type { Fields } from "./fix-message.ts";

interface Stored {
  type: string;
  sendingTime: string;
  fields: Fields;
}

/** Message types that a resend fills over instead of sending again (FIX 4.4 vol. 2). */
const ADMIN_TYPES = "0A12345";

export function isAdmin(type: string): boolean {
  return type.length === 1 && ADMIN_TYPES.includes(type);
}

export interface OutboxOptions {
  beginString: string;
  senderCompId: string;
  targetCompId: string;
  /** Decimals of SendingTime: 0, 3, 6 or 9. */
  timeDigits: number;
  wallMs: () => number;
}

export class FixOutbox {
  private sent: Stored[] = [];
  /** A snapshot of a deep book is the longest message. */
  private readonly builder = new MessageBuilder(new Uint8Array(1 << 18));
  private readonly time: UtcTime;

  constructor(private readonly options: OutboxOptions) {
    this.time = new UtcTime(0, options.timeDigits);
  }

  /** MsgSeqNum of the next message. */
  get nextSeq(): number {
    return this.sent.length + 1;
  }

  reset(): void {
    this.sent = [];
  }

  /** Stores a message under the next number and gives its bytes, valid until the next call. */
  add(type: string, fields: Fields): Uint8Array {
    this.stamp();
    this.sent.push({ type, sendingTime: this.timeText(), fields });
    return this.encode(type, this.sent.length, fields, "");
  }

  /**
   * The answer to a ResendRequest: stored application messages with PossDupFlag and
   * OrigSendingTime, gap fills over the rest. `emit` gets each message's bytes in turn.
   */
  resend(begin: number, end: number, emit: (bytes: Uint8Array) => void): void {
    const last = end === 0 ? this.sent.length : Math.min(end, this.sent.length);
    this.stamp();
    let fillFrom = 0;
    for (let seq = begin; seq <= last; seq++) {
      const stored = this.sent[seq - 1]!;
      if (isAdmin(stored.type)) {
        if (fillFrom === 0) fillFrom = seq;
        continue;
      }
      if (fillFrom !== 0) emit(this.gapFill(fillFrom, seq));
      fillFrom = 0;
      emit(this.encode(stored.type, seq, stored.fields, stored.sendingTime));
    }
    if (fillFrom !== 0) emit(this.gapFill(fillFrom, last + 1));
  }

  private gapFill(seq: number, next: number): Uint8Array {
    const fields: Fields = [
      [123, "Y"],
      [36, next],
    ];
    return this.encode("4", seq, fields, this.timeText());
  }

  /** origTime: not empty for a message that is sent again. */
  private encode(type: string, seq: number, fields: Fields, origTime: string): Uint8Array {
    const { beginString, senderCompId, targetCompId } = this.options;
    const b = this.builder.begin(beginString, type);
    b.string(49, senderCompId).string(56, targetCompId).int(34, seq);
    if (origTime !== "") b.string(43, "Y");
    b.utc(52, this.time);
    if (origTime !== "") b.string(122, origTime);
    for (const [tag, value] of fields) {
      if (typeof value === "number") b.int(tag, value);
      else b.string(tag, value);
    }
    b.finish();
    return b.bytes.subarray(b.start, b.start + b.length);
  }

  private stamp(): void {
    this.time.set(this.options.wallMs() * 1e6);
  }

  private timeText(): string {
    return Buffer.from(this.time.bytes.subarray(0, this.time.length)).toString("latin1");
  }
}
