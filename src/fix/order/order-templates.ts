// @hot
/** The order messages of one session: a template each, and how their arguments become tags. */
import { DENY_ARGUMENT, ORDER_MARKET } from "../../core/codes.ts";
import {
  HP_INTENT_CANCEL,
  HP_INTENT_MASS_CANCEL,
  HP_INTENT_NEW,
  HP_INTENT_REPLACE,
  HP_INTENT_STATUS,
  HP_JR_INTENT__FLAGS_W,
  HP_JR_INTENT__GENERATION_W,
  HP_JR_INTENT__INSTRUMENT_W,
  HP_JR_INTENT__KIND_W,
  HP_JR_INTENT__MSG_SEQ_W,
  HP_JR_INTENT__ORIG_GENERATION_W,
  HP_JR_INTENT__PX_W,
  HP_JR_INTENT__QTY_W,
  HP_JR_INTENT__SIDE_W,
  HP_JR_INTENT__SLOT_W,
  HP_JR_INTENT_SIZE,
} from "../../ffi/layout.ts";
import type { UtcTime } from "../codec/utc-time.ts";
import { COMBO_COUNT, planTemplates, type TemplateOptions } from "./template-plan.ts";
import { OrderTemplate, TEMPLATE_BYTES } from "./templates.ts";

/** Bytes of the send arena that the templates of a session take. */
export const TEMPLATES_BYTES = 5 * TEMPLATE_BYTES;
/** A unit may be this many of its last decimal, so that px * unit stays exact in a double. */
const UNIT_MAX = 1 << 21;

export class OrderTemplates {
  readonly tx: Uint8Array;
  /** The last encoded message: tx[start .. start + length). */
  start = 0;
  length = 0;
  /** False where the dictionary has no such message. */
  readonly hasMassCancel: boolean;
  readonly hasStatus: boolean;
  private readonly time: UtcTime;
  private readonly neworder: OrderTemplate;
  private readonly replace: OrderTemplate;
  private readonly cancel: OrderTemplate;
  private readonly mass: OrderTemplate;
  private readonly status: OrderTemplate;
  /** What it was made of, the words of hp_jr_intent (its session is left to the journal's writer). */
  readonly order: Int32Array = new Int32Array(new ArrayBuffer(HP_JR_INTENT_SIZE));
  /** By instrument: decimals of its prices, and its unit in the last of them. */
  readonly decimals: Int32Array;
  readonly unit: Int32Array;
  /** 1 = an instrument of this session. */
  private readonly ours: Uint8Array;
  private readonly count: number;

  /** `time` is the clock text the session keeps; base = offset of TEMPLATES_BYTES in tx. */
  constructor(options: TemplateOptions, tx: Uint8Array, base: number, time: UtcTime) {
    const plans = planTemplates(options);
    const make = (type: string, at: number) =>
      new OrderTemplate(
        plans.get(type) ?? plans.get("F")!,
        tx,
        base + at * TEMPLATE_BYTES,
        options.beginString,
        options.idPrefix,
        time,
        options.zeroPad,
      );
    this.tx = tx;
    this.time = time;
    this.neworder = make("D", 0);
    this.replace = make("G", 1);
    this.cancel = make("F", 2);
    this.mass = make("q", 3);
    this.status = make("H", 4);
    this.hasMassCancel = plans.has("q");
    this.hasStatus = plans.has("H");
    const instruments = options.instruments;
    const n = Math.max(1, instruments.count);
    this.count = instruments.count;
    this.decimals = new Int32Array(new ArrayBuffer(4 * n));
    this.unit = new Int32Array(new ArrayBuffer(4 * n)).fill(1);
    this.ours = new Uint8Array(new ArrayBuffer(n));
    for (let i = 0; i < instruments.count; i++) {
      const decimals = instruments.priceDecimals[i]!;
      const unit = Math.round(instruments.priceUnit[i]! * 10 ** decimals);
      if (unit < 1 || unit > UNIT_MAX) {
        const symbol = instruments.definitions[i]!.symbol;
        throw new Error(
          `instrument ${symbol}: price unit ${instruments.priceUnit[i]} is too coarse`,
        );
      }
      this.decimals[i] = decimals;
      this.unit[i] = unit;
      this.ours[i] = instruments.session[i] === options.session ? 1 : 0;
    }
  }

