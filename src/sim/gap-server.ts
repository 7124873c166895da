/**
 * The gap request proxy of a unit: login, gap requests, a status for each; what was asked for goes
 * out on the gap group, a few packets at a turn. And the spin server: images of the book.
 */
import { encodePitch, UNIT_HEADER_BYTES } from "../feed/pitch/pitch-encoder.ts";
import { Random } from "./random.ts";
import { noRecoveryFaults } from "./recovery-faults.ts";
import type { FixPeer, FixTransport } from "./transport.ts";
import type { UnitPublisher } from "./unit-publisher.ts";
import { UnitStream } from "./unit-stream.ts";
import { type FeedRecovery, noRecoveries } from "./venue-feed.ts";

export interface GapServerOptions {
  publisher: UnitPublisher;
  /** The book as of now, for spins. */
  image: () => { messages: Uint8Array[]; orders: number };
  seed: number;
  /** Probability that a gap request is not answered. */
  loss: number;
}

/** A book as of a sequence number. */
interface Image {
  sequence: number;
  messages: Uint8Array[];
  orders: number;
}

const LOGIN = 0x01;
const GAP_REQUEST = 0x03;
const SPIN_REQUEST = 0x81;
const LOGIN_BYTES = 22;
const GAP_REQUEST_BYTES = 9;
const SPIN_REQUEST_BYTES = 6;
/** Stream of the seed that decides about answers; lines use 1 and up. */
const RANDOM_STREAM = 1000;
const SECOND_NS = 1e9;
/** Packets of answers in a turn, so that no receiver's buffer overflows. */
const PACKETS_PER_TURN = 16;
/** Images that can still be asked for. */
const IMAGES_KEPT = 4;

export class GapServer implements FeedRecovery {
  readonly counters = noRecoveries();
  readonly faults = noRecoveryFaults();
  refusing = false;
  private readonly random: Random;
  private readonly proxies = new Set<UnitStream>();
  private readonly spins = new Set<UnitStream>();
  private waiting: { sequence: number; count: number }[] = [];
  private images: Image[] = [];
  private beatNs = 0;

  constructor(private readonly options: GapServerOptions) {
    this.random = new Random(options.seed, RANDOM_STREAM);
  }

  accept(transport: FixTransport): FixPeer {
    let isLoggedIn = false;
    const stream: UnitStream = new UnitStream(
      transport,
      (message) => {
        if (this.faults.silent) return true;
        if (isLoggedIn && message[1] === GAP_REQUEST) return this.onGapRequest(stream, message);
        if (isLoggedIn || !this.isLogin(stream, message)) return this.malformed();
        isLoggedIn = true;
        return true;
      },
      () => this.proxies.delete(stream),
    );
    this.proxies.add(stream);
    return stream;
  }

  acceptSpin(transport: FixTransport): FixPeer {
    let isLoggedIn = false;
    const stream: UnitStream = new UnitStream(
      transport,
      (message) => {
        if (this.faults.silent) return true;
        if (isLoggedIn && message[1] === SPIN_REQUEST)
          return this.onSpinRequest(stream, transport, message);
        if (isLoggedIn || !this.isLogin(stream, message)) return this.malformed();
        isLoggedIn = true;
        this.takeImage();
        this.offer(stream);
        this.spins.add(stream);
        return true;
      },
      () => this.spins.delete(stream),
    );
    return stream;
  }

  /** Sends what waits, and each second a heartbeat, and an image to whoever wants one. */
  poll(nowNs: number): void {
    this.sendWaiting();
    if (nowNs - this.beatNs < SECOND_NS) return;
    this.beatNs = nowNs;
    if (this.faults.silent) return;
    for (const stream of this.proxies) stream.send([]);
    const { stale } = this.faults;
    if (this.spins.size === 0 && !stale) {
      this.images = [];
      return;
    }
    this.takeImage();
    for (const stream of this.spins) this.offer(stream);
  }

