// @hot
/**
 * The events of IEX DEEP by instrument. An event comes as one or several messages of one time, the last
 * level of it with the flag "complete"; one that the next event overtakes has lost a part of itself.
 */
import {
  IEX_EVENT_COMPLETE,
  IEX_PROCESS_CLOSED,
  IEX_PROCESS_OPENED,
} from "../feed/iex/iex-sink.ts";

export class DeepEvents {
  /** 1 = an event is going on. The caller's. */
  private readonly open: Uint8Array;
  /** 1 = the book contradicts its messages. */
  readonly doubtful: Uint8Array;
  /** 1 = between the opening and the closing process. */
  readonly opened: Uint8Array;
  /** Time of the event that goes on. */
  private readonly openNs: Float64Array;

  constructor(open: Uint8Array) {
    const n = open.length;
    this.open = open;
    this.doubtful = new Uint8Array(new ArrayBuffer(n));
    this.opened = new Uint8Array(new ArrayBuffer(n));
    this.openNs = new Float64Array(new ArrayBuffer(8 * n));
  }

  /** A message of the event at `timeNs`: what came before it must be complete. */
  begin(instrument: number, timeNs: number): void {
    if (this.open[instrument] === 0 || this.openNs[instrument] === timeNs) return;
    this.open[instrument] = 0;
    this.doubtful[instrument] = 1;
  }

  /** A price level of it, 8 or 5. */
  level(instrument: number, flags: number, timeNs: number): void {
    this.begin(instrument, timeNs);
    this.open[instrument] = (flags & IEX_EVENT_COMPLETE) ^ IEX_EVENT_COMPLETE;
    this.openNs[instrument] = timeNs;
  }

  /** E */
  security(instrument: number, code: number): void {
    if (code === IEX_PROCESS_OPENED) this.opened[instrument] = 1;
    else if (code === IEX_PROCESS_CLOSED) this.opened[instrument] = 0;
  }

  clear(): void {
    this.doubtful.fill(0);
    this.opened.fill(0);
  }
}
