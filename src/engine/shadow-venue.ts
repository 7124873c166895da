// @hot
/**
 * The other end of the shadow's order session, behind the pipe that stands for its socket: takes what
 * was sent and answers like a venue that takes everything, so that warm-up runs the receive path, the
 * order state machine and the strategy's onOrder with real bytes. Nothing leaves the process.
 *
 * Answers: Logon, Heartbeat to a TestRequest, and to orders a fixed rota of acknowledged, filled,
 * partly filled, rejected and cancelled, so that every branch of the execution path is warmed.
 */
import { ID_DIGITS, ID_SLOT_DIGITS, readHex } from "../fix/order/order-id.ts";
import type { PipePeer } from "../net/pipe-peer.ts";

const SOH = 1;
const EQUALS = 0x3d;
const BYTES = 1 << 16;
/** The shadow has no more slots than this. */
const SLOT_MASK = 0xffff;

export class ShadowVenue {
  private readonly peer: PipePeer;
  /** What was sent, and the answers made of it. */
  private readonly tx: Uint8Array;
  private readonly queue: Uint8Array;
  private queued = 0;
  private seq = 1;
  private execs = 0;
  private rota = 0;
  /** By slot: 1 = the order is filled, cancelled or rejected; changes of it come too late. */
  private readonly done: Uint8Array;
  /** Where the message being answered keeps its fields: value offset and length by field. */
  private readonly at: Int32Array;
  private readonly header: Uint8Array;
  private from = 0;
  private isLoggedOn = false;
  /** Venues of drop copies, which repeat every report of this one; set before the first turn. */
  copies: readonly ShadowVenue[] = NO_COPIES;
  private readonly literals: Uint8Array[] = [];

  constructor(peer: PipePeer, beginString: string, senderCompId: string, targetCompId: string) {
    this.peer = peer;
    this.tx = new Uint8Array(new ArrayBuffer(BYTES));
    this.queue = new Uint8Array(new ArrayBuffer(BYTES));
    this.done = new Uint8Array(new ArrayBuffer(SLOT_MASK + 1));
    this.at = new Int32Array(new ArrayBuffer(4 * 2 * FIELD_COUNT));
    this.header = text(`8=${beginString}|9=000000|35=`);
    for (const literal of LITERALS) this.literals.push(text(literal));
    this.literals[0] = text(`|49=${targetCompId}|56=${senderCompId}|34=`);
  }

  /** Answers whatever was sent since the last call. */
  serve(): void {
    const sent = this.peer.takeSent(this.tx);
    if (sent <= 0) return;
    this.queued = 0;
    let from = 0;
    while (from < sent) {
      const end = this.messageEnd(from, sent);
      this.index(from, end);
      if (this.queued < BYTES - 4 * ANSWER_MAX) this.reply();
      from = end;
    }
    if (this.queued > 0) this.peer.answer(this.queue, 0, this.queued);
  }

  private reply(): void {
    const type = this.tx[this.at[2 * F_TYPE]!]!;
    if (type === 0x41) this.answerLogon();
    else if (type === 0x31) this.answerTestRequest();
    else if (type === 0x32) this.answerResend();
    else if (type === 0x44) this.answerNew();
    else if (type === 0x46) this.answerCancel();
    else if (type === 0x47) this.answerReplace();
    else if (type === 0x48) this.answerStatus();
  }

  /** Behind the CheckSum field of the message that starts at `from`. */
  private messageEnd(from: number, sent: number): number {
    const tx = this.tx;
    for (let i = from; i + 7 < sent; i++) {
      if (tx[i] !== SOH || tx[i + 1] !== 0x31 || tx[i + 2] !== 0x30) continue;
      if (tx[i + 3] === EQUALS) return i + 8;
    }
    return sent;
  }

  /** Finds the fields an answer repeats. */
  private index(from: number, to: number): void {
    const tx = this.tx;
    this.at.fill(0);
    let i = from;
    while (i < to) {
      let tag = 0;
      while (i < to && tx[i] !== EQUALS) tag = tag * 10 + tx[i++]! - 0x30;
      const value = ++i;
      while (i < to && tx[i] !== SOH) i++;
      const field = fieldOf(tag);
      if (field >= 0) {
        this.at[2 * field] = value;
        this.at[2 * field + 1] = i - value;
      }
      i++;
    }
  }

