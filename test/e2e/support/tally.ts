/** What a run of kills went through: shows that it hit something. */
import type { LedgerState } from "./ledger.ts";

export class Tally {
  kills = 0;
  orders = 0;
  filled = 0;
  /** Orders that waited for the venue's word when they were orphaned. */
  underWay = 0;
  /** Of those, never noted as sent. */
  unsent = 0;
  neverReached = 0;
  /** Kills before which orders had been sent. */
  busy = 0;
  readonly targets: Record<string, number> = {};
  private last = NOTHING;

  /** A new venue and journal. */
  restart(): void {
    this.last = NOTHING;
  }

  add(target: string, ledger: LedgerState): void {
    const orders = [...ledger.orders.values()];
    const now = {
      orders: orders.length,
      filled: orders.filter((order) => order.filled > 0).length,
      underWay: ledger.underWay,
      unsent: ledger.unsent,
      neverReached: orders.filter((order) => order.state === "never-reached").length,
    };
    this.kills++;
    this.targets[target] = (this.targets[target] ?? 0) + 1;
    if (now.orders > this.last.orders) this.busy++;
    for (const key of KEYS) {
      this[key] += now[key] - this.last[key];
    }
    this.last = now;
  }

  toString(): string {
    const { last: _, ...all } = this;
    return JSON.stringify(all);
  }
}

const NOTHING = { orders: 0, filled: 0, underWay: 0, unsent: 0, neverReached: 0 };
const KEYS = ["orders", "filled", "underWay", "unsent", "neverReached"] as const;
