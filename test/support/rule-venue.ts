/**
 * The venue of the comparison with the C reference, on the far end of a pipe: it acknowledges each new
 * order, replace and cancel with real FIX, and fills some by a rule that native/reference/venue.c knows
 * too. Allocates nothing once it is made.
 */
import { MessageBuilder } from "../../src/fix/codec/builder.ts";
import { TagIndex } from "../../src/fix/codec/tag-index.ts";
import { ID_DIGITS, ID_SLOT_DIGITS, readHex } from "../../src/fix/order/order-id.ts";
import type { PipePeer } from "../../src/net/pipe-peer.ts";

/** Every so many; 0 = none. */
export interface FillRule {
  /** New orders that are filled behind their acknowledgement. */
  newEvery: number;
  /** Replaces that are. */
  replaceEvery: number;
  /** Of these fills, those of half of what is open, rounded down. */
  halfEvery: number;
}

const BYTES = 1 << 17;
const ORDER_WORDS = 3;
const QTY = 0;
const CUM = 1;
const DONE = 2;
const SOH = 1;
const TRADE = 0x46;

export class RuleVenue {
  private readonly peer: PipePeer;
  private readonly rule: FillRule;
  private readonly sent = new Uint8Array(new ArrayBuffer(BYTES));
  private readonly builder = new MessageBuilder(new Uint8Array(new ArrayBuffer(4096)));
  private readonly index = new TagIndex();
  private readonly orders: Int32Array;
  private readonly senderCompId: string;
  private readonly targetCompId: string;
  /** Where what was sent is kept, the last `keptBytes` of it written; null = not kept. */
  private readonly kept: Uint8Array | null;
  keptBytes = 0;
  private seq = 1;
  private execs = 0;
  private news = 0;
  private replaces = 0;
  private fills = 0;

  /** `slots`: order slots of the engine. */
  constructor(
    peer: PipePeer,
    rule: FillRule,
    slots: number,
    senderCompId: string,
    targetCompId: string,
    kept: Uint8Array | null,
  ) {
    this.peer = peer;
    this.rule = rule;
    this.orders = new Int32Array(new ArrayBuffer(4 * ORDER_WORDS * slots));
    this.senderCompId = senderCompId;
    this.targetCompId = targetCompId;
    this.kept = kept;
  }

  /** Answers what was sent since the last call; how many messages that was. */
  serve(): number {
    const count = this.peer.takeSent(this.sent);
    if (count <= 0) return 0;
    if (this.kept !== null) {
      if (this.keptBytes + count > this.kept.length) throw new Error("no room for what was sent");
      this.kept.set(this.sent.subarray(0, count), this.keptBytes);
      this.keptBytes += count;
    }
    let messages = 0;
    for (let from = 0; from < count; messages++) {
      const end = this.endOf(from, count);
      this.index.parse(this.sent, from, end);
      this.answer();
      from = end;
    }
    return messages;
  }

  private answer(): void {
    const type = this.index.char(35);
    if (type === 0x41) this.send(this.begin("A").int(98, 0).int(108, 30));
    else if (type === 0x31) this.send(this.copy(this.begin("0"), 112));
    else if (type === 0x44) this.answerNew();
    else if (type === 0x46 || type === 0x47) this.answerChange(type);
  }

  private answerNew(): void {
    const at = this.slotOf() * ORDER_WORDS;
    this.orders[at + QTY] = this.index.int(38, 0);
    this.orders[at + CUM] = 0;
    this.orders[at + DONE] = 0;
    this.report(at, 0x30, 0x30, 0);
    if (isTurn(++this.news, this.rule.newEvery)) this.fill(at);
  }

