/**
 * Cboe sequenced units, the publishing side: packs messages behind a unit header, sends each packet
 * on every line, and tells of the next sequence number when there is nothing to send.
 *
 *   0 length u16, itself included │ 2 count u8 │ 3 unit u8 │ 4 sequence u32 of the first message
 */
import { UNIT_COUNT_MAX, UNIT_HEADER_BYTES, writeUnitHeader } from "../feed/pitch/pitch-encoder.ts";
import { type LineCounters, type LineFaults, LossyLine } from "./lossy-line.ts";
import { MessageLog } from "./message-log.ts";
import type { FeedTransport } from "./transport.ts";

export interface UnitPublisherOptions {
  unit: number;
  lines: readonly LineFaults[];
  /** Faults of the group of gap answers; its line is behind the others. */
  gap: LineFaults;
  seed: number;
  /** Largest UDP payload. */
  packetBytesMax: number;
  heartbeatMs: number;
  /** Memory for messages that can be asked for again. */
  historyBytesMax: number;
  transport: FeedTransport;
}

export class UnitPublisher {
  readonly log: MessageLog;
  readonly unit: number;
  private readonly lines: LossyLine[];
  private readonly gap: LossyLine;
  private readonly packet: Uint8Array;
  private readonly answer: Uint8Array;
  private readonly heartbeatNs: number;
  private end = UNIT_HEADER_BYTES;
  private count = 0;
  private lastSentNs = 0;
  private ended = false;

  constructor(options: UnitPublisherOptions) {
    const { lines, gap, seed, transport } = options;
    this.unit = options.unit;
    this.log = new MessageLog(options.historyBytesMax);
    this.packet = new Uint8Array(options.packetBytesMax);
    this.answer = new Uint8Array(options.packetBytesMax);
    this.heartbeatNs = options.heartbeatMs * 1e6;
    const [first, ...others] = [...lines, gap].map(
      (faults, line) => new LossyLine(faults, seed, line, (bytes) => transport.send(line, bytes)),
    );
    this.gap = others.pop()!;
    this.lines = [first!, ...others];
  }

  get nextSequence(): number {
    return this.log.nextSequence;
  }

  counters(): LineCounters[] {
    return this.lines.map((line) => line.counters);
  }

  /** Adds a message to the packet under way; a full packet goes out. */
  publish(message: Uint8Array, nowNs: number): void {
    if (this.ended) throw new Error("the feed session has ended");
    const isFull = this.end + message.length > this.packet.length || this.count === UNIT_COUNT_MAX;
    if (isFull) this.flush(nowNs);
    this.log.append(message);
    this.packet.set(message, this.end);
    this.end += message.length;
    this.count++;
  }

  /** Sends the packet under way, if there is one. */
  flush(nowNs: number): void {
    if (this.count === 0) return;
    this.send(this.log.nextSequence - this.count, nowNs);
  }

  /** Flushes, and sends a heartbeat that is due; after the end too, since a packet can be lost. */
  poll(nowNs: number): void {
    this.flush(nowNs);
    if (nowNs - this.lastSentNs < this.heartbeatNs) return;
    for (const line of [...this.lines, this.gap]) line.flush();
    this.send(this.log.nextSequence, nowNs);
  }

  endSession(nowNs: number): void {
    this.flush(nowNs);
    for (const line of this.lines) line.flush();
    this.ended = true;
  }

  /** Sends one packet of history on the gap group; how many messages it had. */
  resend(sequence: number, count: number): number {
    let end = UNIT_HEADER_BYTES;
    let copied = 0;
    const most = Math.min(count, UNIT_COUNT_MAX);
    while (copied < most) {
      const message = this.log.message(sequence + copied);
      if (message === undefined || end + message.length > this.answer.length) break;
      this.answer.set(message, end);
      end += message.length;
      copied++;
    }
    if (copied === 0) return 0;
    writeUnitHeader(this.answer, end, copied, this.unit, sequence);
    this.gap.send(this.answer.subarray(0, end));
    return copied;
  }

  private send(sequence: number, nowNs: number): void {
    writeUnitHeader(this.packet, this.end, this.count, this.unit, sequence);
    this.lastSentNs = nowNs;
    for (const line of this.lines) line.send(this.packet.subarray(0, this.end));
    this.end = UNIT_HEADER_BYTES;
    this.count = 0;
  }
}
