/** The client's side of a session with Cboe's gap request proxy or spin server (unit-frames.ts). */
import {
  UNIT_FAULT,
  UNIT_HEADER,
  UNIT_HEADER_BYTES,
  UNIT_LOGIN,
  UNIT_LOGIN_RESPONSE,
  UNIT_MESSAGE_BYTES,
  UNIT_PARTIAL,
  UnitSplitter,
  unitFrame,
  unitHeartbeat,
  writeField,
} from "./unit-frames.ts";

const HEARTBEAT_MS = 1000;
const DEAD_MS = 5000;
const ACCEPTED = 0x41;

export interface UnitLogin {
  /** Up to 4, 4 and 10 characters. */
  sessionSubId: string;
  username: string;
  password: string;
}

export interface UnitEvents {
  send(bytes: Uint8Array): void;
  nowMs(): number;
  onAccepted(): void;
  /** bytes[at, at + length) begins with length and type; those of the session have their length. */
  onMessage(type: number, bytes: Uint8Array, at: number, length: number): void;
  /** The session is lost: `why` ends a sentence that begins with the server's name. */
  onFail(why: string): void;
}

export class UnitClient {
  isAccepted = false;
  private readonly splitter = new UnitSplitter();
  private isOpen = false;
  private isOver = false;
  private sentMs = 0;
  private heardMs = 0;

  constructor(
    private readonly login: UnitLogin,
    private readonly events: UnitEvents,
  ) {}

  /** The connection is up: logs in. */
  open(): void {
    const frame = unitFrame(UNIT_LOGIN);
    const at = UNIT_HEADER_BYTES;
    writeField(frame, at + 2, 4, this.login.sessionSubId);
    writeField(frame, at + 6, 4, this.login.username);
    writeField(frame, at + 10, 2, "");
    writeField(frame, at + 12, 10, this.login.password);
    this.isOpen = true;
    this.heardMs = this.events.nowMs();
    this.send(frame);
  }

  send(frame: Uint8Array): void {
    this.sentMs = this.events.nowMs();
    this.events.send(frame);
  }

  /** Uses one header or message. Returns where the next one begins; `from`: more must come. */
  take(bytes: Uint8Array, from: number, to: number): number {
    const { splitter } = this;
    const type = this.isOver ? UNIT_PARTIAL : splitter.next(bytes, from, to);
    if (type === UNIT_PARTIAL) return from;
    this.heardMs = this.events.nowMs();
    if (type === UNIT_FAULT) {
      this.fail("sends what is no sequenced unit header");
      return from;
    }
    const { at, length, end } = splitter;
    if (type !== UNIT_HEADER) this.message(type, bytes, at, length);
    return end;
  }

  /** Heartbeats, and the silence of a server that is gone: not while nobody listens to it. */
  poll(isReading: boolean): void {
    if (!this.isOpen || this.isOver) return;
    const now = this.events.nowMs();
    if (!isReading) this.heardMs = now;
    if (now - this.heardMs >= DEAD_MS) this.fail(`has said nothing for ${DEAD_MS / 1000} s`);
    else if (now - this.sentMs >= HEARTBEAT_MS) this.send(unitHeartbeat());
  }

  private message(type: number, bytes: Uint8Array, at: number, length: number): void {
    const known = UNIT_MESSAGE_BYTES[type];
    if (known !== undefined && known !== length) {
      this.fail(`sends a message of type 0x${hex(type)} with ${length} bytes`);
    } else if (type !== UNIT_LOGIN_RESPONSE) {
      if (this.isAccepted) this.events.onMessage(type, bytes, at, length);
      // An image may be offered to everybody; all else is for those who are logged in.
    } else if (bytes[at + 2] === ACCEPTED) {
      this.isAccepted = true;
      this.events.onAccepted();
    } else this.fail(loginText(bytes[at + 2]!));
  }

  private fail(why: string): void {
    this.isOver = true;
    this.events.onFail(why);
  }
}

/** Status of a login response. */
function loginText(status: number): string {
  const letter = String.fromCharCode(status);
  if (letter === "N") return "refuses the login: wrong user or password";
  if (letter === "B") return "refuses the login: the session is in use";
  if (letter === "S") return "refuses the login: it has no such session";
  return `refuses the login (status 0x${hex(status)})`;
}

function hex(value: number): string {
  return value.toString(16).padStart(2, "0");
}
