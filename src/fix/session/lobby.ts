/**
 * Where connections wait until they have said whose they are: several acceptor sessions on one port.
 *
 *   accepted -> bytes peeked at until one whole message is there -> its session's, or closed
 *
 * The message is only peeked at: the session reads it from the start. FIX session protocol (FIX 4.4
 * volume 2, "Logon"): the first message of a connection must be a Logon (35=A) that can be read and
 * comes from a party that is known; else the connection ends without a word, because an answer would
 * need a session to count it in.
 */
import type { Arena, Block } from "../../core/arena.ts";
import { statusText } from "../../core/status.ts";
import { HP_EAGAIN, HP_ENOSPC, HP_TCP_MAX } from "../../ffi/layout.ts";
import type { Shim } from "../../ffi/shim.ts";
import { formatPeer } from "../../net/address.ts";
import type { TcpListener } from "../../net/tcp-listener.ts";
import { FRAME_MORE, frame } from "../codec/framing.ts";
import { TagIndex } from "../codec/tag-index.ts";

/** Connections that wait at once unless the options say otherwise. */
export const LOBBY_WAITING_MAX = 256;
/** Longest first message, bytes. */
export const LOBBY_MESSAGE_BYTES = 4096;
const TIMEOUT_NS = 10e9;
/** What can't be accepted is told so often at most. */
const TELL_NS = 1e9;

/** Longest name in words for a log. */
const NAME_SHOWN_MAX = 64;

const BEGIN_STRING = 8;
const MSG_TYPE = 35;
const SENDER_COMP_ID = 49;
const TARGET_COMP_ID = 56;

/** An acceptor session, as the lobby sees it. */
export interface LobbySession {
  /**
   * Takes over the connection (TcpStream.adopt). False when one of its own is there already, or when
   * it takes none at this hour: the newcomer stays the lobby's, open, and is closed there.
   */
  accept(handle: number, nowNs: number): boolean;
}

export interface LobbyOptions {
  shim: Shim;
  /** LOBBY_MESSAGE_BYTES of it are taken. */
  arena: Arena;
  listener: TcpListener;
  /**
   * The session of that name. The names are the session's own: senderCompId is what the Logon has
   * as TargetCompID (56), targetCompId what it has as SenderCompID (49).
   */
  find(beginString: string, senderCompId: string, targetCompId: string): LobbySession | undefined;
  /** Connections that wait at once; more stay in the kernel's queue. Default 256. */
  waitingMax?: number;
  /** From accepted to a whole message; default 10 s. */
  timeoutNs?: number;
  /** For a log: who was closed ("1.2.3.4:5000"), and why, a sentence without a full stop. */
  onClosed?(peer: string, why: string): void;
  /** For a log, once a second at most: connections that could not be accepted, and why. */
  onFailed?(why: string): void;
}

/** Every connection accepted has ended in one of the others, or waits. */
export interface LobbyCounts {
  accepted: number;
  /** Taken over by a session. */
  admitted: number;
  /** Nothing whole in time. */
  timedOut: number;
  /** Ended by the peer, or broken. */
  ended: number;
  /** The first message was garbled, too long or no Logon. */
  notLogon: number;
  /** No session of that name. */
  unknown: number;
  /** The session has a connection already, or takes none at this hour. */
  refused: number;
  /** Accepting failed: no handle or descriptor was free. None of `accepted`. */
  failed: number;
}

interface Waiting {
  handle: number;
  deadlineNs: number;
}

export class Lobby {
  readonly counts: LobbyCounts = {
    accepted: 0,
    admitted: 0,
    timedOut: 0,
    ended: 0,
    notLogon: 0,
    unknown: 0,
    refused: 0,
    failed: 0,
  };
  private readonly o: LobbyOptions;
  private readonly block: Block;
  private readonly bytes: Uint8Array;
  private readonly tags = new TagIndex();
  private readonly waitingMax: number;
  private readonly timeoutNs: number;
  private waiting: Waiting[] = [];
  /** Of `counts.failed`, those that are still to be told, and when they may be. */
  private untold = 0;
  private tellNs = Number.NEGATIVE_INFINITY;
  private failedStatus = 0;

  constructor(options: LobbyOptions) {
    this.o = options;
    this.waitingMax = options.waitingMax ?? LOBBY_WAITING_MAX;
    this.timeoutNs = options.timeoutNs ?? TIMEOUT_NS;
    this.block = options.arena.take(LOBBY_MESSAGE_BYTES);
    const { buffer, offset } = this.block;
    this.bytes = new Uint8Array(buffer, offset, LOBBY_MESSAGE_BYTES);
  }

