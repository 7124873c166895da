/**
 * Cboe Multicast PITCH messages and unit headers as bytes, for tests: written from the layouts by
 * hand, and nothing here is shared with the decoder or its tables.
 */

type Value = number | bigint | string;

/** Appends little-endian numbers and padded text. */
class Writer {
  readonly parts: number[] = [];

  num(value: number | bigint, size: number): this {
    let left = BigInt.asUintN(8 * size, BigInt(value));
    for (let i = 0; i < size; i++) {
      this.parts.push(Number(left & 255n));
      left >>= 8n;
    }
    return this;
  }

  text(value: string, size: number): this {
    for (let i = 0; i < size; i++) this.parts.push(i < value.length ? value.charCodeAt(i) : 0x20);
    return this;
  }
}

function message(code: number, body: Writer): Uint8Array {
  return new Uint8Array([body.parts.length + 2, code, ...body.parts]);
}

export interface OrderValues {
  id: number | bigint;
  ns?: number;
  side?: "B" | "S";
  qty?: number;
  symbol?: string;
  /** Wire integer: two decimals in short messages, four in others. */
  px?: number | bigint;
  execution?: number | bigint;
  remaining?: number;
  flags?: number;
}

const at = (ns = 0) => new Writer().num(ns, 4);
const ordered = (o: OrderValues) => at(o.ns).num(o.id, 8);

/** What follows the last field of US equities in the other editions. */
export type Tail = (writer: Writer) => Writer;
const none: Tail = (writer) => writer;
export const condition: Tail = (writer) => writer.text(" ", 1);

export const time = (seconds: number) => message(0x20, new Writer().num(seconds, 4));
/** Options and futures. */
export const datedTime = (seconds: number, epoch = 0) =>
  message(0x20, new Writer().num(seconds, 4).num(epoch, 4));
export const timeReference = (seconds: number, ns = 0) =>
  message(0xb1, new Writer().num(0, 4).num(seconds, 4).num(ns, 4).num(20260102, 4));
export const unitClear = (ns = 0) => message(0x97, at(ns));
export const endOfSession = (ns = 0) => message(0x2d, at(ns));

function order(o: OrderValues, qtyBytes: number, symbolBytes: number): Writer {
  return ordered(o)
    .text(o.side ?? "B", 1)
    .num(o.qty ?? 100, qtyBytes)
    .text(o.symbol ?? "AAPL", symbolBytes);
}

export const addLong = (o: OrderValues) =>
  message(
    0x21,
    order(o, 4, 6)
      .num(o.px ?? 0, 8)
      .num(o.flags ?? 1, 1),
  );
export const addShort = (o: OrderValues) =>
  message(
    0x22,
    order(o, 2, 6)
      .num(o.px ?? 0, 2)
      .num(o.flags ?? 1, 1),
  );
export const addExpanded = (o: OrderValues) =>
  message(
    0x2f,
    order(o, 4, 8)
      .num(o.px ?? 0, 8)
      .num(o.flags ?? 1, 1)
      .text("MPID", 4)
      .text("C", 1),
  );
export const execute = (o: OrderValues, tail = none) =>
  message(
    0x23,
    tail(
      ordered(o)
        .num(o.qty ?? 100, 4)
        .num(o.execution ?? 0, 8),
    ),
  );
export const executeAt = (o: OrderValues, tail = none) =>
  message(
    0x24,
    tail(
      ordered(o)
        .num(o.qty ?? 100, 4)
        .num(o.remaining ?? 0, 4)
        .num(o.execution ?? 0, 8)
        .num(o.px ?? 0, 8),
    ),
  );
export const reduceLong = (o: OrderValues) => message(0x25, ordered(o).num(o.qty ?? 100, 4));
export const reduceShort = (o: OrderValues) => message(0x26, ordered(o).num(o.qty ?? 100, 2));
export const modifyLong = (o: OrderValues) =>
  message(
    0x27,
    ordered(o)
      .num(o.qty ?? 100, 4)
      .num(o.px ?? 0, 8)
      .num(o.flags ?? 0, 1),
  );
export const modifyShort = (o: OrderValues) =>
  message(
    0x28,
    ordered(o)
      .num(o.qty ?? 100, 2)
      .num(o.px ?? 0, 2)
      .num(o.flags ?? 0, 1),
  );
