/**
 * An OUCH 5.0 session as the venue keeps it: numbers and sequenced messages outlive connections. In
 * front of it stands the same order desk as behind FIX: orders go to it as FIX messages whose ClOrdID
 * is the UserRefNum, its reports come back as OUCH.
 */
import {
  SOUP_NO_SESSION,
  SOUP_NOT_AUTHORIZED,
  writeSoupAccepted,
  writeSoupRejected,
} from "../net/soup/soup-login.ts";
import * as P from "../net/soup/soup-packets.ts";
import { describeOuch, type OuchRecord } from "../ouch/ouch-fields.ts";
import type { VenueSession } from "./desk-session.ts";
import { noFaults, type VenueFaults } from "./faults.ts";
import { type Fields, PX_DECIMALS } from "./fix-message.ts";
import type { SessionCounters } from "./fix-session.ts";
import type { OrderDesk } from "./order-desk.ts";
import type { OuchConnection } from "./ouch-connection.ts";
import * as M from "./ouch-message.ts";
import type { SimClock } from "./transport.ts";

export interface OuchSessionOptions {
  index: number;
  /** Username of the client. */
  clientCompId: string;
  password: string;
  /** Name of the SoupBinTCP session. */
  session: string;
  clock: SimClock;
  desk: OrderDesk;
}

/** Refusals of a replace that show that it could never be: the order goes with it. */
const INVALID = ["quantity", "price", "tick"];
/** Rejected order reasons. */
const REASON_OTHER = 0x0001;

export class OuchSession implements VenueSession {
  readonly index: number;
  faults: VenueFaults = noFaults();
  readonly counters: SessionCounters = {
    logons: 0,
    disconnects: 0,
    garbled: 0,
    received: 0,
    resendRequestsSent: 0,
    resendRequestsReceived: 0,
    rejects: 0,
    possDups: 0,
  };
  private connection: OuchConnection | undefined;
  private readonly sent: Uint8Array[] = [];
  /** Highest UserRefNum taken. */
  private highest = 0;
  private cancels = 0;
  private readonly echoes = new Map<number, M.OuchEcho>();
  /** The replace under way, and whether its order is to go with it. */
  private replacing: OuchRecord | undefined;
  private isInvalid = false;
  private readonly delayed: { dueMs: number; message: OuchRecord }[] = [];
  private sentMs = 0;
  private heardMs = 0;

  constructor(readonly options: OuchSessionOptions) {
    this.index = options.index;
  }

  get isConnected(): boolean {
    return this.connection !== undefined;
  }

  /** Next UserRefNum that is taken. */
  get nextIn(): number {
    return this.highest + 1;
  }

  /** Number of the next sequenced message. */
  get nextOut(): number {
    return this.sent.length + 1;
  }

  /** The client's own id of the order that the desk knows by a UserRefNum. */
  nameOf(id: string): string {
    return this.echoes.get(Number(id))?.clordid ?? id;
  }

  setFaults(faults: Partial<VenueFaults>): void {
    this.faults = { ...this.faults, ...faults };
    if (faults.stallReading !== undefined) this.connection?.transport.pause(faults.stallReading);
  }

  drop(): void {
    this.connection?.close();
  }

  /** The first packet of a connection. sequence: first message wanted, 0 = from now on. */
  login(connection: OuchConnection, password: string, session: string, sequence: number): boolean {
    const isSession = session === "" || session === this.options.session;
    if (password !== this.options.password || !isSession || sequence < 0) {
      const reason = isSession ? SOUP_NOT_AUTHORIZED : SOUP_NO_SESSION;
      const bytes = new Uint8Array(8);
      connection.send(bytes.subarray(0, writeSoupRejected(bytes, 0, reason)));
      connection.close();
      return false;
    }
    this.connection?.close();
    this.connection = connection;
    this.counters.logons++;
    this.heardMs = this.nowMs();
    const from = sequence === 0 ? this.nextOut : Math.min(sequence, this.nextOut);
    const bytes = new Uint8Array(64);
    this.transmit(bytes.subarray(0, writeSoupAccepted(bytes, 0, this.options.session, from)));
    for (let seq = from; seq < this.nextOut; seq++) this.packet("S", this.sent[seq - 1]!);
    return true;
  }