  /** Connections that wait now. */
  get size(): number {
    return this.waiting.length;
  }

  /** Accepts what there is room for, and looks at each that waits. */
  poll(nowNs: number): void {
    this.acceptAll(nowNs);
    if (this.untold > 0 && nowNs >= this.tellNs) this.tellFailed(nowNs);
    if (this.waiting.length === 0) return;
    this.waiting = this.waiting.filter((one) => this.stays(one, nowNs));
  }

  /** Closes all that wait. The listener is the caller's. */
  close(): void {
    for (const { handle } of this.waiting) this.o.shim.hp_tcp_close(handle);
    this.counts.ended += this.waiting.length;
    this.waiting = [];
  }

  private acceptAll(nowNs: number): void {
    const { shim, listener } = this.o;
    while (this.waiting.length < this.waitingMax) {
      const handle = listener.accept();
      if (handle === HP_EAGAIN) return;
      if (handle < 0) {
        this.counts.failed++;
        this.untold++;
        this.failedStatus = handle;
        return;
      }
      this.counts.accepted++;
      shim.hp_tcp_bind_arena(handle, this.block.addr, this.block.addr);
      this.waiting.push({ handle, deadlineNs: nowNs + this.timeoutNs });
    }
  }

  private tellFailed(nowNs: number): void {
    const count = this.untold === 1 ? "one try" : `${this.untold} tries`;
    this.untold = 0;
    this.tellNs = nowNs + TELL_NS;
    const errno = this.o.shim.hp_last_errno();
    const why =
      this.failedStatus === HP_ENOSPC
        ? `all ${HP_TCP_MAX} TCP handles of the process are in use, or no descriptor is free`
        : `${statusText(this.failedStatus)} (errno ${errno})`;
    this.o.onFailed?.(`${count} to accept a connection failed: ${why}`);
  }

  /** False when it has left: to its session, or closed. */
  private stays({ handle, deadlineNs }: Waiting, nowNs: number): boolean {
    const got = this.o.shim.hp_tcp_peek(handle, 0, LOBBY_MESSAGE_BYTES);
    if (got < 0 && got !== HP_EAGAIN) return this.end("ended", handle, statusText(got));
    const length = got < 0 ? 0 : frame(this.bytes, 0, got, LOBBY_MESSAGE_BYTES);
    if (length > FRAME_MORE) return this.admit(handle, length, nowNs);
    if (length < 0) return this.end("notLogon", handle, "the first message is garbled or too long");
    if (nowNs < deadlineNs) return true;
    return this.end("timedOut", handle, `no Logon in ${this.timeoutNs / 1e9} s`);
  }

  /** Hands the connection to the session that its first message names. */
  private admit(handle: number, length: number, nowNs: number): boolean {
    this.tags.parse(this.bytes, 0, length);
    if (this.text(MSG_TYPE) !== "A") {
      return this.end("notLogon", handle, "the first message is no Logon");
    }
    const begin = this.text(BEGIN_STRING);
    const sender = this.text(TARGET_COMP_ID);
    const target = this.text(SENDER_COMP_ID);
    const session = this.o.find(begin, sender, target);
    if (session === undefined) {
      return this.end("unknown", handle, `no session ${shown(begin, sender, target)} here`);
    }
    if (!session.accept(handle, nowNs)) {
      const why = `session ${shown(begin, sender, target)} is connected already, or takes none now`;
      return this.end("refused", handle, why);
    }
    this.counts.admitted++;
    return false;
  }

  /** "" when the message has no such field. */
  private text(tag: number): string {
    const field = this.tags.find(tag);
    if (field < 0) return "";
    const at = this.block.offset + this.tags.offsetAt(field);
    return Buffer.from(this.block.buffer, at, this.tags.lengthAt(field)).toString("latin1");
  }

  private end(counter: keyof LobbyCounts, handle: number, why: string): boolean {
    const { shim, onClosed } = this.o;
    this.counts[counter]++;
    onClosed?.(formatPeer(shim.hp_tcp_peer(handle)), why);
    // A socket that is closed with bytes unread resets the peer; an end in good order is enough.
    shim.hp_tcp_recv(handle, 0, LOBBY_MESSAGE_BYTES);
    shim.hp_tcp_close(handle);
    return false;
  }
}

/** Names that a stranger has chosen, for a log. */
function shown(...names: string[]): string {
  return names.map((name) => name.slice(0, NAME_SHOWN_MAX).replace(/[^\x20-\x7e]/g, "?")).join(":");
}
