/** Small lies, each of which the comparison with the venue must see. */
import type { SessionReport } from "../../../src/sim/report.ts";
import type { OurFigures } from "./compare.ts";

export interface Spoil {
  what: string;
  spoil(venue: SessionReport, ours: OurFigures): void;
}

export const SPOILS: Spoil[] = [
  {
    what: "an order sent twice",
    spoil: (venue) => {
      venue.orders[0]!.received = 2;
    },
  },
  {
    what: "an id that the venue calls a duplicate",
    spoil: (venue) => venue.duplicates.push(venue.orders[0]!.ids[0]!),
  },
  {
    what: "an order that we forgot",
    spoil: (venue, ours) => ours.ledger.orders.delete(venue.orders[0]!.ids[0]!),
  },
  {
    what: "an order that the venue never got and we think is done",
    spoil: (venue) => venue.orders.splice(0, 1),
  },
  {
    what: "an order of unknown fate",
    spoil: (venue, ours) => {
      ours.ledger.orders.get(venue.orders.at(-1)!.ids[0]!)!.state = "unknown";
    },
  },
  {
    what: "a fill that we missed",
    spoil: (venue, ours) => {
      const filled = venue.orders.find((order) => order.cum > 0)!;
      ours.ledger.orders.get(filled.ids[0]!)!.filled -= 100;
    },
  },
  {
    what: "a fill booked twice",
    spoil: (_, ours) => {
      ours.ledger.positions.set(0, (ours.ledger.positions.get(0) ?? 0) + 100);
    },
  },
  {
    what: "a number that we would send again",
    spoil: (_, ours) => {
      ours.nextOut--;
    },
  },
  {
    what: "a message of the venue that we have not counted",
    spoil: (venue) => {
      venue.nextOut++;
    },
  },
  {
    what: "a journal that says another number than the session",
    spoil: (_, ours) => {
      ours.ledger.nextIn++;
    },
  },
  {
    what: "realised P&L off by a dime",
    spoil: (_, ours) => {
      ours.realized += 0.1;
    },
  },
  {
    what: "fees off by a dime",
    spoil: (_, ours) => {
      ours.fees -= 0.1;
    },
  },
  {
    what: "shares that the engine holds and the venue does not",
    spoil: (_, ours) => {
      ours.positionShares += 100;
    },
  },
  {
    what: "an order still open here",
    spoil: (_, ours) => {
      ours.openOrders++;
    },
  },
  {
    what: "another quantity left",
    spoil: (venue, ours) => {
      const order = venue.orders.findLast((o) => o.state === "canceled")!;
      ours.ledger.orders.get(order.ids[0]!)!.leaves += 100;
    },
  },
  {
    what: "a journal with a hole",
    spoil: (_, ours) => {
      ours.ledger.unsound = "number 12 follows 10";
    },
  },
];
