/**
 * MoldUDP64 request server: session char[10], sequence u64, count u16 in; one ordinary downstream
 * packet out, with as many of the messages as fit. Nothing is answered for what it does not have.
 */
import { writeText, writeUnsigned } from "./itch-encoder.ts";
import type { MessageLog } from "./message-log.ts";
import { MOLD_HEADER_BYTES } from "./moldudp64-publisher.ts";
import { Random } from "./random.ts";
import type { Reply } from "./transport.ts";
import { type FeedRecovery, noRecoveries, type RecoveryCounters } from "./venue-feed.ts";

export interface RerequestOptions {
  session: string;
  log: MessageLog;
  packetBytesMax: number;
  seed: number;
  /** Probability that a request is not answered. */
  loss: number;
}

/** Stream of the seed that decides about answers; lines use 1 and up. */
const RANDOM_STREAM = 1000;

export class RerequestServer implements FeedRecovery {
  readonly counters: RecoveryCounters = noRecoveries();
  /** True: no request is answered. */
  refusing = false;
  private readonly random: Random;
  private readonly packet: Uint8Array;

  constructor(private readonly options: RerequestOptions) {
    this.random = new Random(options.seed, RANDOM_STREAM);
    this.packet = new Uint8Array(options.packetBytesMax);
    writeText(this.packet, 0, 10, options.session);
  }

  onRequest(bytes: Uint8Array, reply: Reply): void {
    this.counters.requests++;
    if (bytes.length !== MOLD_HEADER_BYTES || !this.isOurSession(bytes)) {
      this.counters.malformed++;
      return;
    }
    if (this.refusing || this.random.next() < this.options.loss) {
      this.counters.dropped++;
      return;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sequence = Number(view.getBigUint64(10));
    const found = this.options.log.copy(
      sequence,
      view.getUint16(18),
      this.packet,
      MOLD_HEADER_BYTES,
    );
    if (found.count === 0) {
      this.counters.unavailable++;
      return;
    }
    writeUnsigned(this.packet, 10, 8, sequence);
    writeUnsigned(this.packet, 18, 2, found.count);
    this.counters.answered++;
    this.counters.messages += found.count;
    reply(this.packet.subarray(0, found.end));
  }

  private isOurSession(bytes: Uint8Array): boolean {
    for (let i = 0; i < 10; i++) if (bytes[i] !== this.packet[i]) return false;
    return true;
  }
}