  /** True when the instrument trades on this session. */
  trades(instrument: number): boolean {
    return instrument >= 0 && instrument < this.count && this.ours[instrument] === 1;
  }

  encodeNew(
    seq: number,
    slot: number,
    generation: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
  ): void {
    this.put(HP_INTENT_NEW, seq, slot, generation, 0, instrument, side, qty, px, flags);
    const decimals = (flags & ORDER_MARKET) !== 0 ? -1 : this.decimals[instrument]!;
    this.encode(this.neworder, this.unit[instrument]!, decimals);
  }

  encodeReplace(
    seq: number,
    slot: number,
    generation: number,
    origGeneration: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
  ): void {
    this.put(
      HP_INTENT_REPLACE,
      seq,
      slot,
      generation,
      origGeneration,
      instrument,
      side,
      qty,
      px,
      flags,
    );
    const decimals = (flags & ORDER_MARKET) !== 0 ? -1 : this.decimals[instrument]!;
    this.encode(this.replace, this.unit[instrument]!, decimals);
  }

  encodeCancel(
    seq: number,
    slot: number,
    generation: number,
    origGeneration: number,
    instrument: number,
    side: number,
    qty: number,
    flags: number,
  ): void {
    this.put(
      HP_INTENT_CANCEL,
      seq,
      slot,
      generation,
      origGeneration,
      instrument,
      side,
      qty,
      0,
      flags,
    );
    this.encode(this.cancel, 1, -1);
  }

  /** DENY_ARGUMENT where the dictionary has no OrderMassCancelRequest; else 0. */
  encodeMassCancel(seq: number, slot: number, generation: number): number {
    if (!this.hasMassCancel) return DENY_ARGUMENT;
    this.put(HP_INTENT_MASS_CANCEL, seq, slot, generation, 0, 0, 0, 0, 0, 0);
    this.mass.encode(this.order, 0, 1, -1, this.time);
    this.start = this.mass.start;
    this.length = this.mass.length;
    return 0;
  }

  /** DENY_ARGUMENT where the dictionary has no OrderStatusRequest; else 0. */
  encodeStatus(
    seq: number,
    slot: number,
    generation: number,
    instrument: number,
    side: number,
    flags: number,
  ): number {
    if (!this.hasStatus) return DENY_ARGUMENT;
    this.put(HP_INTENT_STATUS, seq, slot, generation, 0, instrument, side, 0, 0, flags);
    this.encode(this.status, 1, -1);
    return 0;
  }

  private put(
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
  ): void {
    const order = this.order;
    order[HP_JR_INTENT__KIND_W] = kind;
    order[HP_JR_INTENT__MSG_SEQ_W] = seq;
    order[HP_JR_INTENT__SLOT_W] = slot;
    order[HP_JR_INTENT__GENERATION_W] = generation;
    order[HP_JR_INTENT__ORIG_GENERATION_W] = origGeneration;
    order[HP_JR_INTENT__INSTRUMENT_W] = instrument;
    order[HP_JR_INTENT__SIDE_W] = side;
    order[HP_JR_INTENT__QTY_W] = qty;
    order[HP_JR_INTENT__PX_W] = px;
    order[HP_JR_INTENT__FLAGS_W] = flags;
  }

  private encode(template: OrderTemplate, unit: number, decimals: number): void {
    const order = this.order;
    const half = order[HP_JR_INTENT__SIDE_W]! > 0 ? 0 : COMBO_COUNT >> 1;
    const combo = half | (order[HP_JR_INTENT__FLAGS_W]! & 63);
    template.encode(order, combo, unit, decimals, this.time);
    this.start = template.start;
    this.length = template.length;
  }
}
