import { SESSION_CONNECTING, SESSION_DOWN } from "../core/codes.ts";
import type { SessionWatcher } from "../engine/sink-relay.ts";
import type { VenueLink } from "./venue/venue-link.ts";

/** Tells the links when sessions connect and end: a pipe does not know. */
export class SessionEvents implements SessionWatcher {
  constructor(private readonly links: readonly VenueLink[]) {}

  onSessionState(session: number, state: number): void {
    if (state === SESSION_CONNECTING) this.links[session]!.connected();
    else if (state === SESSION_DOWN) this.links[session]!.disconnected();
  }
}
