/**
 * QuickFIX C++ beside our codec, in the same process: the same NewOrderSingle encoded, the same
 * ExecutionReport taken apart and its 14 values read, with the same dictionary. Both sides check length
 * and sum. Theirs is called for a batch at a time, so that the call from here weighs nothing.
 */
import { dlopen, ptr } from "bun:ffi";
import { join } from "node:path";
import { cString } from "../../../src/core/c-string.ts";
import { NO_SLOT } from "../../../src/core/codes.ts";
import { TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { ValidationPlan } from "../../../src/fix/codec/validation-plan.ts";
import { VALID, Validator } from "../../../src/fix/codec/validator.ts";
import { loadDictionary } from "../../../src/fix/dictionary/load.ts";
import { Execution } from "../../../src/fix/order/execution.ts";
import { ExecutionReader } from "../../../src/fix/order/execution-reader.ts";
import { SymbolTable } from "../../../src/fix/order/symbol-table.ts";
import { fixInstruments } from "../../support/fix-instruments.ts";
import { orderEncoder, REPORT, REPORT_TAGS, reportIndexer } from "../fix-messages.ts";
import type { Pair, PairCase } from "../pair.ts";
import { buildQuickfixCodec } from "../quickfix/build.ts";
import { sameFields } from "../same-fields.ts";

const DICTIONARY = join(import.meta.dir, "../../../fix-dictionaries/FIX44.xml");
const BATCH = 64;
const MESSAGE_BYTES_MAX = 1024;
const CHECKED = 16;
/** 34 and 32 of REPORT: what a parse of theirs sums. */
const REPORT_SUM = 4711 + 40;

function openCodec() {
  const { symbols } = dlopen(buildQuickfixCodec(), {
    qf_codec_open: { args: ["ptr"], returns: "ptr" },
    qf_codec_encode: { args: ["ptr", "i32", "i32", "i32", "ptr"], returns: "i32" },
    qf_codec_parse: { args: ["ptr", "ptr", "i32", "i32", "i32"], returns: "f64" },
  });
  const handle = symbols.qf_codec_open(ptr(cString(DICTIONARY)));
  if (handle === null) throw new Error("QuickFIX does not take the dictionary");
  return { symbols, handle };
}

/** `reuse`: one order object for all, its fields set again; else a new one for each. */
function encode(reuse: boolean): Pair {
  const { symbols, handle } = openCodec();
  const { encode: next, templates } = orderEncoder();
  const out = new Uint8Array(new ArrayBuffer(MESSAGE_BYTES_MAX));
  const outAddr = ptr(out);
  const theirs = (from: number, count: number) => {
    const length = symbols.qf_codec_encode(handle, reuse ? 1 : 0, from, count, outAddr);
    if (length < 0) throw new Error("QuickFIX can't encode the order");
    return length;
  };
  for (let i = 1; i <= CHECKED; i++) {
    next();
    const { tx, start, length } = templates;
    sameFields(tx.slice(start, start + length), out.slice(0, theirs(i, 1)), "QuickFIX");
  }
  const ours = () => {
    for (let k = 0; k < BATCH; k++) next();
  };
  let i = 0;
  const other = () => {
    theirs(i, BATCH);
    i = (i + BATCH) & 0xfffff;
  };
  return { ours: { run: ours }, other: { run: other }, per: BATCH };
}

/** `validates`: both hold the whole message against the dictionary, too. */
function parse(validates: boolean): Pair {
  const { symbols, handle } = openCodec();
  const { decimals, unit } = orderEncoder().templates;
  const dictionary = loadDictionary("FIX44");
  const index = new TagIndex(512, dictionary.dataTags);
  const validator = validates ? new Validator(new ValidationPlan(dictionary)) : null;
  const indexed = reportIndexer(index);
  const execution = new Execution();
  const counters = new Float64Array(256);
  const symbolTable = new SymbolTable(fixInstruments(), 0);
  const reader = new ExecutionReader(symbolTable, decimals, unit, "HP", counters);
  const ours = () => {
    for (let k = 0; k < BATCH; k++) {
      indexed();
      if (validator !== null && validator.validate(index) !== VALID) throw new Error("not valid");
      reader.read(index, execution, 1);
    }
  };
  ours();
  if (execution.lastQty !== 40 || execution.slot === NO_SLOT) throw new Error("a strange report");
  const bytes = new Uint8Array(new ArrayBuffer(REPORT.length));
  bytes.set(REPORT);
  const bytesAddr = ptr(bytes);
  const flag = validates ? 1 : 0;
  const other = () => {
    const sum = symbols.qf_codec_parse(handle, bytesAddr, bytes.length, flag, BATCH);
    if (sum !== BATCH * REPORT_SUM) throw new Error("QuickFIX reads another report");
  };
  return { ours: { run: ours }, other: { run: other }, per: BATCH };
}

export function quickfixPairs(): PairCase[] {
  const other = "QuickFIX";
  const values = `framed, summed, ${REPORT_TAGS.length} values read`;
  return [
    {
      name: "FIX parse ExecutionReport to values, over QuickFIX",
      other,
      note: values,
      make: () => parse(false),
    },
    {
      name: "FIX parse and validate ExecutionReport to values, over QuickFIX",
      other,
      note: "held against the dictionary, too",
      make: () => parse(true),
    },
    {
      name: "FIX encode NewOrderSingle, over QuickFIX with a new object",
      other,
      note: "header, length and checksum included",
      make: () => encode(false),
    },
    {
      name: "FIX encode NewOrderSingle, over QuickFIX with an object used again",
      other,
      note: "header, length and checksum included",
      make: () => encode(true),
    },
  ];
}
