/**
 * The whole path beside the same in C: the same packets, market maker, limits, templates and journal
 * records (test/support/maker-path.ts, where tests hold the two against each other byte for byte).
 * Both take the time where the engine does, behind the burst and before the send, and put one value
 * an order message into the same histogram; a turn's figure is its median.
 */
import { ORDER_IOC, SIDE_BUY } from "../../../src/core/codes.ts";
import { percentileNs } from "../../../src/core/histogram-stats.ts";
import { HP_JR_INTENT__GENERATION_W, HP_JR_INTENT__MSG_SEQ_W } from "../../../src/ffi/layout.ts";
import { loadShim } from "../../../src/ffi/load.ts";
import { TEMPLATE_BYTES } from "../../../src/fix/order/templates.ts";
import type { MakerParams } from "../../../src/strategy/maker.ts";
import { inCents, makerEngine, ORDERLY, warmTable } from "../../support/maker-packets.ts";
import { type MakerPathOptions, ReferencePath, TypescriptPath } from "../../support/maker-path.ts";
import { fieldsOf, loadReference, packStructs } from "../../support/reference.ts";
import { packTemplates } from "../../support/reference-fix.ts";
import {
  FIRST_SEQ,
  ORDER_QTY,
  ORDER_STEP_NS,
  orderEncoder,
  orderTemplateOptions,
  SESSION_START_S,
  TEN_O_CLOCK_NS,
} from "../fix-messages.ts";
import type { Pair, PairCase, TimedPair } from "../pair.ts";
import { startClock } from "../path-rig.ts";

export const PATH_PAIR =
  "whole path of the market maker: packet in the arena to order handed to send";
export const ENCODE_PAIR = "FIX encode NewOrderSingle in place";

const SYMBOLS = ["AAA", "BBB", "CCC", "DDD"];
const PARAMS: MakerParams = {
  size_shares: 100,
  spread_ticks: 2,
  skew_ticks: 2,
  max_inventory_shares: 500,
  requote_ticks: 1,
  refresh_ms: 50,
  mark_short: true,
};
const PRICE = 100;
const SEED = 1;
/** Rounds of the packets; each has about two thousand. */
const CYCLES = 500;
/** Rows of the packet table in a turn; and of all rows, those that warm. */
const TURN_ROWS = 3000;
const WARM_SHARE = 0.6;
/** Orders, or checks of the gate, a run. */
const BATCH = 1024;
const STEP_NS = 1e6;
const FAR_BEHIND_NS = 1e15;

function pathOptions(sessionStartS: number, startNs: number): MakerPathOptions {
  return {
    engine: makerEngine(inCents(SYMBOLS)),
    params: PARAMS,
    rule: { newEvery: 3, replaceEvery: 5, halfEvery: 2 },
    sessionStartS,
    startNs,
    isLive: true,
    journalBytes: 1 << 22,
    keepBytes: 0,
  };
}

/** Both paths, and their packets. */
async function makeBoth(cycles: number) {
  const shim = loadShim();
  const { clock, sessionStartS } = startClock(shim);
  const startNs = clock.now();
  const options = pathOptions(sessionStartS, startNs);
  const packets = warmTable(options.engine, PRICE, SEED, cycles, { startNs, ...ORDERLY });
  const typescript = new TypescriptPath(shim, options);
  const c = new ReferencePath(await loadReference(), options, typescript.nextOut);
  return { packets, typescript, c };
}

async function pathPair(): Promise<TimedPair> {
  const { packets, typescript, c } = await makeBoth(CYCLES);
  const rows = packets.table.length / 4;
  const warmRows = Math.floor(rows * WARM_SHARE);
  const side = (run: (from: number, to: number) => void, buckets: Uint32Array) => {
    let from = 0;
    const step = (count: number) => {
      if (from + count > rows) throw new Error("the packets are used up");
      buckets.fill(0);
      run(from, from + count);
      from += count;
      return percentileNs(buckets, 0.5);
    };
    step(warmRows);
    return () => step(TURN_ROWS);
  };
  return {
    oursNs: side((from, to) => typescript.run(packets, from, to), typescript.latency),
    otherNs: side((from, to) => c.run(packets, from, to), c.latency()),
    per: TURN_ROWS,
  };
}

