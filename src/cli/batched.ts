/** Many small pieces of output as few writes: a write for each would cost more than all the rest. */
import type { Io } from "./io.ts";

const PENDING_MAX = 65_536;

export class BatchedOut {
  private readonly io: Io;
  private pending = "";

  constructor(io: Io) {
    this.io = io;
  }

  add(text: string): void {
    this.pending += text;
    if (this.pending.length >= PENDING_MAX) this.flush();
  }

  flush(): void {
    if (this.pending !== "") this.io.out(this.pending);
    this.pending = "";
  }
}
