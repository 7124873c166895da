/** One TCP connection of an OUCH client: cuts the bytes into SoupBinTCP packets and hands them on. */
import { SOUP_FAULT, SOUP_PARTIAL, SoupSplitter } from "../net/soup/soup-splitter.ts";
import type { FixPeer, FixTransport } from "./transport.ts";

const PAYLOAD_MAX = 1024;

export interface OuchConnectionOwner {
  /** A packet; its payload is valid during the call. */
  onPacket(connection: OuchConnection, type: number, payload: Uint8Array): void;
  onClosed(connection: OuchConnection): void;
}

export class OuchConnection implements FixPeer {
  /** False once either side has closed: nothing is sent or handled any more. */
  isOpen = true;
  private readonly splitter = new SoupSplitter(PAYLOAD_MAX);
  private buffer: Uint8Array = new Uint8Array(0);

  constructor(
    readonly transport: FixTransport,
    private readonly owner: OuchConnectionOwner,
  ) {}

  onData(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    const all = Buffer.concat([this.buffer, bytes]);
    let at = 0;
    let type = this.splitter.next(all, at, all.length);
    while (this.isOpen && type !== SOUP_PARTIAL && type !== SOUP_FAULT) {
      const { payloadAt, payloadLength, end } = this.splitter;
      this.owner.onPacket(this, type, all.subarray(payloadAt, payloadAt + payloadLength));
      at = end;
      type = this.splitter.next(all, at, all.length);
    }
    this.buffer = Uint8Array.from(all.subarray(at));
    if (type === SOUP_FAULT) this.close();
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
}