  onPacket(type: number, payload: Uint8Array): void {
    this.heardMs = this.nowMs();
    if (type === P.SOUP_LOGOUT) this.connection?.close();
    if (type !== P.SOUP_UNSEQUENCED) return;
    this.counters.received++;
    const message = describeOuch("in", payload, 0, payload.length);
    const delayMs = this.faults.slowAckMs;
    if (message === undefined) this.counters.garbled++;
    else if (delayMs > 0 || this.delayed.length > 0) {
      this.delayed.push({ dueMs: this.nowMs() + delayMs, message });
    } else this.take(message);
  }

  private take(message: OuchRecord): void {
    if (this.faults.silent && message.type !== "Q") this.options.desk.counters.ignored++;
    else this.onMessage(message);
  }

  /** The connection is gone, from whichever side. */
  onClosed(connection: OuchConnection): void {
    if (connection !== this.connection) return;
    this.release(Number.POSITIVE_INFINITY);
    this.connection = undefined;
    this.counters.disconnects++;
    this.options.desk.onDisconnect(this);
  }

  /** Messages that were delayed, and are due. */
  private release(nowMs: number): void {
    while (this.delayed.length > 0 && this.delayed[0]!.dueMs <= nowMs) {
      this.take(this.delayed.shift()!.message);
    }
  }

  poll(): void {
    this.release(this.nowMs());
    if (this.connection === undefined) return;
    if (this.nowMs() - this.heardMs > P.SOUP_DEAD_MS) this.connection.close();
    else if (this.nowMs() - this.sentMs > P.SOUP_HEARTBEAT_MS) this.packet("H", new Uint8Array(0));
  }

  end(): void {
    this.packet("Z", new Uint8Array(0));
    this.connection?.close();
  }

  private onMessage(message: OuchRecord): void {
    const ref = Number(message["user_ref_num"] ?? 0);
    switch (message.type) {
      case "O":
        // A number that was used: ignored, so that an order may be sent again without harm.
        if (ref <= this.highest) return;
        this.highest = ref;
        this.echoes.set(ref, M.echoOf(message));
        this.options.desk.onOrderMessage(this, M.newOrder(message));
        return;
      case "U":
        this.onReplace(message, ref);
        return;
      case "X":
        this.onCancel(ref, Number(message["quantity"]));
        return;
      case "Q":
        this.sequence(this.writer("Q").u32(this.nextIn).done());
    }
  }

  private onReplace(message: OuchRecord, ref: number): void {
    const orig = Number(message["orig_user_ref_num"]);
    const echo = this.echoes.get(orig);
    if (echo === undefined || ref <= this.highest || !this.isLive(orig)) return;
    this.highest = ref;
    this.echoes.set(ref, M.replacedEcho(echo, message));
    this.replacing = message;
    this.isInvalid = false;
    this.options.desk.onOrderMessage(this, M.replaceRequest(message));
    this.replacing = undefined;
    if (this.isInvalid) this.options.desk.cancelUnsolicited(this, String(orig));
  }

  private onCancel(ref: number, quantity: number): void {
    if (!this.isLive(ref)) return;
    const cut = quantity === 0 ? 0 : this.options.desk.reduce(this, String(ref), quantity);
    if (cut > 0) this.canceled(ref, cut, "U");
    else if (quantity === 0 || this.mustGo(ref, quantity)) {
      this.options.desk.onOrderMessage(this, M.cancelRequest(ref, `X${++this.cancels}`));
    }
  }

  /** True when no more than `quantity` may trade and that much has. */
  private mustGo(ref: number, quantity: number): boolean {
    const order = this.options.desk.ordersOf(this).find(String(ref))?.order;
    return order !== undefined && quantity <= order.cum;
  }

  /** True for the number by which an order that may trade is known now. */
  private isLive(ref: number): boolean {
    const client = this.options.desk.ordersOf(this).find(String(ref));
    return client?.order?.level !== undefined && client.ids.at(-1) === String(ref);
  }

  /** What the desk says in FIX. */
  send(type: string, fields: Fields): void {
    const of = new Map(fields.map(([tag, value]) => [tag, String(value)]));
    const text = (tag: number) => of.get(tag) ?? "";
    if (type === "8") this.report(text);
    else if (type === "9") this.refused(text);
  }

