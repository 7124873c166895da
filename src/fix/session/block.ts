// @hot
/** Writes one hp_session (hairpin.h): what status, metrics and the guard read of a session. */
import {
  HP_SESSION__BACKPRESSURE_W,
  HP_SESSION__CONNECTS_W,
  HP_SESSION__ENDS_W,
  HP_SESSION__GARBLED_W,
  HP_SESSION__LOGONS_W,
  HP_SESSION__NEXT_IN_W,
  HP_SESSION__NEXT_OUT_W,
  HP_SESSION__REASON,
  HP_SESSION__REASON_N,
  HP_SESSION__REJECTS_W,
  HP_SESSION__RESENDS_ASKED_W,
  HP_SESSION__RESENDS_SERVED_W,
  HP_SESSION__SOCKET_W,
  HP_SESSION__STATE_W,
  HP_SESSION_SIZE,
} from "../../ffi/layout.ts";

export class SessionBlock {
  readonly words: Uint32Array;
  /** Why the last connection ended. */
  readonly reason: Uint8Array;

  /** The block's words; memory of its own when there is none to share. */
  constructor(words?: Uint32Array) {
    this.words = words ?? new Uint32Array(new ArrayBuffer(HP_SESSION_SIZE));
    const { buffer, byteOffset } = this.words;
    this.reason = new Uint8Array(buffer, byteOffset + HP_SESSION__REASON, HP_SESSION__REASON_N);
  }

  state(state: number): void {
    this.words[HP_SESSION__STATE_W] = state;
  }

  sequences(nextOut: number, nextIn: number): void {
    this.words[HP_SESSION__NEXT_OUT_W] = nextOut;
    this.words[HP_SESSION__NEXT_IN_W] = nextIn;
  }

  /** Descriptor number, 0 = none. */
  socket(fd: number): void {
    this.words[HP_SESSION__SOCKET_W] = fd > 0 ? fd : 0;
  }

  connect(): void {
    this.words[HP_SESSION__CONNECTS_W]!++;
  }

  /** A connection ended, or a try failed; its reason stands. */
  end(): void {
    this.words[HP_SESSION__ENDS_W]!++;
  }

  logon(): void {
    this.words[HP_SESSION__LOGONS_W]!++;
  }

  resendAsked(): void {
    this.words[HP_SESSION__RESENDS_ASKED_W]!++;
  }

  resendServed(): void {
    this.words[HP_SESSION__RESENDS_SERVED_W]!++;
  }

  reject(): void {
    this.words[HP_SESSION__REJECTS_W]!++;
  }

  garbled(): void {
    this.words[HP_SESSION__GARBLED_W]!++;
  }

  backpressure(): void {
    this.words[HP_SESSION__BACKPRESSURE_W]!++;
  }
}
