/**
 * Cboe's spin server: the orders of one unit as they are now (Multicast PITCH 2.41.64, over TCP; the
 * messages are in unit-frames.ts).
 *
 *   login ──▶ A ──▶ image available N, once a second ──▶ one that reaches what is held: request N
 *         ──▶ response A, with the number of orders ──▶ time, orders, trading states ...
 *         ──▶ finished N: live messages from N + 1 on
 */
import type { PitchEdition } from "../../feed/pitch/pitch-editions.ts";
import { pitchLengths, pitchOpenTypes } from "../../feed/pitch/pitch-lengths.ts";
import type { SnapshotLink, SnapshotProtocol } from "./snapshot-protocol.ts";
import { UnitClient, type UnitLogin } from "./unit-client.ts";
import {
  readU32,
  UNIT_GAP_RESPONSE,
  UNIT_HEADER_BYTES,
  UNIT_IMAGE_AVAILABLE,
  UNIT_LOGIN,
  UNIT_SPIN_FINISHED,
  UNIT_SPIN_REQUEST,
  UNIT_SPIN_RESPONSE,
  unitFrame,
  writeU32,
} from "./unit-frames.ts";

const ACCEPTED = "A";
/** Add order: long, short, expanded. */
const ADDS = [0x21, 0x22, 0x2f];
/** Types of the session from here to 0x8f that we do not use: instrument definitions. */
const SESSION_TYPES_FROM = 0x80;
const SESSION_TYPES_TO = 0x8f;

export interface SpinOptions extends UnitLogin {
  /** Of the feed: lengths of messages. */
  edition: PitchEdition;
}

export class Spin implements SnapshotProtocol {
  private readonly client: UnitClient;
  private readonly link: SnapshotLink;
  /** By type: length, 0 = unknown; and 1 where a message may be longer. */
  private readonly lengths: Uint8Array;
  private readonly openTypes: Uint8Array;
  /** Last message of the newest image, and of the one that is asked for; -1 = none. */
  private offered = -1;
  private asked = -1;
  private isComing = false;
  /** Orders that the response promised, and those that came. */
  private orders = 0;
  private ordersCame = 0;

  constructor(options: SpinOptions, link: SnapshotLink) {
    this.link = link;
    this.lengths = pitchLengths(options.edition);
    this.openTypes = pitchOpenTypes(options.edition);
    this.client = new UnitClient(options, {
      send: (bytes) => link.send(bytes),
      nowMs: () => link.nowMs(),
      onAccepted: () => link.progress(),
      onMessage: (type, bytes, at, length) => this.onMessage(type, bytes, at, length),
      onFail: (why) => link.fail(why),
    });
  }

  get waitsFor(): string {
    if (!this.client.isAccepted) return "an answer to the login";
    if (this.isComing) return "the next message of the image";
    if (this.asked >= 0) return "an answer to the request";
    if (this.offered < 0) return "an image";
    const { to } = this.link.hole();
    return `an image up to message ${to - 1} (the newest ends with ${this.offered})`;
  }

  open(): void {
    this.client.open();
  }

  take(bytes: Uint8Array, from: number, to: number): number {
    return this.client.take(bytes, from, to);
  }

  poll(isReading: boolean): void {
    this.client.poll(isReading);
  }

  private onMessage(type: number, bytes: Uint8Array, at: number, length: number): void {
    if (type === UNIT_IMAGE_AVAILABLE) this.onImage(readU32(bytes, at + 2));
    else if (type === UNIT_SPIN_RESPONSE) {
      this.onResponse(readU32(bytes, at + 6), String.fromCharCode(bytes[at + 10]!));
    } else if (type === UNIT_SPIN_FINISHED) this.onFinished(readU32(bytes, at + 2));
    else if (isOfSession(type)) return;
    else if (!this.isComing) this.link.fail("sends orders that nobody asked for");
    else if (!this.fits(type, length)) {
      // The decoder would leave it out, and the book would lack an order.
      this.link.fail(`sends a message of type 0x${type.toString(16)} with ${length} bytes`);
    } else {
      if (ADDS.includes(type)) this.ordersCame++;
      this.link.message(bytes, at, length);
    }
  }

  /** Types that we do not know are for the decoder to count. */
  private fits(type: number, length: number): boolean {
    const known = this.lengths[type]!;
    return known === 0 || length === known || (this.openTypes[type] === 1 && length > known);
  }

  private onImage(sequence: number): void {
    this.offered = sequence;
    if (this.asked >= 0) return;
    // One that ends before what is held would leave a hole.
    if (sequence + 1 < this.link.hole().to) return;
    this.asked = sequence;
    const frame = unitFrame(UNIT_SPIN_REQUEST);
    writeU32(frame, UNIT_HEADER_BYTES + 2, sequence);
    this.client.send(frame);
    this.link.progress();
  }

  private onResponse(orders: number, status: string): void {
    if (this.asked < 0 || this.isComing) this.link.fail("answers what nobody asked");
    else if (status === ACCEPTED) {
      this.isComing = true;
      this.orders = orders;
      this.link.progress();
    } else this.link.fail(`refuses the image: ${refusalText(status)}`);
  }

  private onFinished(sequence: number): void {
    const { orders, ordersCame, asked } = this;
    if (!this.isComing) this.link.fail("finishes what it has not begun");
    else if (sequence < asked) {
      this.link.fail(`finishes an image of message ${sequence}, not of ${asked}`);
    } else if (orders !== 0 && orders !== ordersCame) {
      // 0: editions that do not count.
      this.link.fail(`promised ${orders} orders and sent ${ordersCame}`);
    } else this.link.end(sequence + 1);
  }
}

function isOfSession(type: number): boolean {
  const isImage = type >= SESSION_TYPES_FROM && type <= SESSION_TYPES_TO;
  return isImage || (type >= UNIT_LOGIN && type <= UNIT_GAP_RESPONSE);
}

function refusalText(status: string): string {
  if (status === "O") return "it is not there yet";
  if (status === "S") return "another one is under way";
  return `status "${status}"`;
}
