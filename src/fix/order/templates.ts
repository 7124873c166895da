// @hot
/**
 * Order messages as prepared bytes in the stream's send arena; a send patches what differs.
 *
 *   base      start                 pin                                          end
 *   |.........|8=FIX.4.4|9=181|35=D|34=|4711|49=..|56=..|52=time|11=HPsssssgggggggg|1=..|60=time|...
 *             <-- written backwards --  ^    <------ fixed: patched in place ------>
 *                                            ...|55=AAPL|207=..|54=1|40=2|59=0|38=100|44=1.2|10=ccc|
 *                                               <- instrument -><---- combo --->< forward >
 *
 * MsgSeqNum grows backwards from the pin, so the send starts where the header does. Instrument and
 * combo (side and flags) are written again only when they differ from the last order's. The
 * checksum is a sum of sums: what is static was added up at start.
 *
 * All is written in words of four characters, from right to left: digits end where they should, and
 * what the first word of a number spills over on its left is the tag, written next.
 */
import {
  HP_JR_INTENT__GENERATION_W,
  HP_JR_INTENT__INSTRUMENT_W,
  HP_JR_INTENT__MSG_SEQ_W,
  HP_JR_INTENT__ORIG_GENERATION_W,
  HP_JR_INTENT__PX_W,
  HP_JR_INTENT__QTY_W,
  HP_JR_INTENT__SLOT_W,
} from "../../ffi/layout.ts";
import {
  decimalQuad,
  digitCount,
  hexQuad,
  POW10,
  quadSum,
  writeDigits,
  writeLongDigits,
} from "../codec/digits.ts";
import { SOH, TRAILER_BYTES } from "../codec/framing.ts";
import { FRACTION_AT, type UtcTime } from "../codec/utc-time.ts";
import type { TemplatePlan } from "./template-plan.ts";
import { loadTemplate, type TemplateText } from "./template-text.ts";

/** Bytes of the send arena that one template takes. */
export const TEMPLATE_BYTES = 2048;
/** Room before the pin: "8=FIXT.1.1|9=ddddddddd|35=dd|34=dddddddddd". */
export const HEAD_BYTES = 64;
/** Most bytes behind the instrument: combo excluded, "38=..|44=..|10=ccc|". */
export const TAIL_BYTES = 64;

/** An SOH and the tag behind it, and the sum of "tag=" and the SOH that ends the field. */
const TAG_34 = 0x3d343301;
const TAG_38 = 0x3d383301;
const SUM_38 = 0xa9;
const TAG_44 = 0x3d343401;
const SUM_44 = 0xa6;
const TAG_10 = 0x3d303101;
/** More than any MsgSeqNum. */
const SEQ_NONE = 0x7fffffff;
const POINT = 0x2e;
const MINUS = 0x2d;

export class OrderTemplate {
  /** The message: tx[start .. start + length). Valid after encode(). */
  start = 0;
  length = 0;
  private readonly tx: Uint8Array;
  private readonly view: DataView;
  private readonly pin: number;
  private readonly hasQty: boolean;
  /** Offsets of what is patched. timeAt = sendingTimeAt, origIdAt = -1: the message has none. */
  private readonly sendingTimeAt: number;
  private readonly timeAt: number;
  private readonly timeCount: number;
  private readonly idAt: number;
  private readonly origIdAt: number;
  /** Sum of all static bytes: the header's constants, SOHs and the fixed part with ids of zeros. */
  private readonly staticSum: number;
  private readonly text: TemplateText;
  private readonly seqWidth: number;
  private readonly lengthWidth: number;
  private readonly qtyWidth: number;
  private readonly pxWidth: number;
  private instrument = -1;
  private combo = -1;
  /** Of instrument and combo: the sum of their bytes, and the offset behind them. */
  private bodySum = 0;
  private tailAt = 0;
  private second = -1;
  /**
   * Of the last header: where the body ended and how long it was, MsgSeqNum with four zeros at the
   * end, the first number with the same digits before those four, and the sum of all digits without
   * them.
   */
  private end = 0;
  private bodyLength = 0;
  private seqFloor = 0;
  private seqFirst = SEQ_NONE;
  private headSum = 0;
  private seqDigits = 0;
  private lengthDigits = 0;
  private priceSum = 0;

