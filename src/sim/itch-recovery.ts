/** Whom a receiver of ITCH asks: the MoldUDP64 request server, and GLIMPSE. */
import { GlimpseServer } from "./glimpse-server.ts";
import { noRecoveryFaults } from "./recovery-faults.ts";
import { type RerequestOptions, RerequestServer } from "./rerequest.ts";
import type { FixPeer, FixTransport, Reply } from "./transport.ts";
import type { FeedRecovery } from "./venue-feed.ts";

export interface ItchRecoveryOptions extends RerequestOptions {
  /** The books of now, and the number of the next message. */
  image: () => { messages: Uint8Array[]; nextSequence: number };
}

export class ItchRecovery implements FeedRecovery {
  readonly faults = noRecoveryFaults();
  private readonly rerequest: RerequestServer;
  private readonly glimpse: GlimpseServer;

  constructor(options: ItchRecoveryOptions) {
    this.rerequest = new RerequestServer(options);
    const { session, image } = options;
    this.glimpse = new GlimpseServer({
      session,
      image,
      faults: this.faults,
      counters: this.rerequest.counters,
    });
  }

  get counters() {
    return this.rerequest.counters;
  }

  /** Of re-requests; GLIMPSE has faults of its own. */
  get refusing(): boolean {
    return this.rerequest.refusing;
  }

  set refusing(on: boolean) {
    this.rerequest.refusing = on;
  }

  onRequest(bytes: Uint8Array, reply: Reply): void {
    this.rerequest.onRequest(bytes, reply);
  }

  acceptGlimpse(transport: FixTransport): FixPeer {
    return this.glimpse.accept(transport);
  }

  poll(nowNs: number): void {
    this.glimpse.poll(nowNs);
  }
}
