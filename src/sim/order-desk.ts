/** Order entry: what clients ask for, put to the matching engine, and what happens there, told to them. */
import { Accounts } from "./accounts.ts";
import { type ClientOrder, ClientOrders, currentId } from "./client-orders.ts";
import type { DeskSession } from "./desk-session.ts";
import {
  businessReject,
  cancelReject,
  executionReport,
  massCancelReport,
  type ReportDetails,
  unknownOrderReport,
} from "./execution-report.ts";
import { type Fields, type FixMessage, NOT_A_NUMBER, PX_DECIMALS } from "./fix-message.ts";
import type { FixApplication } from "./fix-session.ts";
import type { Matcher, Refusal } from "./matching.ts";
import { newOrderOf } from "./new-order.ts";
import type { VenueOrder } from "./price-levels.ts";

export interface DeskCounters {
  orders: number;
  duplicateIds: number;
  rejected: number;
  cancels: number;
  replaces: number;
  cancelRejects: number;
  statusRequests: number;
  fills: number;
  canceledOnDisconnect: number;
  /** Read and not answered: a silent venue. */
  ignored: number;
}

export interface DeskOptions {
  engine: () => Matcher;
  symbols: readonly string[];
  /** Currency per share; negative = rebate. */
  makerFee: number;
  takerFee: number;
  /** Hears every ExecutionReport about an order: drop copies. */
  onReport?: (fields: Fields) => void;
  /** Accept only an order's latest ClOrdID in OrigClOrdID (41). */
  strictOrigId: boolean;
}

/** OrdRejReason (103), FIX 4.4. */
const REJECT_REASON: Record<Refusal, number> = {
  "unknown-symbol": 1,
  "not-trading": 2,
  "would-cross": 99,
  quantity: 13,
  price: 99,
  tick: 99,
  "short-sale": 99,
  "too-late": 4,
};
const REASON_DUPLICATE_ORDER = 6;
const REASON_UNSUPPORTED = 11;
const REASON_OTHER = 99;
/** CxlRejReason (102). */
const TOO_LATE = 0;
const UNKNOWN_ORDER = 1;
const CANCEL_REJECT_OTHER = 99;
const DUPLICATE_CANCEL_ID = 6;

/** One side of a match, for a bust. */
interface Fill {
  client: ClientOrder;
  order: VenueOrder;
  px: number;
  qty: number;
  fee: number;
  execId: string;
}

/** A match that was undone. */
export interface Busted {
  match: number;
  symbol: number;
  px: number;
  qty: number;
}

export class OrderDesk implements FixApplication {
  readonly counters: DeskCounters = {
    orders: 0,
    duplicateIds: 0,
    rejected: 0,
    cancels: 0,
    replaces: 0,
    cancelRejects: 0,
    statusRequests: 0,
    fills: 0,
    canceledOnDisconnect: 0,
    ignored: 0,
  };
  private readonly sessions: DeskSession[] = [];
  private readonly orders: ClientOrders[] = [];
  private readonly accounts: Accounts[] = [];
  /** Venue order id to client order. */
  private readonly byVenueId = new Map<number, ClientOrder>();
  private readonly symbolIndex: Map<string, number>;
  private entering: ClientOrder | undefined;
  /** The replace under way: its report carries the new id. */
  private replacing: { client: ClientOrder; clOrdId: string; origClOrdId: string } | undefined;
  /** The cancel under way. */
  private canceling: { clOrdId: string; origClOrdId: string } | undefined;
  private cancelText = "";
  private nextExec = 1;
  /** Clients' fills by match number. */
  private readonly fills = new Map<number, Fill[]>();

  constructor(private readonly options: DeskOptions) {
    this.symbolIndex = new Map(options.symbols.map((symbol, index) => [symbol, index]));
  }

  ordersOf(session: DeskSession): ClientOrders {
    this.sessions[session.index] ??= session;
    this.orders[session.index] ??= new ClientOrders(session.index);
    return this.orders[session.index]!;
  }

  accountsOf(session: DeskSession): Accounts {
    this.accounts[session.index] ??= new Accounts();
    return this.accounts[session.index]!;
  }

  onOrderMessage(session: DeskSession, message: FixMessage): void {
    this.ordersOf(session);
    if (session.faults.silent) {
      this.counters.ignored++;
      return;
    }
    switch (message.type) {
      case "D":
        this.onNew(session, message);
        return;
      case "F":
        this.onCancel(session, message);
        return;
      case "G":
        this.onReplace(session, message);
        return;
      case "q":
        this.onMassCancel(session, message);
        return;
      case "H":
        this.onStatusRequest(session, message);
        return;
      default:
        session.send("j", businessReject(message, 3, "unsupported message type"));
    }
  }

  /** Cancel on disconnect: the reports wait in the session for the next logon. */
  onDisconnect(session: DeskSession): void {
    this.cancelText = "cancel on disconnect";
    for (const client of this.ordersOf(session).open()) {
      if (this.options.engine().cancel(client.order!)) this.counters.canceledOnDisconnect++;
    }
    this.cancelText = "";
  }