  /** Lays the plan out at `base` of the send arena. Throws DictionaryError when it does not fit. */
  constructor(
    plan: TemplatePlan,
    tx: Uint8Array,
    base: number,
    beginString: string,
    idPrefix: string,
    time: UtcTime,
    zeroPad: boolean,
  ) {
    const text = loadTemplate(plan, tx, base + HEAD_BYTES, beginString, idPrefix, time.length);
    this.text = text;
    this.tx = tx;
    this.view = new DataView(tx.buffer, tx.byteOffset, tx.length);
    this.pin = base + HEAD_BYTES;
    this.hasQty = plan.hasQty;
    this.sendingTimeAt = text.sendingTimeAt;
    this.timeAt = text.timeAt < 0 ? text.sendingTimeAt : text.timeAt;
    this.timeCount = text.timeAt < 0 ? 1 : 2;
    this.idAt = text.idAt;
    this.origIdAt = text.origIdAt;
    this.staticSum = text.staticSum;
    this.seqWidth = zeroPad ? 9 : 1;
    this.lengthWidth = zeroPad ? 6 : 1;
    this.qtyWidth = zeroPad ? 10 : 1;
    this.pxWidth = zeroPad ? 12 : 1;
  }

  /**
   * Patches the message. `order`: words of hp_jr_intent, of which ids (the original's where the
   * message has OrigClOrdID), instrument, qty and px are read. `combo`: side and flags. The price is
   * px * unit / 10^decimals, none when decimals < 0. `time` stands at the moment of sending.
   */
  encode(order: Int32Array, combo: number, unit: number, decimals: number, time: UtcTime): void {
    const slot = order[HP_JR_INTENT__SLOT_W]!;
    // Of the first word only the last character is the slot's.
    const first = hexQuad(slot >>> 16);
    const second = hexQuad(slot);
    const slotSum = quadSum(first) + quadSum(second);
    let sum = this.staticSum + slotSum;
    sum += this.putId(this.idAt, first, second, order[HP_JR_INTENT__GENERATION_W]!);
    if (this.origIdAt >= 0) {
      const original = order[HP_JR_INTENT__ORIG_GENERATION_W]!;
      sum += slotSum + this.putId(this.origIdAt, first, second, original);
    }
    sum += this.putTime(time);
    const instrument = order[HP_JR_INTENT__INSTRUMENT_W]!;
    if (instrument !== this.instrument || combo !== this.combo) this.putBody(instrument, combo);
    sum += this.bodySum;
    let at = this.tailAt;
    if (this.hasQty) {
      const qty = order[HP_JR_INTENT__QTY_W]!;
      let width = digitCount(qty);
      if (width < this.qtyWidth) width = this.qtyWidth;
      const end = at + 3 + width;
      sum += SUM_38 + writeDigits(this.view, end, qty, width);
      this.view.setInt32(at - 1, TAG_38, true);
      at = end + 1;
    }
    if (decimals >= 0) {
      at = this.putPrice(at + 3, order[HP_JR_INTENT__PX_W]! * unit, decimals) + 1;
      sum += SUM_44 + this.priceSum;
    }
    sum += this.putHead(order[HP_JR_INTENT__MSG_SEQ_W]!, at);
    // "10=ccc|" behind the SOH of the last field.
    this.view.setInt32(at + 2, decimalQuad(sum & 255), true);
    this.view.setInt32(at - 1, TAG_10, true);
    this.tx[at + 6] = SOH;
    this.length = at + TRAILER_BYTES - this.start;
  }