  private answerChange(type: number): void {
    const orders = this.orders;
    const at = this.slotOf() * ORDER_WORDS;
    if (orders[at + DONE] !== 0) {
      this.tooLate(type === 0x46 ? 1 : 2);
      return;
    }
    if (type === 0x46) {
      orders[at + DONE] = 1;
      this.report(at, 0x34, 0x34, 0);
      return;
    }
    orders[at + QTY] = this.index.int(38, 0);
    const isDone = orders[at + CUM]! >= orders[at + QTY]!;
    orders[at + DONE] = isDone ? 1 : 0;
    this.report(at, 0x35, isDone ? 0x32 : 0x30, 0);
    if (isTurn(++this.replaces, this.rule.replaceEvery) && !isDone) this.fill(at);
  }

  private fill(at: number): void {
    const orders = this.orders;
    const open = orders[at + QTY]! - orders[at + CUM]!;
    const isHalf = isTurn(++this.fills, this.rule.halfEvery) && open > 1;
    const qty = isHalf ? open >> 1 : open;
    orders[at + CUM]! += qty;
    const isDone = orders[at + CUM] === orders[at + QTY];
    orders[at + DONE] = isDone ? 1 : 0;
    this.report(at, TRADE, isDone ? 0x32 : 0x31, qty);
  }

  /** An ExecutionReport on the message that is indexed; `filled`: LastQty of a fill at its price. */
  private report(at: number, execType: number, status: number, filled: number): void {
    const b = this.begin("8")
      .int(37, 1)
      .int(17, ++this.execs);
    b.char(150, execType).char(39, status);
    this.copy(b, 11);
    if (this.index.find(41) >= 0) this.copy(b, 41);
    this.copy(b, 55);
    this.copy(b, 54);
    this.copy(b, 38);
    if (this.index.find(44) >= 0) this.copy(b, 44);
    if (filled > 0) {
      const price = this.index.find(44);
      b.int(32, filled);
      b.raw(31, this.sent, this.index.offsetAt(price), this.index.lengthAt(price));
      b.int(851, 1);
    }
    const qty = this.orders[at + QTY]!;
    const cum = this.orders[at + CUM]!;
    b.int(14, cum).int(151, status === 0x34 ? 0 : Math.max(0, qty - cum));
    this.send(b.int(6, 0));
  }

  /** An OrderCancelReject: filled already. */
  private tooLate(responseTo: number): void {
    const b = this.begin("9").int(37, 1);
    this.copy(b, 11);
    this.copy(b, 41);
    this.send(b.char(39, 0x32).int(434, responseTo).int(102, 0));
  }

  private begin(type: string): MessageBuilder {
    return this.builder
      .begin("FIX.4.4", type)
      .string(49, this.targetCompId)
      .string(56, this.senderCompId)
      .int(34, this.seq++)
      .string(52, "20260101-00:00:00.000");
  }

  /** A field of the indexed message again. */
  private copy(b: MessageBuilder, tag: number): MessageBuilder {
    const field = this.index.find(tag);
    return b.raw(tag, this.sent, this.index.offsetAt(field), this.index.lengthAt(field));
  }

  private send(b: MessageBuilder): void {
    b.finish();
    if (!this.peer.answer(b.bytes, b.start, b.length)) throw new Error("the pipe is full");
  }

  /** Slot in our ClOrdID: five hex digits in front of the last eight. */
  private slotOf(): number {
    const field = this.index.find(11);
    const end = this.index.offsetAt(field) + this.index.lengthAt(field);
    return readHex(this.sent, end - ID_DIGITS, ID_SLOT_DIGITS);
  }

  /** Behind the CheckSum of the message that starts at `from`. */
  private endOf(from: number, to: number): number {
    const sent = this.sent;
    for (let i = from; i + 7 < to; i++) {
      if (sent[i] === SOH && sent[i + 1] === 0x31 && sent[i + 2] === 0x30 && sent[i + 3] === 0x3d) {
        return i + 8;
      }
    }
    return to;
  }
}

function isTurn(count: number, every: number): boolean {
  return every >= 1 && count % every === 0;
}
