/** FIX 4.4: encoding an order, taking a report apart, and the session around both. */
import { SESSION_UP } from "../../../src/core/codes.ts";
import { TagIndex } from "../../../src/fix/codec/tag-index.ts";
import { wrapMessage } from "../../../src/fix/codec/text.ts";
import { ValidationPlan } from "../../../src/fix/codec/validation-plan.ts";
import { VALID, Validator } from "../../../src/fix/codec/validator.ts";
import { loadDictionary } from "../../../src/fix/dictionary/load.ts";
import { FixOrderSession } from "../../../src/fix/order/order-session.ts";
import { createNullJournal } from "../../../src/journal/null-journal.ts";
import { fixInstruments } from "../../support/fix-instruments.ts";
import { BatchStream } from "../batch-stream.ts";
import type { BenchCase } from "../bench-case.ts";
import {
  orderEncoder,
  REPORT,
  REPORT_BODY,
  REPORT_TAGS,
  reportHead,
  reportIndexer,
  SESSION_START_S,
  TEN_O_CLOCK_NS,
} from "../fix-messages.ts";
import type { PairCase } from "../pair.ts";

const ENCODE_NS = 80;
const JOURNAL_NS = 30;
const BATCH = 64;
export const ENCODE_NAME = "FIX encode NewOrderSingle, checksum included";
export const PARSE_NAME = `FIX parse ExecutionReport of ${REPORT.length} bytes`;

function encode() {
  const { encode, templates } = orderEncoder();
  return {
    run: () => {
      encode();
      return templates.start;
    },
  };
}

export const VALIDATE_PAIR = "FIX parse with full validation";
/** Parses a turn. */
const VALIDATIONS = 256;

function validatingIndexer(): () => number {
  const dictionary = loadDictionary("FIX44");
  const index = new TagIndex(512, dictionary.dataTags);
  const indexed = reportIndexer(index);
  const validator = new Validator(new ValidationPlan(dictionary));
  return () => {
    const sum = indexed();
    if (validator.validate(index) !== VALID) throw new Error("not valid");
    return sum;
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
    mayResend: () => false,
    onSessionState(): void {},
    onSynced(): void {},
  };
  const stream = new BatchStream();
  const clock = {
    wallOffsetNs: 0,
    timeNs: TEN_O_CLOCK_NS,
    now: () => clock.timeNs,
  };
  const session = new FixOrderSession({
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
  answer(`${reportHead("A", 1)}98=0|108=30|`);
  answer(`${reportHead("0", 2)}112=SYNC-1|`);
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
      const reports = Array.from({ length: BATCH }, () =>
        wrapMessage(reportHead("8", seq++) + REPORT_BODY),
      );
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
      name: ENCODE_NAME,
      budgetNs: ENCODE_NS,
      note: "instrument and side alternate",
      make: encode,
    },
    {
      name: PARSE_NAME,
      note: `framed, summed, indexed, ${REPORT_TAGS.length} fields found`,
      make: () => ({ run: reportIndexer() }),
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

/** What validation adds, both in one process. */
export function validationPairs(): PairCase[] {
  return [
    {
      name: VALIDATE_PAIR,
      note: "required, known, format, value, groups of each field",
      other: "parse alone",
      make: () => {
        const repeated = (run: () => number) => ({
          run: () => {
            let sum = 0;
            for (let i = 0; i < VALIDATIONS; i++) sum += run();
            return sum;
          },
        });
        return {
          ours: repeated(validatingIndexer()),
          other: repeated(reportIndexer()),
          per: VALIDATIONS,
        };
      },
    },
  ];
}
