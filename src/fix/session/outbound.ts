// @hot
/** The way out of a session: numbers, messages of its own making, gathering. FixSession adds the rest. */
import type { Clock } from "../../core/clock.ts";
import { SESSION_DOWN, SESSION_SYNCING, SESSION_UP } from "../../core/codes.ts";
import { MessageBuilder } from "../codec/builder.ts";
import { UtcTime } from "../codec/utc-time.ts";
import { AdminMessages, MESSAGE_BYTES_OUT } from "./admin.ts";
import { SessionBlock } from "./block.ts";
import type { FixSessionOptions } from "./options.ts";
import { ResendMessages } from "./resend-messages.ts";
import { Sender } from "./sender.ts";
import { SentStore } from "./sent-store.ts";
import { checkArenas, NO_RECORDER } from "./setup.ts";

export class SessionOutbound {
  readonly index: number;
  readonly isAcceptor: boolean;
  /** SESSION_*; FixSession moves it. */
  state = SESSION_DOWN;
  /** hp_session of this session. */
  readonly block: SessionBlock;
  readonly sender: Sender;
  protected readonly clock: Clock;
  protected readonly counters: Float64Array;
  /** SendingTime as text; set before each message. */
  protected readonly time: UtcTime;
  protected readonly admin: AdminMessages;
  protected readonly resends: ResendMessages;

  constructor(o: FixSessionOptions) {
    checkArenas(o);
    this.index = o.index;
    this.isAcceptor = o.role === "acceptor";
    this.clock = o.clock;
    this.counters = o.counters;
    this.block = new SessionBlock(o.block);
    this.time = o.time ?? new UtcTime(o.sessionStartS, o.timestampDigits ?? 3);
    const reserved = o.txReserved ?? 0;
    const room = o.txMessageBytes ?? MESSAGE_BYTES_OUT;
    const store = o.resend === "replay" ? new SentStore(o.journal) : null;
    this.sender = new Sender(
      o.stream,
      o.journal,
      o.clock,
      o.counters,
      o.index,
      o.sequences?.nextOut ?? 1,
      reserved + room,
      o.sendDurable === "always",
      o.latency ?? NO_RECORDER,
      o.wire ?? NO_RECORDER,
      store,
      o.throttle ?? null,
    );
    const builder = new MessageBuilder(o.stream.tx, reserved, reserved + room);
    this.admin = new AdminMessages(o, builder, this.sender, this.time);
    this.resends = new ResendMessages(o, this.admin, this.sender, store, room);
  }

  /** Next MsgSeqNum to send. */
  nextOut(): number {
    return this.sender.nextOut;
  }

  /** DENY_JOURNAL when the journal is full beyond its reserve and nothing is sent any more; else 0. */
  fault(): number {
    return this.sender.fault;
  }

  isLoggedOn(): boolean {
    return this.state === SESSION_UP || this.state === SESSION_SYNCING;
  }

  hasBacklog(): boolean {
    return this.sender.hasBacklog();
  }

  /**
   * Messages gather from here until release(), and leave in one send: around each packet's callbacks.
   * burstNs and rxNs: clock and receive stamp (wall) of the packet, 0 = none.
   */
  hold(burstNs: number, rxNs: number): void {
    this.sender.burstNs = burstNs;
    this.sender.burstRxNs = rxNs;
    this.sender.hold();
  }

  release(nowNs: number): void {
    this.sender.release(nowNs);
    this.sender.burstNs = 0;
    this.sender.burstRxNs = 0;
  }
}
