/**
 * CME MDP 3.0 packets, the publishing side. The incremental feed numbers packets and goes out on
 * every line; a heartbeat is a packet with a number of its own. Loops (snapshots, definitions) have
 * a group and numbers of their own, from 1 in each round.
 */
import { encodeMdp3, MDP3_PACKET_HEADER, writePacketHeader } from "../feed/mdp3/mdp3-encoder.ts";
import { type LineCounters, type LineFaults, LossyLine } from "./lossy-line.ts";
import type { FeedTransport } from "./transport.ts";

export interface Mdp3PublisherOptions {
  lines: readonly LineFaults[];
  /** Groups of loops, behind the lines. */
  loops: readonly LineFaults[];
  seed: number;
  /** Largest UDP payload. */
  packetBytesMax: number;
  heartbeatMs: number;
  /** ns since 1970 of a time of the clock. */
  epochNs: (nowNs: number) => bigint;
  transport: FeedTransport;
}

/** A snapshot or a definition is one packet, however small the others are to be. */
const LOOP_PACKET_BYTES = 600;

export class Mdp3Publisher {
  private readonly lines: LossyLine[];
  private readonly loops: LossyLine[];
  private readonly packet: Uint8Array;
  private readonly single: Uint8Array;
  private readonly heartbeatNs: number;
  private readonly epochNs: (nowNs: number) => bigint;
  private end = MDP3_PACKET_HEADER;
  private next = 1;
  private lastSentNs = 0;

  constructor(options: Mdp3PublisherOptions) {
    const { lines, loops, seed, transport } = options;
    this.packet = new Uint8Array(options.packetBytesMax);
    this.single = new Uint8Array(LOOP_PACKET_BYTES);
    this.heartbeatNs = options.heartbeatMs * 1e6;
    this.epochNs = options.epochNs;
    const all = [...lines, ...loops].map(
      (faults, line) => new LossyLine(faults, seed, line, (bytes) => transport.send(line, bytes)),
    );
    this.lines = all.slice(0, lines.length);
    this.loops = all.slice(lines.length);
  }

  /** MsgSeqNum of the next packet. */
  get nextSequence(): number {
    return this.next;
  }

  counters(): LineCounters[] {
    return this.lines.map((line) => line.counters);
  }

  /** Adds a message to the packet under way; a full packet goes out. */
  publish(message: Uint8Array, nowNs: number): void {
    if (this.end + message.length > this.packet.length) this.flush(nowNs);
    this.packet.set(message, this.end);
    this.end += message.length;
  }

  /** Sends the packet under way, if there is one. */
  flush(nowNs: number): void {
    if (this.end === MDP3_PACKET_HEADER) return;
    writePacketHeader(this.packet, this.next++, this.epochNs(nowNs));
    for (const line of this.lines) line.send(this.packet.subarray(0, this.end));
    this.end = MDP3_PACKET_HEADER;
    this.lastSentNs = nowNs;
  }

  /** Sends a heartbeat that is due. */
  poll(nowNs: number): void {
    if (nowNs - this.lastSentNs < this.heartbeatNs) return;
    for (const line of this.lines) line.flush();
    this.publish(encodeMdp3("heartbeat", {}), nowNs);
    this.flush(nowNs);
  }

  /** Sends one message as packet `sequence` of a loop. */
  sendLoop(loop: number, sequence: number, message: Uint8Array, nowNs: number): void {
    writePacketHeader(this.single, sequence, this.epochNs(nowNs));
    this.single.set(message, MDP3_PACKET_HEADER);
    this.loops[loop]!.send(this.single.subarray(0, MDP3_PACKET_HEADER + message.length));
  }
}
