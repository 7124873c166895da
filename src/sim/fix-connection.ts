/**
 * One TCP connection of a FIX client: cuts the bytes into messages and hands them on. Garbled
 * messages are skipped and counted, as the FIX session protocol asks.
 */
import { FRAME_MORE, frame } from "../fix/codec/framing.ts";
import { type FixMessage, FixReader } from "./fix-message.ts";
import type { FixPeer, FixTransport } from "./transport.ts";

const MESSAGE_BYTES_MAX = 16_384;

export interface ConnectionOwner {
  onMessage(connection: FixConnection, message: FixMessage): void;
  onGarbled(connection: FixConnection): void;
  onClosed(connection: FixConnection): void;
}

export class FixConnection implements FixPeer {
  /** False once either side has closed: nothing is sent or handled any more. */
  isOpen = true;
  private readonly reader = new FixReader();
  private buffer = new Uint8Array(2 * MESSAGE_BYTES_MAX);
  private used = 0;

  constructor(
    readonly transport: FixTransport,
    private readonly owner: ConnectionOwner,
  ) {}

  onData(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    this.append(bytes);
    let at = 0;
    while (this.isOpen && at < this.used) {
      const length = frame(this.buffer, at, this.used, MESSAGE_BYTES_MAX);
      if (length === FRAME_MORE) break;
      if (length < 0) {
        this.owner.onGarbled(this);
        at -= length;
        continue;
      }
      const message = this.reader.read(this.buffer, at, at + length);
      at += length;
      if (message === undefined) this.owner.onGarbled(this);
      else this.owner.onMessage(this, message);
    }
    this.buffer.copyWithin(0, at, this.used);
    this.used -= at;
  }

  onClose(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.owner.onClosed(this);
  }

  send(bytes: Uint8Array): void {
    if (this.isOpen) this.transport.send(bytes);
  }

  /** Closes from our side; the owner hears of it as if the peer had. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.transport.close();
    this.owner.onClosed(this);
  }

  private append(bytes: Uint8Array): void {
    if (this.used + bytes.length > this.buffer.length) {
      const larger = new Uint8Array(2 * (this.used + bytes.length));
      larger.set(this.buffer.subarray(0, this.used));
      this.buffer = larger;
    }
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }
}
