/** Takes OUCH clients' connections and gives each to the session that its login names. */
import {
  readSoupSequence,
  SOUP_LOGIN_PASSWORD_AT,
  SOUP_LOGIN_REQUEST_BYTES,
  SOUP_LOGIN_SEQUENCE_AT,
  SOUP_LOGIN_SESSION_AT,
  SOUP_LOGIN_USERNAME_AT,
  SOUP_NOT_AUTHORIZED,
  writeSoupRejected,
} from "../net/soup/soup-login.ts";
import { SOUP_LOGIN_REQUEST } from "../net/soup/soup-packets.ts";
import type { OrderDesk } from "./order-desk.ts";
import { OuchConnection, type OuchConnectionOwner } from "./ouch-connection.ts";
import { OuchSession } from "./ouch-session.ts";
import type { FixPeer, FixTransport, SimClock } from "./transport.ts";

export interface OuchAcceptorOptions {
  /** Name of the SoupBinTCP session. */
  session: string;
  clients: readonly { username: string; password: string }[];
  clock: SimClock;
  desk: OrderDesk;
}

/** The desk tells sessions apart by index; those of FIX count from 0. */
const FIRST_INDEX = 1024;

export class OuchAcceptor implements OuchConnectionOwner {
  readonly sessions: OuchSession[];
  /** Closed without a session. */
  refused = 0;
  private readonly byConnection = new Map<OuchConnection, OuchSession>();
  private readonly connections = new Set<OuchConnection>();

  constructor(options: OuchAcceptorOptions) {
    const { clients, session, clock, desk } = options;
    this.sessions = clients.map(({ username, password }, i) => {
      const index = FIRST_INDEX + i;
      return new OuchSession({ index, clientCompId: username, password, session, clock, desk });
    });
    for (const own of this.sessions) desk.ordersOf(own);
  }

  accept(transport: FixTransport): FixPeer {
    const connection = new OuchConnection(transport, this);
    this.connections.add(connection);
    return connection;
  }

  find(client: string): OuchSession | undefined {
    return this.sessions.find((session) => session.options.clientCompId === client);
  }

  poll(): void {
    for (const session of this.sessions) session.poll();
  }

  endSession(): void {
    for (const session of this.sessions) session.end();
  }

  closeAll(): void {
    for (const connection of [...this.connections]) connection.close();
  }

  onPacket(connection: OuchConnection, type: number, payload: Uint8Array): void {
    const session = this.byConnection.get(connection);
    if (session !== undefined) session.onPacket(type, payload);
    else if (type === SOUP_LOGIN_REQUEST && payload.length >= SOUP_LOGIN_REQUEST_BYTES) {
      this.onLogin(connection, payload);
    } else this.refuse(connection);
  }

  onClosed(connection: OuchConnection): void {
    this.connections.delete(connection);
    this.byConnection.get(connection)?.onClosed(connection);
    this.byConnection.delete(connection);
  }

  private onLogin(connection: OuchConnection, payload: Uint8Array): void {
    const text = (at: number, to: number) =>
      Buffer.from(payload.subarray(at, to)).toString("latin1").trim();
    const session = this.find(text(SOUP_LOGIN_USERNAME_AT, SOUP_LOGIN_PASSWORD_AT));
    if (session === undefined) {
      const bytes = new Uint8Array(8);
      connection.send(bytes.subarray(0, writeSoupRejected(bytes, 0, SOUP_NOT_AUTHORIZED)));
      this.refuse(connection);
      return;
    }
    this.byConnection.set(connection, session);
    const password = text(SOUP_LOGIN_PASSWORD_AT, SOUP_LOGIN_SESSION_AT);
    const name = text(SOUP_LOGIN_SESSION_AT, SOUP_LOGIN_SEQUENCE_AT);
    const sequence = readSoupSequence(payload, SOUP_LOGIN_SEQUENCE_AT);
    if (!session.login(connection, password, name, sequence)) this.refused++;
  }

  private refuse(connection: OuchConnection): void {
    this.refused++;
    connection.close();
  }
}
