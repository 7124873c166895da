// @hot
/** Sends numbered datagrams at a rate, and takes nothing back. */
import { HP_EAGAIN, HP_OK } from "../../ffi/layout.ts";
import type { Shim } from "../../ffi/shim.ts";
import type { Transmitter } from "../transmitter.ts";
import { MARK, STAMP_MARK, STAMP_SENT_NS, STAMP_SEQUENCE } from "./stamp.ts";

export class Generator {
  sent = 0;
  /** Sends that found no room, each of which was tried again. */
  refused = 0;
  status = HP_OK;

  constructor(
    private readonly shim: Shim,
    private readonly tx: Transmitter,
    private readonly flow: number,
    private readonly stop: Int32Array,
  ) {}

  /** `count` datagrams, until `endNs` (hp_clock_ns) at most; the ns that it took. */
  send(count: number, bytes: number, intervalNs: number, endNs: number): number {
    const shim = this.shim;
    const view = this.tx.txView;
    view.setUint32(STAMP_MARK, MARK);
    const start = shim.hp_clock_ns();
    let now = start;
    let next = start;
    while (this.sent < count && this.status === HP_OK && now < endNs) {
      if (Atomics.load(this.stop, 0) !== 0) break;
      if (now >= next) {
        view.setUint32(STAMP_SEQUENCE, this.sent);
        view.setFloat64(STAMP_SENT_NS, now);
        const status = this.tx.send(this.flow, 0, bytes);
        if (status === HP_OK) {
          this.sent++;
          next += intervalNs;
        } else if (status === HP_EAGAIN) this.refused++;
        else this.status = status;
      }
      now = shim.hp_clock_ns();
    }
    return now - start;
  }
}
