import { SESSION_DOWN } from "../../core/codes.ts";
import type { TcpStream } from "../../net/tcp-stream.ts";
import type { LobbySession } from "./lobby.ts";
import type { FixSession } from "./session.ts";

/** An acceptor session as the lobby sees it: one connection at a time, in the session's own stream. */
export class LobbySeat implements LobbySession {
  constructor(
    readonly session: FixSession,
    /** The session's stream. */
    private readonly stream: TcpStream,
  ) {}

  accept(handle: number, nowNs: number): boolean {
    // The end of the connection before may have come with this one.
    if (this.session.state !== SESSION_DOWN) this.session.poll(nowNs);
    if (this.session.state !== SESSION_DOWN || this.stream.adopt(handle) < 0) return false;
    if (this.session.accepted(nowNs)) return true;
    // Out of its hours. The lobby ends what is still the lobby's.
    this.stream.disown();
    return false;
  }
}
