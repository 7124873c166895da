/** The appliance's books of its own orders against the venue's: the first difference, "" = none. */
import type { ApplianceStatus } from "../../../src/control/status.ts";
import type { OrderReport } from "../../../src/sim/client-orders.ts";
import type { SessionReport } from "../../../src/sim/report.ts";
import type { LedgerState, OurOrder } from "./ledger.ts";

/** What comparisons look at in the simulator's report, or in another venue's. */
export type VenueFigures = Pick<
  SessionReport,
  "nextIn" | "nextOut" | "orders" | "duplicates" | "fees"
> & { positions: Pick<SessionReport["positions"][number], "symbol" | "position" | "realized">[] };

export interface OurFigures {
  ledger: LedgerState;
  symbols: string[];
  /** As the engine tells them. */
  realized: number;
  fees: number;
  positionShares: number;
  openOrders: number;
  nextOut: number;
  nextIn: number;
}

/** States here that say the same as one there. */
const SAME: Record<OrderReport["state"], readonly string[]> = {
  open: ["open"],
  filled: ["filled"],
  canceled: ["canceled", "expired"],
  rejected: ["rejected"],
};
const CENT = 0.01;
/** Currency per unit of price: the default of an instrument. */
const PRICE_UNIT = 0.0001;

export function figuresOf(
  status: ApplianceStatus,
  ledger: LedgerState,
  symbols: string[],
): OurFigures {
  const engine = status.engines[0]!;
  const session = status.sessions[0]!;
  const { realized, fees, positionShares, openOrders } = engine;
  const { nextOut, nextIn } = session;
  return { ledger, symbols, realized, fees, positionShares, openOrders, nextOut, nextIn };
}

export function difference(venue: VenueFigures, ours: OurFigures): string {
  const { ledger } = ours;
  if (ledger.unsound !== "") return `the journal is not sound: ${ledger.unsound}`;
  if (venue.duplicates.length > 0) return `sent twice: ${venue.duplicates.join(", ")}`;
  return ordersDiffer(venue, ledger) || sequencesDiffer(venue, ours) || accountsDiffer(venue, ours);
}

function ordersDiffer(venue: VenueFigures, ledger: LedgerState): string {
  const atVenue = new Map(venue.orders.map((order) => [order.ids[0]!, order]));
  if (atVenue.size !== venue.orders.length) return "the venue has two orders of one id";
  for (const theirs of venue.orders) {
    const mine = ledger.orders.get(theirs.ids[0]!);
    if (mine === undefined) return `${theirs.ids[0]}: at the venue, and we never sent it`;
    const found = orderDiffers(theirs, mine);
    if (found !== "") return `${theirs.ids[0]}: ${found}`;
  }
  for (const mine of ledger.orders.values()) {
    if (atVenue.has(mine.clOrdId)) continue;
    if (mine.state !== "never-reached") {
      return `${mine.clOrdId}: ${mine.state} here, and it never reached the venue`;
    }
    if (mine.filled !== 0) return `${mine.clOrdId}: never reached, and yet ${mine.filled} filled`;
  }
  return "";
}

function orderDiffers(theirs: OrderReport, mine: OurOrder): string {
  if (theirs.received !== 1) return `received ${theirs.received} times`;
  if (!SAME[theirs.state].includes(mine.state)) {
    return `${theirs.state} at the venue, ${mine.state} here`;
  }
  if (theirs.side !== mine.side) return `${theirs.side} at the venue, ${mine.side} here`;
  if (theirs.cum !== mine.filled) return `${theirs.cum} filled there, ${mine.filled} booked here`;
  if (theirs.state === "rejected") return "";
  if (theirs.cum !== mine.cum) return `${theirs.cum} filled at the venue, ${mine.cum} here`;
  if (theirs.leaves !== mine.leaves) {
    return `${theirs.leaves} left at the venue, ${mine.leaves} here`;
  }
  if (theirs.qty !== mine.qty) return `quantity ${theirs.qty} at the venue, ${mine.qty} here`;
  const px = Math.round(theirs.px / PRICE_UNIT);
  return px === mine.px ? "" : `price ${px} at the venue, ${mine.px} here`;
}

function sequencesDiffer(venue: VenueFigures, ours: OurFigures): string {
  const { ledger } = ours;
  if (ours.nextOut !== venue.nextIn) {
    return `we send ${ours.nextOut} next, the venue expects ${venue.nextIn}`;
  }
  if (ours.nextIn !== venue.nextOut) {
    return `we expect ${ours.nextIn} next, the venue sends ${venue.nextOut}`;
  }
  if (ledger.nextOut !== ours.nextOut || ledger.nextIn !== ours.nextIn) {
    return `the journal says out ${ledger.nextOut} in ${ledger.nextIn}, the session ${ours.nextOut} and ${ours.nextIn}`;
  }
  return "";
}

function accountsDiffer(venue: VenueFigures, ours: OurFigures): string {
  let shares = 0;
  let realized = 0;
  for (const theirs of venue.positions) {
    const index = ours.symbols.indexOf(theirs.symbol);
    const mine = ours.ledger.positions.get(index) ?? 0;
    if (mine !== theirs.position) {
      return `${theirs.symbol}: position ${theirs.position} at the venue, ${mine} here`;
    }
    shares += Math.abs(theirs.position);
    realized += theirs.realized;
  }
  if (ours.positionShares !== shares) {
    return `${shares} shares held at the venue, ${ours.positionShares} in the engine`;
  }
  if (Math.abs(ours.realized - realized) > CENT) {
    return `realised ${realized} at the venue, ${ours.realized} in the engine`;
  }
  if (Math.abs(ours.fees - venue.fees) > CENT) {
    return `fees ${venue.fees} at the venue, ${ours.fees} in the engine`;
  }
  const open = venue.orders.filter((order) => order.state === "open").length;
  if (ours.openOrders !== open) return `${open} open at the venue, ${ours.openOrders} here`;
  return "";
}
