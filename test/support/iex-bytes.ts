/** IEX DEEP and TOPS messages and IEX-TP segments as bytes, from the layouts and nothing else. */

export const DEEP = 0x8004;
export const TOPS = 0x8003;
export const SESSION = 0x43814000;
/** ns since 1970. */
export const T0 = 1_493_132_598_742_110_851n;

/** Type, first byte, timestamp i64, symbol char[8], then parts. */
function message(
  type: string,
  first: string | number,
  symbol: string | undefined,
  time: bigint,
  ...parts: Uint8Array[]
): Uint8Array {
  const head = new Uint8Array(symbol === undefined ? 10 : 18).fill(0x20);
  head[0] = type.charCodeAt(0);
  head[1] = typeof first === "string" ? first.charCodeAt(0) : first;
  new DataView(head.buffer).setBigInt64(2, time, true);
  if (symbol !== undefined) head.set(new TextEncoder().encode(symbol), 10);
  return join(head, ...parts);
}

export function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function u32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value, true);
  return out;
}

/** A price: 1/10000 of a dollar; also a trade's number. */
function i64(value: number | bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigInt64(0, BigInt.asIntN(64, BigInt(value)), true);
  return out;
}

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

function text(value: string, size: number): Uint8Array {
  return new TextEncoder().encode(value.padEnd(size, " "));
}

export const systemEvent = (code: string, time = T0) => message("S", code, undefined, time);

export const directory = (symbol: string, lot = 100, price = 123_400, time = T0) =>
  message("D", 0x80, symbol, time, u32(lot), i64(price), bytes(1));

export const tradingStatus = (symbol: string, status: string, reason = "", time = T0) =>
  message("H", status, symbol, time, text(reason, 4));

export const retail = (symbol: string, code: string, time = T0) => message("I", code, symbol, time);

export const operationalHalt = (symbol: string, code: string, time = T0) =>
  message("O", code, symbol, time);

export const shortSale = (symbol: string, status: number, detail = " ", time = T0) =>
  message("P", status, symbol, time, text(detail, 1));

export const securityEvent = (symbol: string, code: string, time = T0) =>
  message("E", code, symbol, time);

/** type: 8 = buy side, 5 = sell side. complete: the last of its event. */
export const level = (
  type: "8" | "5",
  symbol: string,
  size: number,
  price: number | bigint,
  complete = true,
  time = T0,
) => message(type, complete ? 1 : 0, symbol, time, u32(size), i64(price));

/** bid and ask: size and price. flags: 0x80 not available, 0x40 outside regular hours. */
export const quote = (
  symbol: string,
  bid: [size: number, price: number | bigint],
  ask: [size: number, price: number | bigint],
  flags = 0,
  time = T0,
) => message("Q", flags, symbol, time, u32(bid[0]), i64(bid[1]), i64(ask[1]), u32(ask[0]));

export const trade = (symbol: string, size: number, price: number | bigint, id = 7, time = T0) =>
  message("T", 0, symbol, time, u32(size), i64(price), i64(id));

export const official = (symbol: string, kind: string, price: number, time = T0) =>
  message("X", kind, symbol, time, i64(price));

export const tradeBreak = (symbol: string, size: number, price: number, id = 7n, time = T0) =>
  message("B", 0, symbol, time, u32(size), i64(price), i64(id));

export const auction = (symbol: string, time = T0) =>
  message(
    "A",
    "C",
    symbol,
    time,
    u32(1000), // paired shares
    i64(100_000), // reference price
    i64(100_100), // indicative clearing price
    u32(200), // imbalance shares
    text("B", 1), // imbalance side
    bytes(3), // extension number
    u32(1_493_150_400), // scheduled auction time, s
    i64(100_200), // auction book clearing price
    i64(100_300), // collar reference price
    i64(90_000), // lower auction collar
    i64(110_000), // upper auction collar
  );

export interface Segment {
  protocol?: number;
  channel?: number;
  session?: number;
  /** Bytes of the stream before this segment. Default: none only at sequence 1. */
  stream?: number;
  sent?: bigint;
  /** What the header says, when it shall not be the truth. */
  count?: number;
  payload?: number;
  version?: number;
}

/** An IEX-TP segment; without messages a heartbeat. */
export function segment(
  sequence: number | bigint,
  messages: readonly Uint8Array[] = [],
  o: Segment = {},
): Uint8Array {
  const payload = messages.reduce((sum, m) => sum + 2 + m.length, 0);
  const out = new Uint8Array(40 + payload);
  const view = new DataView(out.buffer);
  out[0] = o.version ?? 1;
  view.setUint16(2, o.protocol ?? DEEP, true);
  view.setUint32(4, o.channel ?? 1, true);
  view.setUint32(8, o.session ?? SESSION, true);
  view.setUint16(12, o.payload ?? payload, true);
  view.setUint16(14, o.count ?? messages.length, true);
  view.setBigUint64(16, BigInt(o.stream ?? (BigInt(sequence) === 1n ? 0 : 1000)), true);
  view.setBigUint64(24, BigInt(sequence), true);
  view.setBigInt64(32, o.sent ?? T0, true);
  let at = 40;
  for (const one of messages) {
    view.setUint16(at, one.length, true);
    out.set(one, at + 2);
    at += 2 + one.length;
  }
  return out;
}
