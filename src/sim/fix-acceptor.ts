/** Listens for FIX clients and gives each connection to the session that its Logon names. */

import type { DropCopyDesk } from "./drop-copy.ts";
import { type ConnectionOwner, FixConnection } from "./fix-connection.ts";
import type { FixMessage } from "./fix-message.ts";
import { type FixApplication, FixSession } from "./fix-session.ts";
import type { FixPeer, FixTransport, SimClock } from "./transport.ts";

export interface AcceptorOptions {
  beginString: string;
  venueCompId: string;
  /** Client CompIDs. */
  clients: readonly string[];
  /** Makes a session for a client that isn't listed, instead of closing. */
  acceptUnknown: boolean;
  timeDigits: number;
  resendEnd: "open" | "exact";
  clock: SimClock;
  application: FixApplication;
  /** Client CompIDs of drop copies, and who serves them. */
  dropCopies?: { clients: readonly string[]; desk: DropCopyDesk };
}

export interface AcceptorCounters {
  connections: number;
  /** Closed without a session: first message no Logon, wrong version or CompID. */
  refused: number;
  garbledBeforeLogon: number;
}

export class FixAcceptor implements ConnectionOwner {
  readonly sessions: FixSession[] = [];
  readonly counters: AcceptorCounters = { connections: 0, refused: 0, garbledBeforeLogon: 0 };
  private readonly byConnection = new Map<FixConnection, FixSession>();
  private readonly connections = new Set<FixConnection>();

  constructor(private readonly options: AcceptorOptions) {
    for (const client of options.clients) this.addSession(client, options.application);
    for (const client of options.dropCopies?.clients ?? []) {
      const { desk } = options.dropCopies!;
      desk.add(this.addSession(client, desk));
    }
  }

  /** A new connection; its bytes and its end go to what this returns. */
  accept(transport: FixTransport): FixPeer {
    this.counters.connections++;
    const connection = new FixConnection(transport, this);
    this.connections.add(connection);
    return connection;
  }

  find(clientCompId: string): FixSession | undefined {
    return this.sessions.find((session) => session.options.clientCompId === clientCompId);
  }

  poll(): void {
    for (const session of this.sessions) session.poll();
  }

  closeAll(): void {
    for (const connection of [...this.connections]) connection.close();
  }

  onMessage(connection: FixConnection, message: FixMessage): void {
    const session = this.byConnection.get(connection);
    if (session === undefined) this.onFirst(connection, message);
    else session.onMessage(message);
  }

  onGarbled(connection: FixConnection): void {
    const session = this.byConnection.get(connection);
    if (session === undefined) this.counters.garbledBeforeLogon++;
    else session.onGarbled();
  }

  onClosed(connection: FixConnection): void {
    this.connections.delete(connection);
    this.byConnection.get(connection)?.onClosed(connection);
    this.byConnection.delete(connection);
  }

  private onFirst(connection: FixConnection, message: FixMessage): void {
    const session = this.sessionFor(message);
    if (session === undefined) {
      this.counters.refused++;
      connection.close();
      return;
    }
    this.byConnection.set(connection, session);
    if (!session.logon(connection, message)) this.counters.refused++;
  }

  private sessionFor(message: FixMessage): FixSession | undefined {
    if (message.type !== "A" || message.seq < 1) return undefined;
    if (message.text(8) !== this.options.beginString) return undefined;
    if (message.text(56) !== this.options.venueCompId) return undefined;
    const client = message.text(49);
    const known = this.find(client);
    if (known !== undefined) return known;
    if (!this.options.acceptUnknown || client === "") return undefined;
    return this.addSession(client, this.options.application);
  }

  private addSession(clientCompId: string, application: FixApplication): FixSession {
    const { beginString, venueCompId, timeDigits, resendEnd, clock } = this.options;
    const session = new FixSession({
      index: this.sessions.length,
      beginString,
      venueCompId,
      clientCompId,
      timeDigits,
      resendEnd,
      clock,
      application,
    });
    this.sessions.push(session);
    return session;
  }
}
