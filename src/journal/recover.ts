/**
 * Folds a journal into what an engine needs to go on: per session the sequence numbers, the last
 * state (a kill is sticky), the highest run number. Orders and positions are rebuilt by the handler
 * (src/order), which sees every record in order.
 */
import {
  HP_JR_COPY,
  HP_JR_COPY__MSG_SEQ,
  HP_JR_COPY__SESSION,
  HP_JR_EXEC,
  HP_JR_EXEC__MSG_SEQ,
  HP_JR_EXEC__SESSION,
  HP_JR_INTENT,
  HP_JR_INTENT__MSG_SEQ,
  HP_JR_INTENT__SESSION,
  HP_JR_NOT_SENT,
  HP_JR_SENT__MSG_SEQ,
  HP_JR_SENT__SESSION,
  HP_JR_SESSION__MSG_SEQ,
  HP_JR_SESSION__NEXT_IN,
  HP_JR_SESSION__NEXT_OUT,
  HP_JR_SESSION__SESSION,
  HP_JR_SESSION_IN,
  HP_JR_SESSION_OUT,
  HP_JR_SESSION_RESET,
  HP_JR_START,
  HP_JR_STATE,
  HP_JR_STATE__KILL,
  HP_JR_STATE__STATE,
  HP_SESSIONS_MAX,
  HP_STATE_ARMED,
  HP_STATE_KILLED,
  HP_STATE_STARTING,
} from "../ffi/layout.ts";
import { JournalReader, type JournalSource, type ReadStop } from "./reader.ts";
import type { JournalRecord } from "./record.ts";

/** Sees each record in order; the object is reused. */
export interface RecordHandler {
  onRecord(record: JournalRecord): void;
}

export interface RecoveredSession {
  /** Next MsgSeqNum to send, and to expect. 1 for a session that never spoke. */
  nextOut: number;
  nextIn: number;
  /** When a record last changed one of them, ns since session start; absent = never. */
  lastNs?: number;
}

export interface RecoveredState {
  records: number;
  /** 0 = none; the next record is lastNumber + 1. */
  lastNumber: number;
  lastTimeNs: number;
  /** Highest run number seen, 0 = none. */
  epoch: number;
  /** Last HP_STATE_* recorded. */
  state: number;
  /** HP_KILL_* bits since the last time a person armed; 0 = not killed. */
  kill: number;
  isKilled: boolean;
  /** By session index, 0..HP_SESSIONS_MAX-1. */
  sessions: RecoveredSession[];
  /** Where reading stopped, see reader.ts. */
  stops: ReadStop[];
}

export function emptyState(): RecoveredState {
  return {
    records: 0,
    lastNumber: 0,
    lastTimeNs: 0,
    epoch: 0,
    state: HP_STATE_STARTING,
    kill: 0,
    isKilled: false,
    sessions: Array.from({ length: HP_SESSIONS_MAX }, () => ({ nextOut: 1, nextIn: 1 })),
    stops: [],
  };
}

/** Reads a journal and folds it. Never throws on bad content: see `stops`. */
export function recover(source: JournalSource, handler?: RecordHandler): RecoveredState {
  const reader = new JournalReader(source);
  const state = emptyState();
  for (const record of reader.read()) {
    if (source.beforeNumber !== undefined && record.number >= source.beforeNumber) break;
    fold(state, record);
    handler?.onRecord(record);
  }
  state.stops = reader.stops;
  return state;
}

/** Applies one record. */
export function fold(state: RecoveredState, record: JournalRecord): void {
  state.records++;
  state.lastNumber = record.number;
  state.lastTimeNs = record.timeNs;
  if (record.epoch > state.epoch) state.epoch = record.epoch;
  switch (record.type) {
    case HP_JR_INTENT: {
      const session = state.sessions[record.u32(HP_JR_INTENT__SESSION)];
      if (session === undefined) break;
      session.nextOut = record.u32(HP_JR_INTENT__MSG_SEQ) + 1;
      session.lastNs = record.timeNs;
      break;
    }
    case HP_JR_NOT_SENT: {
      const session = state.sessions[record.u32(HP_JR_SENT__SESSION)];
      const seq = record.u32(HP_JR_SENT__MSG_SEQ);
      if (session !== undefined && session.nextOut === seq + 1) session.nextOut = seq;
      break;
    }
    case HP_JR_EXEC:
      foldReport(state, record, HP_JR_EXEC__SESSION, HP_JR_EXEC__MSG_SEQ);
      break;
    case HP_JR_COPY:
      foldReport(state, record, HP_JR_COPY__SESSION, HP_JR_COPY__MSG_SEQ);
      break;
    case HP_JR_SESSION_OUT:
    case HP_JR_SESSION_IN:
    case HP_JR_SESSION_RESET:
      foldSession(state, record);
      break;
    case HP_JR_STATE:
    case HP_JR_START:
      foldState(state, record);
      break;
  }
}

/** A replayed report keeps its old number and takes nothing back. */
function foldReport(
  state: RecoveredState,
  record: JournalRecord,
  sessionAt: number,
  msgSeqAt: number,
): void {
  const session = state.sessions[record.u32(sessionAt)];
  if (session === undefined) return;
  session.nextIn = Math.max(session.nextIn, record.u32(msgSeqAt) + 1);
  session.lastNs = record.timeNs;
}

/**
 * Each direction is taken from the records of that direction: "after it" of the other one may stand
 * in front of a message that is being worked on. A gap fill we send carries the number it fills from,
 * an inbound message may come early, so next_* and not MsgSeqNum decides; 0 means not told.
 */
function foldSession(state: RecoveredState, record: JournalRecord): void {
  const session = state.sessions[record.u32(HP_JR_SESSION__SESSION)];
  if (session === undefined) return;
  session.lastNs = record.timeNs;
  const type = record.type;
  const after = record.u32(HP_JR_SESSION__MSG_SEQ) + 1;
  if (type !== HP_JR_SESSION_IN) {
    session.nextOut = record.u32(HP_JR_SESSION__NEXT_OUT) || Math.max(session.nextOut, after);
  }
  if (type !== HP_JR_SESSION_OUT) {
    session.nextIn = record.u32(HP_JR_SESSION__NEXT_IN) || Math.max(session.nextIn, after);
  }
}

/** A kill stays until a person arms again, over any number of restarts. */
function foldState(state: RecoveredState, record: JournalRecord): void {
  state.state = record.u32(HP_JR_STATE__STATE);
  if (record.type === HP_JR_STATE && state.state === HP_STATE_ARMED) {
    state.kill = 0;
    state.isKilled = false;
    return;
  }
  state.kill = (state.kill | record.u32(HP_JR_STATE__KILL)) >>> 0;
  state.isKilled = state.isKilled || state.state === HP_STATE_KILLED || state.kill !== 0;
}
