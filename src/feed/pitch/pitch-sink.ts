/**
 * Consumer of decoded PITCH. Called in feed order, on the path. No allocation: numbers only. Prices
 * are wire integers with four decimals, whatever form they came in; below 0 = none that can be held
 * (negative, or 2^53 and above). Quantities are u32 read as int32: negative = above int32. Order ids
 * are two int32 halves; side is SIDE_BUY or SIDE_SELL, 0 = the message says neither; symbols two big-endian words, 8 characters, space padded. timeNs: ns since
 * midnight of the venue, NO_TIME before the first time message; see PitchDecoder.isTimeSure.
 */
export interface PitchSink {
  onAdd(
    symbolHi: number,
    symbolLo: number,
    idHi: number,
    idLo: number,
    side: number,
    qty: number,
    feedPx: number,
    timeNs: number,
  ): void;
  onExecute(idHi: number, idLo: number, qty: number, timeNs: number): void;
  /** 0x24: at a price of its own; `remaining` is what rests from now on, whatever was there. */
  onExecuteAt(
    idHi: number,
    idLo: number,
    qty: number,
    remaining: number,
    feedPx: number,
    timeNs: number,
  ): void;
  /** qty: what is taken away. */
  onReduce(idHi: number, idLo: number, qty: number, timeNs: number): void;
  /** The order keeps its id and side. keepsPriority: 1 = its place in time, too. */
  onModify(
    idHi: number,
    idLo: number,
    qty: number,
    feedPx: number,
    keepsPriority: number,
    timeNs: number,
  ): void;
  onDelete(idHi: number, idLo: number, timeNs: number): void;
  /** Against an order that is not displayed: no book changes. side: as the message has it. */
  onTrade(
    symbolHi: number,
    symbolLo: number,
    side: number,
    qty: number,
    feedPx: number,
    timeNs: number,
  ): void;
  onBroken(executionHi: number, executionLo: number, timeNs: number): void;
  /** 0x31. regSho and globalHours: 0 where the edition has no such field. */
  onTradingStatus(
    symbolHi: number,
    symbolLo: number,
    state: number,
    regSho: number,
    globalHours: number,
    timeNs: number,
  ): void;
  /** 0x97: every order of the unit is gone. */
  onUnitClear(timeNs: number): void;
  /**
   * All else: auctions, retail price improvement, mappings, end of session. The whole message, for
   * sinks that want it.
   */
  onOther(type: number, view: DataView, offset: number, timeNs: number): void;
  /** Messages were lost for good: the books may be wrong from here on. */
  onLoss(): void;
  /** A message of a known type whose length is not the type's: what it would have changed is lost. */
  onMisread(): void;
  /** See MessageDecoder.takesDoubt. */
  takesDoubt(): boolean;
  /** A message that names this order comes soon. Changes nothing. */
  onAhead(idHi: number, idLo: number): void;
  /** False: onAhead would be no help, and need not be called. */
  readonly readsAhead: boolean;
  /** End of a packet: see MessageDecoder.flush. */
  flush(shown: boolean): void;
}

export const NO_TIME = -1;
