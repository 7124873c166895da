/**
 * The journal hash: SHA-256 over all records in order, but for what depends on the wall clock or on
 * the run. Two runs in simulated time with the same input and seed give the same hash.
 *
 * Hashed, per record (pads never): length, type and engine, number, time_ns (the engine's clock,
 * which is the capture's or the simulator's in simulated time), and the body.
 * Left out: check (it sums what is left out too), epoch and reserved of the header; config_hash and
 * detail of START and STATE bodies; and, in the FIX bytes behind INTENT and SESSION_OUT, the values of
 * SendingTime (52), TransactTime (60), OrigSendingTime (122) and CheckSum (10), each character of
 * which is hashed as "0".
 */
import {
  HP_JR_INTENT,
  HP_JR_INTENT__BYTES,
  HP_JR_INTENT_SIZE,
  HP_JR_SESSION__BYTES,
  HP_JR_SESSION_OUT,
  HP_JR_SESSION_SIZE,
  HP_JR_START,
  HP_JR_STATE,
  HP_JR_STATE__CONFIG_HASH,
  HP_JR_STATE_SIZE,
  HP_RECORD__CHECK,
  HP_RECORD__EPOCH,
  HP_RECORD_SIZE,
} from "../ffi/layout.ts";
import type { JournalRecord } from "./record.ts";

const SOH = 1;
const EQUALS = 0x3d;
const ZERO = 0x30;
const MASKED_TAGS = new Set(["52", "60", "122", "10"]);

export class JournalHash {
  records = 0;
  private readonly hasher = new Bun.CryptoHasher("sha256");
  private scratch = new Uint8Array(4096);

  add(record: JournalRecord): void {
    if (this.scratch.length < record.length) this.scratch = new Uint8Array(record.length * 2);
    const copy = this.scratch.subarray(0, record.length);
    copy.set(record.raw());
    copy.fill(0, HP_RECORD__CHECK, HP_RECORD__CHECK + 4);
    copy.fill(0, HP_RECORD__EPOCH, HP_RECORD_SIZE);
    const body = copy.subarray(HP_RECORD_SIZE);
    const type = record.type;
    if (type === HP_JR_START || type === HP_JR_STATE) {
      body.fill(0, HP_JR_STATE__CONFIG_HASH, HP_JR_STATE_SIZE);
    } else if (type === HP_JR_INTENT) {
      maskTimes(body.subarray(HP_JR_INTENT_SIZE), record.u32(HP_JR_INTENT__BYTES));
    } else if (type === HP_JR_SESSION_OUT) {
      maskTimes(body.subarray(HP_JR_SESSION_SIZE), record.u32(HP_JR_SESSION__BYTES));
    }
    this.hasher.update(copy);
    this.records++;
  }

  /** The hash so far, 64 hex digits; more records may follow. */
  digest(): string {
    return this.hasher.copy().digest("hex");
  }
}

/** Overwrites the values of the masked tags in a FIX message with "0". */
export function maskTimes(message: Uint8Array, length: number): void {
  const end = Math.min(length, message.length);
  let at = 0;
  while (at < end) {
    let equals = at;
    while (equals < end && message[equals] !== EQUALS && message[equals] !== SOH) equals++;
    let stop = equals;
    while (stop < end && message[stop] !== SOH) stop++;
    if (equals < end && message[equals] === EQUALS && equals - at <= 3) {
      const tag = String.fromCharCode(...message.subarray(at, equals));
      if (MASKED_TAGS.has(tag)) message.fill(ZERO, equals + 1, stop);
    }
    at = stop + 1;
  }
}
