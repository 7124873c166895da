// @hot
/**
 * The other end of the shadow's OUCH session, behind the pipe that stands for its socket: what
 * ShadowVenue is for FIX. Answers logins, account queries and orders, these by a fixed rota of
 * accepted, executed, executed in part, rejected and canceled. Nothing leaves the process.
 */

import type { PipePeer } from "../net/pipe-peer.ts";
import {
  readSoupSequence,
  SOUP_LOGIN_SEQUENCE_AT,
  writeSoupAccepted,
} from "../net/soup/soup-login.ts";
import {
  SOUP_HEADER_BYTES,
  SOUP_LOGIN_REQUEST,
  SOUP_SEQUENCED,
  SOUP_SERVER_HEARTBEAT,
  SOUP_UNSEQUENCED,
  writeSoupHeader,
} from "../net/soup/soup-packets.ts";
import { SOUP_FAULT, SOUP_PARTIAL, SoupSplitter } from "../net/soup/soup-splitter.ts";
import * as W from "../ouch/wire.ts";

const BYTES = 1 << 16;
const ANSWER_MAX = 512;
/** Orders remembered by the low bits of their numbers. */
const REF_MASK = 0xffff;
const U_ORDER = 0x55;
const IMMEDIATE = 0x33;

export class ShadowOuchVenue {
  private readonly peer: PipePeer;
  /** What was sent, with what is left of a packet in front, and the answers made of it. */
  private readonly tx = new Uint8Array(new ArrayBuffer(2 * BYTES));
  private readonly taken = new Uint8Array(new ArrayBuffer(BYTES));
  private readonly queue = new Uint8Array(new ArrayBuffer(BYTES));
  private readonly splitter = new SoupSplitter(1024);
  private left = 0;
  private queued = 0;
  private nextRef = 1;
  private match = 0;
  private rota = 0;
  /** By UserRefNum: shares open. */
  private readonly open = new Int32Array(new ArrayBuffer(4 * (REF_MASK + 1)));
  private readonly symbol = new Uint8Array(new ArrayBuffer(8 * (REF_MASK + 1)));
  private readonly sides = new Uint8Array(new ArrayBuffer(REF_MASK + 1));

  constructor(peer: PipePeer) {
    this.peer = peer;
  }

  serve(): void {
    const n = this.peer.takeSent(this.taken);
    if (n <= 0) return;
    for (let i = 0; i < n; i++) this.tx[this.left + i] = this.taken[i]!;
    const end = this.left + n;
    this.queued = 0;
    let at = 0;
    let type = this.splitter.next(this.tx, at, end);
    while (type !== SOUP_PARTIAL && type !== SOUP_FAULT) {
      if (this.queued < BYTES - ANSWER_MAX) this.onPacket(type);
      at = this.splitter.end;
      type = this.splitter.next(this.tx, at, end);
    }
    // A new connection begins in the middle of nothing.
    this.left = type === SOUP_FAULT ? 0 : end - at;
    this.tx.copyWithin(0, at, at + this.left);
    if (this.queued > 0) this.peer.answer(this.queue, 0, this.queued);
  }

  private onPacket(type: number): void {
    const at = this.splitter.payloadAt;
    if (type === SOUP_LOGIN_REQUEST) {
      const sequence = readSoupSequence(this.tx, at + SOUP_LOGIN_SEQUENCE_AT);
      this.queued += writeSoupAccepted(this.queue, this.queued, "SHADOW", sequence);
    } else if (type === SOUP_UNSEQUENCED) this.onMessage(at);
    else this.queued += writeSoupHeader(this.queue, this.queued, SOUP_SERVER_HEARTBEAT, 0);
  }

  private onMessage(at: number): void {
    switch (this.tx[at]) {
      case W.OUCH_ENTER:
        this.onEnter(at);
        return;
      case U_ORDER:
        this.onReplace(at);
        return;
      case W.OUCH_CANCEL:
        this.onCancel(at);
        return;
      case W.OUCH_QUERY: {
        const to = this.begin(W.OUCH_QUERY_ANSWER, 13, this.nextRef);
        this.end(to, 13);
        return;
      }
    }
  }

