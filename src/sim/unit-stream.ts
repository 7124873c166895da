/**
 * A TCP connection of the gap request proxy or the spin server: unit headers with sequence 0 around
 * messages that each begin with their length and type. What is malformed ends the connection.
 */
import { UNIT_COUNT_MAX, UNIT_HEADER_BYTES, writeUnitHeader } from "../feed/pitch/pitch-encoder.ts";
import type { FixPeer, FixTransport } from "./transport.ts";

const FRAME_BYTES_MAX = 1400;

export class UnitStream implements FixPeer {
  isOpen = true;
  private rest: Uint8Array = new Uint8Array(0);

  /** onMessage: one message, length and type included; false = it is malformed. */
  constructor(
    private readonly transport: FixTransport,
    private readonly onMessage: (message: Uint8Array) => boolean,
    private readonly onEnd: () => void,
  ) {}

  onData(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    let at = 0;
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    while (this.isOpen && all.length - at >= UNIT_HEADER_BYTES) {
      const length = all[at]! | (all[at + 1]! << 8);
      if (length < UNIT_HEADER_BYTES) {
        this.end();
        return;
      }
      if (all.length - at < length) break;
      if (!this.readFrame(all.subarray(at, at + length))) this.end();
      at += length;
    }
    this.rest = all.slice(at);
  }

  onClose(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onEnd();
  }

  /** Closes from this side. */
  end(): void {
    this.transport.close();
    this.onClose();
  }

  /** Sends messages in as many frames as they take; none = a heartbeat. */
  send(messages: readonly Uint8Array[]): void {
    let from = 0;
    do {
      let to = from;
      let bytes = UNIT_HEADER_BYTES;
      while (to < messages.length && to - from < UNIT_COUNT_MAX) {
        if (bytes + messages[to]!.length > FRAME_BYTES_MAX) break;
        bytes += messages[to++]!.length;
      }
      const frame = new Uint8Array(bytes);
      writeUnitHeader(frame, bytes, to - from, 0, 0);
      let at = UNIT_HEADER_BYTES;
      for (; from < to; from++) {
        frame.set(messages[from]!, at);
        at += messages[from]!.length;
      }
      this.transport.send(frame);
    } while (from < messages.length);
  }

  private readFrame(frame: Uint8Array): boolean {
    let at = UNIT_HEADER_BYTES;
    for (let left = frame[2]!; left > 0; left--) {
      const length = frame[at] ?? 0;
      if (length < 2 || at + length > frame.length) return false;
      if (!this.onMessage(frame.subarray(at, at + length))) return false;
      at += length;
    }
    return at === frame.length;
  }
}