  /** Writes `value` / 10^decimals at `at`, all decimals, and its tag; returns the offset behind. */
  private putPrice(at: number, value: number, decimals: number): number {
    let start = at;
    let rest = value;
    let sum = 0;
    if (value < 0) {
      rest = -value;
      start++;
      sum = MINUS;
    }
    let end = start;
    if (rest > 0x7fffffff || decimals > 9) end = this.putLongPrice(start, rest, decimals);
    else {
      let width = digitCount(rest);
      if (width <= decimals) width = decimals + 1;
      if (width < this.pxWidth) width = this.pxWidth;
      end += width;
      let whole = rest | 0;
      if (decimals > 0) {
        whole = (rest / POW10[decimals]!) | 0;
        sum += POINT + writeDigits(this.view, end + 1, rest - whole * POW10[decimals]!, decimals);
      }
      this.priceSum = writeDigits(this.view, end - decimals, whole, width - decimals);
      if (decimals > 0) this.tx[end++ - decimals] = POINT;
    }
    if (value < 0) this.tx[at] = MINUS;
    this.view.setInt32(at - 4, TAG_44, true);
    this.priceSum += sum;
    return end;
  }

  /** A price of more than 31 bits of its last decimal. */
  private putLongPrice(at: number, value: number, decimals: number): number {
    const tx = this.tx;
    const scale = 10 ** decimals;
    const whole = Math.floor(value / scale);
    let width = 1;
    for (let bound = 10; whole >= bound; bound *= 10) width++;
    if (width < this.pxWidth - decimals) width = this.pxWidth - decimals;
    let end = at + width;
    let sum = writeLongDigits(tx, end, whole, width);
    if (decimals > 0) {
      tx[end] = POINT;
      end += 1 + decimals;
      sum += POINT + writeLongDigits(tx, end, value - whole * scale, decimals);
    }
    this.priceSum = sum;
    return end;
  }

  /**
   * The header backwards from the pin; `end` = of the body. Most often only the last four digits of
   * MsgSeqNum differ from those of the message before, and BodyLength by a digit.
   */
  private putHead(seq: number, end: number): number {
    const low = seq - this.seqFloor;
    if (seq < this.seqFirst || low > 9999) return this.renewHead(seq, end);
    if (end !== this.end && !this.putLength(end)) return this.renewHead(seq, end);
    const quad = decimalQuad(low);
    this.view.setInt32(this.pin - 4, quad, true);
    return this.headSum + quadSum(quad);
  }

  /** BodyLength with as many digits as before, up to four; else false, and nothing is written. */
  private putLength(end: number): boolean {
    const digits = this.lengthDigits;
    const value = this.bodyLength + end - this.end;
    if (digits > 4 || digitCount(value) !== digits) return false;
    const lengthEnd = this.pin - this.seqDigits - this.text.typeLength - 1;
    const quad = decimalQuad(value);
    this.view.setInt32(lengthEnd - 4, quad, true);
    this.view.setInt32(lengthEnd - digits - 4, this.text.beginEnd, true);
    this.headSum += quadSum(quad) - quadSum(decimalQuad(this.bodyLength));
    this.bodyLength = value;
    this.end = end;
    return true;
  }

  /** MsgSeqNum, MsgType, BodyLength and BeginString. */
  private renewHead(seq: number, end: number): number {
    const view = this.view;
    let seqDigits = digitCount(seq);
    if (seqDigits < this.seqWidth) seqDigits = this.seqWidth;
    const seqAt = this.pin - seqDigits;
    const lengthEnd = seqAt - this.text.typeLength - 1;
    const bodyLength = end - lengthEnd - 1;
    let lengthDigits = digitCount(bodyLength);
    if (lengthDigits < this.lengthWidth) lengthDigits = this.lengthWidth;
    if (seqDigits !== this.seqDigits || lengthDigits !== this.lengthDigits) {
      this.moveHead(seqDigits, lengthDigits);
    }
    let sum = writeDigits(view, this.pin, seq, seqDigits);
    view.setInt32(seqAt - 4, TAG_34, true);
    sum += writeDigits(view, lengthEnd, bodyLength, lengthDigits);
    view.setInt32(lengthEnd - lengthDigits - 4, this.text.beginEnd, true);
    this.end = end;
    this.bodyLength = bodyLength;
    const low = seq % 10000;
    this.seqFloor = seq - low;
    // A number with fewer digits than four, also after a reset, is written as a whole.
    this.seqFirst = seqDigits < 4 ? SEQ_NONE : seqDigits === 4 ? 1000 : seq - low;
    this.headSum = sum - quadSum(decimalQuad(low));
    return sum;
  }