  private onEnter(at: number): void {
    const ref = W.readU32(this.tx, at + 1);
    this.nextRef = ref + 1;
    this.rota = (this.rota + 1) & 15;
    const qty = W.readU32(this.tx, at + 6);
    const key = ref & REF_MASK;
    this.sides[key] = this.tx[at + 5]!;
    for (let i = 0; i < 8; i++) this.symbol[8 * key + i] = this.tx[at + 10 + i]!;
    if (this.rota === 7) {
      this.open[key] = 0;
      const to = this.begin(W.OUCH_REJECTED, 29, ref);
      this.copy(at + 31, to + W.J_CLORDID, 14);
      this.end(to, 29);
      return;
    }
    this.open[key] = qty;
    const to = this.begin(W.OUCH_ACCEPTED, 64, ref);
    this.state(to + W.A_SIDE, key, at + 6, at + 18, at + 31);
    this.end(to, 64);
    const isImmediate = this.tx[at + 26] === IMMEDIATE;
    if (isImmediate && (this.rota & 1) === 0) this.canceled(ref, 0x49);
    else if (isImmediate || this.rota === 3 || this.rota === 11) this.executed(ref, qty, at + 18);
    else if (this.rota === 5 && (qty & 1) === 0) this.executed(ref, qty >> 1, at + 18);
    else if (this.rota === 9) this.canceled(ref, 0x55);
  }

  private onReplace(at: number): void {
    const orig = W.readU32(this.tx, at + 1) & REF_MASK;
    const ref = W.readU32(this.tx, at + 5);
    if (this.open[orig] === 0) return;
    this.nextRef = ref + 1;
    if ((++this.rota & 15) === 15) {
      const to = this.begin(W.OUCH_REJECTED, 29, ref);
      this.copy(at + 24, to + W.J_CLORDID, 14);
      this.end(to, 29);
      return;
    }
    const key = ref & REF_MASK;
    this.open[key] = W.readU32(this.tx, at + 9);
    this.open[orig] = 0;
    this.sides[key] = this.sides[orig]!;
    for (let i = 0; i < 8; i++) this.symbol[8 * key + i] = this.symbol[8 * orig + i]!;
    const to = this.begin(W.OUCH_REPLACED, 68, 0);
    this.copy(at + 1, to + W.OUT_REF, 8);
    this.state(to + W.U_SIDE, key, at + 9, at + 13, at + 24);
    this.end(to, 68);
  }

  private onCancel(at: number): void {
    const ref = W.readU32(this.tx, at + 1);
    if (this.open[ref & REF_MASK] === 0) return;
    if ((++this.rota & 15) !== 15) this.canceled(ref, 0x55);
    else this.end(this.begin(W.OUCH_CANCEL_REJECT, 13, ref), 13);
  }

  private canceled(ref: number, reason: number): void {
    const to = this.begin(W.OUCH_CANCELED, 18, ref);
    W.writeU32(this.queue, to + W.C_QUANTITY, this.open[ref & REF_MASK]!);
    this.queue[to + W.C_REASON] = reason;
    this.end(to, 18);
    this.open[ref & REF_MASK] = 0;
  }

  private executed(ref: number, qty: number, priceAt: number): void {
    const to = this.begin(W.OUCH_EXECUTED, 36, ref);
    W.writeU32(this.queue, to + W.E_QUANTITY, qty);
    this.copy(priceAt, to + W.E_PRICE, 8);
    this.queue[to + W.E_LIQUIDITY] = 0x41;
    W.writeU32(this.queue, to + W.E_MATCH + 4, ++this.match);
    this.end(to, 36);
    this.open[ref & REF_MASK] = Math.max(0, this.open[ref & REF_MASK]! - qty);
  }

  /** Side to ClOrdID of A and U. */
  private state(to: number, key: number, qtyAt: number, priceAt: number, idAt: number): void {
    this.queue[to] = this.sides[key]!;
    this.copy(qtyAt, to + W.STATE_QUANTITY, 4);
    for (let i = 0; i < 8; i++) this.queue[to + W.STATE_SYMBOL + i] = this.symbol[8 * key + i]!;
    this.copy(priceAt, to + W.STATE_PRICE, 8);
    this.queue[to + W.STATE_ORDER_STATE] = 0x4c;
    this.copy(idAt, to + W.STATE_CLORDID, 14);
  }

  /** A sequenced message of `length` zeros with type and number; where it begins. */
  private begin(type: number, length: number, ref: number): number {
    const to = this.queued + SOUP_HEADER_BYTES;
    for (let i = 0; i < length; i++) this.queue[to + i] = 0;
    this.queue[to] = type;
    W.writeU32(this.queue, to + W.OUT_REF, ref);
    return to;
  }

  private end(to: number, length: number): void {
    this.queued = to - SOUP_HEADER_BYTES;
    this.queued += writeSoupHeader(this.queue, this.queued, SOUP_SEQUENCED, length);
  }

  private copy(from: number, to: number, length: number): void {
    for (let i = 0; i < length; i++) this.queue[to + i] = this.tx[from + i]!;
  }
}
