/**
 * A scripted peer at the other end of a plain FixSession in memory, in either role: it says exactly
 * what a test tells it to, and the session's clock moves only when the test moves it.
 */
import { ManualClock } from "../../src/core/clock.ts";
import { SESSION_UP } from "../../src/core/codes.ts";
import { messageBytes, showMessage, wrapMessage } from "../../src/fix/codec/text.ts";
import { UtcTime } from "../../src/fix/codec/utc-time.ts";
import { loadDictionary, loadSessionDictionary } from "../../src/fix/dictionary/load.ts";
import type { Dictionary } from "../../src/fix/dictionary/model.ts";
import { APP_TAKEN, type FixApplication } from "../../src/fix/session/application.ts";
import type { FixSessionOptions } from "../../src/fix/session/options.ts";
import { FixSession } from "../../src/fix/session/session.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { createNullJournal } from "../../src/journal/null-journal.ts";
import { S, SESSION_START_S, START_NS } from "./fake-venue.ts";
import { MemoryStream } from "./memory-stream.ts";

/** What the application was told, as text. */
export class RecordingApplication implements FixApplication {
  readonly calls: string[] = [];
  /** What onMessage answers. */
  answer = APP_TAKEN;
  /** What mayResend answers; how often it was asked. */
  resends = true;
  asked = 0;
  onMessage(_tags: unknown, type: number, seq: number): number {
    this.calls.push(`${String.fromCharCode(type & 255)} ${seq}`);
    return this.answer;
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
  onSkipped(_session: number, type: number): void {
    this.calls.push(type === 0 ? "skipped" : `skipped ${String.fromCharCode(type & 255)}`);
  }
  mayResend(): boolean {
    this.asked++;
    return this.resends;
  }
  onSessionState(): void {}
  onSynced(): void {
    this.calls.push("synced");
  }
}

/** Dictionary of a BeginString; FIXT.1.1 is the session of FIX 5.0 SP2. */
export function dictionaryOf(beginString: string): Dictionary {
  if (beginString !== "FIXT.1.1") return loadDictionary(beginString.replace(/^FIX\.4\./, "FIX4"));
  return loadSessionDictionary({ application: "FIX50SP2", transport: "FIXT11" });
}

const fix44 = dictionaryOf("FIX.4.4");

export class FakePeer {
  readonly stream: MemoryStream;
  readonly journal: Journal;
  readonly application = new RecordingApplication();
  readonly clock = new ManualClock(START_NS);
  readonly counters = new Float64Array(256);
  readonly session: FixSession;
  /** Next number the peer sends. */
  seq = 1;
  /** HeartBtInt (108) and the rest of the peer's Logon. */
  logonBody = "98=0|108=30";
  private readonly isAcceptor: boolean;
  private readonly beginString: string;
  private readonly time = new UtcTime(SESSION_START_S, 3);
  private read = 0;

  constructor(more: Partial<FixSessionOptions> = {}) {
    this.stream = (more.stream as MemoryStream | undefined) ?? new MemoryStream();
    this.journal = more.journal ?? createNullJournal(0, 1 << 18);
    this.isAcceptor = more.role === "acceptor";
    this.beginString = more.beginString ?? "FIX.4.4";
    this.session = new FixSession({
      index: 0,
      stream: this.stream,
      journal: this.journal,
      application: this.application,
      clock: this.clock,
      dictionary: fix44,
      sessionStartS: SESSION_START_S,
      counters: this.counters,
      senderCompId: "ME",
      targetCompId: "PEER",
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

  /** "35=8|34=..|..." of the peer around a type and a body; `header` goes in front of the body. */
  text(typeAndBody: string, seq = this.seq++, header = ""): Uint8Array {
    const [type, ...rest] = typeAndBody.split("|");
    const body = rest.join("|");
    const tail = body === "" || body.endsWith("|") ? body : `${body}|`;
    const head = `35=${type}|34=${seq}|49=PEER|56=ME|52=${this.now()}|`;
    return wrapMessage(`${head}${header}${tail}`, this.beginString);
  }

  /** UTCTimestamp of the clock. */
  now(): string {
    this.time.set(this.clock.timeNs);
    return Buffer.from(this.time.bytes.subarray(0, this.time.length)).toString("latin1");
  }

  say(typeAndBody: string, seq?: number, header?: string): void {
    this.push(this.text(typeAndBody, seq, header));
  }

  /** A message sent again: PossDupFlag, and OrigSendingTime now. */
  sayAgain(typeAndBody: string, seq: number): void {
    this.say(typeAndBody, seq, `43=Y|122=${this.now()}|`);
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

  /** A connection, up to where the Logon of the initiator is to come or has been sent. */
  connect(): this {
    this.read = 0;
    if (this.isAcceptor) {
      this.stream.open();
      this.session.accepted(this.clock.timeNs);
    } else {
      this.session.start();
      this.poll(2);
    }
    return this;
  }

  /** The peer's Logon, and the session's answer where it is the acceptor; its own if it is not. */
  logon(seq?: number): string {
    this.say(`A|${this.logonBody}`, seq);
    return this.take().find((m) => m.includes("|35=A|")) ?? "";
  }

  /** A session that is up; nothing it said is left to take. */
  up(): this {
    this.connect();
    this.say(`A|${this.logonBody}`);
    this.answerSync();
    if (this.session.state !== SESSION_UP) throw new Error("the session did not come up");
    this.take();
    this.application.calls.length = 0;
    return this;
  }

  /** Answers the session's last TestRequest, where there is one. */
  answerSync(): void {
    const request = this.take().findLast((m) => m.includes("|35=1|"));
    if (request !== undefined) this.say(`0|112=${field(request, 112)}`);
  }

  /** The connection breaks, and there is a new one. */
  reconnect(): this {
    this.stream.end();
    this.poll();
    this.clock.timeNs += 100 * S;
    return this.connect();
  }

  /** An application message of ours with a ClOrdID; what send() said. */
  send(id: string, type = "D"): boolean {
    this.session.begin(type, this.clock.timeNs).string(11, id);
    return this.session.send(type.charCodeAt(0), this.clock.timeNs);
  }
}

/** One field of a message as text; "" when absent. */
export function field(message: string | undefined, tag: number): string {
  return new RegExp(`\\|${tag}=([^|]*)\\|`).exec(message ?? "")?.[1] ?? "";
}

/** MsgTypes in a row. */
export function types(messages: readonly string[]): string {
  return messages.map((m) => field(m, 35)).join("");
}
