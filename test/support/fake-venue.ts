import { ManualClock } from "../../src/core/clock.ts";
import { SESSION_UP } from "../../src/core/codes.ts";
import { messageBytes, showMessage, wrapMessage } from "../../src/fix/codec/text.ts";
import { UtcTime } from "../../src/fix/codec/utc-time.ts";
import { loadDictionary } from "../../src/fix/dictionary/load.ts";
import type { Execution, ExecutionSink } from "../../src/fix/order/execution.ts";
import { FixOrderSession } from "../../src/fix/order/order-session.ts";
import type { FixOrderSessionOptions } from "../../src/fix/order/order-session-options.ts";
import { fixInstruments } from "./fix-instruments.ts";
import { MemoryJournal } from "./memory-journal.ts";
import { MemoryStream } from "./memory-stream.ts";

const dictionary = loadDictionary("FIX44");
/** 2026-01-02, 10:00:00 UTC is 36,000 s into the session date. */
export const SESSION_START_S = Date.UTC(2026, 0, 2) / 1000;
export const START_NS = 36_000e9;
export const S = 1e9;

/** Everything the sink was told, as text and copies. */
export class RecordingSink implements ExecutionSink {
  readonly calls: string[] = [];
  readonly executions: Execution[] = [];
  onSyncedHook: (() => void) | undefined;
  /** Answer to mayResend(). */
  resends = false;
  onExecutionReport(e: Execution): void {
    this.calls.push(`report ${e.msgSeq}`);
    this.executions.push({ ...e });
  }
  onCancelReject(e: Execution): void {
    this.calls.push(`cancel-reject ${e.msgSeq}`);
    this.executions.push({ ...e });
  }
  onMessageReject(_session: number, refSeq: number, reason: number): void {
    this.calls.push(`message-reject ${refSeq} ${reason}`);
  }
  onNeverReached(_session: number, refSeq: number): void {
    this.calls.push(`never-reached ${refSeq}`);
  }
  onUncertain(_session: number, refSeq: number): void {
    this.calls.push(`uncertain ${refSeq}`);
  }
  onSequencesReset(): void {
    this.calls.push("sequences-reset");
  }
  mayResend(): boolean {
    return this.resends;
  }
  onSessionState(_session: number, state: number): void {
    this.calls.push(`state ${state}`);
  }
  onSynced(): void {
    this.calls.push("synced");
    this.onSyncedHook?.();
  }
}

/**
 * A scripted venue at the other end of a FixOrderSession in memory: it says exactly what a test tells it
 * to, and the session's clock moves only when the test moves it.
 */
export class FakeVenue {
  readonly stream: MemoryStream;
  readonly journal = new MemoryJournal();
  readonly sink = new RecordingSink();
  readonly clock = new ManualClock(START_NS);
  readonly counters = new Float64Array(256);
  readonly session: FixOrderSession;
  /** Next number the venue sends. */
  seq = 1;
  private readonly time = new UtcTime(SESSION_START_S, 3);
  private read = 0;

  constructor(more: Partial<FixOrderSessionOptions> = {}, stream = new MemoryStream()) {
    this.stream = stream;
    this.session = new FixOrderSession({
      index: 0,
      stream: this.stream,
      journal: this.journal,
      sink: this.sink,
      clock: this.clock,
      dictionary,
      instruments: fixInstruments(),
      sessionStartS: SESSION_START_S,
      counters: this.counters,
      senderCompId: "ME",
      targetCompId: "VENUE",
      idPrefix: "HP",
      heartbeatS: 30,
      ...more,
    });
  }

  /** Messages the session sent since the last call, as text with |. */
  take(): string[] {
    const bytes = Uint8Array.from(this.stream.sent.slice(this.read));
    this.read = this.stream.sent.length;
    return showMessage(bytes).match(/8=FIX.*?\|10=\d{3}\|/g) ?? [];
  }

  /** One field of a message as text; "" when absent. */
  static field(message: string, tag: number): string {
    return new RegExp(`\\|${tag}=([^|]*)\\|`).exec(message)?.[1] ?? "";
  }

  /** A venue message: "8|37=1|..." = MsgType and body; header fields are put in. */
  text(typeAndBody: string, seq = this.seq++, header = ""): Uint8Array {
    const [type, ...rest] = typeAndBody.split("|");
    const body = rest.join("|");
    const tail = body === "" || body.endsWith("|") ? body : `${body}|`;
    this.time.set(this.clock.timeNs);
    const sent = Buffer.from(this.time.bytes.subarray(0, this.time.length)).toString("latin1");
    const head = `35=${type}|34=${seq}|49=VENUE|56=ME|52=${sent}|`;
    return wrapMessage(`${head}${header}${tail}`);
  }

  /** Sends and lets the session see it. */
  say(typeAndBody: string, seq?: number, header?: string): void {
    this.push(this.text(typeAndBody, seq, header));
  }

  /** Raw bytes, then one poll. */
  push(bytes: Uint8Array | string): void {
    this.stream.push(typeof bytes === "string" ? messageBytes(bytes) : bytes);
    this.poll();
  }

  poll(times = 1): void {
    for (let i = 0; i < times; i++) this.session.poll(this.clock.timeNs);
  }

  /** Moves the clock in steps of a tenth of a second, with a poll after each. */
  pass(seconds: number): void {
    for (let i = 0; i < seconds * 10; i++) {
      this.clock.timeNs += S / 10;
      this.poll();
    }
  }

  /** Start, connect, send our Logon. */
  connect(): string {
    this.session.start();
    this.read = 0;
    this.poll(2);
    return this.take()[0] ?? "";
  }

  /** A session that is up: logged on and in step. Returns the venue itself. */
  up(): this {
    this.connect();
    this.say("A|98=0|108=30");
    this.answerSync();
    if (this.session.state !== SESSION_UP) throw new Error("the session did not come up");
    this.take();
    return this;
  }

  /** Answers the session's latest SYNC TestRequest. */
  answerSync(): void {
    const request = this.take().findLast((m) => m.includes("|35=1|"));
    this.say(`0|112=${FakeVenue.field(request ?? "", 112)}`);
  }

  /** The connection breaks and is made again; our new Logon. */
  reconnect(): string {
    this.stream.end();
    this.poll();
    this.clock.timeNs += 100 * S;
    this.read = 0;
    this.poll(2);
    return this.take()[0] ?? "";
  }

  buy(slot = 1, generation = 0x100001): number {
    return this.session.sendNew(slot, generation, 0, 1, 100, 1_015_000, 0);
  }
}
