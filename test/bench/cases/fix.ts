/** FIX 4.4: encoding an order, taking a report apart, and the session around both. */
import { SESSION_UP } from "../../../src/core/codes.ts";
import { FRAME_MORE, frameBounds, readCheckSum } from "../../../src/fix/codec/framing.ts";
import { TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../../src/fix/codec/text.ts";
import { UtcTime } from "../../../src/fix/codec/utc-time.ts";
import { loadDictionary } from "../../../src/fix/dictionary.ts";
import { OrderTemplates } from "../../../src/fix/order-templates.ts";
import { FixSession } from "../../../src/fix/session.ts";
import { createNullJournal } from "../../../src/journal/null-journal.ts";
import { fixInstruments } from "../../support/fix-instruments.ts";
import { BatchStream } from "../batch-stream.ts";
import type { BenchCase } from "../bench-case.ts";

const ENCODE_NS = 80;
const JOURNAL_NS = 30;
const SESSION_START_S = 1_767_312_000;
const TEN_O_CLOCK_NS = 36e12;
const BATCH = 64;
const REPORT =
  "37=V00012345|17=E000123456|11=HP0001f00300007|150=F|39=1|55=AAPL|54=1|38=100|44=101.5000|" +
  "32=40|31=101.5000|151=60|14=40|6=101.5|60=20260102-10:00:00.125|851=1|";
/** What the session needs of a report. */
const TAGS = [34, 37, 11, 17, 150, 39, 55, 54, 38, 44, 32, 31, 14, 151];

const head = (type: string, seq: number) =>
  `35=${type}|34=${seq}|49=VENUE|56=ME|52=20260102-10:00:00.125|`;

function encode() {
  const time = new UtcTime(SESSION_START_S, 3);
  const templates = new OrderTemplates(
    {
      dictionary: loadDictionary("FIX44"),
      instruments: fixInstruments(),
      session: 0,
      beginString: "FIX.4.4",
      senderCompId: "HAIRPIN",
      targetCompId: "EXCHANGE",
      headerTags: {},
      staticTags: { 1: "ACCOUNT1", 21: "1", 47: "P", 100: "XNAS" },
      postOnly: { tag: 18, value: "6" },
      idPrefix: "HP",
      timestampDigits: 3,
      zeroPad: false,
    },
    new Uint8Array(new ArrayBuffer(16_384)),
    0,
    time,
  );
  let i = 0;
  return {
    run: () => {
      i = (i + 1) & 0xfffff;
      time.set(TEN_O_CLOCK_NS + i * 1e5);
      templates.encodeNew(100_000 + i, i & 1023, i, i & 1, (i & 1) * 2 - 1, 100, 1_015_000, i & 8);
      return templates.start;
    },
  };
}

const INBOUND = wrapMessage(head("8", 4711) + REPORT);

function parse() {
  const report = INBOUND;
  const index = new TagIndex();
  const tags = new Int32Array(new ArrayBuffer(4 * TAGS.length));
  tags.set(TAGS);
  return {
    run: () => {
      const total = frameBounds(report, 0, report.length, 8192);
      if (total <= FRAME_MORE) throw new Error("not framed");
      index.parse(report, 0, total);
      if (index.checkSum !== readCheckSum(report, total - 7)) throw new Error("bad sum");
      let sum = 0;
      for (let k = 0; k < tags.length; k++) sum += index.offsetAt(index.find(tags[k]!));
      return sum;
    },
  };
}

function openSession() {
  const sink = {
    heard: 0,
    onExecutionReport(e: { lastQty: number }): void {
      this.heard += e.lastQty;
    },
    onCancelReject(): void {},
    onMessageReject(): void {},
    onNeverReached(): void {},
    onSessionState(): void {},
    onSynced(): void {},
  };
  const stream = new BatchStream();
  const clock = {
    wallOffsetNs: 0,
    timeNs: TEN_O_CLOCK_NS,
    now: () => clock.timeNs,
  };
  const session = new FixSession({
    index: 0,
    stream,
    journal: createNullJournal(0, 1 << 20),
    sink,
    clock,
    dictionary: loadDictionary("FIX44"),
    instruments: fixInstruments(),
    sessionStartS: SESSION_START_S,
    counters: new Float64Array(256),
    senderCompId: "ME",
    targetCompId: "VENUE",
    staticTags: { 1: "ACCOUNT1", 21: "1" },
    idPrefix: "HP",
    heartbeatS: 30,
  });
  const answer = (text: string) => {
    stream.next = wrapMessage(text);
    session.poll(clock.timeNs);
  };
  session.start();
  session.poll(clock.timeNs);
  session.poll(clock.timeNs);
  answer(`${head("A", 1)}98=0|108=30|`);
  answer(`${head("0", 2)}112=SYNC-1|`);
  if (session.state !== SESSION_UP) throw new Error("the session is not up");
  return { session, stream, clock, sink };
}

function send() {
  const { session, clock } = openSession();
  let i = 0;
  return {
    run: () => {
      i = (i + 1) & 0xfffff;
      clock.timeNs += 1e5;
      const px = 1_015_000 + (i & 511);
      if (session.sendNew(i & 1023, i, 0, 1, 100 + (i & 63), px, 0) < 0) throw new Error("unsent");
    },
  };
}

/** The batch is made before each run: sequence numbers must go on. */
function receive() {
  const { session, stream, clock, sink } = openSession();
  let seq = 3;
  return {
    per: BATCH,
    before: () => {
      const reports = Array.from({ length: BATCH }, () => wrapMessage(head("8", seq++) + REPORT));
      stream.next = new Uint8Array(Buffer.concat(reports));
    },
    run: () => {
      const heard = sink.heard;
      session.poll(clock.timeNs);
      if (sink.heard === heard) throw new Error("no report was heard");
    },
  };
}

export function fixCases(): BenchCase[] {
  return [
    {
      name: "FIX encode NewOrderSingle, checksum included",
      budgetNs: ENCODE_NS,
      note: "instrument and side alternate",
      make: encode,
    },
    {
      name: `FIX parse ExecutionReport of ${INBOUND.length} bytes`,
      note: `framed, summed, indexed, ${TAGS.length} fields found`,
      make: parse,
    },
    {
      name: "order to send(): encode, INTENT, SENT",
      budgetNs: ENCODE_NS + 2 * JOURNAL_NS,
      note: "the stream takes it in memory",
      make: send,
    },
    {
      name: "ExecutionReport, bytes to the order side",
      note: `of ${BATCH} received at once`,
      make: receive,
    },
  ];
}
