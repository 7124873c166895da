/**
 * What the simulator needs of the outside: datagrams out on two lines, datagrams in and out for
 * re-requests, byte connections for FIX, and time. Real sockets are in sockets.ts; tests and replay
 * put their own here.
 */

/** Time as the simulator sees it. */
export interface SimClock {
  /** ns since midnight of the session date, monotonic. */
  nowNs(): number;
  /** ms since 1970, for FIX timestamps. */
  wallMs(): number;
}

/** Sends feed packets. `bytes` is only valid during the call. */
export interface FeedTransport {
  send(line: number, bytes: Uint8Array): void;
}

/** Answers a re-request. `bytes` is only valid during the call. */
export type Reply = (bytes: Uint8Array) => void;

/** The venue's end of one FIX connection. It never calls its FixPeer from within send(). */
export interface FixTransport {
  /** Queues bytes behind what waits already. `bytes` is only valid during the call. */
  send(bytes: Uint8Array): void;
  /** Closes, after what is queued has gone out. */
  close(): void;
  /** Stops reading (true), so that the peer's bytes pile up, or goes on. */
  pause(paused: boolean): void;
}

/** What a FIX connection tells the acceptor. Made by the acceptor, one per connection. */
export interface FixPeer {
  onData(bytes: Uint8Array): void;
  onClose(): void;
}

/** A clock that stands still until somebody moves it. */
export class ManualSimClock implements SimClock {
  /** startMs: wall time at midnight of the session date. */
  constructor(
    public timeNs = 0,
    private readonly startMs = Date.UTC(2026, 10, 20),
  ) {}

  nowNs(): number {
    return this.timeNs;
  }

  wallMs(): number {
    return this.startMs + this.timeNs / 1e6;
  }
}

/** Wall time at start, monotonic from there. Midnight is UTC's, of the day of the start. */
export class LiveSimClock implements SimClock {
  private readonly midnightMs: number;
  private readonly startMs: number;
  private readonly started: number;

  constructor() {
    this.startMs = Date.now();
    this.midnightMs = Math.floor(this.startMs / 86_400_000) * 86_400_000;
    this.started = Bun.nanoseconds();
  }

  nowNs(): number {
    return (this.startMs - this.midnightMs) * 1e6 + (Bun.nanoseconds() - this.started);
  }

  wallMs(): number {
    return this.startMs + (Bun.nanoseconds() - this.started) / 1e6;
  }
}
