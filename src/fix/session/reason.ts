// @hot
/**
 * Why a connection ended or never came to be, for the person who looks: text in the session's block
 * (hp_session), which another process reads. The first cause of a connection counts, what follows
 * from it is not told. Nothing is allocated.
 */
import { HP_ENOTACCEL, HP_EREFUSED, HP_ERESET, HP_ESYS } from "../../ffi/layout.ts";
import { REJECT_TEXT } from "../codec/reject-reason.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import type { SessionBlock } from "./block.ts";

/** Text (58). */
const TEXT = 58;

export class SessionReason {
  private readonly bytes: Uint8Array;
  private readonly block: SessionBlock;
  private length = 0;
  private isTold = false;

  constructor(block: SessionBlock) {
    this.block = block;
    this.bytes = block.reason;
  }

  /** A connection is tried: its cause is not known yet. The last one's stays to be read. */
  begin(): void {
    this.isTold = false;
  }

  /** The connection is over. */
  end(): void {
    if (!this.isTold) this.tell("the connection ended");
    this.block.end();
  }

  tell(text: string): void {
    if (!this.open()) return;
    this.text(text);
  }

  /** What the venue says in Text (58) of the indexed message. */
  tellMessage(what: string, tags: TagIndex): void {
    if (!this.open()) return;
    this.text(what);
    const field = tags.find(TEXT);
    if (field < 0) return;
    this.text(": ");
    const from = tags.offsetAt(field);
    const length = tags.lengthAt(field);
    for (let i = 0; i < length; i++) this.put(tags.bytes[from + i]!);
  }

  tellTooLow(expected: number, received: number): void {
    if (!this.open()) return;
    this.text("MsgSeqNum of the peer too low, expected ");
    this.number(expected);
    this.text(", received ");
    this.number(received);
  }

  /** A first message that the dictionary refused: SessionRejectReason (373) and the tag it is about. */
  tellRefused(reason: number, tag: number): void {
    if (!this.open()) return;
    this.text("the peer's message was refused by the dictionary: ");
    this.text(REJECT_TEXT[reason] ?? "");
    if (tag <= 0) return;
    this.text(", tag ");
    this.number(tag);
  }

  /** No connection, with the stream's status. */
  tellConnect(status: number): void {
    if (status === HP_EREFUSED) this.tell("connection refused, or the address is unreachable");
    else if (status === HP_ERESET) this.tell("connection reset by the peer");
    else if (status === HP_ENOTACCEL)
      this.tell("not accelerated by Onload: closed before a byte was sent");
    else if (status === HP_ESYS) this.tell("no connection: a system call failed");
    else this.tell("no connection");
  }

  /** A message of ours could not leave, nor wait: the sender's fault and broken. */
  tellNotSent(fault: number, broken: number): void {
    if (fault !== 0) this.tell("the journal is full");
    else this.tell(broken !== 0 ? "sending failed" : "a message of ours found no room");
  }

  /** False when there is a cause already; else the text is empty. */
  private open(): boolean {
    if (this.isTold) return false;
    this.isTold = true;
    this.length = 0;
    this.bytes.fill(0);
    return true;
  }

  private text(text: string): void {
    for (let i = 0; i < text.length; i++) this.put(text.charCodeAt(i));
  }

  private number(value: number): void {
    let unit = 1;
    while (unit * 10 <= value) unit *= 10;
    for (; unit >= 1; unit = Math.floor(unit / 10))
      this.put(0x30 + (Math.floor(value / unit) % 10));
  }

  /** Printable ASCII only: it goes to terminals, and the venue wrote it. The last byte stays NUL. */
  private put(byte: number): void {
    if (this.length >= this.bytes.length - 1) return;
    this.bytes[this.length++] = byte >= 0x20 && byte < 0x7f ? byte : 0x3f;
  }
}
