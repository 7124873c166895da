/** Packets of warm-up in ITCH 5.0 over MoldUDP64 1.00. Layouts: Nasdaq TotalView-ITCH 5.0. */
import type { InstrumentDefinition, Instruments } from "../../book/instruments.ts";
import { decimalPrice, type WarmAuthor, warmCycle } from "./cycle.ts";
import { WarmPackets } from "./packets.ts";
import type { WarmOrder } from "./walk.ts";

export const MOLD_HEADER = 20;
export const WARM_SESSION = "SHADOW0001";
const MOLD_SEQUENCE = 10;
const MESSAGES_MAX = 8;

export function makeItchPackets(
  instruments: Instruments,
  price: number,
  seed: number,
): WarmPackets {
  return warmCycle(new ItchAuthor(instruments), instruments, price, seed);
}

class ItchAuthor implements WarmAuthor {
  private readonly packets: { bytes: Uint8Array; messages: number }[] = [];
  private pending: Uint8Array[] = [];

  constructor(private readonly instruments: Instruments) {}

  get count(): number {
    return this.packets.length;
  }

  price(i: number, units: number): number {
    return decimalPrice(this.instruments, i, units);
  }

  open(definitions: readonly InstrumentDefinition[]): void {
    for (const code of "OSQ") this.put(systemEvent(code));
    definitions.forEach((_, i) => {
      this.put(this.directory(i));
      this.status(i, true);
      this.shortSales(i, false);
    });
  }

  close(definitions: readonly InstrumentDefinition[]): void {
    definitions.forEach((_, i) => {
      this.shortSales(i, false);
    });
  }

  nothing(): void {
    this.put(systemEvent("S"));
    this.flush();
    this.put(systemEvent("Q"));
  }

  status(i: number, isTrading: boolean): void {
    this.put(
      bytesOf("H", i + 1, 25, (v) => {
        this.stock(v, 11, i);
        ascii(v, 19, 6, isTrading ? "T" : "H");
      }),
    );
  }

  shortSales(i: number, isRestricted: boolean): void {
    this.put(
      bytesOf("Y", i + 1, 20, (v) => {
        this.stock(v, 11, i);
        ascii(v, 19, 1, isRestricted ? "1" : "0");
      }),
    );
  }

  add(i: number, order: WarmOrder, isAttributed: boolean): void {
    this.put(
      bytesOf(isAttributed ? "F" : "A", i + 1, isAttributed ? 40 : 36, (v) => {
        u64(v, 11, order.ref);
        v.setUint8(19, order.side.charCodeAt(0));
        v.setUint32(20, order.shares);
        this.stock(v, 24, i);
        v.setUint32(32, order.px);
      }),
    );
  }

  remove(i: number, order: WarmOrder): void {
    this.put(bytesOf("D", i + 1, 19, (v) => u64(v, 11, order.ref)));
  }

  reduce(i: number, order: WarmOrder, by: number): void {
    this.put(
      bytesOf("X", i + 1, 23, (v) => {
        u64(v, 11, order.ref);
        v.setUint32(19, by);
      }),
    );
  }

  replace(i: number, order: WarmOrder, oldRef: number): void {
    this.put(
      bytesOf("U", i + 1, 35, (v) => {
        u64(v, 11, oldRef);
        u64(v, 19, order.ref);
        v.setUint32(27, order.shares);
        v.setUint32(31, order.px);
      }),
    );
  }

  execute(i: number, order: WarmOrder, shares: number, isPriced: boolean): void {
    this.put(
      bytesOf(isPriced ? "C" : "E", i + 1, isPriced ? 36 : 31, (v) => {
        u64(v, 11, order.ref);
        v.setUint32(19, shares);
        u64(v, 23, 1);
        if (!isPriced) return;
        v.setUint8(31, 0x59);
        v.setUint32(32, order.px);
      }),
    );
  }

  trade(i: number, shares: number, px: number): void {
    this.put(
      bytesOf("P", i + 1, 44, (v) => {
        v.setUint8(19, 0x42);
        v.setUint32(20, shares);
        this.stock(v, 24, i);
        v.setUint32(32, px);
      }),
    );
  }

  flush(): void {
    if (this.pending.length === 0) return;
    const body = this.pending.reduce((n, m) => n + 2 + m.length, 0);
    const bytes = new Uint8Array(MOLD_HEADER + body);
    const view = new DataView(bytes.buffer);
    ascii(view, 0, 10, WARM_SESSION);
    view.setUint16(18, this.pending.length);
    let at = MOLD_HEADER;
    for (const message of this.pending) {
      view.setUint16(at, message.length);
      bytes.set(message, at + 2);
      at += 2 + message.length;
    }
    this.packets.push({ bytes, messages: this.pending.length });
    this.pending = [];
  }

  finish(prologue: number): WarmPackets {
    const max = Number.MAX_SAFE_INTEGER;
    const numbers = { at: MOLD_SEQUENCE, isLittle: false, snapshotAt: 0, sumAt: 0, max };
    return new WarmPackets(this.packets, prologue, { ...numbers, bytes: 8 });
  }

  private put(message: Uint8Array): void {
    this.pending.push(message);
    if (this.pending.length >= MESSAGES_MAX) this.flush();
  }

  private directory(i: number): Uint8Array {
    return bytesOf("R", i + 1, 39, (v) => {
      this.stock(v, 11, i);
      ascii(v, 19, 2, "QN");
      v.setUint32(21, 100);
      ascii(v, 25, 9, "NCZ PNN1N");
      v.setUint32(34, 0);
      ascii(v, 38, 1, "N");
    });
  }

  private stock(view: DataView, at: number, i: number): void {
    ascii(view, at, 8, this.instruments.definitions[i]!.feedSymbol);
  }
}

function bytesOf(
  type: string,
  locate: number,
  size: number,
  fill: (v: DataView) => void,
): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type.charCodeAt(0));
  view.setUint16(1, locate);
  fill(view);
  return bytes;
}

function systemEvent(code: string): Uint8Array {
  return bytesOf("S", 0, 12, (v) => v.setUint8(11, code.charCodeAt(0)));
}

function ascii(view: DataView, at: number, size: number, text: string): void {
  for (let i = 0; i < size; i++) view.setUint8(at + i, i < text.length ? text.charCodeAt(i) : 0x20);
}

function u64(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 4294967296));
  view.setUint32(at + 4, value >>> 0);
}
