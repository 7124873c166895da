/**
 * OUCH 5.0 messages and SoupBinTCP packets from their layout, for tests: fields in the order of the
 * specification, one behind the other. Shares nothing with the codec or its field table.
 */

export type OuchTail = [tag: number, value: Uint8Array][];

class Bytes {
  private readonly parts: number[] = [];

  char(c: string): this {
    this.parts.push(c.charCodeAt(0));
    return this;
  }

  text(value: string, size: number): this {
    for (const c of value.padEnd(size, " ")) this.char(c);
    return this;
  }

  uint(value: number | bigint, size: number): this {
    const whole = BigInt(value);
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) {
      this.parts.push(Number((whole >> BigInt(shift)) & 0xffn));
    }
    return this;
  }

  tail(tail: OuchTail): this {
    const bytes = tail.flatMap(([tag, value]) => [value.length + 1, tag, ...value]);
    this.uint(bytes.length, 2);
    this.parts.push(...bytes);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.parts);
  }
}

const begin = (type: string) => new Bytes().char(type);
const said = (type: string, timestamp = 1_000) => begin(type).uint(timestamp, 8);

export interface OuchTerms {
  side?: string;
  quantity?: number;
  symbol?: string;
  /** 1/10000. */
  price?: number | bigint;
  tif?: string;
  display?: string;
  capacity?: string;
  iso?: string;
  cross?: string;
  clordid?: string;
  tail?: OuchTail;
}

export interface OuchState extends OuchTerms {
  reference?: number | bigint;
  state?: string;
  timestamp?: number;
}

export function u32(value: number): Uint8Array {
  return new Bytes().uint(value, 4).done();
}

export function ascii(value: string): Uint8Array {
  return Uint8Array.from(value, (c) => c.charCodeAt(0));
}

export function enterOrder(ref: number, t: OuchTerms = {}): Uint8Array {
  return begin("O")
    .uint(ref, 4)
    .char(t.side ?? "B")
    .uint(t.quantity ?? 100, 4)
    .text(t.symbol ?? "AAPL", 8)
    .uint(t.price ?? 1_000_000, 8)
    .char(t.tif ?? "0")
    .char(t.display ?? "Y")
    .char(t.capacity ?? "P")
    .char(t.iso ?? "N")
    .char(t.cross ?? "N")
    .text(t.clordid ?? "", 14)
    .tail(t.tail ?? [])
    .done();
}

export function replaceOrder(orig: number, ref: number, t: OuchTerms = {}): Uint8Array {
  return begin("U")
    .uint(orig, 4)
    .uint(ref, 4)
    .uint(t.quantity ?? 100, 4)
    .uint(t.price ?? 1_000_000, 8)
    .char(t.tif ?? "0")
    .char(t.display ?? "Y")
    .char(t.iso ?? "N")
    .text(t.clordid ?? "", 14)
    .tail(t.tail ?? [])
    .done();
}

export function cancelOrder(ref: number, quantity = 0): Uint8Array {
  return begin("X").uint(ref, 4).uint(quantity, 4).done();
}

export function modifyOrder(ref: number, side: string, quantity: number): Uint8Array {
  return begin("M").uint(ref, 4).char(side).uint(quantity, 4).done();
}

export function accountQuery(): Uint8Array {
  return begin("Q").done();
}

export function systemEvent(code: string): Uint8Array {
  return said("S").char(code).done();
}

export function accepted(ref: number, t: OuchState = {}): Uint8Array {
  return state(said("A", t.timestamp).uint(ref, 4), t);
}

export function replaced(orig: number, ref: number, t: OuchState = {}): Uint8Array {
  return state(said("U", t.timestamp).uint(orig, 4).uint(ref, 4), t);
}

