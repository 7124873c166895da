/** One sentence in the log for each kill bit that appears: several processes may set them. */
import type { ControlBlock } from "../core/control-block.ts";
import { HP_KILL_ENGINE } from "../ffi/layout.ts";
import { NO_CANCEL_LEAVES } from "./open-orders.ts";
import { killNames } from "./status.ts";

export class KillWatch {
  private seen = 0;

  constructor(
    private readonly control: ControlBlock,
    private readonly log: (sentence: string) => void,
    /** Open orders whose cancels no session carries now; "" = none. */
    private readonly away: () => string = () => "",
    /** What an engine killed itself for; "" = it did not. */
    private readonly reason: () => string = () => "",
  ) {}

  poll(): void {
    const bits = this.control.killBits();
    const fresh = bits & ~this.seen;
    this.seen = bits;
    if (fresh === 0) return;
    const away = this.away();
    const rest = away === "" ? "what rests is cancelled" : `${away}: ${NO_CANCEL_LEAVES}`;
    const reason = (fresh & HP_KILL_ENGINE) === 0 ? "" : this.reason();
    const by = `${killNames(fresh).join(", ")}${reason === "" ? "" : ` (${reason})`}`;
    this.log(`control: killed by ${by}; no order passes until somebody arms; ${rest}`);
  }

  /** Somebody armed: a bit that is there from now on is a kill of its own. */
  clear(): void {
    this.seen = 0;
  }
}