  /** Makes an order smaller in all, as OUCH's cancel does; how many shares came off. */
  reduce(session: DeskSession, clOrdId: string, qty: number): number {
    const order = this.ordersOf(session).find(clOrdId)?.order;
    if (order?.level === undefined || qty >= order.qty) return 0;
    const before = order.qty;
    if (qty <= order.cum || this.options.engine().replace(order, qty, order.px) !== undefined) {
      return 0;
    }
    return before - qty;
  }

  /** Cancels without being asked: one order, or all that a client has. The count. */
  cancelUnsolicited(session: DeskSession, clOrdId?: string): number {
    const orders = this.ordersOf(session).open();
    const chosen = orders.filter((c) => clOrdId === undefined || c.ids.includes(clOrdId));
    this.cancelText = "canceled by the venue";
    for (const client of chosen) this.options.engine().cancel(client.order!);
    this.cancelText = "";
    return chosen.length;
  }

  /**
   * Busts the last match of a client whose orders are all done, for every client in it: ExecType H
   * with the fill's ExecID in ExecRefID. Undefined when there is none.
   */
  bust(session: DeskSession): Busted | undefined {
    const isDone = (fill: Fill) => fill.order.level === undefined;
    const found = [...this.fills].findLast(
      ([, fills]) => fills.some((f) => f.client.session === session.index) && fills.every(isDone),
    );
    if (found === undefined) return undefined;
    const [match, fills] = found;
    this.fills.delete(match);
    for (const { client, order, px, qty, fee, execId } of fills) {
      order.cum -= qty;
      order.notional -= px * qty;
      order.state = "canceled";
      const accounts = this.accountsOf(this.sessions[client.session]!);
      accounts.onBust(order.symbol, order.side, px, qty, fee);
      this.tell(client, { execType: "H", execRefId: execId, lastQty: qty, lastPx: px });
    }
    const { order, px, qty } = fills[0]!;
    return { match, symbol: order.symbol, px, qty };
  }

  // ---- what the matching engine tells ---------------------------------------------------------

  accepted(order: VenueOrder): void {
    const client = this.entering;
    if (order.owner === 0 || client === undefined) return;
    client.order = order;
    this.byVenueId.set(order.id, client);
    this.tell(client, { execType: "0" });
    if (this.sessions[client.session]!.faults.ackTwice) this.tell(client, { execType: "0" });
  }

  traded(order: VenueOrder, px: number, qty: number, liquidity: 1 | 2, match: number): void {
    const client = this.byVenueId.get(order.id);
    if (client === undefined) return;
    const session = this.sessions[client.session]!;
    const fee = liquidity === 1 ? this.options.makerFee : this.options.takerFee;
    this.accountsOf(session).onFill(order.symbol, order.side, px, qty, fee);
    this.counters.fills++;
    const details = { execType: "F", lastQty: qty, lastPx: px, liquidity };
    const execId = this.tell(client, details);
    const fills = this.fills.get(match) ?? [];
    this.fills.set(match, fills);
    fills.push({ client, order, px, qty, fee, execId });
    if (session.faults.overfill && order.state === "filled") {
      client.overfilled += qty;
      this.tell(client, details);
    }
  }

  replaced(order: VenueOrder): void {
    const replacing = this.replacing;
    if (replacing === undefined || replacing.client.order !== order) return;
    const { client, clOrdId, origClOrdId } = replacing;
    this.orders[client.session]!.alias(client, clOrdId);
    this.tell(client, { execType: "5", origClOrdId });
  }

  canceled(order: VenueOrder): void {
    const client = this.byVenueId.get(order.id);
    if (client === undefined) return;
    const text = this.cancelText === "" ? {} : { text: this.cancelText };
    this.tell(client, { execType: "4", ...this.canceling, ...text });
  }

  // ---- requests -------------------------------------------------------------------------------

  private onNew(session: DeskSession, message: FixMessage): void {
    const orders = this.orders[session.index]!;
    const clOrdId = message.text(11);
    this.counters.orders++;
    if (clOrdId === "" || !message.has(55) || !message.has(54)) {
      session.send("j", businessReject(message, 5, "ClOrdID, Symbol or Side missing"));
      return;
    }
    const known = orders.find(clOrdId);
    if (orders.isUsed(clOrdId)) {
      this.onDuplicate(session, message, known);
      return;
    }
    const client = orders.add(message);
    const symbol = this.symbolIndex.get(message.text(55)) ?? -1;
    const request = newOrderOf(message, session.index + 1, symbol);
    if (session.faults.rejectAll) this.rejectNew(client, REASON_OTHER, "rejected by request");
    else if (request === undefined) {
      this.rejectNew(client, REASON_UNSUPPORTED, "side, type or time in force not supported");
    } else {
      this.entering = client;
      const result = this.options.engine().submit(request);
      this.entering = undefined;
      if (typeof result === "string") this.rejectNew(client, REJECT_REASON[result], result);
    }
  }