/** One order against the state that some packets have left, again and again. */
async function gatePair(): Promise<Pair> {
  const { packets, typescript, c } = await makeBoth(1);
  const { gate, market } = typescript.path;
  const book = market.views[0]!;
  const rows = packets.table.length / 4;
  let row = 0;
  for (; row < rows / 2 || (row < rows && book.bidPx(0) === 0); row++) {
    typescript.run(packets, row, row + 1);
    c.run(packets, row, row + 1);
  }
  // The best bid: no offer of our own is hit.
  const px = book.bidPx(0);
  // No bucket of tokens runs dry.
  let now = FAR_BEHIND_NS;
  const ours = () => {
    let passed = 0;
    for (let k = 0; k < BATCH; k++) {
      now += STEP_NS;
      if (gate.checkNew(0, SIDE_BUY, ORDER_QTY, px, ORDER_IOC, now) === 0) passed++;
    }
    if (passed !== BATCH) throw new Error("the gate denies");
  };
  let otherNow = now;
  const other = () => {
    const passed = c.gateCheck([0, SIDE_BUY, ORDER_QTY, px, ORDER_IOC], otherNow, STEP_NS, BATCH);
    if (passed !== BATCH) throw new Error("the gate of the C reference denies");
    otherNow += BATCH * STEP_NS;
  };
  return { ours: { run: ours }, other: { run: other }, per: BATCH };
}

async function encodePair(): Promise<Pair> {
  const reference = await loadReference();
  const { encode, templates } = orderEncoder();
  const options = orderTemplateOptions();
  const { fix, texts, segments } = packTemplates(options, SESSION_START_S);
  const blank = Object.fromEntries(fieldsOf("ref_instrument").map((name) => [name, 0]));
  const rows = packStructs(
    "ref_instrument",
    options.instruments.definitions.map((_, i) => ({
      ...blank,
      price_decimals: templates.decimals[i]!,
      price_unit: templates.unit[i]!,
    })),
  );
  const handle = reference.ref_fix_open(fix, rows, texts, segments);
  if (handle === 0) throw new Error("the C reference refuses the templates");
  const orders = new Int32Array(new ArrayBuffer(4 * BATCH * templates.order.length));
  const out = new Uint8Array(new ArrayBuffer(TEMPLATE_BYTES));
  for (let k = 0; k < BATCH; k++) {
    encode();
    const { order, tx, start, length } = templates;
    const wallNs = TEN_O_CLOCK_NS + (k + 1) * ORDER_STEP_NS;
    const written = reference.ref_fix_encode(handle, order, wallNs, out);
    const same = Buffer.compare(out.subarray(0, written), tx.subarray(start, start + length)) === 0;
    if (!same) throw new Error("the C reference encodes another message");
    // The reference adds k to both.
    order[HP_JR_INTENT__MSG_SEQ_W] = FIRST_SEQ;
    order[HP_JR_INTENT__GENERATION_W] = 1;
    orders.set(order, k * order.length);
  }
  const ours = () => {
    for (let k = 0; k < BATCH; k++) encode();
  };
  const other = () =>
    reference.ref_fix_encode_n(handle, orders, BATCH, TEN_O_CLOCK_NS, ORDER_STEP_NS, BATCH);
  return { ours: { run: ours }, other: { run: other }, per: BATCH };
}

export function referencePathPairs(): PairCase[] {
  const other = "C";
  return [
    { name: PATH_PAIR, other, note: "median of a turn's orders", make: pathPair },
    { name: "gate check of a new order of the market maker", other, make: gatePair },
    { name: ENCODE_PAIR, other, note: "instrument and side alternate", make: encodePair },
  ];
}
