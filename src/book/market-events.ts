/** What the books tell the engine at the end of a packet. Numbers only. */
export interface MarketEvents {
  /** Once per changed instrument. changed: CHANGED_* bits. */
  onBook(instrument: number, changed: number): void;
  /**
   * In feed order, before onBook. Price in units. aggressor: SIDE_BUY or SIDE_SELL, the side that
   * took; 0 = the venue does not tell (cross, anonymous hidden order).
   */
  onTrade(instrument: number, px: number, qty: number, aggressor: number): void;
  /** STATUS_* with its flag bits. */
  onStatus(instrument: number, status: number): void;
}

// Books shift BID to ASK and BEST to DEPTH.
export const CHANGED_BID = 1;
export const CHANGED_ASK = 2;
/** The best level of a changed side has another price, quantity or count. */
export const CHANGED_BEST = 4;
/** A level behind the best changed. */
export const CHANGED_DEPTH = 8;
export const CHANGED_ALL = 15;
