// @hot
import { HP_BURST_MAX, HP_RX_STAMP_KERNEL } from "../ffi/layout.ts";
import {
  DESC_DOUBLES,
  DESC_FEED,
  DESC_FLAGS,
  DESC_LENGTH,
  DESC_LINE,
  DESC_OFFSET,
  DESC_RX_NS,
  DESC_WORDS,
} from "./desc.ts";
import type { Port } from "./port.ts";

/** What a played port's next burst is made of: HP_BURST_MAX slots, in the port's own arena. */
export class PlayedSlots {
  private readonly port: Port;
  /** Packets played since the last burst; the shim takes it and sets it to 0. */
  private readonly count: Uint32Array;
  private readonly slotSize: number;

  /** `port`: its arena and descriptors are there already. */
  constructor(port: Port, count: Uint32Array, slotSize: number) {
    this.port = port;
    this.count = count;
    this.slotSize = slotSize;
  }

  /**
   * Puts payload[from, from + length) into the next burst, under a line of a feed. False when that burst
   * has its 64 packets, when the packet is longer than a slot or not inside `payload`. Like a live burst,
   * it writes over the packets of the burst before it.
   */
  put(
    payload: Uint8Array,
    from: number,
    length: number,
    line: number,
    rxNs: number,
    feed: number,
  ): boolean {
    const port = this.port;
    const slot = this.count[0]!;
    if (slot >= HP_BURST_MAX || length > this.slotSize) return false;
    if (from < 0 || length < 0 || from + length > payload.length) return false;
    const at = slot * this.slotSize;
    for (let i = 0; i < length; i++) port.bytes[at + i] = payload[from + i]!;
    const out = slot * DESC_WORDS;
    port.desc[out + DESC_OFFSET] = at;
    port.desc[out + DESC_LENGTH] = length;
    port.desc[out + DESC_FLAGS] = rxNs !== 0 ? HP_RX_STAMP_KERNEL : 0;
    port.desc[out + DESC_LINE] = line;
    port.desc[out + DESC_FEED] = feed;
    port.descTime[slot * DESC_DOUBLES + DESC_RX_NS] = rxNs;
    this.count[0] = slot + 1;
    return true;
  }
}
