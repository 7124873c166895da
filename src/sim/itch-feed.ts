/** ITCH 5.0 over MoldUDP64: the feed of a Nasdaq-like venue, with its re-request server. */
import { ItchWriter } from "./itch-writer.ts";
import type { LineCounters } from "./lossy-line.ts";
import { MoldUdp64Publisher } from "./moldudp64-publisher.ts";
import type { SimOptions } from "./options.ts";
import { RerequestServer } from "./rerequest.ts";
import type { FeedTransport, SimClock } from "./transport.ts";
import type { VenueFeed } from "./venue-feed.ts";

export class ItchFeed implements VenueFeed {
  readonly writer: ItchWriter;
  readonly recovery: RerequestServer;
  private readonly publisher: MoldUdp64Publisher;

  constructor(options: SimOptions, clock: SimClock, transport: FeedTransport) {
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
    this.recovery = new RerequestServer({
      session,
      log: this.publisher.log,
      packetBytesMax,
      seed,
      loss: options.rerequest.loss,
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
  }

  endSession(nowNs: number): void {
    this.publisher.endSession(nowNs);
  }
}
