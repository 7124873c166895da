/**
 * Fetches snapshots for one feed, one after the other: connects when the engine has a hole that is to
 * be bridged, lets the protocol (glimpse.ts, spin.ts) log in and read, hands the messages to the
 * engine in slices, and tries again later when anything goes wrong.
 *
 *   idle ── hole ──▶ connecting ── open ──▶ running ── end ──▶ settling ── engine has it ──▶ idle
 *    ▲ ▲                 │                     │                  │
 *    │ └── hole closed ──┴─────────────────────┤                  │ it has not
 *    │                                         │ refused, silent, │
 *    └──── hole closed ──── resting ◀──────────┴─ garbage, gone ──┘
 *                              └── pause is over ──▶ connecting
 *
 * The engine hears of a snapshot when its first message is there, and of its end either way.
 */
import type { FeedBlock } from "../../core/control-block.ts";
import { HP_FEED__NEXT_SEQ_D } from "../../ffi/layout.ts";
import { ByteQueue } from "./byte-queue.ts";
import type { Connect, Connection } from "./connection.ts";
import type { HoleRoute } from "./hole-route.ts";
import { SLICE_MESSAGE_BYTES_MAX, type SliceWriter } from "./slice-writer.ts";
import type {
  Hole,
  MakeSnapshotProtocol,
  SnapshotLink,
  SnapshotProtocol,
} from "./snapshot-protocol.ts";

/** The pause before a try doubles up to this. */
const PAUSE_MS_MAX = 30_000;
/** Messages and packets used in one poll: control has other work. */
const STEPS_PER_POLL_MAX = 20_000;
const SESSION_BYTES = 10;

export interface SnapshotRunsOptions {
  feed: FeedBlock;
  route: HoleRoute;
  slices: SliceWriter;
  host: string;
  port: number;
  /** Silence after which a try has failed. */
  timeoutMs: number;
  /** Pause before the second try; it doubles from one to the next. */
  pauseMs: number;
  /** Tries after the first before the other way is taken, if there is one. */
  retries: number;
  nowMs(): number;
  connect: Connect;
  /** Throws one sentence when it can't be made: a password file that can't be read. */
  protocol: MakeSnapshotProtocol;
  /** Begins with the server: "the snapshot server at 10.0.0.1:4000 refuses the login ...". */
  notice(sentence: string): void;
}

export type SnapshotState = "idle" | "connecting" | "running" | "settling" | "resting";

export class SnapshotRuns implements SnapshotLink {
  state: SnapshotState = "idle";
  /** Snapshots that the engine has taken, and tries that came to nothing. */
  taken = 0;
  failed = 0;
  readonly session = new Uint8Array(SESSION_BYTES);
  private readonly options: SnapshotRunsOptions;
  private readonly queue = new ByteQueue();
  private readonly name: string;
  private connection: Connection | undefined;
  private protocol: SnapshotProtocol | undefined;
  private isPaused = false;
  private tries = 0;
  private startMs = 0;
  private progressMs = 0;
  private restUntilMs = 0;
  private endSeq = 0;
  /** Why the connection is gone, when bytes of it still wait. */
  private closedWhy = "";

  constructor(options: SnapshotRunsOptions) {
    this.options = options;
    this.name = `the snapshot server at ${options.host}:${options.port}`;
  }

  poll(): void {
    const { slices, route } = this.options;
    slices.poll();
    const hole = route.hole();
    switch (this.state) {
      case "idle":
        if (hole.to === 0) route.forget();
        else if (route.isForSnapshot(hole.from, hole.to)) this.start();
        return;
      case "resting":
        this.rest(hole);
        return;
      case "settling":
        this.settle(hole);
        return;
      default:
        this.run(hole);
    }
  }

  figures(): { state: SnapshotState; taken: number; failed: number } {
    return { state: this.state, taken: this.taken, failed: this.failed };
  }

  /** Lets go of the connection; the engine hears that the snapshot will not be finished. */
  close(): void {
    this.drop();
    this.state = "idle";
  }

  // ---- SnapshotLink ------------------------------------------------------------------------------

  send(bytes: Uint8Array): void {
    this.connection?.send(bytes);
  }

  nowMs(): number {
    return this.options.nowMs();
  }

  hole(): Hole {
    return this.options.route.hole();
  }

  progress(): void {
    this.progressMs = this.nowMs();
  }

  message(bytes: Uint8Array, at: number, length: number): boolean {
    if (this.state !== "running") return false;
    if (length > SLICE_MESSAGE_BYTES_MAX) {
      this.fail(`sends a message of ${length} bytes`);
      return false;
    }
    this.begin();
    this.options.slices.message(bytes, at, length);
    this.progress();
    return true;
  }

  end(sequence: number): void {
    if (this.state !== "running") return;
    this.begin();
    const { slices } = this.options;
    const { to } = this.hole();
    slices.end(sequence);
    this.endSeq = sequence;
    this.state = "settling";
    this.progress();
    const tookMs = Math.round(this.nowMs() - this.startMs);
    const ends = sequence < to ? `, though messages up to ${to - 1} are missing` : "";
    const what = `sent a snapshot of ${slices.messages} messages in ${tookMs} ms`;
    this.notice(`${what}; live from message ${sequence} on${ends}`);
    this.disconnect();
  }

