import type { Port } from "../net/port.ts";
import type { FeedFigures } from "./feed-figures.ts";

/** What the engine needs of a feed, whatever brings its messages. */
export interface FeedHandler {
  /** FEED_* */
  readonly state: number;
  /** Next sequence to apply, and one past the highest known to exist. */
  readonly nextSeq: number;
  readonly highSeq: number;
  /** Timers and the published block. Called when idle and every few turns. */
  poll(nowNs: number): void;
}

/** One whose messages come as packets of a Port. */
export interface PacketFeed extends FeedHandler {
  /** Packet `i` of the port's last burst. nowNs: engine clock, once per burst. */
  onPacket(port: Port, i: number, nowNs: number): void;
  /** Told by which lines nothing can come; counts from the next poll() on. */
  readonly figures: Pick<FeedFigures, "lose" | "regain">;
}
