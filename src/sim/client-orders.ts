/** The order sessions' orders by ClOrdID, with what the client and the venue said of them. */
import { type FixMessage, PX_DECIMALS } from "./fix-message.ts";
import { leavesOf, type VenueOrder } from "./price-levels.ts";

export interface ClientOrder {
  readonly session: number;
  /** ClOrdIDs by which it was ever known, first to last. */
  readonly ids: string[];
  /** What the client sent, echoed in every report. */
  readonly symbolText: string;
  readonly sideText: string;
  readonly typeText: string;
  readonly account: string;
  readonly timeInForceText: string;
  /** Undefined when the order was rejected. */
  order: VenueOrder | undefined;
  /** Quantity and price as asked for, also of a rejected order. */
  qty: number;
  px: number;
  /** NewOrderSingle messages with this id. */
  received: number;
  /** Shares of fills reported beyond the order (a bad venue on purpose). */
  overfilled: number;
}

/** An order as report() shows it. */
export interface OrderReport {
  clOrdId: string;
  ids: string[];
  orderId: string;
  symbol: string;
  side: "buy" | "sell";
  state: "open" | "filled" | "canceled" | "rejected";
  qty: number;
  px: number;
  cum: number;
  leaves: number;
  received: number;
}

export class ClientOrders {
  /** Every ClOrdID of the session date, replaces included. */
  private readonly byId = new Map<string, ClientOrder>();
  /** Ids of cancels and refused replaces: used up, and no order's. */
  private readonly usedIds = new Set<string>();
  private readonly all: ClientOrder[] = [];

  constructor(readonly session: number) {}

  find(clOrdId: string): ClientOrder | undefined {
    return this.byId.get(clOrdId);
  }

  isUsed(clOrdId: string): boolean {
    return this.byId.has(clOrdId) || this.usedIds.has(clOrdId);
  }

  use(clOrdId: string): void {
    this.usedIds.add(clOrdId);
  }

  add(message: FixMessage): ClientOrder {
    const client = this.describe(message);
    this.byId.set(client.ids[0]!, client);
    this.all.push(client);
    return client;
  }

  /** A NewOrderSingle as an order that isn't in the table: to reject it. */
  describe(message: FixMessage): ClientOrder {
    return {
      session: this.session,
      ids: [message.text(11)],
      symbolText: message.text(55),
      sideText: message.text(54),
      typeText: message.text(40),
      account: message.text(1),
      timeInForceText: message.text(59),
      order: undefined,
      qty: Math.max(0, message.units(38, 0)),
      px: Math.max(0, message.units(44, PX_DECIMALS)),
      received: 1,
      overfilled: 0,
    };
  }

  /** A replace gave the order a further id. */
  alias(client: ClientOrder, clOrdId: string): void {
    client.ids.push(clOrdId);
    this.byId.set(clOrdId, client);
  }

  /** Orders that may still trade, oldest first. */
  open(): ClientOrder[] {
    return this.all.filter((client) => client.order?.level !== undefined);
  }

  report(): OrderReport[] {
    return this.all.map((client) => {
      const order = client.order;
      return {
        clOrdId: currentId(client),
        ids: client.ids,
        orderId: orderIdOf(client),
        symbol: client.symbolText,
        side: client.sideText === "1" ? "buy" : "sell",
        state: order === undefined || order.state === "new" ? "rejected" : order.state,
        qty: order?.qty ?? client.qty,
        px: order?.market === true ? 0 : (order?.px ?? client.px) / 10_000,
        cum: order?.cum ?? 0,
        leaves: order === undefined ? 0 : leavesOf(order),
        received: client.received,
      } satisfies OrderReport;
    });
  }
}

export function currentId(client: ClientOrder): string {
  return client.ids[client.ids.length - 1]!;
}

/** OrderID (37); an order that never got in has NONE. */
export function orderIdOf(client: ClientOrder | undefined): string {
  return client?.order === undefined ? "NONE" : `V${client.order.id}`;
}

/** OrdStatus (39), FIX 4.4 appendix D. */
export function ordStatusOf(client: ClientOrder): string {
  const order = client.order;
  if (order === undefined || order.state === "rejected") return "8";
  if (order.state === "filled") return "2";
  if (order.state === "canceled") return "4";
  return order.cum > 0 ? "1" : "0";
}
