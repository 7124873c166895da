/**
 * The line between an order session's pipe and the simulated venue: what is sent arrives a leg of the
 * latency later, either way, in order. A connection exists from the session's connect to its end.
 */
import type { ManualClock } from "../../core/clock.ts";
import { HP_PIPE_DATA } from "../../ffi/layout.ts";
import type { PipePeer } from "../../net/pipe-peer.ts";
import type { FixPeer, FixTransport } from "../../sim/transport.ts";
import type { LatencyModel } from "./latency.ts";

interface Parcel {
  arrivesNs: number;
  /** Empty = the connection ends. */
  bytes: Uint8Array;
}

export class VenueLink {
  private readonly toVenue: Parcel[] = [];
  private readonly toEngine: Parcel[] = [];
  private readonly scratch = new Uint8Array(HP_PIPE_DATA);
  private peer: FixPeer | undefined;
  /** The venue's way to the connection of now. */
  private transport: FixTransport | undefined;

  constructor(
    private readonly clock: ManualClock,
    private readonly pipe: PipePeer,
    private readonly latency: LatencyModel,
    private readonly accept: (transport: FixTransport) => FixPeer,
  ) {}

  /** The session has opened its stream, which empties the pipe. */
  connected(): void {
    this.disconnected();
    const transport: FixTransport = {
      send: (bytes) => {
        // What the venue says to a connection that is gone reaches nobody.
        if (this.transport === transport) this.queue(this.toEngine, bytes.slice());
      },
      // The engine's own end of the session closes its stream; nothing waits for this one.
      close: () => {},
      pause: () => {},
    };
    this.transport = transport;
    this.peer = this.accept(transport);
  }

  /** The session has closed its stream: the venue hears of it at once, and nothing is on its way. */
  disconnected(): void {
    const { peer } = this;
    this.peer = undefined;
    this.transport = undefined;
    this.toVenue.length = 0;
    this.toEngine.length = 0;
    peer?.onClose();
  }

  /** Takes what the engine has sent up to now. */
  collect(): void {
    if (this.pipe.sentBytes() <= 0) return;
    const size = this.pipe.takeSent(this.scratch);
    // Sent in the moment of its end: nobody is there to hear it.
    if (this.peer === undefined) return;
    this.queue(this.toVenue, this.scratch.slice(0, size));
  }

  /** When the next parcel arrives on either side; Infinity = nothing is on its way. */
  nextNs(): number {
    return Math.min(
      this.toVenue[0]?.arrivesNs ?? Infinity,
      this.toEngine[0]?.arrivesNs ?? Infinity,
    );
  }

  /** Hands over what has arrived by now; true when the engine has something to receive. */
  deliver(): boolean {
    const now = this.clock.timeNs;
    while (this.toVenue.length > 0 && this.toVenue[0]!.arrivesNs <= now) {
      const { bytes } = this.toVenue.shift()!;
      this.peer?.onData(bytes);
    }
    let hasData = false;
    while (this.toEngine.length > 0 && this.toEngine[0]!.arrivesNs <= now) {
      const { bytes } = this.toEngine[0]!;
      // A pipe that is full for the moment: the rest comes with the next turn.
      if (!this.pipe.answer(bytes, 0, bytes.length)) break;
      this.toEngine.shift();
      hasData = true;
    }
    return hasData;
  }

  private queue(parcels: Parcel[], bytes: Uint8Array): void {
    // Time is below 0 before the midnight that it is counted from.
    const before = parcels.at(-1)?.arrivesNs ?? Number.NEGATIVE_INFINITY;
    parcels.push({ arrivesNs: Math.max(before, this.clock.timeNs + this.latency.leg()), bytes });
  }
}
