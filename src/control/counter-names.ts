/** Names of the words of hp_engine.counters, by index: the modules' tables put together. */
import { BOOK_COUNTER_NAMES } from "../book/counters.ts";
import { ENGINE_COUNTER_NAMES } from "../engine/counters.ts";
import { FEED_COUNTER_NAMES } from "../feed/counters.ts";
import { FIX_COUNTER_NAMES } from "../fix/counters.ts";
import { MD_COUNTER_NAMES } from "../fix/market-data/counters.ts";
import { JOURNAL_COUNTER_NAMES } from "../journal/counters.ts";
import { ORDER_COUNTER_NAMES } from "../order/counters.ts";
import { DROP_COPY_COUNTER_NAMES } from "../order/drop-copy/counters.ts";
import { RISK_COUNTER_NAMES } from "../risk/counters.ts";
import { STRATEGY_COUNTER_NAMES } from "../strategy/counters.ts";

export const COUNTER_NAMES: Record<number, string> = {
  ...FEED_COUNTER_NAMES,
  ...BOOK_COUNTER_NAMES,
  ...RISK_COUNTER_NAMES,
  ...ORDER_COUNTER_NAMES,
  ...DROP_COPY_COUNTER_NAMES,
  ...FIX_COUNTER_NAMES,
  ...MD_COUNTER_NAMES,
  ...JOURNAL_COUNTER_NAMES,
  ...ENGINE_COUNTER_NAMES,
  ...STRATEGY_COUNTER_NAMES,
};
