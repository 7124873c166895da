import { AHEAD_BYTES_DEFAULT } from "./ahead.ts";
import {
  type FixSessionOptions,
  type Recorder,
  SESSION_RX_BYTES_MIN,
  SESSION_TX_BYTES_MIN,
} from "./options.ts";
import { MESSAGE_BYTES_DEFAULT } from "./receiver.ts";

/** Takes latencies nobody wants. */
export const NO_RECORDER: Recorder = { record() {} };

/** Throws when the stream's arenas are too small for the session. */
export function checkArenas(o: FixSessionOptions): void {
  if (o.stream.tx.length < SESSION_TX_BYTES_MIN) {
    throw new Error(
      `FIX session: the send arena has ${o.stream.tx.length} bytes, ${SESSION_TX_BYTES_MIN} are needed`,
    );
  }
  const messages = 2 * (o.maxMessageBytes ?? MESSAGE_BYTES_DEFAULT);
  const rx = Math.max(SESSION_RX_BYTES_MIN, messages + (o.aheadBytes ?? AHEAD_BYTES_DEFAULT));
  if (o.stream.rx.length < rx) {
    throw new Error(
      `FIX session: the receive arena has ${o.stream.rx.length} bytes, ${rx} are needed`,
    );
  }
}

/** Header tags of every message behind MsgSeqNum, SendingTime left out. */
export function headerOf(
  o: Pick<FixSessionOptions, "headerTags" | "senderSubId" | "targetSubId">,
): Record<number, string> {
  const tags: Record<number, string> = { ...o.headerTags };
  if (o.senderSubId) tags[50] = o.senderSubId;
  if (o.targetSubId) tags[57] = o.targetSubId;
  return tags;
}

export function beginStringOf(o: Pick<FixSessionOptions, "beginString" | "dictionary">): string {
  return o.beginString ?? o.dictionary.beginString;
}

/** 40 to 44 for FIX.4.0 to FIX.4.4; 50 for FIXT.1.1 and whatever comes later. */
export function versionOf(beginString: string): number {
  const found = /^FIX\.4\.([0-4])$/.exec(beginString);
  return found ? 40 + Number(found[1]) : 50;
}