  private report(text: (tag: number) => string): void {
    const ref = Number(text(11));
    switch (text(150)) {
      case "0":
        this.sequence(this.state(this.writer("A").u32(ref), ref, Number(text(38)), text).done());
        return;
      case "5": {
        // What is open of it: the size that was asked for counts what has traded.
        const writer = this.writer("U")
          .u32(Number(text(41)))
          .u32(ref);
        this.sequence(this.state(writer, ref, Number(text(151)), text).done());
        return;
      }
      case "4": {
        const isAsked = text(41) !== "";
        const reason = isAsked ? "U" : text(58) === "" ? "I" : "S";
        this.canceled(
          isAsked ? Number(text(41)) : ref,
          Number(text(38)) - Number(text(14)),
          reason,
        );
        return;
      }
      case "8":
        this.rejected(ref);
        return;
      case "F": {
        const writer = this.writer("E")
          .u32(ref)
          .u32(Number(text(32)))
          .u64(unitsOf(text(31)));
        writer
          .text(text(851) === "2" ? "R" : "A", 1)
          .u64(matchOf(text(17)))
          .u16(0);
        this.sequence(writer.done());
        return;
      }
      case "H": {
        const writer = this.writer("B")
          .u32(ref)
          .u64(matchOf(text(19)))
          .text("E", 1);
        this.sequence(writer.text(this.echoes.get(ref)?.clordid ?? "", 14).done());
      }
    }
  }

  /** OrderCancelReject: OUCH passes over a cancel that comes too late. */
  private refused(text: (tag: number) => string): void {
    const isAsked = text(58) === "rejected by request";
    if (text(434) === "2") {
      if (INVALID.includes(text(58))) this.isInvalid = true;
      else if (this.replacing !== undefined) this.rejected(Number(text(11)));
    } else if (isAsked)
      this.sequence(
        this.writer("I")
          .u32(Number(text(41)))
          .done(),
      );
  }

  private rejected(ref: number): void {
    this.counters.rejects++;
    const writer = this.writer("J").u32(ref).u16(REASON_OTHER);
    this.sequence(writer.text(this.echoes.get(ref)?.clordid ?? "", 14).done());
  }

  private canceled(ref: number, shares: number, reason: string): void {
    this.sequence(this.writer("C").u32(ref).u32(shares).text(reason, 1).done());
  }

  /** From the side to the end of A and U. */
  private state(
    writer: M.OuchWriter,
    ref: number,
    quantity: number,
    text: (tag: number) => string,
  ): M.OuchWriter {
    const echo = this.echoes.get(ref)!;
    return writer
      .text(echo.side, 1)
      .u32(quantity)
      .text(echo.symbol, 8)
      .u64(unitsOf(text(44)))
      .text(echo.timeInForce, 1)
      .text(echo.display, 1)
      .u64(Number(text(37).slice(1)))
      .text(echo.capacity, 1)
      .text(echo.interMarketSweep, 1)
      .text(echo.crossType, 1)
      .text("L", 1)
      .text(echo.clordid, 14)
      .u16(0);
  }

  private writer(type: string): M.OuchWriter {
    return new M.OuchWriter(type, this.options.clock.nowNs());
  }

  /** Stores a message under the next number, and sends it to who is there. */
  private sequence(message: Uint8Array): void {
    this.sent.push(message);
    this.packet("S", message);
  }

  private packet(type: string, payload: Uint8Array): void {
    const bytes = new Uint8Array(P.SOUP_HEADER_BYTES + payload.length);
    P.writeSoupPacket(bytes, 0, type.charCodeAt(0), payload, 0, payload.length);
    this.transmit(bytes);
  }

  private transmit(bytes: Uint8Array): void {
    this.sentMs = this.nowMs();
    this.connection?.send(bytes);
  }

  private nowMs(): number {
    return this.options.clock.nowNs() / 1e6;
  }
}

/** "101.5000" to 1015000. */
function unitsOf(px: string): number {
  return Math.round(Number(px) * 10 ** PX_DECIMALS);
}

/** ExecIDs of the desk are X and a number, which serves as the match number. */
function matchOf(execId: string): number {
  return Number(execId.slice(1));
}
