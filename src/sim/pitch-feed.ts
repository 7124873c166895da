/** Cboe US equities PITCH in one sequenced unit, with its gap request proxy and spin server. */
import { displayed } from "./displayed.ts";
import { GapServer } from "./gap-server.ts";
import type { LineCounters } from "./lossy-line.ts";
import type { SideOf } from "./make-feed.ts";
import type { SimOptions } from "./options.ts";
import { PitchWriter } from "./pitch-writer.ts";
import type { FeedTransport, SimClock } from "./transport.ts";
import { UnitPublisher } from "./unit-publisher.ts";
import type { VenueFeed } from "./venue-feed.ts";

export class PitchFeed implements VenueFeed {
  readonly writer: PitchWriter;
  readonly recovery: GapServer;
  readonly session = "";
  private readonly publisher: UnitPublisher;

  constructor(options: SimOptions, clock: SimClock, transport: FeedTransport, sideOf: SideOf) {
    const { unit, lines, gap, seed, packetBytesMax, heartbeatMs, historyBytesMax } = options;
    this.publisher = new UnitPublisher({
      unit,
      lines,
      gap,
      seed,
      packetBytesMax,
      heartbeatMs,
      historyBytesMax,
      transport,
    });
    this.writer = new PitchWriter({
      symbols: options.symbols.map((symbol) => symbol.symbol),
      nowNs: () => clock.nowNs(),
      publish: (message) => this.publisher.publish(message, clock.nowNs()),
    });
    this.recovery = new GapServer({
      publisher: this.publisher,
      image: () => this.writer.image(displayed(options.symbols.length, sideOf)),
      seed,
      loss: options.rerequest.loss,
    });
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
