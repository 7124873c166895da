/**
 * What the MDP 3.0 decoder calls. Numbers only.
 *
 * `handle` is what find() gave. A price is its mantissa as a double and the number of its exponent
 * (MessagePlans.exponents); NaN = not told, and one beyond 2^53 is not exact (no book holds it).
 * RptSeq is the wire's u32 read as int32: negative means 2^31 or more, which no week brings.
 * Quantities are int32, QTY_NULL = not told. `type` is the wire's MDEntryType, `action` its
 * MDUpdateAction. Order ids are two int32 halves.
 */
export interface Mdp3Sink {
  /** Handle of a security, or -1: its entries are left out. */
  find(securityId: number): number;
  /** A packet of the incremental feed: its messages follow. */
  onPacket(seq: number): void;
  /** Packets from..to-1, or a part of the packet before `to`, will never be known. */
  onLoss(from: number, to: number): void;
  /** 46, 32: a price level. `level` 1 = best. */
  onLevel(
    handle: number,
    rptSeq: number,
    action: number,
    type: number,
    level: number,
    mantissa: number,
    exponent: number,
    qty: number,
    orders: number,
  ): void;
  /** False: onOrder need not be called. */
  readonly takesOrders: boolean;
  /** 47, 43, and the orders of 46: one order. action: 0 new, 1 change, 2 delete. */
  onOrder(
    handle: number,
    action: number,
    type: number,
    idHi: number,
    idLo: number,
    mantissa: number,
    exponent: number,
    qty: number,
  ): void;
  /** 48, 42. aggressor: 0 none, 1 buy, 2 sell. */
  onTrade(
    handle: number,
    rptSeq: number,
    action: number,
    mantissa: number,
    exponent: number,
    qty: number,
    aggressor: number,
  ): void;
  /** 37: contracts traded so far. */
  onVolume(handle: number, rptSeq: number, action: number, qty: number): void;
  /** 49, 33, 51, 35. */
  onStatistic(
    handle: number,
    rptSeq: number,
    action: number,
    type: number,
    mantissa: number,
    exponent: number,
    qty: number,
  ): void;
  /** 50, 34. */
  onLimits(handle: number, rptSeq: number, high: number, low: number, exponent: number): void;
  /**
   * 30. handle -1: of a security that nobody wants, or (securityId QTY_NULL) of all of a group or asset.
   * Texts: six characters as words of four and two, big endian, zeros behind the end.
   */
  onStatus(
    handle: number,
    securityId: number,
    groupHi: number,
    groupLo: number,
    assetHi: number,
    assetLo: number,
    status: number,
    haltReason: number,
    event: number,
  ): void;
  /** 4: every book of the channel is empty; RptSeq begins at 1. */
  onReset(): void;
  /** 39. side: 1 buy, 2 sell, 127 not told. */
  onQuoteRequest(handle: number, qty: number, quoteType: number, side: number): void;
  /**
   * Packet `seq` of the snapshot loop, which begins with 1, by this line. liveTo: one past the highest
   * packet of the live lines that is known; a snapshot of a later one is another session's.
   */
  onSnapshotPacket(line: number, seq: number, liveTo: number): void;
  /** 52, 38, whoever it is of; `total` of them make a loop, 0 = not told. */
  onSnapshotReport(handle: number, total: number, lastSeq: number): void;
  /** The same, of a handle. False: the book needs none, its entries are left out. */
  onSnapshot(handle: number, lastSeq: number, rptSeq: number, status: number): boolean;
  onSnapshotEntry(
    handle: number,
    type: number,
    level: number,
    mantissa: number,
    exponent: number,
    qty: number,
    orders: number,
  ): void;
  onSnapshotEnd(handle: number, rptSeq: number): void;
  /** 53, 44. chunk: 1 to chunks. False: not needed. */
  onOrderSnapshot(handle: number, lastSeq: number, chunks: number, chunk: number): boolean;
  onSnapshotOrder(
    handle: number,
    type: number,
    idHi: number,
    idLo: number,
    mantissa: number,
    exponent: number,
    qty: number,
  ): void;
  onOrderSnapshotEnd(handle: number, chunks: number, chunk: number): void;
  /** 54 to 56, 27, 29, 41. False: known already, or not wanted; else onDefinition follows. */
  wantsDefinition(
    securityId: number,
    action: number,
    timeHi: number,
    timeLo: number,
    bytes: Uint8Array,
    symbolAt: number,
  ): boolean;
  /** May allocate: once per instrument and change. */
  onDefinition(definition: Mdp3Definition): void;
  /** End of a packet and of an event. See MessageDecoder.flush. */
  flush(shown: boolean): void;
}

/** A definition of an instrument, as far as books need it. */
export interface Mdp3Definition {
  securityId: number;
  symbol: string;
  /** "A" add, "M" modify, "D" delete. */
  action: string;
  /** Nanoseconds since 1970, as two words. */
  timeHi: number;
  timeLo: number;
  /** Price shown to people = price on the wire * factor; exact as mantissa and exponent. */
  displayFactor: Decimal;
  /** Of prices on the wire; absent: it varies, or is not told. */
  priceIncrement?: Decimal;
  /** Levels of the book and of the implied book; 0 = there is none. */
  depth: number;
  impliedDepth: number;
  group: string;
  asset: string;
  currency: string;
  /** SecurityTradingStatus; 255 = not told. */
  status: number;
}

export interface Decimal {
  mantissa: bigint;
  exponent: number;
}

/** Of quantities and order counts: not told. */
export const QTY_NULL = 0x7fffffff;
/** Of SecurityTradingStatus and other u8 enumerations. */
export const CODE_NULL = 255;
