/**
 * GLIMPSE 5.0: after a login over SoupBinTCP 3.00 (net/soup/soup-packets.ts), the books as they are
 * in ITCH messages, closed by "G" and the number of the first message of the feed to apply, as 20
 * characters. Any user may log in.
 */
import {
  SOUP_LOGIN_REQUEST_BYTES,
  SOUP_NOT_AUTHORIZED,
  SOUP_SEQUENCE_BYTES,
  writeSoupAccepted,
  writeSoupRejected,
  writeSoupSequence,
} from "../net/soup/soup-login.ts";
import {
  SOUP_DEAD_MS,
  SOUP_HEADER_BYTES,
  SOUP_HEARTBEAT_MS,
  SOUP_LOGIN_REQUEST,
  SOUP_LOGOUT,
  SOUP_SEQUENCED,
  SOUP_SERVER_HEARTBEAT,
  writeSoupHeader,
  writeSoupPacket,
} from "../net/soup/soup-packets.ts";
import { SoupSplitter } from "../net/soup/soup-splitter.ts";
import type { RecoveryFaults } from "./recovery-faults.ts";
import type { FixPeer, FixTransport } from "./transport.ts";
import type { RecoveryCounters } from "./venue-feed.ts";

export interface GlimpseServerOptions {
  session: string;
  /** The books of now, and the number of the next message. */
  image: () => { messages: Uint8Array[]; nextSequence: number };
  faults: RecoveryFaults;
  counters: RecoveryCounters;
}

const MS = 1e6;
const SNAPSHOT = 0x47;
const LOGIN_BYTES_MAX = 33;
/** Longest packet of a client that makes sense. */
const PAYLOAD_BYTES_MAX = SOUP_LOGIN_REQUEST_BYTES;
/** Packets are gathered up to this, so that the system is not called for each. */
const BATCH_BYTES = 32_768;

export class GlimpseServer {
  private readonly clients = new Set<Client>();
  /** With the fault `stale`: what everybody gets. */
  private old: ReturnType<GlimpseServerOptions["image"]> | undefined;
  private nowNs = 0;

  constructor(private readonly options: GlimpseServerOptions) {}

  accept(transport: FixTransport): FixPeer {
    const client: Client = new Client(
      transport,
      this.nowNs,
      () => this.onLogin(client),
      () => this.clients.delete(client),
    );
    this.clients.add(client);
    return client;
  }

  /** Heartbeats; and whoever is dead is closed. */
  poll(nowNs: number): void {
    this.nowNs = nowNs;
    const { faults, image } = this.options;
    if (!faults.stale) this.old = undefined;
    else this.old ??= image();
    if (faults.silent) return;
    for (const client of this.clients) client.poll(nowNs);
  }

  private onLogin(client: Client): void {
    const { faults, counters, session, image } = this.options;
    counters.requests++;
    if (faults.silent || faults.refuseLogin) {
      counters.dropped++;
      if (!faults.silent) client.reject();
      return;
    }
    const { messages, nextSequence } = this.old ?? image();
    client.acceptLogin(faults.wrongSession ? "OTHER" : session);
    const until = faults.closeAfter > 0 ? faults.closeAfter : messages.length;
    for (const message of messages.slice(0, until)) client.sequenced(message);
    counters.messages += Math.min(until, messages.length);
    if (faults.garbage) client.garbage();
    else if (faults.closeAfter === 0) {
      client.sequenced(closing(nextSequence));
      counters.answered++;
    }
    client.flush();
    if (faults.closeAfter > 0) client.end();
  }
}

function closing(nextSequence: number): Uint8Array {
  const message = new Uint8Array(1 + SOUP_SEQUENCE_BYTES);
  message[0] = SNAPSHOT;
  writeSoupSequence(message, 1, nextSequence);
  return message;
}

class Client implements FixPeer {
  private readonly splitter = new SoupSplitter(PAYLOAD_BYTES_MAX);
  private readonly batch = new Uint8Array(BATCH_BYTES);
  private used = 0;
  private rest: Uint8Array = new Uint8Array(0);
  private isLoggedIn = false;
  private isOpen = true;
  private nowNs: number;
  private sentNs: number;
  private heardNs: number;

  constructor(
    private readonly transport: FixTransport,
    nowNs: number,
    private readonly onLogin: () => void,
    private readonly onEnd: () => void,
  ) {
    this.nowNs = nowNs;
    this.sentNs = nowNs;
    this.heardNs = nowNs;
  }

  onData(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    this.heardNs = this.nowNs;
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    let at = 0;
    let type = this.splitter.next(all, at, all.length);
    while (type > 0 && this.isOpen) {
      at = this.splitter.end;
      this.packet(type, this.splitter.payloadLength);
      type = this.splitter.next(all, at, all.length);
    }
    this.rest = all.slice(at);
    if (type < 0) this.end();
  }

  onClose(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onEnd();
  }

  poll(nowNs: number): void {
    this.nowNs = nowNs;
    if (nowNs - this.heardNs >= SOUP_DEAD_MS * MS) this.end();
    else if (this.isLoggedIn && nowNs - this.sentNs >= SOUP_HEARTBEAT_MS * MS) {
      this.room(SOUP_HEADER_BYTES);
      this.used += writeSoupHeader(this.batch, this.used, SOUP_SERVER_HEARTBEAT, 0);
      this.flush();
    }
  }

  acceptLogin(session: string): void {
    this.isLoggedIn = true;
    this.room(LOGIN_BYTES_MAX);
    this.used += writeSoupAccepted(this.batch, this.used, session, 1);
  }

  reject(): void {
    this.room(LOGIN_BYTES_MAX);
    this.used += writeSoupRejected(this.batch, this.used, SOUP_NOT_AUTHORIZED);
    this.flush();
    this.end();
  }

  sequenced(message: Uint8Array): void {
    this.room(SOUP_HEADER_BYTES + message.length);
    const { batch, used } = this;
    this.used += writeSoupPacket(batch, used, SOUP_SEQUENCED, message, 0, message.length);
  }

  /** A packet without a type. */
  garbage(): void {
    this.room(2);
    this.batch.fill(0, this.used, this.used + 2);
    this.used += 2;
  }

  flush(): void {
    if (this.used === 0 || !this.isOpen) return;
    this.sentNs = this.nowNs;
    this.transport.send(this.batch.subarray(0, this.used));
    this.used = 0;
  }

  /** Closes from this side. */
  end(): void {
    this.transport.close();
    this.onClose();
  }

  private packet(type: number, length: number): void {
    if (type === SOUP_LOGOUT) this.end();
    else if (type !== SOUP_LOGIN_REQUEST) return;
    else if (length !== SOUP_LOGIN_REQUEST_BYTES || this.isLoggedIn) this.end();
    else this.onLogin();
  }

  private room(bytes: number): void {
    if (this.used + bytes > this.batch.length) this.flush();
  }
}
