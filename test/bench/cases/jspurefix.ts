/**
 * jspurefix beside our codec, in the same process: the same ExecutionReport taken apart, the same
 * NewOrderSingle encoded, with the same dictionary. Both sides check the sum and give the same 14
 * values of the report. What is compared is not the same kind of thing: it serves any message of a
 * dictionary as objects, ours patches and indexes bytes.
 */
import { NO_SLOT } from "../../../src/core/codes.ts";
import { TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { Execution } from "../../../src/fix/order/execution.ts";
import { ExecutionReader } from "../../../src/fix/order/execution-reader.ts";
import { SymbolTable } from "../../../src/fix/order/symbol-table.ts";
import { fixInstruments } from "../../support/fix-instruments.ts";
import {
  FIRST_SEQ,
  ORDER_PX,
  ORDER_QTY,
  ORDER_STEP_NS,
  orderEncoder,
  REPORT,
  REPORT_TAGS,
  reportIndexer,
  SESSION_START_S,
  TEN_O_CLOCK_NS,
} from "../fix-messages.ts";
import { jspurefixEncoder, jspurefixParser } from "../jspurefix.ts";
import type { Pair, PairCase } from "../pair.ts";
import { sameFields } from "../same-fields.ts";

const CHECKSUM = 10;
const LAST_QTY = 32;
const UNIT = 0.0001;
export const VALUES_PAIR = "FIX parse ExecutionReport to values";

/** Ours fills an Execution; theirs builds a view and gives typed values of the 14 tags. */
async function parse(): Promise<Pair> {
  const { decimals, unit } = orderEncoder().templates;
  const index = new TagIndex();
  const indexed = reportIndexer(index);
  const execution = new Execution();
  const symbols = new SymbolTable(fixInstruments(), 0);
  const counters = new Float64Array(256);
  const reader = new ExecutionReader(symbols, decimals, unit, "HP", counters);
  let values: unknown[] = [];
  const feed = await jspurefixParser((view) => {
    if (view.checksum() !== Number(view.getString(CHECKSUM))) throw new Error("bad sum");
    values = view.getTypedList(...REPORT_TAGS);
  });
  const bytes = Buffer.from(REPORT);
  const ours = () => {
    indexed();
    reader.read(index, execution, 1);
  };
  ours();
  feed(bytes);
  const lastQty = values[REPORT_TAGS.indexOf(LAST_QTY)];
  if (execution.lastQty !== lastQty || execution.slot === NO_SLOT) {
    throw new Error(`jspurefix reads LastQty ${lastQty}, ours ${execution.lastQty}`);
  }
  return { ours: { run: ours }, other: { run: () => feed(bytes) }, per: 1 };
}

/** Both encode a day order to buy AAPL, numbers and time growing. */
async function encode(): Promise<Pair> {
  const { encode: next, templates } = orderEncoder();
  const theirs = await jspurefixEncoder();
  let i = 0;
  const other = () => {
    i++;
    const time = new Date(SESSION_START_S * 1000 + (TEN_O_CLOCK_NS + i * ORDER_STEP_NS) / 1e6);
    const id = (i & 1023).toString(16).padStart(5, "0") + i.toString(16).padStart(8, "0");
    const odd = i & 1;
    const order = {
      ClOrdID: `HP${id}`,
      Account: "ACCOUNT1",
      HandlInst: "1",
      ExDestination: "XNAS",
      Instrument: odd === 1 ? { Symbol: "ESH6", SecurityExchange: "XCME" } : { Symbol: "AAPL" },
      Side: odd === 1 ? "1" : "2",
      TransactTime: time,
      OrderQtyData: { OrderQty: ORDER_QTY },
      OrdType: "2",
      Price: odd === 1 ? ORDER_PX / 4 : ORDER_PX * UNIT,
      TimeInForce: "0",
      ...((i & 8) === 0 ? {} : { ExecInst: "6" }),
    };
    theirs.encode("D", order, FIRST_SEQ + i, time);
  };
  for (let k = 0; k < 16; k++) {
    next();
    other();
    const { tx, start, length } = templates;
    sameFields(tx.slice(start, start + length), theirs.copy(), "jspurefix");
  }
  return { ours: { run: next }, other: { run: other }, per: 1 };
}

export function jspurefixPairs(): PairCase[] {
  return [
    {
      name: VALUES_PAIR,
      other: "jspurefix",
      note: `framed, summed, ${REPORT_TAGS.length} values read`,
      make: parse,
    },
    {
      name: "FIX encode NewOrderSingle",
      other: "jspurefix",
      note: "header, length and checksum included",
      make: encode,
    },
  ];
}
