// @hot
/** Sends metered datagrams back to the address that they carry (stamp.ts). */
import { HP_EAGAIN, HP_OK, HP_RX_TRUNCATED, HP_TX_FLOWS_MAX } from "../../ffi/layout.ts";
import type { Shim } from "../../ffi/shim.ts";
import { DESC_FLAGS, DESC_LENGTH, DESC_OFFSET, DESC_WORDS } from "../desc.ts";
import type { Port } from "../port.ts";
import type { Transmitter } from "../transmitter.ts";
import { MARK, STAMP_ADDRESS, STAMP_BYTES, STAMP_MAC, STAMP_MARK, STAMP_PORT } from "./stamp.ts";

export class Reflector {
  received = 0;
  reflected = 0;
  /** No room, or no place for another sender's address. */
  refused = 0;
  strangers = 0;
  status = HP_OK;
  private flows = 0;
  private readonly addresses = new Uint32Array(HP_TX_FLOWS_MAX);
  private readonly ports = new Uint32Array(HP_TX_FLOWS_MAX);
  private readonly indexes = new Int32Array(HP_TX_FLOWS_MAX);

  /** `sourcePort`: of what is sent back. */
  constructor(
    private readonly shim: Shim,
    private readonly rx: Port,
    private readonly tx: Transmitter,
    private readonly stop: Int32Array,
    private readonly sourcePort: number,
  ) {}

  /** Until `endNs` (hp_clock_ns); HP_OK, or what a port said. */
  reflect(endNs: number): number {
    const shim = this.shim;
    const rx = this.rx;
    while (this.status === HP_OK && Atomics.load(this.stop, 0) === 0) {
      if (shim.hp_clock_ns() >= endNs) break;
      const n = rx.rxBurst();
      if (n < 0) this.status = n;
      if (n <= 0) continue;
      for (let i = 0; i < n; i++) this.take(i * DESC_WORDS);
      rx.rxRelease();
    }
    return this.status;
  }

  private take(word: number): void {
    const rx = this.rx;
    const offset = rx.desc[word + DESC_OFFSET]!;
    const length = rx.desc[word + DESC_LENGTH]!;
    const isCut = (rx.desc[word + DESC_FLAGS]! & HP_RX_TRUNCATED) !== 0;
    if (isCut || length < STAMP_BYTES || rx.view.getUint32(offset + STAMP_MARK) !== MARK) {
      this.strangers++;
      return;
    }
    this.received++;
    const address = rx.view.getUint32(offset + STAMP_ADDRESS);
    const port = rx.view.getUint16(offset + STAMP_PORT);
    const flow = address === 0 || port === 0 ? -1 : this.flowOf(address, port, offset);
    if (flow < 0 || length > this.tx.tx.length) {
      this.refused++;
      return;
    }
    this.copy(offset, length);
    const status = this.tx.send(flow, 0, length);
    if (status === HP_OK) this.reflected++;
    else if (status === HP_EAGAIN) this.refused++;
    else this.status = status;
  }

  private copy(offset: number, length: number): void {
    const from = this.rx.view;
    const to = this.tx.txView;
    const words = length & ~3;
    for (let i = 0; i < words; i += 4) to.setUint32(i, from.getUint32(offset + i));
    for (let i = words; i < length; i++) to.setUint8(i, from.getUint8(offset + i));
  }

  private flowOf(address: number, port: number, offset: number): number {
    for (let i = 0; i < this.flows; i++)
      if (this.addresses[i] === address && this.ports[i] === port) return this.indexes[i]!;
    return this.flows === HP_TX_FLOWS_MAX ? -1 : this.addFlow(address, port, offset);
  }

  /** A sender that is new. Its MAC address, where it has told one, saves asking for it. @cold */
  private addFlow(address: number, port: number, offset: number): number {
    const at = offset + STAMP_MAC;
    const mac = this.rx.bytes.slice(at, at + 6);
    const flow = this.tx.flow({
      address,
      port,
      sourcePort: this.sourcePort,
      ...(mac.some((byte) => byte !== 0) ? { mac } : {}),
    });
    if (flow < 0) return flow;
    this.addresses[this.flows] = address;
    this.ports[this.flows] = port;
    this.indexes[this.flows] = flow;
    this.flows++;
    return flow;
  }
}