  private onDuplicate(
    session: DeskSession,
    message: FixMessage,
    known: ClientOrder | undefined,
  ): void {
    this.counters.duplicateIds++;
    if (known !== undefined) known.received++;
    const shown = this.orders[session.index]!.describe(message);
    this.rejectNew(shown, REASON_DUPLICATE_ORDER, "duplicate ClOrdID");
  }

  private rejectNew(client: ClientOrder, rejectReason: number, text: string): void {
    this.counters.rejected++;
    this.tell(client, { execType: "8", rejectReason, text });
  }

  private onCancel(session: DeskSession, message: FixMessage): void {
    this.counters.cancels++;
    const target = this.targetOf(session, message, 1);
    if (target === undefined) return;
    this.orders[session.index]!.use(message.text(11));
    this.canceling = { clOrdId: message.text(11), origClOrdId: message.text(41) };
    const done = this.options.engine().cancel(target.order!);
    this.canceling = undefined;
    if (!done) this.refuse(session, message, target, 1, TOO_LATE, "too late to cancel");
  }

  private onReplace(session: DeskSession, message: FixMessage): void {
    this.counters.replaces++;
    const target = this.targetOf(session, message, 2);
    if (target === undefined) return;
    const qty = message.units(38, 0);
    const px = message.has(44) ? message.units(44, PX_DECIMALS) : target.order!.px;
    if (qty === NOT_A_NUMBER || px === NOT_A_NUMBER) {
      this.refuse(session, message, target, 2, CANCEL_REJECT_OTHER, "quantity or price");
      return;
    }
    const clOrdId = message.text(11);
    this.orders[session.index]!.use(clOrdId);
    this.replacing = { client: target, clOrdId, origClOrdId: message.text(41) };
    const refusal = this.options.engine().replace(target.order!, qty, px);
    this.replacing = undefined;
    if (refusal === undefined) return;
    const reason = refusal === "too-late" ? TOO_LATE : CANCEL_REJECT_OTHER;
    this.refuse(session, message, target, 2, reason, refusal);
  }

  /** The order that a cancel or replace is about; undefined when it was refused here. */
  private targetOf(
    session: DeskSession,
    message: FixMessage,
    responseTo: 1 | 2,
  ): ClientOrder | undefined {
    const orders = this.orders[session.index]!;
    const client = orders.find(message.text(41));
    if (session.faults.rejectAll) {
      this.refuse(session, message, client, responseTo, CANCEL_REJECT_OTHER, "rejected by request");
    } else if (message.text(11) === "" || orders.isUsed(message.text(11))) {
      this.refuse(session, message, client, responseTo, DUPLICATE_CANCEL_ID, "duplicate ClOrdID");
    } else if (client === undefined) {
      this.refuse(session, message, client, responseTo, UNKNOWN_ORDER, "unknown order");
    } else if (this.options.strictOrigId && currentId(client) !== message.text(41)) {
      this.refuse(session, message, client, responseTo, UNKNOWN_ORDER, "OrigClOrdID was replaced");
    } else if (client.order === undefined) {
      this.refuse(session, message, client, responseTo, TOO_LATE, "the order was rejected");
    } else return client;
    return undefined;
  }

  private refuse(
    session: DeskSession,
    message: FixMessage,
    client: ClientOrder | undefined,
    responseTo: 1 | 2,
    reason: number,
    text: string,
  ): void {
    this.counters.cancelRejects++;
    session.send("9", cancelReject(message, client, responseTo, reason, text));
  }

  /** MassCancelRequestType (530): 1 = one security, 7 = everything. */
  private onMassCancel(session: DeskSession, message: FixMessage): void {
    const type = message.text(530);
    if (type !== "1" && type !== "7") {
      session.send("j", businessReject(message, 0, "MassCancelRequestType not supported"));
      return;
    }
    this.orders[session.index]!.use(message.text(11));
    let affected = 0;
    for (const client of this.orders[session.index]!.open()) {
      if (type === "1" && client.symbolText !== message.text(55)) continue;
      if (this.options.engine().cancel(client.order!)) affected++;
    }
    session.send("r", massCancelReport(message, `M${this.nextExec++}`, affected));
  }

  private onStatusRequest(session: DeskSession, message: FixMessage): void {
    this.counters.statusRequests++;
    const clOrdId = message.text(11);
    const client = this.orders[session.index]!.find(clOrdId);
    if (client === undefined) session.send("8", unknownOrderReport(message, this.execId()));
    else this.tell(client, { execType: "I", clOrdId });
  }

  /** Sends a report, and gives its ExecID. */
  private tell(client: ClientOrder, details: Omit<ReportDetails, "execId">): string {
    const execId = this.execId();
    const fields = executionReport(client, { ...details, execId });
    this.sessions[client.session]!.send("8", fields);
    this.options.onReport?.(fields);
    return execId;
  }

  private execId(): string {
    return `X${this.nextExec++}`;
  }
}
