/** One sentence in the log for each kill bit that appears: several processes may set them. */
import type { ControlBlock } from "../core/control-block.ts";
import { killNames } from "./status.ts";

export class KillWatch {
  private seen = 0;

  constructor(
    private readonly control: ControlBlock,
    private readonly log: (sentence: string) => void,
  ) {}

  poll(): void {
    const bits = this.control.killBits();
    const fresh = bits & ~this.seen;
    this.seen = bits;
    if (fresh === 0) return;
    this.log(
      `control: killed by ${killNames(fresh).join(", ")}; what rests is cancelled, and no order passes until somebody arms`,
    );
  }

  /** Somebody armed: a bit that is there from now on is a kill of its own. */
  clear(): void {
    this.seen = 0;
  }
}
