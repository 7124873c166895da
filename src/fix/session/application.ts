import type { TagIndex } from "../codec/tag-index.ts";

/**
 * What a FIX session serves: orders, market data, a drop copy, an echo. The session keeps numbers,
 * resends and heartbeats to itself and hands on application messages, each once and in order.
 * Called on the path: numbers only, nothing is kept of `tags` behind the call.
 */
export interface FixApplication {
  /**
   * An application message, whole and validated. `type`: MsgType (35), up to four characters,
   * little-endian. Returns APP_*, which says how the session is to account for it.
   */
  onMessage(tags: TagIndex, type: number, seq: number, nowNs: number): number;
  /** BusinessMessageReject (j) or Reject (3) of our message with MsgSeqNum refSeq; reason 380 or 373. */
  onMessageReject(session: number, refSeq: number, reason: number): void;
  /**
   * A ResendRequest covered our message refSeq and was gap-filled. It was sent on an earlier
   * connection: it never reached.
   */
  onNeverReached(session: number, refSeq: number): void;
  /**
   * The same of a message sent, or sent again, on this connection: the peer may have it or may have
   * passed over it.
   */
  onUncertain?(session: number, refSeq: number): void;
  /**
   * Messages of this session that the application will never see: one refused by the dictionary
   * (type = its MsgType as in onMessage, seq its number), or numbers that the peer filled over or
   * reset (type 0).
   */
  onSkipped?(session: number, type: number, nowNs: number, seq?: number): void;
  /** Numbers begin at 1 again: those known of earlier messages mean nothing any more. */
  onSequencesReset?(session: number): void;
  /**
   * True when our application message refSeq may be sent again as it was, with PossDupFlag: never one
   * that was told as never reached. Asked only where the session replays (resend = "replay"); else
   * every one is gap-filled.
   */
  mayResend(session: number, refSeq: number, ageNs: number): boolean;
  /** SESSION_* of core/codes.ts. */
  onSessionState(session: number, state: number): void;
  /** Everything missed while away has been applied. */
  onSynced(session: number): void;
}

/** Taken; the session journals that it was consumed. */
export const APP_TAKEN = 0;
/** Taken, and the application has journaled it itself. */
export const APP_JOURNALED = 1;
/** Not one of its message types: BusinessMessageReject 380=3 (a Reject before FIX 4.2). */
export const APP_UNSUPPORTED = 2;
