/** One sentence in the log when an order session ends or cannot log on, and why. */
import type { ControlBlock } from "../core/control-block.ts";
import { HP_SESSION__ENDS_W, HP_SESSION__LOGONS_W } from "../ffi/layout.ts";

export class SessionWatch {
  private readonly ends: number[];
  private readonly logons: number[];
  private readonly told: string[];

  constructor(
    private readonly control: ControlBlock,
    private readonly names: readonly string[],
    private readonly log: (sentence: string) => void,
  ) {
    this.ends = names.map((_, i) => this.word(i, HP_SESSION__ENDS_W));
    this.logons = names.map((_, i) => this.word(i, HP_SESSION__LOGONS_W));
    this.told = names.map(() => "");
  }

  /** A venue that is down is told once, not at each try; a logon in between makes it news again. */
  poll(): void {
    for (let i = 0; i < this.names.length; i++) {
      const ends = this.word(i, HP_SESSION__ENDS_W);
      if (ends === this.ends[i]) continue;
      this.ends[i] = ends;
      const logons = this.word(i, HP_SESSION__LOGONS_W);
      if (logons !== this.logons[i]) this.told[i] = "";
      this.logons[i] = logons;
      const reason = this.control.session(i).reasonText();
      // Numbers in a venue's text change with each try.
      const kind = reason.replaceAll(/\d+/g, "#");
      if (reason === "" || kind === this.told[i]) continue;
      this.told[i] = kind;
      this.log(`session ${this.names[i]}: ${reason}`);
    }
  }

  private word(session: number, word: number): number {
    return Atomics.load(this.control.session(session).words, word);
  }
}
