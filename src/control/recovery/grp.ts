/**
 * Asks Cboe's gap request proxy for what a unit is missing (Multicast PITCH 2.41.64, over TCP; the
 * messages are in unit-frames.ts). It answers each request with a status; the messages come to the
 * engine by the gap group, like any other line, and next_seq in hp_feed says how far they got.
 *
 *   hole ──▶ connect, login ──▶ request of at most countMax ──▶ A: the next one ... until the end
 *        ──▶ messages come by the gap group ──▶ hole closed
 *                                           └── none for timeoutMs ──▶ asked for again
 *
 * While the proxy rests (an allowance is used up, it refuses, it can't be reached), every hole is left
 * to a snapshot, if there is one. The session stays for a while after the last request: gaps seldom come alone.
 */
import type { FeedBlock } from "../../core/control-block.ts";
import {
  HP_FEED__GAP_SEQ_W,
  HP_FEED__GAP_SERVED_W,
  HP_FEED__NEXT_SEQ_D,
  HP_FEED__REPLIES_W,
  HP_FEED__REQUESTS_W,
  HP_FEED__TIMEOUTS_W,
} from "../../ffi/layout.ts";
import { ByteQueue } from "./byte-queue.ts";
import type { Connect, Connection } from "./connection.ts";
import type { HoleRoute } from "./hole-route.ts";
import { UnitClient, type UnitLogin } from "./unit-client.ts";
import {
  readU32,
  UNIT_GAP_REQUEST,
  UNIT_GAP_RESPONSE,
  UNIT_HEADER_BYTES,
  unitFrame,
  writeU32,
} from "./unit-frames.ts";

const PAUSE_MS_MAX = 30_000;
/** The session is left when nothing was asked for so long. */
const IDLE_MS = 30_000;
/** Connection and login. */
const LOGIN_MS = 5000;
/** Pauses until the allowances of a second and of a minute are new. */
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

export interface GrpOptions {
  feed: FeedBlock;
  route: HoleRoute;
  unit: number;
  host: string;
  port: number;
  /** Throws one sentence: the password file can't be read. */
  login(): UnitLogin;
  /** Messages of one request. */
  countMax: number;
  /** Without an answer, or a message of those asked for, for so long, it is asked again. */
  timeoutMs: number;
  /** Pause before the second connection; it doubles from one to the next. */
  pauseMs: number;
  /** Tries after the first before the hole is left to a snapshot, if there is one. */
  retries: number;
  nowMs(): number;
  connect: Connect;
  notice(sentence: string): void;
}

export class GrpRequests {
  /** Requests that were refused, and connections that came to nothing. */
  refused = 0;
  failed = 0;
  private readonly options: GrpOptions;
  private readonly words: Int32Array;
  private readonly doubles: Float64Array;
  private readonly queue = new ByteQueue(4096);
  private readonly name: string;
  private connection: Connection | undefined;
  private client: UnitClient | undefined;
  private served: number;
  /** Hole being worked on: next message to ask for, and one past the last; end = 0: none. */
  private next = 0;
  private end = 0;
  /** Messages of the request that waits for its answer; 0 = none does. */
  private awaited = 0;
  private countMax: number;
  private sentMs = 0;
  /** The engine's next message when it was asked. */
  private hadAtAsk = 0;
  private tries = 0;
  /** Nothing is asked, and nobody connected to, before. */
  private restUntilMs = 0;
  /** It rests because it gives nothing now: holes are left to a snapshot meanwhile, if there is one. */
  private isOut = false;
  private failures = 0;

  constructor(options: GrpOptions) {
    this.options = options;
    this.words = options.feed.words;
    this.doubles = options.feed.doubles;
    this.countMax = options.countMax;
    this.name = `the gap request proxy at ${options.host}:${options.port}`;
    // What was under way when a control before died is asked for again.
    this.served = this.words[HP_FEED__GAP_SERVED_W]! - 1;
  }

  poll(): void {
    const wanted = Atomics.load(this.words, HP_FEED__GAP_SEQ_W);
    if (wanted !== this.served) this.takeUp(wanted);
    this.client?.poll(true);
    const now = this.options.nowMs();
    if (this.end === 0) {
      if (this.connection !== undefined && now - this.sentMs >= IDLE_MS) this.disconnect();
      return;
    }
    const { from, to } = this.options.route.hole();
    const has = this.doubles[HP_FEED__NEXT_SEQ_D]!;
    if (to === 0 || has >= this.end || this.options.route.isForSnapshot(from, to)) {
      this.leave();
    } else if (now < this.restUntilMs) this.rest();
    else if (this.connection === undefined) this.open();
    else if (this.client?.isAccepted === true) this.mind(now);
    else if (now - this.sentMs >= LOGIN_MS) this.lost("did not answer the login");
  }

  close(): void {
    this.disconnect();
    this.leave();
  }

  /** A hole must not stay dark for a pause of the proxy. */
  private rest(): void {
    const { route } = this.options;
    if (!this.isOut || !route.hasSnapshot) return;
    this.leave();
    route.messagesRefused();
  }

  private takeUp(wanted: number): void {
    this.served = wanted;
    Atomics.store(this.words, HP_FEED__GAP_SERVED_W, wanted);
    const { route } = this.options;
    const { from, to } = route.hole();
    // The engine asks again and again: what is under way goes on.
    const isSame = this.end !== 0 && this.end === to;
    if (isSame || to === 0 || route.isForSnapshot(from, to)) return;
    this.next = from;
    this.end = to;
    this.awaited = 0;
    this.tries = 0;
  }

  private leave(): void {
    this.next = 0;
    this.end = 0;
    this.awaited = 0;
  }

