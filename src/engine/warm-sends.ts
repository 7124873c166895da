// @hot
/**
 * Sends that end before the wire, while the market is quiet: what lies between send() and the NIC
 * stays in the caches. Only where the stream says that it has such sends; see hp_tcp_warm.
 */
import { SESSION_UP } from "../core/codes.ts";
import { ENGINE_WARM_SENDS } from "./counters.ts";

/** About an order. What stands in the send arena there is of no matter: nobody gets it. */
export const WARM_BYTES = 256;

export interface WarmStream {
  warm(length: number): number;
}

export interface WarmSession {
  readonly state: number;
  hasBacklog(): boolean;
}

export class WarmSends {
  private readonly streams: readonly WarmStream[];
  private readonly sessions: readonly WarmSession[];
  private readonly counters: Float64Array;

  /** By session, one stream each. */
  constructor(
    streams: readonly WarmStream[],
    sessions: readonly WarmSession[],
    counters: Float64Array,
  ) {
    this.streams = streams;
    this.sessions = sessions;
    this.counters = counters;
  }

  /** Not while bytes of a session wait to leave: they come first, and the stack would say no. */
  send(): void {
    for (let s = 0; s < this.sessions.length; s++) {
      const session = this.sessions[s]!;
      if (session.state !== SESSION_UP || session.hasBacklog()) continue;
      if (this.streams[s]!.warm(WARM_BYTES) > 0) this.counters[ENGINE_WARM_SENDS]!++;
    }
  }
}
