/**
 * Who hears of every booking of a fill of ours, live and while a journal is restored: lo and hi are
 * the hash of its ExecID (0 0 = it had none), side is SIDE_*, px in price units.
 */
export interface TradeWatcher {
  onBooked(
    lo: number,
    hi: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    slot: number,
    generation: number,
  ): void;
  /** A bust, or the first half of a correction: the arguments are those of the fill. */
  onTakenBack(
    lo: number,
    hi: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
  ): void;
}