export const remove = (o: OrderValues) => message(0x29, ordered(o));
export const tradeLong = (o: OrderValues, tail = none) =>
  message(
    0x2a,
    tail(
      order(o, 4, 6)
        .num(o.px ?? 0, 8)
        .num(o.execution ?? 0, 8),
    ),
  );
export const tradeShort = (o: OrderValues, tail = none) =>
  message(
    0x2b,
    tail(
      order(o, 2, 6)
        .num(o.px ?? 0, 2)
        .num(o.execution ?? 0, 8),
    ),
  );
export const tradeExpanded = (o: OrderValues, tail = none) =>
  message(
    0x30,
    tail(
      order(o, 4, 8)
        .num(o.px ?? 0, 8)
        .num(o.execution ?? 0, 8),
    ),
  );
export const tradeBreak = (execution: number | bigint, ns = 0) =>
  message(0x2c, at(ns).num(execution, 8));

export const tradingStatus = (symbol: string, status: string, regSho = "0", ns = 0) =>
  message(0x31, at(ns).text(symbol, 8).text(status, 1).text(regSho, 1).text("", 2));
/** Options: a second status for global trading hours. Reserved bytes are zeros. */
export const optionsStatus = (symbol: string, status: string, global: string, ns = 0) =>
  message(
    0x31,
    at(ns).text(symbol, 6).num(0, 2).text(status, 1).num(0, 1).text(global, 1).num(0, 1),
  );
export const futuresStatus = (symbol: string, status: string, ns = 0) =>
  message(0x31, at(ns).text(symbol, 6).num(0, 2).text(status, 1).num(0, 3));
export const auctionUpdate = (symbol: string, ns = 0) =>
  message(
    0x95,
    at(ns).text(symbol, 8).text("O", 1).num(1, 8).num(2, 4).num(3, 4).num(4, 8).num(5, 8),
  );
export const auctionSummary = (symbol: string, px: number, qty: number, ns = 0) =>
  message(0x96, at(ns).text(symbol, 8).text("C", 1).num(px, 8).num(qty, 4));
export const retailImprovement = (symbol: string, side: string, ns = 0) =>
  message(0x98, at(ns).text(symbol, 8).text(side, 1));
export const symbolMapping = (symbol: string) =>
  message(0x2e, new Writer().text(symbol, 6).text("AAPL", 21).text("N", 1).text("AAPL", 8));

// Forms of other editions.
export const optionsAddExpanded = (o: OrderValues) =>
  message(
    0x2f,
    order(o, 4, 8)
      .num(o.px ?? 0, 8)
      .num(0, 1)
      .text("MPID", 4)
      .text("C", 1)
      .text("", 9),
  );
export const futuresAddLong = (o: OrderValues) => message(0x21, order(o, 4, 6).num(o.px ?? 0, 8));
export const futuresAddShort = (o: OrderValues) => message(0x22, order(o, 2, 6).num(o.px ?? 0, 2));
export const futuresModifyLong = (o: OrderValues) =>
  message(
    0x27,
    ordered(o)
      .num(o.qty ?? 1, 4)
      .num(o.px ?? 0, 8),
  );
export const futuresModifyShort = (o: OrderValues) =>
  message(
    0x28,
    ordered(o)
      .num(o.qty ?? 1, 2)
      .num(o.px ?? 0, 2),
  );
export const futuresDefinition = (symbol: string, legs: string[]) => {
  const w = at().text(symbol, 6).num(0, 4).text(symbol, 6).num(0, 1).num(20260117, 4).num(1000, 2);
  w.text("A", 1).num(500, 8).num(legs.length, 1).num(45, 1).num(0, 1).num(20260101, 4);
  for (const leg of legs) w.num(-1, 4).text(leg, 6);
  return message(0xbb, w);
};

/** A unit header with its messages. `lie`: what the header says when it shall not be the truth. */
export function unit(
  number: number,
  sequence: number,
  messages: readonly Uint8Array[],
  lie: { length?: number; count?: number } = {},
): Uint8Array {
  const size = messages.reduce((n, m) => n + m.length, 8);
  const header = new Writer()
    .num(lie.length ?? size, 2)
    .num(lie.count ?? messages.length, 1)
    .num(number, 1)
    .num(sequence, 4);
  return new Uint8Array(Buffer.concat([new Uint8Array(header.parts), ...messages]));
}

export const unitHeartbeat = (number: number, sequence: number) => unit(number, sequence, []);

/** Values by name, for tests that go through many messages. */
export type PitchValues = Record<string, Value>;
