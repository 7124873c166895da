/**
 * What the ITCH 5.0 decoder calls. Numbers only.
 *
 * `handle` is what the sink put into `locates`. `feedPx` and `qty` are the wire's u32 read as int32:
 * negative means 2^31 or more, which no book here can hold. References are two int32 halves.
 * `side` is SIDE_BUY or SIDE_SELL, 0 = the message says neither. `timeNs` is ns since midnight Eastern time.
 */
export interface ItchSink {
  /** By stock locate: LOCATE_UNSEEN, LOCATE_IGNORED, or handle + 1. The sink owns it. */
  readonly locates: Int32Array;
  /** False: onAhead need not be called. */
  readonly readsAhead: boolean;
  /** R. `stock` is 8 characters as two big-endian words. */
  onDirectory(locate: number, stockHi: number, stockLo: number, roundLot: number): void;
  /** A locate that no R announced (joined late): the sink may fill `locates` in. */
  onUnseenLocate(locate: number, stockHi: number, stockLo: number): void;
  /** S */
  onSystemEvent(code: number, timeNs: number): void;
  /** H */
  onTradingAction(handle: number, state: number, timeNs: number): void;
  /** Y */
  onRegSho(handle: number, action: number, timeNs: number): void;
  /** J */
  onAuctionCollar(
    handle: number,
    reference: number,
    upper: number,
    lower: number,
    timeNs: number,
  ): void;
  /** h */
  onOperationalHalt(handle: number, market: number, action: number, timeNs: number): void;
  /** A and F */
  onAdd(
    handle: number,
    refHi: number,
    refLo: number,
    side: number,
    qty: number,
    feedPx: number,
    timeNs: number,
  ): void;
  /** E */
  onExecute(handle: number, refHi: number, refLo: number, qty: number, timeNs: number): void;
  /** C. printable: 1 counts in volume, 0 does not. */
  onExecuteAt(
    handle: number,
    refHi: number,
    refLo: number,
    qty: number,
    feedPx: number,
    printable: number,
    timeNs: number,
  ): void;
  /** X */
  onReduce(handle: number, refHi: number, refLo: number, qty: number, timeNs: number): void;
  /** D */
  onDelete(handle: number, refHi: number, refLo: number, timeNs: number): void;
  /** U */
  onReplace(
    handle: number,
    oldHi: number,
    oldLo: number,
    newHi: number,
    newLo: number,
    qty: number,
    feedPx: number,
    timeNs: number,
  ): void;
  /** P: a trade against a hidden order. side = that order's, 0 when the venue does not tell. */
  onHiddenTrade(handle: number, side: number, qty: number, feedPx: number, timeNs: number): void;
  /** Q. qty is a double below 2^53, or -1. */
  onCross(handle: number, qty: number, feedPx: number, crossType: number, timeNs: number): void;
  /** B */
  onBroken(handle: number, matchHi: number, matchLo: number, timeNs: number): void;
  /** L V W K I N O: the whole message, for sinks that want it; handle -1 for V and W. */
  onOther(handle: number, type: number, view: DataView, offset: number, timeNs: number): void;
  /** A message that names this order comes soon: see MessageDecoder.readAhead. Changes nothing. */
  onAhead(refHi: number, refLo: number): void;
  /** A message that changes a book or a status, and whose length is not the type's: it is lost. */
  onMisread(): void;
  /** Messages are missing: later ones name orders that nothing told of. */
  onLoss(): void;
  /** End of a packet: see MessageDecoder.flush. */
  flush(shown: boolean): void;
}

export const LOCATE_UNSEEN = 0;
export const LOCATE_IGNORED = -1;