  fail(why: string): void {
    if (this.state === "idle" || this.state === "resting") return;
    this.drop();
    this.failed++;
    this.tries++;
    const { retries, pauseMs, route } = this.options;
    const pause = Math.min(PAUSE_MS_MAX, pauseMs * 2 ** Math.min(this.tries - 1, 16));
    this.restUntilMs = this.nowMs() + pause;
    this.state = "resting";
    route.take(false);
    if (this.tries > retries) {
      // Who is asked for messages may do better; without one, the pauses are as long as they get.
      route.snapshotRefused();
    }
    this.notice(`${why}; next try in ${(pause / 1000).toFixed(1)} s`);
  }

  // ---- states ------------------------------------------------------------------------------------

  private start(): void {
    const { feed, host, port, connect, protocol, route } = this.options;
    this.session.set(feed.session.subarray(0, SESSION_BYTES));
    this.queue.clear();
    this.isPaused = false;
    this.closedWhy = "";
    this.startMs = this.nowMs();
    this.progressMs = this.startMs;
    this.state = "connecting";
    route.take(true);
    try {
      this.protocol = protocol(this);
    } catch (error) {
      this.fail(`is not asked: ${(error as Error).message}`);
      return;
    }
    // What comes late from a connection before must not reach this one.
    const isNow = () => this.connection === connection;
    const connection = connect(host, port, {
      onOpen: () => {
        if (!isNow()) return;
        this.state = "running";
        this.progress();
        this.protocol!.open();
      },
      onData: (bytes) => {
        if (!isNow() || this.state !== "running") return;
        this.queue.push(bytes);
        this.pump();
      },
      onClose: (why) => {
        if (!isNow()) return;
        this.closedWhy = why;
        this.pump();
      },
    });
    this.connection = connection;
  }

  private run(hole: Hole): void {
    if (hole.to === 0) {
      this.close();
      this.tries = 0;
      this.options.route.take(false);
      return;
    }
    if (!this.isOfSession()) {
      this.fail("is left: the feed's session has changed");
      return;
    }
    this.pump();
    if (this.isWaiting()) this.protocol?.poll(!this.isPaused);
    if (!this.isWaiting()) return;
    if (this.isPaused) this.progress();
    const { timeoutMs } = this.options;
    if (this.nowMs() - this.progressMs < timeoutMs) return;
    const what = this.state === "connecting" ? "the connection" : this.protocol!.waitsFor;
    this.fail(`is given up: ${what} did not come within ${timeoutMs} ms`);
  }

  /** The engine has it when it goes on from there. */
  private settle(hole: Hole): void {
    const { feed, timeoutMs, route } = this.options;
    const next = feed.doubles[HP_FEED__NEXT_SEQ_D]!;
    if (!this.isOfSession()) {
      this.fail("sent a snapshot of a session that is over");
    } else if (hole.to === 0 || next >= this.endSeq) {
      this.taken++;
      this.tries = 0;
      route.take(false);
      route.forget();
      // A hole that is left is for who is asked for messages; without one, for a newer snapshot.
      this.restUntilMs = this.nowMs() + this.options.pauseMs;
      this.state = hole.to === 0 ? "idle" : "resting";
    } else if (this.nowMs() - this.progressMs >= timeoutMs) {
      this.fail("sent a snapshot that the engine has not taken");
    }
  }

  private rest(hole: Hole): void {
    if (hole.to === 0) {
      this.state = "idle";
      this.tries = 0;
    } else if (this.nowMs() >= this.restUntilMs) {
      this.state = "idle";
    }
  }

  /** Uses what has come, as far as the ring has room; then the server waits. */
  private pump(): void {
    const { queue } = this;
    const { slices } = this.options;
    for (let step = 0; this.state === "running" && queue.length > 0; step++) {
      if (!slices.hasRoom() || step >= STEPS_PER_POLL_MAX) {
        this.pause(true);
        return;
      }
      const next = this.protocol!.take(queue.bytes, queue.from, queue.to);
      // The queue is empty when that packet was the end of the run.
      if (next === queue.from || this.state !== "running") break;
      queue.from = next;
    }
    if (!this.isWaiting()) return;
    if (this.closedWhy === "") this.pause(false);
    else this.fail(this.closeText());
  }

  private isWaiting(): boolean {
    return this.state === "running" || this.state === "connecting";
  }

  private closeText(): string {
    const { messages, isUnderWay } = this.options.slices;
    if (this.state === "connecting") return `can't be reached: ${this.closedWhy}`;
    const when = isUnderWay
      ? `after ${messages} messages of a snapshot`
      : "before any message came";
    return `is gone ${when}: ${this.closedWhy}`;
  }

  private begin(): void {
    const { slices } = this.options;
    if (!slices.isUnderWay) slices.begin(this.session);
  }

  private isOfSession(): boolean {
    const { session } = this.options.feed;
    for (let i = 0; i < SESSION_BYTES; i++) if (session[i] !== this.session[i]) return false;
    return true;
  }

  private pause(on: boolean): void {
    if (on === this.isPaused) return;
    this.isPaused = on;
    this.connection?.pause(on);
  }

  private drop(): void {
    this.options.slices.abandon();
    this.disconnect();
  }

  private disconnect(): void {
    this.connection?.close();
    this.connection = undefined;
    this.protocol = undefined;
    this.queue.clear();
  }

  private notice(what: string): void {
    this.options.notice(`${this.name} ${what}`);
  }
}
