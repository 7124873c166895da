// @hot
/** Heartbeats both ways (FIX 4.4 volume 2): ours when we are quiet, a TestRequest when the peer is. */
import type { AdminMessages } from "./admin.ts";
import type { FixSessionOptions } from "./options.ts";
import type { Sender } from "./sender.ts";
import type { SessionSequence } from "./sequence.ts";

const NS_PER_S = 1e9;
/** Silence of so many heartbeats is asked about, of twice as many ends the connection. */
const ASK_AFTER = 1.2;

/** Results of check(). */
export const PEER_ALIVE = 0;
export const PEER_SILENT = 1;
export const PEER_NOT_SENT = 2;

export class Liveness {
  private readonly admin: AdminMessages;
  private readonly sender: Sender;
  private readonly sequence: SessionSequence;
  private readonly askAfter: number;
  private lastInNs = 0;
  private isAsked = false;

  constructor(
    o: FixSessionOptions,
    admin: AdminMessages,
    sender: Sender,
    sequence: SessionSequence,
  ) {
    this.askAfter = o.testRequestFactor ?? ASK_AFTER;
    this.admin = admin;
    this.sender = sender;
    this.sequence = sequence;
  }

  /** Anything came in. */
  heard(nowNs: number): void {
    this.lastInNs = nowNs;
    this.isAsked = false;
  }

  /** While an answer to our TestRequest is awaited, it stands for our heartbeat too. */
  check(heartbeatS: number, nowNs: number): number {
    const heartbeatNs = heartbeatS * NS_PER_S;
    const silentNs = nowNs - this.lastInNs;
    if (silentNs > 2 * this.askAfter * heartbeatNs) return PEER_SILENT;
    if (this.isAsked) return PEER_ALIVE;
    let isSent = true;
    if (silentNs > this.askAfter * heartbeatNs) {
      this.isAsked = true;
      isSent = this.admin.testRequest(this.sequence.nextIn, nowNs);
    } else if (nowNs - this.sender.lastNs >= heartbeatNs) {
      isSent = this.admin.heartbeat(this.sequence.nextIn, nowNs);
    }
    return isSent ? PEER_ALIVE : PEER_NOT_SENT;
  }
}