  /** A report of another venue, its body from[start .. end), as a drop copy. */
  private repeat(from: Uint8Array, start: number, end: number): void {
    if (!this.isLoggedOn) return;
    this.queued = 0;
    this.begin(0x38);
    for (let i = start; i < end; i++) this.byte(from[i]!);
    this.finish();
    this.peer.answer(this.queue, 0, this.queued);
  }

  private answerLogon(): void {
    this.isLoggedOn = true;
    this.begin(0x41);
    this.literal(2);
    this.finish();
  }

  private answerTestRequest(): void {
    this.begin(0x30);
    this.literal(3);
    this.field(F_TEST);
    this.byte(SOH);
    this.finish();
  }

  /** Everything that was lost with a connection is filled over. */
  private answerResend(): void {
    const next = this.seq;
    this.seq = this.numberOf(F_BEGIN);
    this.begin(0x34);
    this.literal(23);
    this.number(next);
    this.byte(SOH);
    this.finish();
    this.seq = next;
  }

  private answerNew(): void {
    const slot = this.slotOf(F_CLORDID);
    this.done[slot] = 0;
    this.rota = (this.rota + 1) & 15;
    if (this.rota === 7) {
      this.done[slot] = 1;
      this.report(0x38, 0x38, 0, 0);
      return;
    }
    this.report(0x30, 0x30, 0, 0);
    const tif = this.at[2 * F_TIF]! === 0 ? 0x30 : this.tx[this.at[2 * F_TIF]!]!;
    if (tif !== 0x30 || this.rota === 3 || this.rota === 11 || this.rota === 9) this.done[slot] = 1;
    if (tif !== 0x30) {
      if ((this.rota & 1) === 0) this.report(0x34, 0x34, 0, 0);
      else this.report(0x46, 0x32, 2, 0);
    } else if (this.rota === 3 || this.rota === 11) this.report(0x46, 0x32, 2, 0);
    else if (this.rota === 5 && (this.qty() & 1) === 0) this.report(0x46, 0x31, 1, 0);
    else if (this.rota === 9) this.report(0x34, 0x34, 0, 0);
  }

  private answerCancel(): void {
    const slot = this.slotOf(F_ORIG);
    if (this.done[slot] === 1) this.cancelReject(0x31, 0x32);
    else if ((++this.rota & 15) === 15) this.cancelReject(0x31, 0x30);
    else {
      this.done[slot] = 1;
      this.report(0x34, 0x34, 0, 1);
    }
  }

  private answerReplace(): void {
    if (this.done[this.slotOf(F_ORIG)] === 1) this.cancelReject(0x32, 0x32);
    else if ((++this.rota & 15) === 15) this.cancelReject(0x32, 0x30);
    else this.report(0x35, 0x30, 0, 1);
  }

  /** Slot in an id of ours (fix/order-id.ts): the five hex digits in front of the last eight. */
  private slotOf(field: number): number {
    const end = this.at[2 * field]! + this.at[2 * field + 1]!;
    const slot = readHex(this.tx, end - ID_DIGITS, ID_SLOT_DIGITS);
    return Math.max(slot, 0) & SLOT_MASK;
  }

  private answerStatus(): void {
    this.report(0x49, 0x34, 0, 0);
  }

  /** An ExecutionReport; fill: 0 none, 1 half, 2 all; orig: repeat OrigClOrdID. */
  private report(execType: number, status: number, fill: number, orig: number): void {
    this.begin(0x38);
    const body = this.queued;
    this.literal(4);
    this.number(++this.execs);
    this.literal(5);
    this.byte(execType);
    this.literal(6);
    this.byte(status);
    this.literal(7);
    this.field(F_CLORDID);
    if (orig === 1) {
      this.literal(8);
      this.field(F_ORIG);
    }
    this.literal(9);
    this.field(F_SYMBOL);
    this.literal(10);
    this.field(F_SIDE);
    // A status request tells no quantity, and a tag without a value is no FIX.
    if (this.at[2 * F_QTY + 1]! > 0) {
      this.literal(11);
      this.field(F_QTY);
    }
    if (this.at[2 * F_PX + 1]! > 0) {
      this.literal(12);
      this.field(F_PX);
    }
    if (status === 0x38) this.literal(20);
    if (fill !== 0 && this.at[2 * F_PX + 1]! > 0) {
      this.literal(13);
      if (fill === 2) this.field(F_QTY);
      else this.number(this.qty() >> 1);
      this.literal(14);
      this.field(F_PX);
    }
    this.literal(15);
    if (fill === 2) this.field(F_QTY);
    else this.number(fill === 1 ? this.qty() >> 1 : 0);
    this.literal(16);
    if (fill === 2 || status === 0x34 || status === 0x38) this.number(0);
    else if (fill === 1) this.number(this.qty() - (this.qty() >> 1));
    else this.field(F_QTY);
    this.literal(17);
    const copies = this.copies;
    for (let c = 0; c < copies.length; c++) copies[c]!.repeat(this.queue, body, this.queued);
    this.finish();
  }

