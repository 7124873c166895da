/** Packets of warm-up in Cboe US equities PITCH 2.41.64, one sequenced unit. */
import type { InstrumentDefinition, Instruments } from "../../book/instruments.ts";
import {
  encodeAdd,
  encodeModify,
  encodePitch,
  encodeReduce,
  UNIT_HEADER_BYTES,
  writeUnitHeader,
} from "../../feed/pitch/pitch-encoder.ts";
import { decimalPrice, type WarmAuthor, warmCycle } from "./cycle.ts";
import { WarmPackets } from "./packets.ts";
import type { WarmOrder } from "./walk.ts";

const UNIT_SEQUENCE = 4;
const MESSAGES_MAX = 8;
/** Between two messages, and of the time at which the story begins. */
const STEP_NS = 100_000;
const SECOND_NS = 1_000_000_000;
const OPENING_S = 34_200;
/** Far enough from 2^32 for a cycle. */
const SEQUENCE_MAX = 4_000_000_000;

export function makePitchPackets(
  instruments: Instruments,
  price: number,
  seed: number,
  unit: number,
): WarmPackets {
  return warmCycle(new PitchAuthor(instruments, unit), instruments, price, seed);
}

class PitchAuthor implements WarmAuthor {
  private readonly packets: { bytes: Uint8Array; messages: number }[] = [];
  private pending: Uint8Array[] = [];
  private ns = 0;
  private seconds = OPENING_S;
  private executions = 1;
  private readonly restricted: boolean[] = [];
  /** Id on the feed by order, which keeps it when it is replaced. */
  private readonly ids = new Map<WarmOrder, number>();

  constructor(
    private readonly instruments: Instruments,
    private readonly unit: number,
  ) {}

  get count(): number {
    return this.packets.length;
  }

  price(i: number, units: number): number {
    return decimalPrice(this.instruments, i, units);
  }

  open(definitions: readonly InstrumentDefinition[]): void {
    this.time();
    definitions.forEach((_, i) => {
      this.status(i, true);
    });
  }

  close(definitions: readonly InstrumentDefinition[]): void {
    definitions.forEach((_, i) => {
      this.shortSales(i, false);
    });
  }

  nothing(): void {
    this.time();
    this.flush();
    this.time();
  }

  status(i: number, isTrading: boolean): void {
    const regSho = this.restricted[i] === true ? "1" : "0";
    const symbol = this.symbol(i);
    const status = isTrading ? "T" : "H";
    this.put(encodePitch("tradingStatus", { timestamp: this.tick(), symbol, status, regSho }));
  }

  shortSales(i: number, isRestricted: boolean): void {
    this.restricted[i] = isRestricted;
    this.status(i, true);
  }

  add(i: number, order: WarmOrder, isAttributed: boolean): void {
    this.ids.set(order, order.ref);
    this.put(
      encodeAdd({
        timestamp: this.tick(),
        orderId: order.ref,
        side: order.side,
        quantity: order.shares,
        symbol: this.symbol(i),
        price: order.px,
        participant: isAttributed ? "WARM" : "",
      }),
    );
  }

  remove(_i: number, order: WarmOrder): void {
    this.put(encodePitch("deleted", { timestamp: this.tick(), orderId: this.idOf(order) }));
    this.ids.delete(order);
  }

  reduce(_i: number, order: WarmOrder, by: number): void {
    this.put(encodeReduce(this.tick(), this.idOf(order), by));
  }

  replace(_i: number, order: WarmOrder): void {
    this.put(encodeModify(this.tick(), this.idOf(order), order.shares, order.px));
  }

  execute(_i: number, order: WarmOrder, shares: number, isPriced: boolean): void {
    const orderId = this.idOf(order);
    const timestamp = this.tick();
    const fields = { timestamp, orderId, quantity: shares, execution: this.executions++ };
    const { px: price, shares: remaining } = order;
    if (isPriced) this.put(encodePitch("executedAt", { ...fields, remaining, price }));
    else this.put(encodePitch("executed", fields));
    if (remaining === 0) this.ids.delete(order);
  }

  trade(i: number, shares: number, px: number): void {
    const symbol = this.symbol(i);
    const execution = this.executions++;
    const fields = { timestamp: this.tick(), orderId: 0, side: "B", quantity: shares, symbol };
    const form = symbol.length > 6 ? "tradeExpanded" : "tradeLong";
    this.put(encodePitch(form, { ...fields, price: px, execution }));
  }

  flush(): void {
    if (this.pending.length === 0) return;
    const length = this.pending.reduce((n, m) => n + m.length, UNIT_HEADER_BYTES);
    const bytes = new Uint8Array(length);
    writeUnitHeader(bytes, length, this.pending.length, this.unit, 1);
    let at = UNIT_HEADER_BYTES;
    for (const message of this.pending) {
      bytes.set(message, at);
      at += message.length;
    }
    this.packets.push({ bytes, messages: this.pending.length });
    this.pending = [];
  }

  finish(prologue: number): WarmPackets {
    const numbers = {
      at: UNIT_SEQUENCE,
      isLittle: true,
      snapshotAt: 0,
      sumAt: 0,
      max: SEQUENCE_MAX,
    };
    return new WarmPackets(this.packets, prologue, { ...numbers, bytes: 4 });
  }

  private put(message: Uint8Array): void {
    this.pending.push(message);
    if (this.pending.length >= MESSAGES_MAX) this.flush();
  }

  /** ns since the last time message; a new one when a second is over. */
  private tick(): number {
    this.ns += STEP_NS;
    if (this.ns >= SECOND_NS) {
      this.seconds++;
      this.time();
    }
    return this.ns;
  }

  private time(): void {
    this.ns = 0;
    this.put(encodePitch("time", { seconds: this.seconds }));
  }

  private idOf(order: WarmOrder): number {
    return this.ids.get(order)!;
  }

  private symbol(i: number): string {
    return this.instruments.definitions[i]!.feedSymbol;
  }
}
