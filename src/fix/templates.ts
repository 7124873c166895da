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
 */

import { writeTrailer } from "./codec/builder.ts";
import { digitCount, writeDigits, writeLongDigits } from "./codec/digits.ts";
import { SOH, TRAILER_BYTES } from "./codec/framing.ts";
import type { UtcTime } from "./codec/utc-time.ts";
import type { TemplatePlan } from "./template-plan.ts";
import { loadTemplate, type TemplateText } from "./template-text.ts";

/** Bytes of the send arena that one template takes. */
export const TEMPLATE_BYTES = 2048;
/** Room before the pin: "8=FIXT.1.1|9=ddddddddd|35=dd|34=dddddddddd". */
export const HEAD_BYTES = 64;
/** Most bytes behind the instrument: combo excluded, "38=..|44=..|10=ccc|". */
export const TAIL_BYTES = 64;

const HEX = new Uint8Array(new ArrayBuffer(16));
fillHex();

/** @cold */
function fillHex(): void {
  for (let i = 0; i < 16; i++) HEX[i] = "0123456789abcdef".charCodeAt(i);
}

export class OrderTemplate {
  /** The message: tx[start .. start + length). Valid after encode(). */
  start = 0;
  length = 0;
  private readonly tx: Uint8Array;
  private readonly pin: number;
  private readonly hasQty: boolean;
  /** Offsets of what is patched; -1 = the message has none. */
  private readonly sendingTimeAt: number;
  private readonly timeAt: number;
  private readonly idAt: number;
  private readonly origIdAt: number;
  private readonly instrumentAt: number;
  /** Sum of all static bytes: the header's constants, SOHs and the fixed part without patches. */
  private readonly staticSum: number;
  private readonly text: TemplateText;
  private readonly seqWidth: number;
  private readonly lengthWidth: number;
  private readonly qtyWidth: number;
  private readonly pxWidth: number;
  private instrument = -1;
  private combo = -1;
  private comboAt = 0;
  private tailAt = 0;
  private second = -1;
  private seqDigits = 0;
  private lengthDigits = 0;

