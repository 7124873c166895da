/** One sentence in the log when the link of a port goes, and when it is back. */
import type { ControlBlock } from "../core/control-block.ts";
import {
  HP_PORT__IS_USED_W,
  HP_PORT_STATS__LINK_D,
  HP_PORTS_MAX,
  HP_PORTS_OF_DEVICES,
} from "../ffi/layout.ts";

/** Looked at so often, ms: a link that flaps is not worth more lines. */
const LOOK_MS = 250;

export class PortWatch {
  /** By port: the link that was told last. */
  private readonly isDown = new Map<number, boolean>();
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
    const isDown = link === 0;
    if (link < 0 || isDown === (this.isDown.get(index) ?? false)) return;
    this.isDown.set(index, isDown);
    const { name, device } = port.texts();
    this.log(`port ${name}: the link of ${device} is ${isDown ? "down" : "up again"}`);
  }
}
