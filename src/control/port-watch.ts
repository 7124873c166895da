/** One sentence in the log when the link of a port goes, and when it is back. */
import type { ControlBlock } from "../core/control-block.ts";
import {
  HP_PORT__IS_USED_W,
  HP_PORT_STATS__LINK_CHANGES_D,
  HP_PORT_STATS__LINK_D,
  HP_PORTS_MAX,
  HP_PORTS_OF_DEVICES,
} from "../ffi/layout.ts";

/** Looked at so often, ms: a link that flaps is not worth more lines. */
const LOOK_MS = 250;

export class PortWatch {
  /** By port: the link that was told last, and how often it had changed by then. */
  private readonly told = new Map<number, { isDown: boolean; changes: number }>();
  private nextMs = 0;

  constructor(
    private readonly control: ControlBlock,
    private readonly nowMs: () => number,
    private readonly log: (sentence: string) => void,
  ) {}

  poll(): void {
    const now = this.nowMs();
    if (now < this.nextMs) return;
    this.nextMs = now + LOOK_MS;
    for (let i = HP_PORTS_OF_DEVICES; i < HP_PORTS_MAX; i++) this.look(i);
  }

  private look(index: number): void {
    const port = this.control.port(index);
    if (Atomics.load(port.words, HP_PORT__IS_USED_W) === 0) return;
    const link = port.doubles[HP_PORT_STATS__LINK_D]!;
    if (link < 0) return;
    const isDown = link === 0;
    const changes = port.doubles[HP_PORT_STATS__LINK_CHANGES_D]!;
    const before = this.told.get(index) ?? { isDown: false, changes };
    this.told.set(index, { isDown, changes });
    const { name, device } = port.texts();
    const what = `port ${name}: the link of ${device}`;
    if (isDown !== before.isDown) this.log(`${what} is ${isDown ? "down" : "up again"}`);
    else if (changes > before.changes && !isDown) this.log(`${what} was down for a moment`);
  }
}
