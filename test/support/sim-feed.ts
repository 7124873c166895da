/** A plain reader of MoldUDP64 and ITCH, to hold the simulator's feed against its books. */

export interface MoldPacket {
  session: string;
  sequence: number;
  count: number;
  messages: Uint8Array[];
}

export function readPacket(bytes: Uint8Array): MoldPacket {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint16(18);
  const messages: Uint8Array[] = [];
  let at = 20;
  while (at < bytes.length) {
    const length = view.getUint16(at);
    messages.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  const session = Buffer.from(bytes.subarray(0, 10)).toString("latin1");
  return { session, sequence: Number(view.getBigUint64(10)), count, messages };
}

/** All messages in order; throws when a sequence number is missing or repeated. */
export function messagesOf(packets: readonly Uint8Array[]): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (const bytes of packets) {
    const packet = readPacket(bytes);
    if (packet.sequence !== all.length + 1) {
      throw new Error(`sequence ${packet.sequence}, expected ${all.length + 1}`);
    }
    all.push(...packet.messages);
  }
  return all;
}

interface Row {
  locate: number;
  side: string;
  px: number;
  qty: number;
}

/** Books rebuilt from messages: orders by reference, no cleverness. */
export class PlainBooks {
  readonly orders = new Map<bigint, Row>();
  readonly status = new Map<number, string>();
  readonly counts = new Map<string, number>();

  apply(message: Uint8Array): void {
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    const type = String.fromCharCode(message[0]!);
    const locate = view.getUint16(1);
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1);
    const ref = message.length >= 19 ? view.getBigUint64(11) : 0n;
    if (type === "A" || type === "F") {
      if (this.orders.has(ref)) throw new Error(`reference ${ref} added twice`);
      const side = String.fromCharCode(message[19]!);
      this.orders.set(ref, { locate, side, px: view.getUint32(32), qty: view.getUint32(20) });
    } else if (type === "E" || type === "C" || type === "X") {
      this.take(ref, view.getUint32(19));
    } else if (type === "D") {
      if (!this.orders.delete(ref)) throw new Error(`reference ${ref} deleted and not there`);
    } else if (type === "U") {
      const old = this.orders.get(ref)!;
      this.orders.delete(ref);
      const row = { ...old, qty: view.getUint32(27), px: view.getUint32(31) };
      this.orders.set(view.getBigUint64(19), row);
    } else if (type === "H") {
      this.status.set(locate, String.fromCharCode(message[19]!));
    }
  }

  /** Levels of one side, best first. */
  levels(locate: number, side: "B" | "S"): { px: number; qty: number; count: number }[] {
    const levels = new Map<number, { px: number; qty: number; count: number }>();
    for (const row of this.orders.values()) {
      if (row.locate !== locate || row.side !== side) continue;
      const level = levels.get(row.px) ?? { px: row.px, qty: 0, count: 0 };
      level.qty += row.qty;
      level.count++;
      levels.set(row.px, level);
    }
    return [...levels.values()].sort((a, b) => (side === "B" ? b.px - a.px : a.px - b.px));
  }

  private take(ref: bigint, qty: number): void {
    const row = this.orders.get(ref);
    if (row === undefined || row.qty < qty) throw new Error(`reference ${ref}: ${qty} too much`);
    row.qty -= qty;
    if (row.qty === 0) this.orders.delete(ref);
  }
}