  /**
   * Lays the plan out at `base` of the send arena. Throws DictionaryError when it does not fit.
   * `decimals` and `unit` by instrument: price = px * unit / 10^decimals.
   */
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
    this.pin = base + HEAD_BYTES;
    this.hasQty = plan.hasQty;
    this.sendingTimeAt = text.sendingTimeAt;
    this.timeAt = text.timeAt;
    this.idAt = text.idAt;
    this.origIdAt = text.origIdAt;
    this.instrumentAt = text.instrumentAt;
    this.staticSum = text.staticSum;
    this.comboAt = text.instrumentAt;
    this.tailAt = text.instrumentAt;
    this.seqWidth = zeroPad ? 9 : 1;
    this.lengthWidth = zeroPad ? 6 : 1;
    this.qtyWidth = zeroPad ? 10 : 1;
    this.pxWidth = zeroPad ? 12 : 1;
  }

  /**
   * Patches the message: ids (origGeneration is read where the message has OrigClOrdID), instrument
   * and combo (comboIndex), qty, and the price when decimals >= 0: px * unit / 10^decimals. `time`
   * stands at the moment of sending. Never allocates.
   */
  encode(
    seq: number,
    slot: number,
    generation: number,
    origGeneration: number,
    instrument: number,
    combo: number,
    qty: number,
    px: number,
    unit: number,
    decimals: number,
    time: UtcTime,
  ): void {
    const tx = this.tx;
    let sum = this.staticSum + this.putId(this.idAt, slot, generation);
    if (this.origIdAt >= 0) sum += this.putId(this.origIdAt, slot, origGeneration);
    sum += this.putTime(time);
    if (instrument !== this.instrument) this.putInstrument(instrument);
    if (combo !== this.combo) this.putCombo(combo);
    sum += this.text.instrumentSum[instrument]! + this.text.comboSum[combo]!;
    let at = this.tailAt;
    if (this.hasQty) {
      // "38=" and SOH: 0x33 + 0x38 + 0x3d + SOH.
      tx[at] = 0x33;
      tx[at + 1] = 0x38;
      tx[at + 2] = 0x3d;
      let width = digitCount(qty);
      if (width < this.qtyWidth) width = this.qtyWidth;
      at += 3 + width;
      sum += 0xa9 + writeDigits(tx, at, qty, width);
      tx[at++] = SOH;
    }
    if (decimals >= 0) {
      tx[at] = 0x34;
      tx[at + 1] = 0x34;
      tx[at + 2] = 0x3d;
      const end = this.putPrice(at + 3, px * unit, decimals);
      sum += 0xa6 + this.priceSum;
      tx[end] = SOH;
      at = end + 1;
    }
    sum += this.putHead(seq, at);
    writeTrailer(tx, at, sum & 255);
    this.length = at + TRAILER_BYTES - this.start;
  }

  private priceSum = 0;

  /** Writes `value` / 10^decimals at `at`, all decimals; returns the offset behind it. */
  private putPrice(at: number, value: number, decimals: number): number {
    const tx = this.tx;
    let sum = 0;
    let rest = value;
    let start = at;
    if (rest < 0) {
      rest = -rest;
      tx[start++] = 0x2d;
      sum = 0x2d;
    }
    if (rest > 0x7fffffff || decimals > 9) {
      return this.putLongPrice(start, rest, decimals, sum);
    }
    rest = rest | 0;
    let width = digitCount(rest);
    if (width <= decimals) width = decimals + 1;
    if (width < this.pxWidth) width = this.pxWidth;
    let end = start + width;
    if (decimals === 0) {
      this.priceSum = sum + writeDigits(tx, end, rest, width);
      return end;
    }
    end++;
    const whole = (rest / SCALE[decimals]!) | 0;
    sum += 0x2e + writeDigits(tx, end, rest - whole * SCALE[decimals]!, decimals);
    tx[end - decimals - 1] = 0x2e;
    this.priceSum = sum + writeDigits(tx, end - decimals - 1, whole, width - decimals);
    return end;
  }

  /** A price of more than 31 bits of its last decimal. */
  private putLongPrice(at: number, value: number, decimals: number, signSum: number): number {
    const tx = this.tx;
    const scale = 10 ** decimals;
    const whole = Math.floor(value / scale);
    let width = 1;
    for (let bound = 10; whole >= bound; bound *= 10) width++;
    if (width < this.pxWidth - decimals) width = this.pxWidth - decimals;
    let end = at + width;
    let sum = signSum + writeLongDigits(tx, end, whole, width);
    if (decimals > 0) {
      tx[end] = 0x2e;
      end += 1 + decimals;
      sum += 0x2e + writeLongDigits(tx, end, value - whole * scale, decimals);
    }
    this.priceSum = sum;
    return end;
  }

  /** MsgSeqNum, MsgType, BodyLength and BeginString backwards from the pin; `end` = of the body. */
  private putHead(seq: number, end: number): number {
    const tx = this.tx;
    let seqDigits = digitCount(seq);
    if (seqDigits < this.seqWidth) seqDigits = this.seqWidth;
    const typeAt = this.pin - seqDigits - this.text.typeLength;
    const bodyLength = end - typeAt;
    let lengthDigits = digitCount(bodyLength);
    if (lengthDigits < this.lengthWidth) lengthDigits = this.lengthWidth;
    if (seqDigits !== this.seqDigits || lengthDigits !== this.lengthDigits) {
      this.moveHead(seqDigits, lengthDigits);
    }
    return (
      writeDigits(tx, this.pin, seq, seqDigits) +
      writeDigits(tx, typeAt - 1, bodyLength, lengthDigits)
    );
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

  private putId(at: number, slot: number, generation: number): number {
    const tx = this.tx;
    let sum = 0;
    for (let i = 4, rest = slot; i >= 0; i--, rest >>>= 4) {
      const c = HEX[rest & 15]!;
      tx[at + i] = c;
      sum += c;
    }
    for (let i = 12, rest = generation; i >= 5; i--, rest >>>= 4) {
      const c = HEX[rest & 15]!;
      tx[at + i] = c;
      sum += c;
    }
    return sum;
  }

  /** SendingTime and TransactTime, only the decimals within one second. */
  private putTime(time: UtcTime): number {
    const tx = this.tx;
    const bytes = time.bytes;
    let from = 18;
    if (time.second !== this.second) {
      this.second = time.second;
      from = 0;
    }
    const sendingTimeAt = this.sendingTimeAt;
    for (let i = from; i < time.length; i++) tx[sendingTimeAt + i] = bytes[i]!;
    const timeAt = this.timeAt;
    if (timeAt < 0) return time.sum;
    for (let i = from; i < time.length; i++) tx[timeAt + i] = bytes[i]!;
    return 2 * time.sum;
  }

  private putInstrument(instrument: number): void {
    const tx = this.tx;
    const text = this.text;
    const from = text.instrumentFrom[instrument]!;
    const length = text.instrumentLength[instrument]!;
    let at = this.instrumentAt;
    for (let i = 0; i < length; i++) tx[at++] = text.pool[from + i]!;
    this.instrument = instrument;
    this.comboAt = at;
    this.combo = -1;
  }

  private putCombo(combo: number): void {
    const tx = this.tx;
    const text = this.text;
    const from = text.comboFrom[combo]!;
    const length = text.comboLength[combo]!;
    let at = this.comboAt;
    for (let i = 0; i < length; i++) tx[at++] = text.pool[from + i]!;
    this.combo = combo;
    this.tailAt = at;
  }
}

const SCALE = new Int32Array(new ArrayBuffer(40));
fillScale();

/** @cold */
function fillScale(): void {
  for (let i = 0; i < 10; i++) SCALE[i] = 10 ** i;
}
