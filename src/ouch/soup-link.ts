// @hot
/** What a SoupBinTCP connection has whatever its state: the way out, its records, its name. */
import type { Clock } from "../core/clock.ts";
import { SESSION_DOWN, SESSION_SYNCING, SESSION_UP } from "../core/codes.ts";
import { HP_JR_SESSION_IN } from "../ffi/layout.ts";
import type { ExecutionSink } from "../fix/order/execution.ts";
import { SessionBlock } from "../fix/session/block.ts";
import { SessionReason } from "../fix/session/reason.ts";
import { Sender } from "../fix/session/sender.ts";
import { NO_RECORDER } from "../fix/session/setup.ts";
import { SOUP_SESSION_BYTES } from "../net/soup/soup-login.ts";
import { writeSoupHeader } from "../net/soup/soup-packets.ts";
import type { Stream } from "../net/stream.ts";
import type { OuchSessionOptions } from "./options.ts";
import { OUCH_TEMPLATES_BYTES } from "./ouch-templates.ts";

/**
 * In the send arena: templates, packets of the session itself, the name of the venue's session; then
 * what waits to leave.
 */
export const OWN_AT = OUCH_TEMPLATES_BYTES;
export const NAME_AT = OWN_AT + 64;
const WAITING_AT = NAME_AT + 64;
const SPACE = 0x20;

export class SoupLink {
  readonly index: number;
  /** SESSION_*. */
  state = SESSION_DOWN;
  readonly block: SessionBlock;
  readonly sender: Sender;
  readonly reason: SessionReason;
  protected readonly clock: Clock;
  protected readonly counters: Float64Array;
  protected readonly sink: ExecutionSink;
  protected readonly stream: Stream;
  /** Number of the next sequenced message. */
  protected next: number;

  constructor(o: OuchSessionOptions) {
    this.index = o.index;
    this.clock = o.clock;
    this.counters = o.counters;
    this.block = new SessionBlock(o.block);
    this.reason = new SessionReason(this.block);
    this.stream = o.stream;
    this.sink = o.sink;
    this.next = o.sequences?.nextIn ?? 1;
    this.sender = new Sender(
      o.stream,
      o.journal,
      o.clock,
      o.counters,
      o.index,
      o.sequences?.nextOut ?? 1,
      WAITING_AT,
      o.sendDurable === "always",
      o.latency ?? NO_RECORDER,
      o.wire ?? NO_RECORDER,
      null,
      o.throttle ?? null,
    );
    for (let i = 0; i < SOUP_SESSION_BYTES; i++) o.stream.tx[NAME_AT + i] = SPACE;
    this.block.sequences(this.sender.nextOut, this.next);
  }

  /** Next UserRefNum. */
  nextOut(): number {
    return this.sender.nextOut;
  }

  /** Number of the next sequenced message. */
  nextIn(): number {
    return this.next;
  }

  fault(): number {
    return this.sender.fault;
  }

  isLoggedOn(): boolean {
    return this.state === SESSION_UP || this.state === SESSION_SYNCING;
  }

  hasBacklog(): boolean {
    return this.sender.hasBacklog();
  }

  /** Messages gather from here until release(), see FixSession. */
  hold(burstNs: number, rxNs: number): void {
    this.sender.burstNs = burstNs;
    this.sender.burstRxNs = rxNs;
    this.sender.hold();
  }

  release(nowNs: number): void {
    this.sender.release(nowNs);
    this.sender.burstNs = 0;
    this.sender.burstRxNs = 0;
  }

  protected isDown(): boolean {
    return this.state === SESSION_DOWN;
  }

  /** True once the session's name is known, from a login or from the journal. */
  protected isNamed(): boolean {
    for (let i = 0; i < SOUP_SESSION_BYTES; i++) {
      if (this.stream.tx[NAME_AT + i] !== SPACE) return true;
    }
    return false;
  }

  /** From the journal: the name in bytes[at, at + 10). */
  protected rename(bytes: Uint8Array, at: number): void {
    for (let i = 0; i < SOUP_SESSION_BYTES; i++) this.stream.tx[NAME_AT + i] = bytes[at + i]!;
  }

  /**
   * Journals that a message was consumed that no other record speaks of, with tx[start, start +
   * length) of it. False when the journal took nothing.
   */
  protected note(
    seq: number,
    msgType: number,
    start: number,
    length: number,
    nowNs: number,
  ): boolean {
    const isNoted = this.sender.records.admin(
      HP_JR_SESSION_IN,
      seq,
      msgType,
      0,
      this.next,
      start,
      length,
      nowNs,
    );
    if (!isNoted) this.sender.recordLost();
    return isNoted;
  }

  /** A packet without payload. */
  protected say(type: number, nowNs: number): boolean {
    const size = writeSoupHeader(this.stream.tx, OWN_AT, type, 0);
    return this.sender.admin(0, type, this.next, OWN_AT, size, 1, nowNs);
  }
}
