/**
 * MoldUDP64 1.00, the publishing side: packs messages into packets, sends each on every line, tells
 * of the next sequence number when there is nothing to send, and ends the session.
 *
 *   0  session char[10] │ 10 sequence u64 of the first message │ 18 count u16 │ 20 blocks
 *   block: length u16 + bytes. count 0 = heartbeat, 0xFFFF = end of session (sequence = next).
 */
import { writeText, writeUnsigned } from "./itch-encoder.ts";
import { type LineCounters, type LineFaults, LossyLine } from "./lossy-line.ts";
import { MessageLog } from "./message-log.ts";
import type { FeedTransport } from "./transport.ts";

export const MOLD_HEADER_BYTES = 20;
export const MOLD_END_OF_SESSION = 0xffff;

export interface PublisherOptions {
  /** Up to 10 characters. */
  session: string;
  lines: readonly LineFaults[];
  seed: number;
  /** Largest UDP payload. */
  packetBytesMax: number;
  heartbeatMs: number;
  /** Memory for the messages of the session. */
  historyBytesMax: number;
  transport: FeedTransport;
}

export class MoldUdp64Publisher {
  readonly log: MessageLog;
  readonly lines: LossyLine[];
  private readonly packet: Uint8Array;
  private readonly heartbeatNs: number;
  private end = MOLD_HEADER_BYTES;
  private count = 0;
  private lastSentNs = 0;
  private ended = false;

  constructor(private readonly options: PublisherOptions) {
    this.log = new MessageLog(options.historyBytesMax);
    this.packet = new Uint8Array(options.packetBytesMax);
    writeText(this.packet, 0, 10, options.session);
    this.heartbeatNs = options.heartbeatMs * 1e6;
    this.lines = options.lines.map(
      (faults, line) =>
        new LossyLine(faults, options.seed, line, (bytes) => options.transport.send(line, bytes)),
    );
  }

  /** Sequence number of the next message. */
  get nextSequence(): number {
    return this.log.nextSequence;
  }

  get session(): string {
    return this.options.session;
  }

  counters(): LineCounters[] {
    return this.lines.map((line) => line.counters);
  }

  /** Adds a message to the packet under way; a full packet goes out. */
  publish(message: Uint8Array, nowNs: number): void {
    if (this.ended) throw new Error("the feed session has ended");
    const room = this.packet.length - this.end;
    if (message.length + 2 > this.packet.length - MOLD_HEADER_BYTES) {
      throw new RangeError(`message of ${message.length} bytes does not fit a packet`);
    }
    if (message.length + 2 > room) this.flush(nowNs);
    this.log.append(message);
    writeUnsigned(this.packet, this.end, 2, message.length);
    this.packet.set(message, this.end + 2);
    this.end += 2 + message.length;
    this.count++;
  }

  /** Sends the packet under way, if there is one. */
  flush(nowNs: number): void {
    if (this.count === 0) return;
    this.send(this.log.nextSequence - this.count, this.count, this.end, nowNs);
    this.end = MOLD_HEADER_BYTES;
    this.count = 0;
  }

  /** Flushes, and sends what is due: heartbeats, or after the end the end again. */
  poll(nowNs: number): void {
    this.flush(nowNs);
    if (nowNs - this.lastSentNs < this.heartbeatNs) return;
    for (const line of this.lines) line.flush();
    this.mark(nowNs);
  }

  /** Ends the session; poll() repeats the notice, since a packet can be lost. */
  endSession(nowNs: number): void {
    this.flush(nowNs);
    for (const line of this.lines) line.flush();
    this.ended = true;
    this.mark(nowNs);
  }

  private mark(nowNs: number): void {
    const kind = this.ended ? MOLD_END_OF_SESSION : 0;
    this.send(this.log.nextSequence, kind, MOLD_HEADER_BYTES, nowNs);
  }

  private send(sequence: number, count: number, length: number, nowNs: number): void {
    writeUnsigned(this.packet, 10, 8, sequence);
    writeUnsigned(this.packet, 18, 2, count);
    this.lastSentNs = nowNs;
    for (const line of this.lines) line.send(this.packet.subarray(0, length));
  }
}
