/**
 * Synthetic ITCH 5.0 over MoldUDP64 for warm-up: one prologue (directory, trading status) and one
 * cycle of packets that starts and ends with empty books, so that it can be played for ever with
 * only the sequence numbers renewed. Layouts: Nasdaq TotalView-ITCH 5.0, MoldUDP64 1.00.
 */
import type { Instruments } from "../book/instruments.ts";
import { toUnits } from "../book/instruments.ts";

export const MOLD_HEADER = 20;
export const WARM_SESSION = "SHADOW0001";

/** Packets back to back in one buffer; sequence numbers are patched by the WarmPort. */
export interface WarmPackets {
  bytes: Uint8Array;
  offset: Int32Array;
  length: Int32Array;
  messages: Int32Array;
  /** Packets 0..prologue-1 are sent once, the rest in a cycle. */
  prologue: number;
  count: number;
}

const MESSAGES_PER_CYCLE = 1500;
const INSTRUMENTS_MAX = 4;

/** Small deterministic generator (mulberry32): uniform in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `price` is the currency price around which the books move. */
export function makeWarmPackets(
  instruments: Instruments,
  price: number,
  seed: number,
): WarmPackets {
  const random = randomFrom(seed);
  const writer = new PacketWriter();
  const symbols = instruments.definitions.slice(0, INSTRUMENTS_MAX);
  writer.message(systemEvent("O"));
  writer.message(systemEvent("S"));
  writer.message(systemEvent("Q"));
  symbols.forEach((d, i) => {
    writer.message(directory(i + 1, d.feedSymbol));
    writer.message(tradingAction(i + 1, d.feedSymbol, "T"));
    writer.message(regSho(i + 1, d.feedSymbol, "0"));
  });
  writer.flush();
  const prologue = writer.count;
  const walks = symbols.map((_, i) => new Walk(i + 1, instruments, i, price, random));
  for (let n = 0; n < MESSAGES_PER_CYCLE; n++) {
    const k = Math.floor(random() * walks.length);
    const walk = walks[k];
    if (walk === undefined) break;
    if (n % 500 === 250) {
      const name = symbols[k]!.feedSymbol;
      writer.message(tradingAction(k + 1, name, "H"));
      writer.flush();
      writer.message(tradingAction(k + 1, name, "T"));
      writer.message(regSho(k + 1, name, n > 700 ? "0" : "1"));
    }
    writer.message(walk.step());
    if (random() < 0.7) writer.flush();
  }
  for (const walk of walks) for (const message of walk.clear()) writer.message(message);
  if (symbols.length === 0) {
    // A feed of which the config names no instrument plays a cycle, too: two packets, to be swapped.
    writer.message(systemEvent("S"));
    writer.flush();
    writer.message(systemEvent("Q"));
  }
  for (const [i, d] of symbols.entries()) writer.message(regSho(i + 1, d.feedSymbol, "0"));
  writer.flush();
  return writer.finish(prologue);
}

/** Ticks that a walk strays from where it began. */
const STRAY_TICKS = 20;

/**
 * Orders around a price that moves. What the price has passed is executed or deleted before anything
 * else comes: on a crossed book a strategy does nothing, and warms nothing.
 */
class Walk {
  private readonly orders: { ref: number; side: string; shares: number; px: number }[] = [];
  private nextRef: number;
  private readonly base: number;
  private mid: number;
  private readonly tick: number;

  constructor(
    private readonly locate: number,
    private readonly instruments: Instruments,
    private readonly instrument: number,
    price: number,
    private readonly random: () => number,
  ) {
    const definition = instruments.definitions[instrument]!;
    const px = toUnits(price, definition.priceUnit);
    const base = Number.isNaN(px) ? 1000 : px;
    const tick = instruments.tickAt(instrument, base);
    this.tick = this.feedPx(tick);
    const ticks = Math.max(2 * STRAY_TICKS, Math.round(this.feedPx(base) / this.tick));
    this.base = ticks * this.tick;
    this.mid = this.base;
    this.nextRef = locate * 1_000_000;
  }

  step(): Uint8Array {
    const draw = this.random();
    const passed = this.orders.findIndex((o) =>
      o.side === "B" ? o.px >= this.mid : o.px <= this.mid,
    );
    if (passed >= 0) {
      const order = this.orders[passed]!;
      return draw < 0.5 ? this.remove(passed, order) : this.execute(passed, order, draw > 0.9);
    }
    if (this.orders.length < 12 || (draw < 0.4 && this.orders.length < 60)) return this.add();
    const index = Math.floor(this.random() * this.orders.length);
    const order = this.orders[index]!;
    if (draw < 0.5) return this.remove(index, order);
    if (draw < 0.6 && order.shares > 100) {
      order.shares -= 100;
      return bytesOf("X", this.locate, 23, (v) => {
        u64(v, 11, order.ref);
        v.setUint32(19, 100);
      });
    }
    if (draw < 0.75) return this.replace(order);
    if (draw < 0.93) return this.execute(index, order, draw > 0.9);
    const up = 0.5 - (this.mid - this.base) / (2 * STRAY_TICKS * this.tick);
    this.mid += (this.random() < up ? 1 : -1) * this.tick * Math.ceil(this.random() * 4);
    return bytesOf("P", this.locate, 44, (v) => {
      v.setUint8(19, 0x42);
      v.setUint32(20, 100);
      this.stock(v, 24);
      v.setUint32(32, this.mid);
    });
  }

