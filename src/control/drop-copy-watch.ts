/** One sentence in the log when a difference with a drop copy begins, and one when none is left. */
import type { ControlBlock } from "../core/control-block.ts";
import { HP_DROP_COPY__DIFFERING_W, HP_DROP_COPY__VERSION_W } from "../ffi/layout.ts";
import { type DifferenceStatus, differenceText, dropCopyStatus } from "./drop-copy-status.ts";

export class DropCopyWatch {
  private readonly versions: number[];
  /** By session: differences that were told and still stand. */
  private readonly told: Set<string>[];

  /** names: of the sessions, in the order of their blocks. */
  constructor(
    private readonly control: ControlBlock,
    private readonly names: readonly string[],
    private readonly log: (sentence: string) => void,
  ) {
    this.versions = names.map(() => -1);
    this.told = names.map(() => new Set());
  }

  poll(): void {
    for (let i = 0; i < this.names.length; i++) {
      const { words } = this.control.dropCopy(i);
      const version = Atomics.load(words, HP_DROP_COPY__VERSION_W);
      if (version === this.versions[i]) continue;
      this.versions[i] = version;
      const told = this.told[i]!;
      const isQuiet = Atomics.load(words, HP_DROP_COPY__DIFFERING_W) === 0 && told.size === 0;
      if (!isQuiet) this.look(i, told);
    }
  }

  private look(i: number, told: Set<string>): void {
    const name = this.names[i]!;
    const names = { session: name, engine: "", state: "" };
    const status = dropCopyStatus(this.control.dropCopy(i), names);
    if (status === null) return;
    const standing = new Set(status.differences.map(keyOf));
    for (const key of told) if (!standing.has(key)) told.delete(key);
    for (const difference of status.differences) {
      const key = keyOf(difference);
      if (told.has(key)) continue;
      told.add(key);
      this.log(`drop copy ${name}: ${differenceText(difference)}`);
    }
    if (status.differing === 0) this.log(`drop copy ${name}: no difference is left`);
  }
}

/** Which one it is, and of what kind: a kind that changes is told anew. */
function keyOf(d: DifferenceStatus): string {
  return `${d.kind} ${d.symbol} ${d.execIdHash}`;
}
