// @hot
/** Receives until `wanted` datagrams with the numbers 0 .. wanted - 1 are in, or until the time is over. */
import { HP_OK } from "../../ffi/layout.ts";
import type { Shim } from "../../ffi/shim.ts";
import { DESC_LENGTH, DESC_OFFSET, DESC_WORDS } from "../desc.ts";
import type { Port } from "../port.ts";

export class ReceiveCounter {
  /** Distinct. */
  received = 0;
  duplicates = 0;
  /** Too short for a number, or one that was not asked for. */
  strangers = 0;
  /** Number of the first and of the last to come; -1 = none came. */
  first = -1;
  last = -1;
  /** HP_OK, or what the port said. */
  status = HP_OK;
  private readonly seen: Uint8Array;

  constructor(
    private readonly shim: Shim,
    private readonly rx: Port,
    private readonly wanted: number,
    private readonly stop: Int32Array,
  ) {
    this.seen = new Uint8Array(wanted);
  }

  /** Polls without a pause until `endNs` (hp_clock_ns) at most. True when all came. */
  receive(endNs: number): boolean {
    const shim = this.shim;
    while (this.received < this.wanted && this.status === HP_OK) {
      if (Atomics.load(this.stop, 0) !== 0 || shim.hp_clock_ns() >= endNs) break;
      this.poll();
    }
    return this.received === this.wanted;
  }

  poll(): void {
    const rx = this.rx;
    const n = rx.rxBurst();
    if (n <= 0) {
      this.status = n;
      return;
    }
    for (let i = 0; i < n; i++) {
      const word = i * DESC_WORDS;
      this.take(rx.desc[word + DESC_OFFSET]!, rx.desc[word + DESC_LENGTH]!);
    }
    rx.rxRelease();
  }

  private take(offset: number, length: number): void {
    const number = length < 4 ? this.wanted : this.rx.view.getUint32(offset);
    if (number >= this.wanted) {
      this.strangers++;
      return;
    }
    if (this.seen[number] !== 0) {
      this.duplicates++;
      return;
    }
    this.seen[number] = 1;
    this.received++;
    if (this.first < 0) this.first = number;
    this.last = number;
  }
}