  private remove(index: number, order: { ref: number }): Uint8Array {
    this.orders.splice(index, 1);
    return bytesOf("D", this.locate, 19, (v) => u64(v, 11, order.ref));
  }

  /** Deletes whatever rests. */
  clear(): Uint8Array[] {
    const out = this.orders.map((o) => bytesOf("D", this.locate, 19, (v) => u64(v, 11, o.ref)));
    this.orders.length = 0;
    return out;
  }

  private add(): Uint8Array {
    const side = this.random() < 0.5 ? "B" : "S";
    const away = 1 + Math.floor(this.random() * 6);
    const px = this.mid + (side === "B" ? -away : away) * this.tick;
    const order = {
      ref: this.nextRef++,
      side,
      shares: 100 * (1 + Math.floor(this.random() * 9)),
      px,
    };
    this.orders.push(order);
    const attributed = this.random() < 0.2;
    return bytesOf(attributed ? "F" : "A", this.locate, attributed ? 40 : 36, (v) => {
      u64(v, 11, order.ref);
      v.setUint8(19, side.charCodeAt(0));
      v.setUint32(20, order.shares);
      this.stock(v, 24);
      v.setUint32(32, px);
    });
  }

  private replace(order: { ref: number; side: string; shares: number; px: number }): Uint8Array {
    const old = order.ref;
    order.ref = this.nextRef++;
    order.px += this.tick * (this.random() < 0.5 ? 1 : -1);
    order.shares = 100 * (1 + Math.floor(this.random() * 9));
    return bytesOf("U", this.locate, 35, (v) => {
      u64(v, 11, old);
      u64(v, 19, order.ref);
      v.setUint32(27, order.shares);
      v.setUint32(31, order.px);
    });
  }

  private execute(
    index: number,
    order: { ref: number; shares: number; px: number },
    priced: boolean,
  ): Uint8Array {
    const shares = this.random() < 0.5 ? order.shares : Math.min(order.shares, 100);
    order.shares -= shares;
    if (order.shares === 0) this.orders.splice(index, 1);
    return bytesOf(priced ? "C" : "E", this.locate, priced ? 36 : 31, (v) => {
      u64(v, 11, order.ref);
      v.setUint32(19, shares);
      u64(v, 23, 1);
      if (!priced) return;
      v.setUint8(31, 0x59);
      v.setUint32(32, order.px);
    });
  }

  private feedPx(units: number): number {
    const i = this.instrument;
    const px = (units * this.instruments.feedDivisor[i]!) / this.instruments.feedFactor[i]!;
    return Math.max(1, Math.round(px));
  }

  private stock(view: DataView, at: number): void {
    ascii(view, at, 8, this.instruments.definitions[this.instrument]!.feedSymbol);
  }
}

class PacketWriter {
  count = 0;
  private readonly packets: { bytes: Uint8Array; messages: number }[] = [];
  private pending: Uint8Array[] = [];

  message(bytes: Uint8Array): void {
    this.pending.push(bytes);
    if (this.pending.length >= 8) this.flush();
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
    this.count++;
  }

  finish(prologue: number): WarmPackets {
    const total = this.packets.reduce((n, p) => n + ((p.bytes.length + 63) & ~63), 0);
    const out: WarmPackets = {
      bytes: new Uint8Array(new ArrayBuffer(total)),
      offset: new Int32Array(this.count),
      length: new Int32Array(this.count),
      messages: new Int32Array(this.count),
      prologue,
      count: this.count,
    };
    let at = 0;
    this.packets.forEach((packet, i) => {
      out.bytes.set(packet.bytes, at);
      out.offset[i] = at;
      out.length[i] = packet.bytes.length;
      out.messages[i] = packet.messages;
      at += (packet.bytes.length + 63) & ~63;
    });
    return out;
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

function directory(locate: number, stock: string): Uint8Array {
  return bytesOf("R", locate, 39, (v) => {
    ascii(v, 11, 8, stock);
    ascii(v, 19, 2, "QN");
    v.setUint32(21, 100);
    ascii(v, 25, 9, "NCZ PNN1N");
    v.setUint32(34, 0);
    ascii(v, 38, 1, "N");
  });
}

function tradingAction(locate: number, stock: string, state: string): Uint8Array {
  return bytesOf("H", locate, 25, (v) => {
    ascii(v, 11, 8, stock);
    ascii(v, 19, 6, state);
  });
}

function regSho(locate: number, stock: string, action: string): Uint8Array {
  return bytesOf("Y", locate, 20, (v) => {
    ascii(v, 11, 8, stock);
    ascii(v, 19, 1, action);
  });
}

function ascii(view: DataView, at: number, size: number, text: string): void {
  for (let i = 0; i < size; i++) view.setUint8(at + i, i < text.length ? text.charCodeAt(i) : 0x20);
}

function u64(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 4294967296));
  view.setUint32(at + 4, value >>> 0);
}
