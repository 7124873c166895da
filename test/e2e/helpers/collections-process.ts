/**
 * The engine's path on synthetic packets for a number of turns, as a process whose collector logs
 * (test/e2e/collections.test.ts starts it and counts):
 *
 *   bun collections-process.ts CONFIG TURNS
 *
 * The path is the shadow's: the live classes of feed, book, strategy, gate, orders, FIX session and
 * journal, behind a played port and a venue that answers itself. One turn in ten carries packets and
 * an order of the drill; the others find nothing to do.
 */
import { writeSync } from "node:fs";
import { loadConfig } from "../../../src/config/load.ts";
import { engineOptions } from "../../../src/engine/from-config.ts";
import { GC_MARK_ARMED, GC_MARK_BEGIN, GC_MARK_END } from "../../../src/engine/gc-marks.ts";
import { loadStrategies } from "../../../src/engine/load-strategies.ts";
import { makeShadow } from "../../../src/engine/warm-up.ts";
import { FEED_MESSAGES } from "../../../src/feed/counters.ts";
import { loadShim } from "../../../src/ffi/load.ts";
import { FIX_MESSAGES_IN, FIX_MESSAGES_OUT } from "../../../src/fix/counters.ts";
import { ORDER_FILLS, ORDER_SENT } from "../../../src/order/counters.ts";

export const DONE_MARK = "hairpin-e2e turns done";
const IDLE_TURNS = 9;
/**
 * Until the heap has settled. Counted from 3 million turns there was one collection in 10^8 turns,
 * from 20 million none; late tier-ups of the compiler are the likely cause, not a proven one.
 */
const WARM_TURNS = 20_000_000;

export interface CollectionsResult {
  turns: number;
  packetTurns: number;
  messages: number;
  orders: number;
  fills: number;
  fixIn: number;
  fixOut: number;
  fault: string;
}

async function main(file: string, turns: number): Promise<void> {
  const options = engineOptions(loadConfig(file))[0]!;
  const strategies = await loadStrategies(options);
  const shim = loadShim();
  const shadow = makeShadow(shim, { options, sessionStartS: 1.7e9, strategies, seed: 1 });
  const { loop, counters } = shadow.path;
  const run = (rounds: number): void => {
    for (let i = 0; i < rounds; i++) {
      shadow.turn();
      for (let k = 0; k < IDLE_TURNS; k++) loop.turn();
    }
  };
  run(WARM_TURNS / (1 + IDLE_TURNS));
  mark(GC_MARK_BEGIN);
  Bun.gc(true);
  Bun.gc(true);
  mark(GC_MARK_END);
  const before = counters.slice();
  const turnsBefore = loop.turns;
  mark(GC_MARK_ARMED);
  const rounds = Math.ceil(turns / (1 + IDLE_TURNS));
  run(rounds);
  mark(DONE_MARK);
  const since = (counter: number): number => counters[counter]! - before[counter]!;
  const result: CollectionsResult = {
    turns: loop.turns - turnsBefore,
    packetTurns: rounds,
    messages: since(FEED_MESSAGES),
    orders: since(ORDER_SENT),
    fills: since(ORDER_FILLS),
    fixIn: since(FIX_MESSAGES_IN),
    fixOut: since(FIX_MESSAGES_OUT),
    fault: shadow.path.host.fault(),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function mark(line: string): void {
  writeSync(2, `${line}\n`);
}

if (import.meta.main) await main(process.argv[2]!, Number(process.argv[3]));
