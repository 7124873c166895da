/**
 * PITCH as benches read it: the messages of an ITCH file told as PITCH would, one behind the other.
 * Short forms where price and quantity allow, as the venue does; a replace becomes a modify, whose
 * order keeps its id. A time message comes with each new second.
 */
import * as p from "../support/pitch-bytes.ts";
import { type ItchFile, SLICE } from "./itch-file.ts";

export interface PitchFile {
  bytes: Uint8Array;
  view: DataView;
  /** Offsets of each SLICE-th message; what comes after the last one is left out. */
  starts: number[];
  symbols: number;
  name: string;
}

const SECOND_NS = 1e9;
const CENT = 100;
const SHORT_MAX = 65_535;

class Translator {
  readonly messages: Uint8Array[] = [];
  private readonly view: DataView;
  private readonly symbols = new Map<number, string>();
  /** ITCH reference to PITCH id, where a replace made them differ. */
  private readonly ids = new Map<bigint, bigint>();
  private second = -1;

  constructor(file: ItchFile) {
    this.view = file.view;
    for (let at = 0; at < file.bytes.length; at += 2 + file.view.getUint16(at)) this.take(at + 2);
  }

  private take(o: number): void {
    const { view } = this;
    const type = String.fromCharCode(view.getUint8(o));
    const time = view.getUint16(o + 5) * 2 ** 32 + view.getUint32(o + 7);
    const locate = view.getUint16(o + 1);
    if (type === "R") this.symbols.set(locate, this.text(o + 11));
    const message = this.translate(type, o, time % SECOND_NS, this.symbols.get(locate) ?? "");
    if (message === undefined) return;
    const second = Math.floor(time / SECOND_NS);
    if (second !== this.second) this.messages.push(p.time(second));
    this.second = second;
    this.messages.push(message);
  }

  private translate(type: string, o: number, ns: number, symbol: string): Uint8Array | undefined {
    const { view } = this;
    if (type === "H") return p.tradingStatus(symbol, String.fromCharCode(view.getUint8(o + 19)));
    if (!"AFECXDUP".includes(type)) return undefined;
    const ref = view.getBigUint64(o + 11);
    const head = { id: this.ids.get(ref) ?? ref, ns, symbol };
    const qty = type === "D" ? 0 : view.getUint32(o + 19);
    if (type === "E") return p.execute({ ...head, qty });
    if (type === "D") return p.remove(head);
    if (type === "X")
      return qty > SHORT_MAX ? p.reduceLong({ ...head, qty }) : p.reduceShort({ ...head, qty });
    if (type === "C") return p.execute({ ...head, qty });
    if (type === "U") return this.modified(o, head);
    const side = view.getUint8(o + 19) === 0x42 ? "B" : "S";
    const order = {
      ...head,
      side,
      qty: view.getUint32(o + 20),
      px: view.getUint32(o + 32),
    } as const;
    if (type === "P") return isShort(order) ? p.tradeShort(inCents(order)) : p.tradeLong(order);
    return isShort(order) ? p.addShort(inCents(order)) : p.addLong(order);
  }

  private modified(o: number, head: { id: bigint; ns: number }): Uint8Array {
    this.ids.set(this.view.getBigUint64(o + 19), head.id);
    const order = { ...head, qty: this.view.getUint32(o + 27), px: this.view.getUint32(o + 31) };
    return isShort(order) ? p.modifyShort(inCents(order)) : p.modifyLong(order);
  }

  private text(o: number): string {
    let text = "";
    for (let i = 0; i < 8; i++) text += String.fromCharCode(this.view.getUint8(o + i));
    return text.trimEnd();
  }
}

function isShort(order: { qty: number; px: number }): boolean {
  return order.qty <= SHORT_MAX && order.px % CENT === 0 && order.px / CENT <= SHORT_MAX;
}

function inCents<T extends { px: number }>(order: T): T {
  return { ...order, px: order.px / CENT };
}

export function pitchFile(file: ItchFile): PitchFile {
  const { messages } = new Translator(file);
  const bytes = new Uint8Array(new ArrayBuffer(messages.reduce((n, m) => n + m.length, 0)));
  const starts: number[] = [];
  let at = 0;
  messages.forEach((message, i) => {
    if (i % SLICE === 0) starts.push(at);
    bytes.set(message, at);
    at += message.length;
  });
  return {
    bytes,
    view: new DataView(bytes.buffer),
    starts,
    symbols: file.symbols,
    name: file.name,
  };
}
