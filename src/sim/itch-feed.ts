/** ITCH 5.0 over MoldUDP64: the feed of a Nasdaq-like venue, with re-request server and GLIMPSE. */
import { displayed } from "./displayed.ts";
import { ItchRecovery } from "./itch-recovery.ts";
import { ItchWriter } from "./itch-writer.ts";
import type { LineCounters } from "./lossy-line.ts";
import type { SideOf } from "./make-feed.ts";
import { MoldUdp64Publisher } from "./moldudp64-publisher.ts";
import type { SimOptions } from "./options.ts";
import type { FeedTransport, SimClock } from "./transport.ts";
import type { VenueFeed } from "./venue-feed.ts";

export class ItchFeed implements VenueFeed {
  readonly writer: ItchWriter;
  readonly recovery: ItchRecovery;
  private readonly publisher: MoldUdp64Publisher;

  constructor(options: SimOptions, clock: SimClock, transport: FeedTransport, sideOf: SideOf) {
    const { session, lines, seed, packetBytesMax, heartbeatMs, historyBytesMax } = options;
    this.publisher = new MoldUdp64Publisher({
      session,
      lines,
      seed,
      packetBytesMax,
      heartbeatMs,
      historyBytesMax,
      transport,
    });
    this.recovery = new ItchRecovery({
      session,
      log: this.publisher.log,
      packetBytesMax,
      seed,
      loss: options.rerequest.loss,
      image: () => ({
        messages: this.writer.image(displayed(options.symbols.length, sideOf)),
        nextSequence: this.nextSequence,
      }),
    });
    this.writer = new ItchWriter({
      symbols: options.symbols.map((symbol) => symbol.symbol),
      roundLot: 100,
      nowNs: () => clock.nowNs(),
      publish: (message) => this.publisher.publish(message, clock.nowNs()),
    });
  }

  get session(): string {
    return this.publisher.session;
  }

  get nextSequence(): number {
    return this.publisher.nextSequence;
  }

  counters(): LineCounters[] {
    return this.publisher.counters();
  }

  flush(nowNs: number): void {
    this.publisher.flush(nowNs);
  }

  poll(nowNs: number): void {
    this.publisher.poll(nowNs);
    this.recovery.poll(nowNs);
  }

  endSession(nowNs: number): void {
    this.publisher.endSession(nowNs);
  }
}
