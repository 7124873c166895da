import type { TemplateOptions } from "../order/template-plan.ts";
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
  const rx = Math.max(SESSION_RX_BYTES_MIN, 2 * (o.maxMessageBytes ?? MESSAGE_BYTES_DEFAULT));
  if (o.stream.rx.length < rx) {
    throw new Error(
      `FIX session: the receive arena has ${o.stream.rx.length} bytes, ${rx} are needed`,
    );
  }
}

/** Further header tags (with 50 and 57), and the header of administrative messages as text. */
export function headerOf(o: FixSessionOptions): { tags: Record<number, string>; text: string } {
  const tags: Record<number, string> = { ...o.headerTags };
  if (o.senderSubId) tags[50] = o.senderSubId;
  if (o.targetSubId) tags[57] = o.targetSubId;
  let text = `49=${o.senderCompId}\u000156=${o.targetCompId}\u0001`;
  for (const [tag, value] of Object.entries(tags)) text += `${tag}=${value}\u0001`;
  return { tags, text };
}

/** What the order templates are made from. */
export function templateOptions(o: FixSessionOptions): TemplateOptions {
  return {
    dictionary: o.dictionary,
    instruments: o.instruments,
    session: o.instrumentSession ?? o.index,
    beginString: beginStringOf(o),
    senderCompId: o.senderCompId,
    targetCompId: o.targetCompId,
    headerTags: headerOf(o).tags,
    staticTags: o.staticTags ?? {},
    postOnly: o.postOnly ?? { tag: 18, value: "6" },
    idPrefix: o.idPrefix,
    timestampDigits: o.timestampDigits ?? 3,
    zeroPad: o.zeroPad === true,
  };
}

export function beginStringOf(o: FixSessionOptions): string {
  return o.beginString ?? o.dictionary.beginString;
}
