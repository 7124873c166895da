/** What a replay leaves for its figures and its report, sampled in the capture's time. */
import type { Instruments } from "../book/instruments.ts";
import { ORDER_EVENT_FILL, ORDER_EVENT_LATE_FILL, SIDE_BUY } from "../core/codes.ts";
import { Histogram } from "../core/histogram.ts";
import type { Path } from "../engine/path.ts";
import {
  HP_HIST_BUCKETS,
  HP_INTENT_NEW,
  HP_JR_EXEC,
  HP_JR_EXEC__EVENT,
  HP_JR_EXEC__GENERATION,
  HP_JR_EXEC__INSTRUMENT,
  HP_JR_EXEC__LAST_PX,
  HP_JR_EXEC__LAST_QTY,
  HP_JR_EXEC__LIQUIDITY,
  HP_JR_EXEC__SIDE,
  HP_JR_EXEC__SLOT,
  HP_JR_INTENT,
  HP_JR_INTENT__KIND,
  HP_JR_INTENT__SLOT,
} from "../ffi/layout.ts";
import { ID_GENERATION_DIGITS, ID_SLOT_DIGITS } from "../fix/order/order-id.ts";
import type { JournalRecord } from "../journal/record.ts";
import type { Replay, ReplayObserver } from "./replay.ts";
import type { Fill } from "./report/recording.ts";

/** Columns by time. */
export interface Samples {
  timeNs: number[];
  realized: number[];
  unrealized: number[];
  fees: number[];
  /** By instrument that orders can be sent for. */
  markets: { instrument: number; bid: number[]; ask: number[]; position: number[] }[];
}

/** When there are more, every other one is dropped and the distance doubled. */
const SAMPLES_MAX = 20_000;
const FIRST_DISTANCE_NS = 1_000_000;

export class Recorder implements ReplayObserver {
  /** Their instrument is an index into samples.markets. */
  readonly fills: Fill[] = [];
  readonly samples: Samples = { timeNs: [], realized: [], unrealized: [], fees: [], markets: [] };
  /** Turns that sent orders: what they took on this machine. */
  readonly software = new Histogram(new Uint32Array(new ArrayBuffer(4 * HP_HIST_BUCKETS)));
  /** New orders: from intent to the venue's first word, in simulated time. */
  readonly roundTrip = new Histogram(new Uint32Array(new ArrayBuffer(4 * HP_HIST_BUCKETS)));
  volume = 0;
  private path: Path | undefined;
  private readonly places = new Map<number, number>();
  private readonly sentNs = new Map<number, number>();
  private distanceNs = FIRST_DISTANCE_NS;
  private nextNs = Number.NEGATIVE_INFINITY;

  /** `idPrefix`: of every ClOrdID. */
  constructor(private readonly idPrefix: string) {}

  attach(replay: Replay): void {
    this.path = replay.path;
    const { instruments } = replay.path;
    for (let i = 0; i < instruments.count; i++) {
      if (instruments.session[i]! < 0) continue;
      this.places.set(i, this.samples.markets.length);
      this.samples.markets.push({ instrument: i, bid: [], ask: [], position: [] });
    }
  }

  onRecord(record: JournalRecord): void {
    if (record.type === HP_JR_INTENT && record.u32(HP_JR_INTENT__KIND) === HP_INTENT_NEW) {
      this.sentNs.set(record.u32(HP_JR_INTENT__SLOT), record.timeNs);
    }
    if (record.type === HP_JR_EXEC) this.onExec(record);
  }

  onTurn(nowNs: number, sendNs: number): void {
    if (sendNs > 0) this.software.record(sendNs);
    if (nowNs < this.nextNs || this.path === undefined) return;
    this.sample(nowNs);
    this.nextNs = nowNs + this.distanceNs;
    if (this.samples.timeNs.length >= SAMPLES_MAX) this.thin();
  }

  /** The state at the end is a sample, whatever the distance. */
  onEnd(nowNs: number): void {
    if (this.path !== undefined) this.sample(nowNs);
  }

  private onExec(record: JournalRecord): void {
    const slot = record.u32(HP_JR_EXEC__SLOT);
    const sent = this.sentNs.get(slot);
    if (sent !== undefined) {
      this.roundTrip.record(record.timeNs - sent);
      this.sentNs.delete(slot);
    }
    const event = record.u32(HP_JR_EXEC__EVENT);
    if (event !== ORDER_EVENT_FILL && event !== ORDER_EVENT_LATE_FILL) return;
    const { instruments } = this.path!;
    const generation = record.u32(HP_JR_EXEC__GENERATION);
    const instrument = record.u32(HP_JR_EXEC__INSTRUMENT);
    const qty = record.i32(HP_JR_EXEC__LAST_QTY);
    const isMaker = record.u32(HP_JR_EXEC__LIQUIDITY) === 1;
    this.volume += qty;
    this.fills.push({
      timeNs: record.timeNs,
      instrument: this.places.get(instrument)!,
      isBuy: record.i32(HP_JR_EXEC__SIDE) === SIDE_BUY,
      px: currency(instruments, instrument, record.i32(HP_JR_EXEC__LAST_PX)),
      qty,
      fee: qty * (isMaker ? instruments.makerFee : instruments.takerFee)[instrument]!,
      isMaker,
      order: this.idPrefix + hex(slot, ID_SLOT_DIGITS) + hex(generation, ID_GENERATION_DIGITS),
    });
  }

  private sample(nowNs: number): void {
    const { instruments, market, positions } = this.path!;
    const { samples } = this;
    samples.timeNs.push(nowNs);
    samples.realized.push(positions.realizedAll());
    samples.unrealized.push(positions.unrealizedAll());
    samples.fees.push(positions.feesAll());
    for (const m of samples.markets) {
      const view = market.views[m.instrument]!;
      m.bid.push(currency(instruments, m.instrument, view.bidPx(0)));
      m.ask.push(currency(instruments, m.instrument, view.askPx(0)));
      m.position.push(positions.qty[m.instrument]!);
    }
  }

  private thin(): void {
    this.distanceNs *= 2;
    const { markets, ...columns } = this.samples;
    for (const column of Object.values(columns)) halve(column);
    for (const m of markets) for (const column of [m.bid, m.ask, m.position]) halve(column);
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

function halve(column: number[]): void {
  const kept = (column.length + 1) >> 1;
  for (let k = 0; k < kept; k++) column[k] = column[2 * k]!;
  column.length = kept;
}

/** Units to currency, without the dust of binary fractions. */
function currency(instruments: Instruments, instrument: number, units: number): number {
  const px = units * instruments.priceUnit[instrument]!;
  return Number(px.toFixed(instruments.priceDecimals[instrument]!));
}
