/** A plain reader of Cboe sequenced units and PITCH, to hold the simulator's feed against its books. */

export interface UnitPacket {
  unit: number;
  sequence: number;
  count: number;
  messages: Uint8Array[];
}

export function readUnit(bytes: Uint8Array): UnitPacket {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0, true) !== bytes.length) throw new Error("length is not the packet's");
  const messages: Uint8Array[] = [];
  for (let at = 8; at < bytes.length; at += bytes[at]!) {
    messages.push(bytes.subarray(at, at + bytes[at]!));
  }
  const count = bytes[2]!;
  if (messages.length !== count) throw new Error(`count ${count}, ${messages.length} messages`);
  return { unit: bytes[3]!, sequence: view.getUint32(4, true), count, messages };
}

/** All messages in order; throws when a sequence number is missing or repeated. */
export function unitMessages(packets: readonly Uint8Array[]): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (const bytes of packets) {
    const packet = readUnit(bytes);
    if (packet.sequence !== all.length + 1) {
      throw new Error(`sequence ${packet.sequence}, expected ${all.length + 1}`);
    }
    all.push(...packet.messages);
  }
  return all;
}

interface Row {
  symbol: string;
  side: string;
  px: number;
  qty: number;
}

const ADDS: Record<number, { qty: 2 | 4; symbol: number; at: number; price: 2 | 8 }> = {
  33: { qty: 4, symbol: 6, at: 19, price: 8 },
  34: { qty: 2, symbol: 6, at: 17, price: 2 },
  47: { qty: 4, symbol: 8, at: 19, price: 8 },
};

/** Books rebuilt from messages: orders by id, no cleverness. */
export class PlainPitchBooks {
  readonly orders = new Map<bigint, Row>();
  readonly status = new Map<string, string>();
  readonly regSho = new Map<string, string>();
  readonly counts = new Map<number, number>();
  /** Of the last time message; ns since it of the last other one. */
  seconds = -1;
  ns = 0;
  ended = false;

  apply(message: Uint8Array): void {
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    const type = message[1]!;
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1);
    if (type === 0x20) {
      this.seconds = view.getUint32(2, true);
      this.ns = 0;
      return;
    }
    if (this.seconds < 0) throw new Error(`type ${type} before the first time message`);
    const ns = view.getUint32(2, true);
    if (ns < this.ns || ns >= 1e9) throw new Error(`${ns} ns after ${this.ns}`);
    this.ns = ns;
    const add = ADDS[type];
    const id = message.length >= 14 ? view.getBigUint64(6, true) : 0n;
    if (add !== undefined) {
      if (this.orders.has(id)) throw new Error(`order ${id} added twice`);
      const priceAt = add.at + add.symbol;
      const px =
        add.price === 2
          ? view.getUint16(priceAt, true) * 100
          : Number(view.getBigUint64(priceAt, true));
      const qty = add.qty === 2 ? view.getUint16(15, true) : view.getUint32(15, true);
      const symbol = text(message, add.at, add.symbol);
      this.orders.set(id, { symbol, side: String.fromCharCode(message[14]!), px, qty });
    } else if (type === 0x23 || type === 0x25) this.take(id, view.getUint32(14, true));
    else if (type === 0x26) this.take(id, view.getUint16(14, true));
    else if (type === 0x24) {
      this.take(id, view.getUint32(14, true));
      const left = this.orders.get(id)?.qty ?? 0;
      if (left !== view.getUint32(18, true)) throw new Error(`order ${id}: ${left} remain`);
    } else if (type === 0x27) {
      this.modify(id, view.getUint32(14, true), Number(view.getBigUint64(18, true)));
    } else if (type === 0x28) {
      this.modify(id, view.getUint16(14, true), view.getUint16(16, true) * 100);
    } else if (type === 0x29) {
      if (!this.orders.delete(id)) throw new Error(`order ${id} deleted and not there`);
    } else if (type === 0x31) {
      this.status.set(text(message, 6, 8), String.fromCharCode(message[14]!));
      this.regSho.set(text(message, 6, 8), String.fromCharCode(message[15]!));
    } else if (type === 0x2d) this.ended = true;
  }

  /** Levels of one side, best first. */
  levels(symbol: string, side: "B" | "S"): { px: number; qty: number; count: number }[] {
    const levels = new Map<number, { px: number; qty: number; count: number }>();
    for (const row of this.orders.values()) {
      if (row.symbol !== symbol || row.side !== side) continue;
      const level = levels.get(row.px) ?? { px: row.px, qty: 0, count: 0 };
      level.qty += row.qty;
      level.count++;
      levels.set(row.px, level);
    }
    return [...levels.values()].sort((a, b) => (side === "B" ? b.px - a.px : a.px - b.px));
  }

  private modify(id: bigint, qty: number, px: number): void {
    const row = this.orders.get(id);
    if (row === undefined) throw new Error(`order ${id} modified and not there`);
    row.qty = qty;
    row.px = px;
  }

  private take(id: bigint, qty: number): void {
    const row = this.orders.get(id);
    if (row === undefined || row.qty < qty) throw new Error(`order ${id}: ${qty} too much`);
    row.qty -= qty;
    if (row.qty === 0) this.orders.delete(id);
  }
}

function text(bytes: Uint8Array, at: number, size: number): string {
  return Buffer.from(bytes.subarray(at, at + size))
    .toString("latin1")
    .trimEnd();
}
