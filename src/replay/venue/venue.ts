/**
 * The simulated venue of a replay: the simulator's order entry (FIX sessions, order desk) in front of
 * the captured market instead of its matching engine. One per order session, all in one market.
 */
import type { Instruments } from "../../book/instruments.ts";
import type { BookView } from "../../book/view.ts";
import type { ManualClock } from "../../core/clock.ts";
import type { SessionOptions } from "../../engine/options.ts";
import { loadDictionary } from "../../fix/dictionary/load.ts";
import { FixAcceptor } from "../../sim/fix-acceptor.ts";
import { OrderDesk } from "../../sim/order-desk.ts";
import type { FixPeer, FixTransport } from "../../sim/transport.ts";
import { CapturedMarket } from "./captured-market.ts";
import type { QueueModel } from "./queue.ts";

export interface ReplayVenueOptions {
  session: SessionOptions;
  /** Index of the session in the engine. */
  index: number;
  instruments: Instruments;
  views: readonly BookView[];
  status: Int32Array;
  queue: QueueModel;
  clock: ManualClock;
  sessionStartS: number;
}

export class ReplayVenue {
  readonly market: CapturedMarket;
  readonly desk: OrderDesk;
  private readonly acceptor: FixAcceptor;

  constructor(o: ReplayVenueOptions) {
    const symbols = [...o.instruments.definitions.keys()].filter(
      (i) => o.instruments.session[i] === o.index,
    );
    this.desk = new OrderDesk({
      engine: () => this.market,
      symbols: symbols.map((i) => o.instruments.definitions[i]!.orderSymbol),
      // The engine reckons fees by its config; the venue's accounts are not asked for.
      makerFee: 0,
      takerFee: 0,
      strictOrigId: false,
    });
    this.market = new CapturedMarket({
      instruments: o.instruments,
      views: o.views,
      status: o.status,
      symbols,
      queue: o.queue,
      sink: this.desk,
    });
    this.acceptor = new FixAcceptor({
      beginString: loadDictionary(o.session.dictionary).beginString,
      venueCompId: o.session.targetCompId,
      clients: [o.session.senderCompId],
      acceptUnknown: false,
      timeDigits: o.session.timestampDigits,
      resendEnd: "open",
      clock: {
        nowNs: () => o.clock.timeNs,
        wallMs: () => o.sessionStartS * 1000 + o.clock.timeNs / 1e6,
      },
      application: this.desk,
    });
  }

  accept(transport: FixTransport): FixPeer {
    return this.acceptor.accept(transport);
  }

  /** Heartbeats and test requests that are due. */
  poll(): void {
    this.acceptor.poll();
  }
}
