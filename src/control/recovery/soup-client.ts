/**
 * The client's side of a SoupBinTCP 3.00 session (net/soup/soup-packets.ts): logs in, keeps the
 * connection alive, and hands on what is sequenced.
 *
 *   new ── open() ──▶ waits for A ── A ──▶ logged in ── Z ──▶ over
 *                        └── J, silence, or no SoupBinTCP ──▶ failed
 */
import {
  readSoupSequence,
  SOUP_ACCEPTED_SEQUENCE_AT,
  SOUP_LOGIN_ACCEPTED_BYTES,
  SOUP_NO_SESSION,
  SOUP_NOT_AUTHORIZED,
  writeSoupLogin,
} from "../../net/soup/soup-login.ts";
import {
  SOUP_CLIENT_HEARTBEAT,
  SOUP_DEAD_MS,
  SOUP_DEBUG,
  SOUP_END_OF_SESSION,
  SOUP_HEARTBEAT_MS,
  SOUP_LOGIN_ACCEPTED,
  SOUP_LOGIN_REJECTED,
  SOUP_LOGOUT,
  SOUP_PACKET_BYTES_MAX,
  SOUP_SEQUENCED,
  SOUP_SERVER_HEARTBEAT,
  SOUP_UNSEQUENCED,
} from "../../net/soup/soup-packets.ts";
import { SOUP_FAULT, SOUP_PARTIAL, SoupSplitter } from "../../net/soup/soup-splitter.ts";

export interface SoupEvents {
  send(bytes: Uint8Array): void;
  nowMs(): number;
  /** sequence: number of the first message to come. bytes[sessionAt, +10): the session's name. */
  onAccepted(bytes: Uint8Array, sessionAt: number, sequence: number): void;
  /** A sequenced message. */
  onMessage(bytes: Uint8Array, at: number, length: number): void;
  onEnd(): void;
  /** The session is lost: `why` ends a sentence that begins with the server's name. */
  onFail(why: string): void;
}

export interface SoupLogin {
  username: string;
  password: string;
  /** "" = the one that is on. */
  session: string;
  /** First message wanted; 0 = from now on. */
  sequence: number;
}

const LOGIN_BYTES = 49;

export class SoupClient {
  isAccepted = false;
  private readonly splitter = new SoupSplitter(SOUP_PACKET_BYTES_MAX);
  private isOpen = false;
  private isOver = false;
  private sentMs = 0;
  private heardMs = 0;

  constructor(
    private readonly login: SoupLogin,
    private readonly events: SoupEvents,
  ) {}

  /** The connection is up: logs in. */
  open(): void {
    const { username, password, session, sequence } = this.login;
    const bytes = new Uint8Array(LOGIN_BYTES);
    writeSoupLogin(bytes, 0, username, password, session, sequence);
    this.isOpen = true;
    this.heardMs = this.events.nowMs();
    this.send(bytes);
  }

  /** Uses one packet of bytes[from, to). Returns where the next one begins; `from`: more must come. */
  take(bytes: Uint8Array, from: number, to: number): number {
    const type = this.splitter.next(bytes, from, to);
    if (type === SOUP_PARTIAL || this.isOver) return from;
    this.heardMs = this.events.nowMs();
    if (type === SOUP_FAULT) {
      this.fail("sends what is no SoupBinTCP");
      return from;
    }
    const { payloadAt, payloadLength, end } = this.splitter;
    this.packet(type, bytes, payloadAt, payloadLength);
    return end;
  }

  /** Heartbeats, and the silence of a server that is gone: not while nobody listens to it. */
  poll(isReading: boolean): void {
    if (!this.isOpen || this.isOver) return;
    const now = this.events.nowMs();
    if (!isReading) this.heardMs = now;
    if (now - this.heardMs >= SOUP_DEAD_MS) {
      this.fail(`has said nothing for ${SOUP_DEAD_MS / 1000} s`);
    } else if (now - this.sentMs >= SOUP_HEARTBEAT_MS) this.sendEmpty(SOUP_CLIENT_HEARTBEAT);
  }

  /** Says that it goes; the server closes the connection. */
  logout(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.sendEmpty(SOUP_LOGOUT);
  }

  private packet(type: number, bytes: Uint8Array, at: number, length: number): void {
    switch (type) {
      case SOUP_SEQUENCED:
        if (this.isAccepted) this.events.onMessage(bytes, at, length);
        else this.fail("sends messages before it has accepted the login");
        return;
      case SOUP_LOGIN_ACCEPTED:
        this.accepted(bytes, at, length);
        return;
      case SOUP_LOGIN_REJECTED:
        this.fail(rejectText(length === 0 ? 0 : bytes[at]!));
        return;
      case SOUP_END_OF_SESSION:
        this.isOver = true;
        this.events.onEnd();
        return;
      case SOUP_SERVER_HEARTBEAT:
      case SOUP_DEBUG:
      case SOUP_UNSEQUENCED:
        return;
      default:
        this.fail(`sends a packet of type 0x${type.toString(16).padStart(2, "0")}`);
    }
  }

  private accepted(bytes: Uint8Array, at: number, length: number): void {
    const isSound = length === SOUP_LOGIN_ACCEPTED_BYTES && !this.isAccepted;
    const sequence = isSound ? readSoupSequence(bytes, at + SOUP_ACCEPTED_SEQUENCE_AT) : -1;
    if (sequence < 0) {
      this.fail("accepts the login with a packet that is none");
      return;
    }
    this.isAccepted = true;
    this.events.onAccepted(bytes, at, sequence);
  }

  private fail(why: string): void {
    this.isOver = true;
    this.events.onFail(why);
  }

  private sendEmpty(type: number): void {
    this.send(Uint8Array.of(0, 1, type));
  }

  private send(bytes: Uint8Array): void {
    this.sentMs = this.events.nowMs();
    this.events.send(bytes);
  }
}

function rejectText(reason: number): string {
  if (reason === SOUP_NOT_AUTHORIZED) return "refuses the login: wrong user or password";
  if (reason === SOUP_NO_SESSION) return "refuses the login: it has no such session";
  return `refuses the login (reason 0x${reason.toString(16).padStart(2, "0")})`;
}
