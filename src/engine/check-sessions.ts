/**
 * What is wrong with an engine's sessions, found before anything is started: each is built as the
 * engine builds it, between a stream and a journal that nobody reads. Nothing is connected.
 */
import type { Instruments } from "../book/instruments.ts";
import { ManualClock } from "../core/clock.ts";
import { Histogram } from "../core/histogram.ts";
import { HP_COUNTERS_MAX, HP_EAGAIN } from "../ffi/layout.ts";
import { SESSION_RX_BYTES, SESSION_TX_BYTES } from "../fix/session/options.ts";
import { SessionWindows } from "../fix/session/session-windows.ts";
import { logonSigner } from "../fix/session/signature.ts";
import { createNullJournal } from "../journal/null-journal.ts";
import { SOUP_PASSWORD_BYTES, SOUP_USERNAME_BYTES } from "../net/soup/soup-login.ts";
import { STREAM_CONNECTING, type Stream } from "../net/stream.ts";
import {
  dictionaryOf,
  logonOf,
  makeOrderSession,
  type SessionParts,
  sessionLayer,
  soupSecret,
} from "./make-session.ts";
import type { EngineOptions, SessionOptions } from "./options.ts";
import { makeInstruments } from "./path.ts";
import { readSecret } from "./secret.ts";
import { SinkRelay } from "./sink-relay.ts";

export interface SessionProblem {
  /** Index of the [[session]] in the config. */
  session: number;
  /** Key of it that is to be looked at; [] = more than one. */
  key: readonly string[];
  /** One sentence with the session's name. */
  message: string;
}

/** All problems of the sessions of an engine; `sessionStartS`: of the session date. */
export function sessionProblems(options: EngineOptions, sessionStartS: number): SessionProblem[] {
  const instruments = makeInstruments(options);
  return options.sessions.flatMap((session, index) => {
    const parts = partsOf(options, instruments, index, sessionStartS);
    return problemsOf(session, parts).map(([key, message]) => ({
      session: session.block,
      key,
      message: `session ${session.name}: ${message}`,
    }));
  });
}

type Found = [key: readonly string[], message: string];

/** Parts first, each with its key; what none of them shows comes out when the whole is built. */
function problemsOf(session: SessionOptions, parts: SessionParts): Found[] {
  const found: Found[] = [];
  const attempt = (key: readonly string[], build: () => unknown) => {
    try {
      build();
    } catch (error) {
      found.push([key, error instanceof Error ? error.message : String(error)]);
    }
  };
  const isOuch = session.ouch !== undefined;
  const read = (file: string, max: number) => (isOuch ? soupSecret(file, max) : readSecret(file));
  if (!isOuch) attempt(["dictionary"], () => dictionaryOf(session));
  attempt(["username_file"], () => read(session.usernameFile, SOUP_USERNAME_BYTES));
  attempt(["password_file"], () => read(session.passwordFile, SOUP_PASSWORD_BYTES));
  const { sign, schedule } = session;
  if (sign !== null && found.length === 0) {
    attempt(["sign", "key_file"], () => logonSigner(sign, logonOf(session)));
  }
  if (schedule !== null) {
    attempt(["schedule"], () => new SessionWindows(schedule, parts.sessionStartS));
  }
  if (found.length > 0) return found;
  attempt([], () => {
    if (session.use === "orders") makeOrderSession(session, parts, new SinkRelay());
    else sessionLayer(session, parts);
  });
  return found;
}

function partsOf(
  options: EngineOptions,
  instruments: Instruments,
  index: number,
  sessionStartS: number,
): SessionParts {
  const histogram = () => new Histogram(new Uint32Array(new ArrayBuffer(4 * 2048)));
  return {
    index,
    stream: new NoStream(),
    journal: createNullJournal(options.index),
    clock: new ManualClock(),
    counters: new Float64Array(new ArrayBuffer(8 * HP_COUNTERS_MAX)),
    block: undefined,
    instruments,
    sessionStartS,
    sequences: { nextOut: 1, nextIn: 1 },
    idPrefix: options.idPrefix,
    durableAlways: options.durableAlways,
    latency: histogram(),
    wire: histogram(),
    isShadow: false,
    slots: options.maxOrders,
  };
}

/** Arenas without a socket. */
class NoStream implements Stream {
  readonly rx = new Uint8Array(new ArrayBuffer(SESSION_RX_BYTES));
  readonly txWords = new Int32Array(new ArrayBuffer(SESSION_TX_BYTES));
  readonly tx = new Uint8Array(this.txWords.buffer);

  open(): number {
    return STREAM_CONNECTING;
  }

  state(): number {
    return STREAM_CONNECTING;
  }

  send(): number {
    return HP_EAGAIN;
  }

  recv(): number {
    return HP_EAGAIN;
  }

  fd(): number {
    return -1;
  }

  close(): void {}
}
