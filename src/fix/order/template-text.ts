import { DictionaryError } from "../dictionary/model.ts";
import { ID_DIGITS } from "./order-id.ts";
import type { TemplatePlan } from "./template-plan.ts";

/** Bytes behind the pin that one template may take, trailer included. */
const TEMPLATE_ROOM = 2048 - 64;
/** "38=ddddddddddd|44=-dddddddddddddddddd.|10=ccc|" */
const TAIL_ROOM = 64;
const WORD = 4;

/** A plan as bytes: what OrderTemplate copies from, where it patches, and the sums. */
export interface TemplateText {
  /** "8=FIX.4.4|9=" and behind it "35=D|34=". */
  head: Uint8Array;
  beginLength: number;
  typeLength: number;
  /** The last four bytes of "8=FIX.4.4|9=", little-endian. */
  beginEnd: number;
  sendingTimeAt: number;
  timeAt: number;
  idAt: number;
  origIdAt: number;
  instrumentAt: number;
  /** Of all that is static, ids of zeros included. */
  staticSum: number;
  /** Bytes of all instruments and combos; a word may be read at each of them. */
  pool: DataView;
  instrumentFrom: Int32Array;
  instrumentLength: Int32Array;
  instrumentSum: Int32Array;
  comboFrom: Int32Array;
  comboLength: Int32Array;
  comboSum: Int32Array;
}

/**
 * Writes the fixed part at `pin` of the send arena (it begins with the SOH behind MsgSeqNum) and
 * gathers the rest. `timeLength`: bytes of a timestamp. At start, once per template.
 */
export function loadTemplate(
  plan: TemplatePlan,
  tx: Uint8Array,
  pin: number,
  beginString: string,
  idPrefix: string,
  timeLength: number,
): TemplateText {
  const SOH = "\u0001";
  const begin = `8=${beginString}${SOH}9=`;
  const type = `35=${plan.msgType}${SOH}34=`;
  const blankTime = "0".repeat(timeLength);
  const blankId = "0".repeat(ID_DIGITS);
  let fixed = `${SOH}${plan.header}52=`;
  const sendingTimeAt = pin + fixed.length;
  fixed += `${blankTime}${SOH}11=${idPrefix}`;
  const idAt = pin + fixed.length;
  fixed += blankId + SOH;
  let origIdAt = -1;
  if (plan.hasOrigId) {
    fixed += `41=${idPrefix}`;
    origIdAt = pin + fixed.length;
    fixed += blankId + SOH;
  }
  fixed += plan.body;
  let timeAt = -1;
  if (plan.hasTime) {
    fixed += "60=";
    timeAt = pin + fixed.length;
    fixed += blankTime + SOH;
  }
  const blankSum = (plan.hasTime ? 2 : 1) * sumOf(blankTime);
  const pool = `${plan.instrument.join("")}${plan.combo.join("")}`;
  const instruments = segments(plan.instrument, 0);
  const combos = segments(plan.combo, plan.instrument.join("").length);
  const longest = fixed.length + longestOf(plan.instrument) + longestOf(plan.combo) + TAIL_ROOM;
  if (longest > TEMPLATE_ROOM || pin + longest > tx.length) {
    throw new DictionaryError(
      `order message ${plan.msgType} takes ${longest} bytes with its tags; ${TEMPLATE_ROOM} are allowed`,
    );
  }
  tx.set(latin1(fixed), pin);
  const head = latin1(begin + type);
  return {
    head,
    beginEnd: viewOf(head).getInt32(begin.length - WORD, true),
    beginLength: begin.length,
    typeLength: type.length,
    sendingTimeAt,
    timeAt,
    idAt,
    origIdAt,
    instrumentAt: pin + fixed.length,
    // The SOH behind BodyLength stands in neither text.
    staticSum: sumOf(begin) + sumOf(type) + 1 + sumOf(fixed) - blankSum,
    pool: viewOf(latin1(pool + "\0".repeat(WORD))),
    instrumentFrom: instruments.from,
    instrumentLength: instruments.length,
    instrumentSum: instruments.sum,
    comboFrom: combos.from,
    comboLength: combos.length,
    comboSum: combos.sum,
  };
}

function segments(texts: readonly string[], at: number) {
  const size = 4 * Math.max(1, texts.length);
  const from = new Int32Array(new ArrayBuffer(size));
  const length = new Int32Array(new ArrayBuffer(size));
  const sum = new Int32Array(new ArrayBuffer(size));
  let offset = at;
  for (let i = 0; i < texts.length; i++) {
    from[i] = offset;
    length[i] = texts[i]!.length;
    sum[i] = sumOf(texts[i]!);
    offset += texts[i]!.length;
  }
  return { from, length, sum };
}

function longestOf(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, text.length), 0);
}

/** A copy outside the collected heap: the hot path reads it. */
function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(Math.max(8, text.length)));
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.subarray(0, text.length);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function sumOf(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += text.charCodeAt(i);
  return sum;
}