  private isLogin(stream: UnitStream, message: Uint8Array): boolean {
    if (message[1] !== LOGIN || message.length !== LOGIN_BYTES) return false;
    const { refuseLogin } = this.faults;
    if (refuseLogin) this.counters.dropped++;
    stream.send([encodePitch("loginResponse", { status: refuseLogin ? "N" : "A" })]);
    return !refuseLogin;
  }

  private malformed(): boolean {
    this.counters.malformed++;
    return false;
  }

  private onGapRequest(stream: UnitStream, message: Uint8Array): boolean {
    this.counters.requests++;
    if (message.length !== GAP_REQUEST_BYTES) return this.malformed();
    if (this.random.next() < this.options.loss) {
      this.counters.dropped++;
      return true;
    }
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    const unit = message[2]!;
    const sequence = view.getUint32(3, true);
    const count = view.getUint16(7, true);
    const status = this.judge(unit, sequence, count);
    stream.send([encodePitch("gapResponse", { unit, sequence, count, status })]);
    if (status !== "A") return true;
    this.counters.answered++;
    this.counters.messages += count;
    this.waiting.push({ sequence, count });
    this.sendWaiting();
    return true;
  }

  /** A accepted, I unit unknown, U unit down, O out of range. */
  private judge(unit: number, sequence: number, count: number): "A" | "I" | "U" | "O" {
    const { publisher } = this.options;
    if (unit !== publisher.unit) {
      this.counters.malformed++;
      return "I";
    }
    if (this.refusing) {
      this.counters.dropped++;
      return "U";
    }
    const { firstSequence, nextSequence } = publisher.log;
    if (count > 0 && sequence >= firstSequence && sequence + count <= nextSequence) return "A";
    this.counters.unavailable++;
    return "O";
  }

  private sendWaiting(): void {
    for (let packets = 0; packets < PACKETS_PER_TURN && this.waiting.length > 0; packets++) {
      const next = this.waiting[0]!;
      const sent = this.options.publisher.resend(next.sequence, next.count);
      next.sequence += sent;
      next.count -= sent;
      if (next.count === 0 || sent === 0) this.waiting.shift();
    }
  }

  /** The book after everything that has a sequence number. */
  private takeImage(): void {
    if (this.faults.stale && this.images.length > 0) return;
    const sequence = this.options.publisher.nextSequence - 1;
    this.images.push({ sequence, ...this.options.image() });
    if (this.images.length > IMAGES_KEPT) this.images.shift();
  }

  private offer(stream: UnitStream): void {
    const { sequence } = this.images.at(-1)!;
    stream.send([encodePitch("imageAvailable", { sequence })]);
  }

  private onSpinRequest(stream: UnitStream, transport: FixTransport, message: Uint8Array): boolean {
    this.counters.requests++;
    if (message.length !== SPIN_REQUEST_BYTES) return this.malformed();
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    const sequence = view.getUint32(2, true);
    const image = this.images.find((one) => one.sequence === sequence);
    if (image === undefined || this.refusing) {
      this.counters[this.refusing ? "dropped" : "unavailable"]++;
      const status = this.refusing ? "S" : "O";
      stream.send([encodePitch("spinResponse", { sequence, orders: 0, status })]);
      return true;
    }
    const { orders, messages } = image;
    const { closeAfter, garbage } = this.faults;
    const isWhole = closeAfter === 0 && !garbage;
    if (isWhole) this.counters.answered++;
    this.counters.messages += image.messages.length;
    stream.send([
      encodePitch("spinResponse", { sequence, orders, status: "A" }),
      ...messages.slice(0, closeAfter > 0 ? closeAfter : messages.length),
      ...(isWhole ? [encodePitch("spinFinished", { sequence })] : []),
    ]);
    if (garbage) transport.send(new Uint8Array(UNIT_HEADER_BYTES));
    return closeAfter === 0;
  }
}
