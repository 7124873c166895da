/**
 * A Stream is a non-blocking byte stream (FIX over TCP). It receives into and sends from arenas
 * that it owns; offsets are relative to them.
 */
export interface Stream {
  /** Receive arena. */
  readonly rx: Uint8Array;
  /** Send arena: templates live here, so that a send needs no copy. */
  readonly tx: Uint8Array;
  /** tx, as words for whole-word copies. */
  readonly txWords: Int32Array;
  /** Starts to connect; >= 0, or a negative status code. Poll state() until it is STREAM_UP. */
  open(): number;
  /** STREAM_CONNECTING, STREAM_UP, or the negative status code that ended it. */
  state(): number;
  /** Bytes taken (may be fewer than length), HP_EAGAIN when none, or a negative status code. */
  send(offset: number, length: number): number;
  /** Bytes received into rx at offset, HP_EAGAIN when none, HP_ECLOSED at the end, or a status. */
  recv(offset: number, capacity: number): number;
  /** The socket's descriptor number, for the guard; -1 when there is none. */
  fd(): number;
  close(): void;
}

export const STREAM_CONNECTING = 0;
export const STREAM_UP = 1;