  /** The constants of the header to where these digit counts put them: when a count grows. */
  private moveHead(seqDigits: number, lengthDigits: number): void {
    const tx = this.tx;
    const text = this.text;
    this.seqDigits = seqDigits;
    this.lengthDigits = lengthDigits;
    let at = this.pin - seqDigits - text.typeLength;
    for (let i = 0; i < text.typeLength; i++) tx[at + i] = text.head[text.beginLength + i]!;
    tx[at - 1] = SOH;
    at -= 1 + lengthDigits + text.beginLength;
    for (let i = 0; i < text.beginLength; i++) tx[at + i] = text.head[i]!;
    this.start = at;
  }

  /** The slot's five hexadecimal digits, and the generation's eight; what these sum up to above zeros. */
  private putId(at: number, first: number, second: number, generation: number): number {
    const view = this.view;
    const third = hexQuad(generation >>> 16);
    const last = hexQuad(generation);
    this.tx[at] = first >>> 24;
    view.setInt32(at + 1, second, true);
    view.setInt32(at + 5, third, true);
    view.setInt32(at + 9, last, true);
    return quadSum(third) + quadSum(last);
  }

  /** SendingTime and TransactTime, only the decimals within one second. */
  private putTime(time: UtcTime): number {
    if (time.second !== this.second) this.putSecond(time);
    const view = this.view;
    const groups = time.groups;
    const sendingTimeAt = this.sendingTimeAt + FRACTION_AT;
    const timeAt = this.timeAt + FRACTION_AT;
    if (groups > 0) {
      view.setInt32(sendingTimeAt, time.millis, true);
      view.setInt32(timeAt, time.millis, true);
    }
    if (groups > 1) {
      view.setInt32(sendingTimeAt + 3, time.micros, true);
      view.setInt32(timeAt + 3, time.micros, true);
    }
    if (groups > 2) {
      view.setInt32(sendingTimeAt + 6, time.nanos, true);
      view.setInt32(timeAt + 6, time.nanos, true);
    }
    return this.timeCount * time.sum;
  }

  private putSecond(time: UtcTime): void {
    this.second = time.second;
    for (let i = 0; i < FRACTION_AT; i++) {
      this.tx[this.sendingTimeAt + i] = time.bytes[i]!;
      this.tx[this.timeAt + i] = time.bytes[i]!;
    }
  }

  /** Two quotes of an instrument differ in the combo only. */
  private putBody(instrument: number, combo: number): void {
    const text = this.text;
    const comboAt = text.instrumentAt + text.instrumentLength[instrument]!;
    if (instrument !== this.instrument) {
      this.copyText(text.instrumentAt, text.instrumentFrom[instrument]!, comboAt);
    }
    this.tailAt = comboAt + text.comboLength[combo]!;
    this.copyText(comboAt, text.comboFrom[combo]!, this.tailAt);
    this.bodySum = text.instrumentSum[instrument]! + text.comboSum[combo]!;
    this.instrument = instrument;
    this.combo = combo;
  }

  /** tx[at .. end) from the pool; up to three bytes behind it are written again later. */
  private copyText(at: number, from: number, end: number): void {
    const pool = this.text.pool;
    for (let i = at, k = from; i < end; i += 4, k += 4) {
      this.view.setInt32(i, pool.getInt32(k, true), true);
    }
  }
}