  /** Asks for what is next, and again for what did not come. */
  private mind(now: number): void {
    if (this.awaited === 0 && this.next < this.end) {
      this.ask();
      return;
    }
    if (now - this.sentMs < this.options.timeoutMs) return;
    this.add(HP_FEED__TIMEOUTS_W);
    // Messages came meanwhile, though not all: that is no failure of the proxy.
    this.tries = this.doubles[HP_FEED__NEXT_SEQ_D]! > this.hadAtAsk ? 0 : this.tries + 1;
    if (this.tries > this.options.retries) {
      this.refuse("gives no answer, or nothing comes by the gap group", 0);
      return;
    }
    this.next = this.options.route.hole().from;
    this.ask();
  }

  private ask(): void {
    const count = Math.min(this.end - this.next, this.countMax);
    const frame = unitFrame(UNIT_GAP_REQUEST);
    const at = UNIT_HEADER_BYTES;
    frame[at + 2] = this.options.unit;
    writeU32(frame, at + 3, this.next);
    frame[at + 7] = count;
    frame[at + 8] = count >>> 8;
    this.awaited = count;
    this.sentMs = this.options.nowMs();
    this.hadAtAsk = this.doubles[HP_FEED__NEXT_SEQ_D]!;
    this.add(HP_FEED__REQUESTS_W);
    this.client!.send(frame);
  }

  private onResponse(bytes: Uint8Array, at: number): void {
    const first = readU32(bytes, at + 3);
    const count = bytes[at + 7]! + bytes[at + 8]! * 256;
    // An answer to a request that was given up meanwhile.
    if (this.awaited === 0 || first !== this.next || count !== this.awaited) return;
    this.awaited = 0;
    this.add(HP_FEED__REPLIES_W);
    const status = String.fromCharCode(bytes[at + 9]!);
    const until = `messages ${first} to ${first + count - 1}`;
    switch (status) {
      case "A":
        this.next = first + count;
        if (this.next < this.end) this.ask();
        return;
      case "S":
        this.restUntilMs = this.options.nowMs() + SECOND_MS;
        this.isOut = true;
        this.rest();
        return;
      case "C":
        if (count > 1) {
          this.countMax = count >> 1;
          this.ask();
        } else this.refuse("takes no request, however small", 0);
        return;
      case "M":
        this.refuse(`refuses ${until}: the allowance of this minute is used up`, MINUTE_MS);
        return;
      default:
        // An allowance of the day is asked for no more often than one of a minute.
        this.refuse(`refuses ${until}: ${refusalText(status)}`, status === "D" ? MINUTE_MS : 0);
    }
  }

  /** The hole is left to a snapshot; without one it is asked for again after a pause. */
  private refuse(why: string, pauseMs: number): void {
    this.refused++;
    this.leave();
    this.pause(why, pauseMs);
    this.isOut = true;
    this.options.route.messagesRefused();
  }

  private open(): void {
    const { host, port, connect, login } = this.options;
    this.queue.clear();
    this.sentMs = this.options.nowMs();
    try {
      this.client = new UnitClient(login(), {
        send: (bytes) => this.connection?.send(bytes),
        nowMs: () => this.options.nowMs(),
        onAccepted: () => {
          this.failures = 0;
          this.awaited = 0;
        },
        onMessage: (type, bytes, at) => {
          if (type === UNIT_GAP_RESPONSE) this.onResponse(bytes, at);
        },
        onFail: (why) => this.lost(why),
      });
    } catch (error) {
      this.lost(`is not asked: ${(error as Error).message}`);
      return;
    }
    const isNow = () => this.connection === connection;
    const connection = connect(host, port, {
      onOpen: () => {
        if (isNow()) this.client!.open();
      },
      onData: (bytes) => {
        if (isNow()) this.read(bytes);
      },
      onClose: (why) => {
        if (isNow()) this.lost(`is gone: ${why}`);
      },
    });
    this.connection = connection;
  }

  private read(bytes: Uint8Array): void {
    const { queue } = this;
    queue.push(bytes);
    while (this.client !== undefined && queue.length > 0) {
      const next = this.client.take(queue.bytes, queue.from, queue.to);
      if (next === queue.from) return;
      // The queue is empty when that message was the end of the session.
      if (this.client !== undefined) queue.from = next;
    }
  }

  /** The connection is lost, or was never there. */
  private lost(why: string): void {
    this.disconnect();
    if (this.end === 0) return;
    this.failed++;
    this.awaited = 0;
    this.next = this.options.route.hole().from || this.next;
    if (this.isOut && this.options.nowMs() < this.restUntilMs) {
      // A connection that goes meanwhile makes no allowance new.
      this.rest();
      return;
    }
    this.failures++;
    this.pause(why, 0);
    this.isOut = this.failures > this.options.retries;
    if (!this.isOut) return;
    this.leave();
    this.options.route.messagesRefused();
  }

  private pause(why: string, atLeastMs: number): void {
    const doubled = this.options.pauseMs * 2 ** Math.min(Math.max(this.failures - 1, 0), 16);
    const pause = Math.max(atLeastMs, Math.min(PAUSE_MS_MAX, doubled));
    this.restUntilMs = this.options.nowMs() + pause;
    this.options.notice(`${this.name} ${why}; next try in ${(pause / 1000).toFixed(1)} s`);
  }

  private disconnect(): void {
    this.connection?.close();
    this.connection = undefined;
    this.client = undefined;
    this.queue.clear();
  }

  private add(word: number): void {
    Atomics.store(this.words, word, (this.words[word]! + 1) | 0);
  }
}

/** Status of a gap response. */
function refusalText(status: string): string {
  if (status === "O") return "they are out of its range";
  if (status === "D") return "the allowance of this day is used up";
  if (status === "I") return "it has no such unit";
  if (status === "U") return "the unit is down";
  return `status "${status}"`;
}
