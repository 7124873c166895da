/** Instruments and FIX templates as the C reference takes them, and its encoder. */
import { type Instruments, TICK_STEPS_MAX } from "../../src/book/instruments.ts";
import { symbolWords } from "../../src/book/symbols.ts";
import type { RiskOptions } from "../../src/engine/options.ts";
import { riskLimits } from "../../src/engine/risk-limits.ts";
import { planTemplates, type TemplateOptions } from "../../src/fix/order/template-plan.ts";
import { LimitTable } from "../../src/risk/limit-table.ts";
import { packStructs, type Reference } from "./reference.ts";

const MESSAGE_BYTES_MAX = 2048;
/** Limits that no encoder looks at. */
const NO_RISK: RiskOptions = {
  maxOrderQty: 1,
  maxOrderNotional: 1,
  collarPct: 1,
  maxPosition: 1,
  maxExposure: 1,
  maxOpenOrders: 1,
  ordersPerS: 1,
  ordersBurst: 1,
  cancelsPerS: 1,
  cancelsBurst: 1,
  maxLoss: 1,
  denySelfMatch: true,
  shortMarking: true,
  instrument: {},
};

/** Encodes order messages in C. Close it. */
export class ReferenceFix {
  private readonly reference: Reference;
  private readonly handle: number;
  private readonly out = new Uint8Array(new ArrayBuffer(MESSAGE_BYTES_MAX));

  /** Throws when the library refuses the templates. */
  constructor(reference: Reference, options: TemplateOptions, sessionStartS: number) {
    this.reference = reference;
    const { fix, texts, segments } = packTemplates(options, sessionStartS);
    const rows = packStructs("ref_instrument", instrumentRows(options.instruments, NO_RISK));
    this.handle = reference.ref_fix_open(fix, rows, texts, segments);
    if (this.handle === 0) throw new Error("the reference refused the templates");
  }

  /** The message of an order (words of hp_jr_intent); good until the next one. */
  encode(order: Int32Array, wallNs: number): Uint8Array {
    const length = this.reference.ref_fix_encode(this.handle, order, wallNs, this.out);
    if (length < 0) throw new Error(`ref_fix_encode failed: ${length}`);
    return this.out.subarray(0, length);
  }

  /** n messages from a table of a power of two of orders, see ref_fix_encode_n. */
  encodeMany(orders: Int32Array, wallNs: number, stepNs: number, n: number): number {
    const count = orders.length / 12;
    return this.reference.ref_fix_encode_n(this.handle, orders, count, wallNs, stepNs, n);
  }

  close(): void {
    this.reference.ref_fix_close(this.handle);
  }
}

/** ref_instrument of each instrument, one behind the other. */
export function instrumentRows(
  instruments: Instruments,
  risk: RiskOptions,
): Record<string, number>[] {
  const limits = new LimitTable(riskLimits(risk, false), instruments);
  return instruments.definitions.map((definition, i) => {
    const [high, low] = symbolWords(definition.feedSymbol);
    const decimals = instruments.priceDecimals[i]!;
    const row: Record<string, number> = {
      symbol_hi: high >>> 0,
      symbol_lo: low >>> 0,
      feed_divisor: instruments.feedDivisor[i]!,
      feed_factor: instruments.feedFactor[i]!,
      lot: instruments.lot[i]!,
      value: instruments.value[i]!,
      maker_fee: instruments.makerFee[i]!,
      taker_fee: instruments.takerFee[i]!,
      price_decimals: decimals,
      price_unit: Math.round(instruments.priceUnit[i]! * 10 ** decimals),
      max_order_qty: limits.maxOrderQty[i]!,
      max_notional: limits.maxNotional[i]!,
      max_position: limits.maxPosition[i]!,
      max_open_orders: limits.maxOpenOrdersEach[i]!,
      collar_ratio: limits.collarWidth(i, 1),
      collar_units: Number.POSITIVE_INFINITY,
    };
    for (let k = 0; k < TICK_STEPS_MAX; k++) {
      row[`tick_from[${k}]`] = instruments.tickFrom[i * TICK_STEPS_MAX + k]!;
      row[`tick_size[${k}]`] = instruments.tickSize[i * TICK_STEPS_MAX + k]!;
    }
    return row;
  });
}

/** The templates' texts as the reference takes them: config, texts and where each lies. */
export function packTemplates(options: TemplateOptions, sessionStartS: number) {
  const plans = ["D", "G", "F"].map((type) => planTemplates(options).get(type)!);
  const bits = (has: (plan: (typeof plans)[number]) => boolean) =>
    plans.reduce((word, plan, m) => word | (has(plan) ? 1 << m : 0), 0);
  const list = [options.beginString, options.idPrefix];
  for (const plan of plans) {
    list.push(plan.msgType, plan.header, plan.body, ...plan.instrument, ...plan.combo);
  }
  const texts = new Uint8Array(new ArrayBuffer(list.join("").length + 8));
  const segments = new Uint32Array(new ArrayBuffer(8 * list.length));
  let at = 0;
  list.forEach((text, k) => {
    segments.set([at, text.length], 2 * k);
    for (let i = 0; i < text.length; i++) texts[at + i] = text.charCodeAt(i);
    at += text.length;
  });
  const fix = packStructs("ref_fix_config", [
    {
      instruments: options.instruments.count,
      session_start_s: sessionStartS,
      timestamp_digits: options.timestampDigits,
      zero_pad: options.zeroPad ? 1 : 0,
      has_orig: bits((plan) => plan.hasOrigId),
      has_time: bits((plan) => plan.hasTime),
      has_qty: bits((plan) => plan.hasQty),
    },
  ]);
  return { fix, texts, segments };
}
