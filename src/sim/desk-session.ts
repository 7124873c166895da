import type { VenueFaults } from "./faults.ts";
import type { Fields } from "./fix-message.ts";
import type { SessionCounters } from "./fix-session.ts";

/**
 * An order session as the order desk and the report know it. The desk speaks FIX: what goes by
 * another protocol is translated on the way, both ways (ouch-session.ts).
 */
export interface DeskSession {
  readonly index: number;
  readonly faults: VenueFaults;
  send(type: string, fields: Fields): void;
}

/** The same, as exchange and report know it. */
export interface VenueSession extends DeskSession {
  readonly options: { readonly clientCompId: string };
  readonly isConnected: boolean;
  /** Next number that the venue expects, and that it sends. */
  readonly nextIn: number;
  readonly nextOut: number;
  readonly counters: SessionCounters;
  setFaults(faults: Partial<VenueFaults>): void;
  /** The client's own id of an order, where that is not the desk's. */
  nameOf?(id: string): string;
  /** Closes the connection without a word. */
  drop(): void;
}