  private cancelReject(responseTo: number, status: number): void {
    this.begin(0x39);
    this.literal(22);
    this.field(F_CLORDID);
    this.literal(8);
    this.field(F_ORIG);
    this.literal(6);
    this.byte(status);
    this.literal(18);
    this.byte(responseTo);
    this.literal(21);
    this.byte(SOH);
    this.finish();
  }

  private qty(): number {
    return this.numberOf(F_QTY);
  }

  private numberOf(field: number): number {
    let n = 0;
    const at = this.at[2 * field]!;
    const length = this.at[2 * field + 1]!;
    for (let i = 0; i < length; i++) n = n * 10 + this.tx[at + i]! - 0x30;
    return n > 0 ? n : 1;
  }

  private begin(type: number): void {
    this.from = this.queued;
    for (let i = 0; i < this.header.length; i++) this.queue[this.queued++] = this.header[i]!;
    this.byte(type);
    this.literal(0);
    this.number(this.seq++);
    this.literal(1);
  }

  private finish(): void {
    const bodyFrom = this.from + this.header.length - 3;
    let length = this.queued - bodyFrom;
    let digit = bodyFrom - 2;
    for (let i = 0; i < 6; i++) {
      this.queue[digit--] = 0x30 + (length % 10);
      length = (length / 10) | 0;
    }
    let sum = 0;
    for (let i = this.from; i < this.queued; i++) sum += this.queue[i]!;
    sum &= 255;
    this.literal(19);
    this.byte(0x30 + ((sum / 100) | 0));
    this.byte(0x30 + (((sum / 10) | 0) % 10));
    this.byte(0x30 + (sum % 10));
    this.byte(SOH);
  }

  private literal(which: number): void {
    const text = this.literals[which]!;
    for (let i = 0; i < text.length; i++) this.queue[this.queued++] = text[i]!;
  }

  private field(which: number): void {
    const at = this.at[2 * which]!;
    const length = this.at[2 * which + 1]!;
    for (let i = 0; i < length; i++) this.queue[this.queued++] = this.tx[at + i]!;
  }

  private byte(value: number): void {
    this.queue[this.queued++] = value;
  }

  private number(value: number): void {
    let divisor = 1;
    while (value / divisor >= 10) divisor *= 10;
    for (; divisor >= 1; divisor = (divisor / 10) | 0) {
      this.byte(0x30 + (((value / divisor) | 0) % 10));
    }
  }
}

const NO_COPIES: readonly ShadowVenue[] = [];
const ANSWER_MAX = 1024;
const F_TYPE = 0;
const F_CLORDID = 1;
const F_ORIG = 2;
const F_SYMBOL = 3;
const F_SIDE = 4;
const F_QTY = 5;
const F_PX = 6;
const F_TIF = 7;
const F_TEST = 8;
const F_BEGIN = 9;
const FIELD_COUNT = 10;

function fieldOf(tag: number): number {
  switch (tag) {
    case 35:
      return F_TYPE;
    case 11:
      return F_CLORDID;
    case 41:
      return F_ORIG;
    case 55:
      return F_SYMBOL;
    case 54:
      return F_SIDE;
    case 38:
      return F_QTY;
    case 44:
      return F_PX;
    case 59:
      return F_TIF;
    case 112:
      return F_TEST;
    case 7:
      return F_BEGIN;
    default:
      return -1;
  }
}

/** Fixed parts of answers; `|` is SOH. The first one is made per venue. */
const LITERALS = [
  "",
  "|52=20260101-00:00:00.000|",
  "98=0|108=30|",
  "112=",
  "37=W1|17=W",
  "|150=",
  "|39=",
  "|11=",
  "|41=",
  "|55=",
  "|54=",
  "|38=",
  "|44=",
  "|32=",
  "|31=",
  "|14=",
  "|151=",
  "|6=0|851=1|",
  "|434=",
  "10=",
  "|103=0",
  "|102=1",
  "37=W1|11=",
  "123=Y|36=",
];

/** @cold */
function text(fix: string): Uint8Array {
  return new TextEncoder().encode(fix.replaceAll("|", "\x01"));
}