function state(bytes: Bytes, t: OuchState): Uint8Array {
  return bytes
    .char(t.side ?? "B")
    .uint(t.quantity ?? 100, 4)
    .text(t.symbol ?? "AAPL", 8)
    .uint(t.price ?? 1_000_000, 8)
    .char(t.tif ?? "0")
    .char(t.display ?? "Y")
    .uint(t.reference ?? 7, 8)
    .char(t.capacity ?? "P")
    .char(t.iso ?? "N")
    .char(t.cross ?? "N")
    .char(t.state ?? "L")
    .text(t.clordid ?? "", 14)
    .tail(t.tail ?? [])
    .done();
}

export function canceled(ref: number, quantity: number, reason = "U"): Uint8Array {
  return said("C").uint(ref, 4).uint(quantity, 4).char(reason).done();
}

export function aiqCanceled(ref: number, quantity: number, prevented = 0, price = 0): Uint8Array {
  const head = said("D").uint(ref, 4).uint(quantity, 4).char("Q");
  return head.uint(prevented, 4).uint(price, 8).char("R").done();
}

/** As later editions have it: one field more, and an appendage. */
export function lateAiqCanceled(ref: number, quantity: number, tail?: OuchTail): Uint8Array {
  const head = said("D").uint(ref, 4).uint(quantity, 4).char("Q").uint(0, 4).uint(0, 8);
  head.char("R").char("O");
  return (tail === undefined ? head : head.tail(tail)).done();
}

export function executed(
  ref: number,
  quantity: number,
  price: number | bigint,
  match: number | bigint,
  liquidity = "A",
  tail: OuchTail = [],
): Uint8Array {
  const head = said("E").uint(ref, 4).uint(quantity, 4).uint(price, 8).char(liquidity);
  return head.uint(match, 8).tail(tail).done();
}

export function brokenTrade(ref: number, match: number | bigint, clordid = ""): Uint8Array {
  return said("B").uint(ref, 4).uint(match, 8).char("E").text(clordid, 14).done();
}

export function tradeCorrection(
  ref: number,
  quantity: number,
  price: number,
  match: number,
  clordid = "",
): Uint8Array {
  const head = said("F").uint(ref, 4).uint(quantity, 4).uint(price, 8).char("A").uint(match, 8);
  return head.char("E").text(clordid, 14).done();
}

export function rejected(ref: number, reason: number, clordid = ""): Uint8Array {
  return said("J").uint(ref, 4).uint(reason, 2).text(clordid, 14).done();
}

export function cancelPending(ref: number): Uint8Array {
  return said("P").uint(ref, 4).done();
}

export function cancelReject(ref: number): Uint8Array {
  return said("I").uint(ref, 4).done();
}

export function priorityUpdate(ref: number, price: number, reference = 8): Uint8Array {
  return said("T").uint(ref, 4).uint(price, 8).char("Y").uint(reference, 8).done();
}

export function orderModified(ref: number, side: string, quantity: number): Uint8Array {
  return said("M").uint(ref, 4).char(side).uint(quantity, 4).done();
}

export function orderRestated(ref: number, reason = "R", tail: OuchTail = []): Uint8Array {
  return said("R").uint(ref, 4).char(reason).tail(tail).done();
}

export function accountAnswer(next: number): Uint8Array {
  return said("Q").uint(next, 4).done();
}

/** A SoupBinTCP packet. */
export function soup(type: string, payload: Uint8Array = new Uint8Array()): Uint8Array {
  const head = new Bytes()
    .uint(payload.length + 1, 2)
    .char(type)
    .done();
  return Uint8Array.from([...head, ...payload]);
}

export function soupAccepted(session: string, next: number): Uint8Array {
  return soup("A", ascii(session.padStart(10, " ") + String(next).padStart(20, " ")));
}

/** Type and payload of each packet in `bytes`, which end with a whole one. */
export function soupPackets(bytes: Uint8Array): { type: string; payload: Uint8Array }[] {
  const out: { type: string; payload: Uint8Array }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at]! * 256 + bytes[at + 1]!;
    const type = String.fromCharCode(bytes[at + 2]!);
    out.push({ type, payload: bytes.slice(at + 3, at + 2 + length) });
    at += 2 + length;
  }
  return out;
}
