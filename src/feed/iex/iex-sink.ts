/**
 * What the IEX decoder calls. Numbers only.
 *
 * `handle` is what find() gave. Prices are the wire's signed 64 bits with four implied decimals, as two
 * int32 halves. Quantities are the wire's u32. `timeNs` is ns since 1970 as a double: exact to 256 ns,
 * which tells one event from the next and orders them.
 */
export interface IexSink {
  /** The handle of a symbol (8 characters as two big-endian words), negative = nobody subscribed. */
  find(symbolHi: number, symbolLo: number): number;
  /** D, before the handle is looked for. */
  onDirectory(symbolHi: number, symbolLo: number, roundLot: number): void;
  /** S */
  onSystemEvent(code: number, timeNs: number): void;
  /** H */
  onTradingStatus(handle: number, status: number, timeNs: number): void;
  /** O */
  onOperationalHalt(handle: number, status: number, timeNs: number): void;
  /** P: 1 = the short sale price test is in force. */
  onShortSale(handle: number, status: number, timeNs: number): void;
  /** 8 and 5. side: 0 = bids, 1 = asks. qty 0: no such level any more. flags: IEX_EVENT_COMPLETE. */
  onPriceLevel(
    handle: number,
    side: number,
    flags: number,
    qty: number,
    pxHi: number,
    pxLo: number,
    timeNs: number,
  ): void;
  /** Q: both sides as they are from now on; quantity 0: none. flags: IEX_QUOTE_*. */
  onQuote(
    handle: number,
    flags: number,
    bidQty: number,
    bidHi: number,
    bidLo: number,
    askQty: number,
    askHi: number,
    askLo: number,
    timeNs: number,
  ): void;
  /** T */
  onTrade(
    handle: number,
    conditions: number,
    qty: number,
    pxHi: number,
    pxLo: number,
    timeNs: number,
  ): void;
  /** B */
  onBroken(handle: number, idHi: number, idLo: number, timeNs: number): void;
  /** D I E X A: the whole message, for sinks that want it. */
  onOther(handle: number, type: number, view: DataView, offset: number, timeNs: number): void;
  /** See MessageDecoder. */
  flush(shown: boolean): void;
  onLoss(from: number, to: number): void;
}

/** Event flags of 8 and 5: what the event did to the book has been told. */
export const IEX_EVENT_COMPLETE = 1;
/** Flags of Q: halted, paused or otherwise not available for trading on IEX. */
export const IEX_QUOTE_UNAVAILABLE = 0x80;
/** Flags of Q: pre-market or post-market session. */
export const IEX_QUOTE_EXTENDED = 0x40;
/** Code of E: the opening process of a symbol is complete, and the closing process. */
export const IEX_PROCESS_OPENED = 0x4f;
export const IEX_PROCESS_CLOSED = 0x43;
