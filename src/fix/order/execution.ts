/**
 * One inbound order event, as numbers. The session owns one Execution and refills it for each
 * message; the order side reads it inside the callback and keeps nothing.
 */
export class Execution {
  session = 0;
  msgSeq = 0;
  /** 1 when PossDupFlag or PossResend was Y. */
  possDup = 0;
  /** From ClOrdID (11), see order-id.ts; slot = NO_SLOT when the id is not ours. */
  slot = 0;
  generation = 0;
  /** 1 when the id carries our prefix. */
  ours = 0;
  /** From OrigClOrdID (41); 0 when absent. */
  origSlot = 0;
  origGeneration = 0;
  /** Character code of ExecType (150), 0 when absent; of OrdStatus (39). */
  execType = 0;
  ordStatus = 0;
  instrument = 0; // NO_INSTRUMENT when Symbol (55) is not in the table
  side = 0;
  orderQty = 0;
  px = 0; // instrument units
  lastQty = 0;
  lastPx = 0;
  cumQty = 0;
  leavesQty = 0;
  /** 64-bit FNV-1a of ExecID (17) and ExecRefID (19), as two u32. */
  execIdLo = 0;
  execIdHi = 0;
  refIdLo = 0;
  refIdHi = 0;
  /** OrderID (37): offset and length in the stream's receive arena. */
  venueIdOffset = 0;
  venueIdLength = 0;
  /** OrdRejReason (103), CxlRejReason (102), or BusinessRejectReason (380); -1 when absent. */
  reason = 0;
  /** CxlRejResponseTo (434): 1 cancel, 2 replace. */
  responseTo = 0;
  /** LastLiquidityInd (851): 1 added, 2 removed, 0 not told. */
  liquidity = 0;
  /** A price or quantity did not divide or fit: a wrong number must not be guessed. */
  inexact = 0;
}

/** Who hears of order events and of the session's health. Implemented by src/order. */
export interface ExecutionSink {
  /** ExecutionReport (8). */
  onExecutionReport(execution: Execution): void;
  /** OrderCancelReject (9). */
  onCancelReject(execution: Execution): void;
  /** BusinessMessageReject (j) or Reject (3) of a message that we sent with MsgSeqNum refSeq. */
  onMessageReject(session: number, refSeq: number, reason: number): void;
  /** A ResendRequest covered our order message refSeq and was gap-filled: it never reached. */
  onNeverReached(session: number, refSeq: number): void;
  /** The same of one sent on this connection: the venue may have it or may have passed over it. */
  onUncertain?(session: number, refSeq: number): void;
  /** MsgSeqNum begins at 1 again: a number told so far means no message any more. */
  onSequencesReset?(session: number): void;
  /**
   * A report that the session refused: what it said is lost. Why: REFUSED_* of core/kill-reasons.ts;
   * its type, up to four characters, little-endian, and its number.
   */
  onRefusedReport?(session: number, reason: number, type: number, seq: number): void;
  /** Numbers that the venue filled over or reset: reports may have been among them. */
  onMissed?(session: number): void;
  /** True when the order message refSeq, `ageNs` old, may be sent again as it was. */
  mayResend(session: number, refSeq: number, ageNs: number): boolean;
  /** SESSION_* of core/codes.ts. */
  onSessionState(session: number, state: number): void;
  /** Everything missed while away has been applied (a TestRequest after logon was answered). */
  onSynced(session: number): void;
}

/** What the order side asks of a session. Implemented by order-session.ts. */
export interface OrderSession {
  readonly index: number;
  /** SESSION_*; new orders need SESSION_UP. */
  readonly state: number;
  /** True when bytes still wait for the socket: new orders are denied. */
  hasBacklog(): boolean;
  /**
   * Each returns the MsgSeqNum used (> 0), or a DENY_* code; nothing was sent in that case. nowNs:
   * the clock as the caller has just read it; left out, it is read again.
   */
  sendNew(
    slot: number,
    generation: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
    nowNs?: number,
  ): number;
  sendCancel(
    slot: number,
    generation: number,
    origGeneration: number,
    instrument: number,
    side: number,
    qty: number,
    /** ORDER_* flags of the order (short sales repeat their Side); 0 when left out. */
    flags?: number,
    nowNs?: number,
  ): number;
  sendReplace(
    slot: number,
    generation: number,
    origGeneration: number,
    instrument: number,
    side: number,
    qty: number,
    px: number,
    flags: number,
    nowNs?: number,
  ): number;
  /** OrderMassCancelRequest (q) for everything of this session. */
  sendMassCancel(generation: number, nowNs?: number): number;
  /** OrderStatusRequest (H), for an order of unknown fate. */
  sendStatusRequest(
    slot: number,
    generation: number,
    instrument: number,
    side: number,
    flags?: number,
    nowNs?: number,
  ): number;
}
