/** The gate: every check that a new order passes, on three instruments and a book of two prices. */
import { ORDER_IOC, SIDE_BUY } from "../../../src/core/codes.ts";
import { Harness } from "../../unit/order/harness.ts";
import type { BenchCase } from "../bench-case.ts";

const PATH_NS = 50;
const BID = 999_900;
/** So that the rate's bucket never runs dry. */
const STEP_NS = 1e9;

function check() {
  const { gate } = new Harness();
  let now = 0;
  const run = () => {
    now += STEP_NS;
    const code = gate.checkNew(0, SIDE_BUY, 100, BID, ORDER_IOC, now);
    if (code !== 0) throw new Error(`denied: ${code}`);
  };
  return { run };
}

export function riskCases(): BenchCase[] {
  return [
    {
      name: "gate check of a new order",
      budgetNs: PATH_NS,
      note: "the budget also holds the strategy and the order's slot",
      make: check,
    },
  ];
}
