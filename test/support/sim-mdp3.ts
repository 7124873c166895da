/** A plain reader of MDP 3.0 as the simulator sends it, to hold its feed against its books. */

const DEPTH = 10;

export interface Mdp3Packet {
  sequence: number;
  timeNs: bigint;
  messages: { template: number; root: DataView; groups: DataView[][] }[];
}

/** Bytes of the headers of each template's groups. */
const GROUP_HEADERS: Record<number, (3 | 8)[]> = {
  4: [3],
  12: [],
  30: [],
  46: [3, 8],
  48: [3, 8],
  52: [3],
  54: [3, 3, 3, 3],
};

/** Throws when the lengths don't add up. */
export function readMdp3(bytes: Uint8Array): Mdp3Packet {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: Mdp3Packet["messages"] = [];
  let at = 12;
  while (at < bytes.length) {
    const stop = at + view.getUint16(at, true);
    const block = view.getUint16(at + 2, true);
    const template = view.getUint16(at + 4, true);
    if (view.getUint16(at + 6, true) !== 1 || view.getUint16(at + 8, true) !== 9) {
      throw new Error("another schema");
    }
    const root = slice(bytes, at + 10, block);
    at += 10 + block;
    const groups = GROUP_HEADERS[template]!.map((header) => {
      const size = view.getUint16(at, true);
      const count = bytes[at + header - 1]!;
      at += header;
      const entries = Array.from({ length: count }, (_, i) => slice(bytes, at + i * size, size));
      at += count * size;
      return entries;
    });
    if (at !== stop) throw new Error(`template ${template} ends at ${at}, not ${stop}`);
    messages.push({ template, root, groups });
  }
  return { sequence: view.getUint32(0, true), timeNs: view.getBigUint64(4, true), messages };
}

function slice(bytes: Uint8Array, from: number, length: number): DataView {
  if (from + length > bytes.length) throw new Error("beyond the packet");
  return new DataView(bytes.buffer, bytes.byteOffset + from, length);
}

interface Level {
  px: number;
  qty: number;
  count: number;
}

/** What a receiver of the increments knows of one instrument. */
class Instrument {
  rptSeq = 0;
  status = 0;
  readonly sides: [Level[], Level[]] = [[], []];
}

/** Books rebuilt from increments: levels by position, as the protocol tells them. */
export class PlainMdp3Books {
  readonly instruments = new Map<number, Instrument>();
  readonly counts = new Map<number, number>();
  trades = 0;
  private next = 1;
  private isOpen = false;

  packet(bytes: Uint8Array): void {
    const packet = readMdp3(bytes);
    if (packet.sequence !== this.next)
      throw new Error(`packet ${packet.sequence}, not ${this.next}`);
    this.next++;
    for (const { template, root, groups } of packet.messages) {
      this.counts.set(template, (this.counts.get(template) ?? 0) + 1);
      if (template === 46) for (const entry of groups[0]!) this.book(entry);
      if (template === 48) for (const entry of groups[0]!) this.trade(entry);
      if (template === 30) this.of(root.getInt32(20, true)).status = root.getUint8(27);
      if (template !== 12) this.isOpen = root.getUint8(template === 30 ? 26 : 8) < 128;
    }
    if (this.isOpen && packet.messages.length === 0) throw new Error("an event that never ends");
  }

  /** True when the last event is complete. */
  get isComplete(): boolean {
    return !this.isOpen;
  }

  levels(id: number, side: 0 | 1): Level[] {
    return this.of(id).sides[side];
  }

  of(id: number): Instrument {
    const found = this.instruments.get(id) ?? new Instrument();
    this.instruments.set(id, found);
    return found;
  }

  private book(entry: DataView): void {
    const instrument = this.numbered(entry);
    const position = entry.getUint8(24);
    const action = entry.getUint8(25);
    const levels = instrument.sides[entry.getUint8(26) - 0x30]!;
    const level = {
      px: Number(entry.getBigInt64(0, true)) / 1e5,
      qty: entry.getInt32(8, true),
      count: entry.getInt32(20, true),
    };
    const here = levels[position - 1];
    if (action === 0) {
      if (position > levels.length + 1) throw new Error(`new level ${position} leaves a hole`);
      levels.splice(position - 1, 0, level);
      if (levels.length > DEPTH) levels.length = DEPTH;
    } else if (here?.px !== level.px) throw new Error(`level ${position} is at ${here?.px}`);
    else if (action === 1) levels[position - 1] = level;
    else if (action === 2) levels.splice(position - 1, 1);
    else throw new Error(`action ${action}`);
  }

  private trade(entry: DataView): void {
    this.numbered(entry);
    this.trades += entry.getInt32(8, true);
  }

  private numbered(entry: DataView): Instrument {
    const instrument = this.of(entry.getInt32(12, true));
    const rptSeq = entry.getUint32(16, true);
    if (rptSeq !== instrument.rptSeq + 1) throw new Error(`RptSeq ${rptSeq}`);
    instrument.rptSeq = rptSeq;
    return instrument;
  }
}

/** A snapshot (52) as a receiver reads it. */
export function readSnapshot(bytes: Uint8Array) {
  const packet = readMdp3(bytes);
  const { template, root, groups } = packet.messages[0]!;
  if (template !== 52) throw new Error(`template ${template}`);
  const sides: [Level[], Level[]] = [[], []];
  for (const entry of groups[0]!) {
    const levels = sides[entry.getUint8(21) - 0x30]!;
    if (entry.getInt8(16) !== levels.length + 1) throw new Error("levels out of order");
    levels.push({
      px: Number(entry.getBigInt64(0, true)) / 1e5,
      qty: entry.getInt32(8, true),
      count: entry.getInt32(12, true),
    });
  }
  return {
    sequence: packet.sequence,
    lastSeq: root.getUint32(0, true),
    reports: root.getUint32(4, true),
    id: root.getInt32(8, true),
    rptSeq: root.getUint32(12, true),
    status: root.getUint8(34),
    sides,
  };
}
