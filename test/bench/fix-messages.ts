/** The FIX messages that benches encode and take apart, and how ours are made ready for that. */
import { ORDER_POST_ONLY, SIDE_BUY } from "../../src/core/codes.ts";
import { FRAME_MORE, frameBounds, readCheckSum } from "../../src/fix/codec/framing.ts";
import { TagIndex } from "../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../src/fix/codec/text.ts";
import { UtcTime } from "../../src/fix/codec/utc-time.ts";
import { loadDictionary } from "../../src/fix/dictionary/load.ts";
import { OrderTemplates } from "../../src/fix/order/order-templates.ts";
import type { TemplateOptions } from "../../src/fix/order/template-plan.ts";
import { fixInstruments } from "../support/fix-instruments.ts";

export const SESSION_START_S = 1_767_312_000;
/** 10:00 of the session date. */
export const TEN_O_CLOCK_NS = 36e12;
/** Between two orders. */
export const ORDER_STEP_NS = 1e5;
/** In units of 0.0001. */
export const ORDER_PX = 1_015_000;
export const ORDER_QTY = 100;
export const FIRST_SEQ = 100_000;
const ORDERS_MASK = 0xfffff;
const SLOTS_MASK = 1023;

/** Instruments AAPL and ESH6 on session 0, FIX 4.4, milliseconds, widths as long as they need. */
export function orderTemplateOptions(): TemplateOptions {
  return {
    dictionary: loadDictionary("FIX44"),
    instruments: fixInstruments(),
    session: 0,
    beginString: "FIX.4.4",
    senderCompId: "HAIRPIN",
    targetCompId: "EXCHANGE",
    headerTags: {},
    staticTags: { 1: "ACCOUNT1", 21: "1", 100: "XNAS" },
    postOnly: { tag: 18, value: "6" },
    idPrefix: "HP",
    timestampDigits: 3,
    zeroPad: false,
  };
}

/** NewOrderSingle after NewOrderSingle; instrument, side and flags alternate. */
export function orderEncoder() {
  const time = new UtcTime(SESSION_START_S, 3);
  const tx = new Uint8Array(new ArrayBuffer(16_384));
  const templates = new OrderTemplates(orderTemplateOptions(), tx, 0, time);
  let i = 0;
  const encode = () => {
    i = (i + 1) & ORDERS_MASK;
    time.set(TEN_O_CLOCK_NS + i * ORDER_STEP_NS);
    const odd = i & 1;
    templates.encodeNew(
      FIRST_SEQ + i,
      i & SLOTS_MASK,
      i,
      odd,
      SIDE_BUY * (odd * 2 - 1),
      ORDER_QTY,
      ORDER_PX,
      i & ORDER_POST_ONLY,
    );
  };
  return { encode, templates };
}

export const REPORT_BODY =
  "37=V00012345|17=E000123456|11=HP0001f00300007|150=F|39=1|55=AAPL|54=1|38=100|44=101.5000|" +
  "32=40|31=101.5000|151=60|14=40|6=101.5|60=20260102-10:00:00.125|851=1|";

/** What a session needs of a report. */
export const REPORT_TAGS = [34, 37, 11, 17, 150, 39, 55, 54, 38, 44, 32, 31, 14, 151];

export const reportHead = (type: string, seq: number) =>
  `35=${type}|34=${seq}|49=VENUE|56=ME|52=20260102-10:00:00.125|`;

/** An ExecutionReport: a fill in part. */
export const REPORT = wrapMessage(reportHead("8", 4711) + REPORT_BODY);

/** Frames the report, indexes it, checks its sum and finds REPORT_TAGS; returns a sum of offsets. */
export function reportIndexer(index = new TagIndex()): () => number {
  const tags = new Int32Array(new ArrayBuffer(4 * REPORT_TAGS.length));
  tags.set(REPORT_TAGS);
  return () => {
    const total = frameBounds(REPORT, 0, REPORT.length, 8192);
    if (total <= FRAME_MORE) throw new Error("not framed");
    index.parse(REPORT, 0, total);
    if (index.checkSum !== readCheckSum(REPORT, total - 7)) throw new Error("bad sum");
    let sum = 0;
    for (let k = 0; k < tags.length; k++) sum += index.offsetAt(index.find(tags[k]!));
    return sum;
  };
}
