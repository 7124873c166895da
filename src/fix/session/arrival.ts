// @hot
/**
 * What the header of a message must say before its number is looked at: for whom it is and when it
 * was sent; and what a duplicate's must. FIX 4.4 volume 2, "message recovery" and "valid messages".
 */

import {
  NO_REF_TAG,
  REJECT_COMP_ID,
  REJECT_EMPTY,
  REJECT_FORMAT,
  REJECT_REQUIRED_MISSING,
  REJECT_SENDING_TIME,
} from "../codec/reject-reason.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import { messageBytes } from "../codec/text.ts";
import { UtcReader } from "../codec/utc-reader.ts";
import type { FixSessionOptions } from "./options.ts";

/** SendingTime may be so far from our clock unless the options say otherwise. */
const SENDING_TIME_TOLERANCE_NS = 120e9;

export class Arrival {
  /** Of the last refusal: SessionRejectReason (373) and RefTagID (371). */
  reason = 0;
  refTag = NO_REF_TAG;
  private readonly tags: TagIndex;
  private readonly utc: UtcReader;
  private readonly sender: Uint8Array;
  private readonly target: Uint8Array;
  private readonly toleranceNs: number;

  constructor(o: FixSessionOptions, tags: TagIndex) {
    this.tags = tags;
    this.utc = new UtcReader(o.sessionStartS);
    this.sender = messageBytes(o.senderCompId);
    this.target = messageBytes(o.targetCompId);
    const tolerance = o.sendingTimeToleranceNs ?? SENDING_TIME_TOLERANCE_NS;
    this.toleranceNs = tolerance === 0 ? Number.POSITIVE_INFINITY : tolerance;
  }

  /** CompIDs and SendingTime are there, and the CompIDs are the session's. */
  isAddressed(): boolean {
    const tags = this.tags;
    if (tags.equals(49, this.target) && tags.equals(56, this.sender) && tags.find(52) >= 0) {
      return true;
    }
    if (tags.find(49) < 0) return this.refused(REJECT_REQUIRED_MISSING, 49);
    if (tags.find(52) < 0) return this.refused(REJECT_REQUIRED_MISSING, 52);
    if (tags.find(56) < 0) return this.refused(REJECT_REQUIRED_MISSING, 56);
    if (tags.char(49) === 0) return this.refused(REJECT_EMPTY, 49);
    if (tags.char(56) === 0) return this.refused(REJECT_EMPTY, 56);
    return this.refused(REJECT_COMP_ID, NO_REF_TAG);
  }

  /** SendingTime is a time, and near ours. wallNs: now, behind the session's start. */
  isTimely(wallNs: number): boolean {
    const field = this.tags.find(52);
    const late = wallNs - this.timeOf(field);
    if (late <= this.toleranceNs && late >= -this.toleranceNs) return true;
    if (!Number.isNaN(late)) return this.refused(REJECT_SENDING_TIME, NO_REF_TAG);
    return this.refused(this.tags.lengthAt(field) === 0 ? REJECT_EMPTY : REJECT_FORMAT, 52);
  }

  /** A duplicate tells when it was first sent (122), and that was before it was sent again. */
  isDated(): boolean {
    const original = this.tags.find(122);
    if (original < 0) return this.refused(REJECT_REQUIRED_MISSING, 122);
    const first = this.timeOf(original);
    if (first <= this.timeOf(this.tags.find(52))) return true;
    if (Number.isNaN(first)) return this.refused(REJECT_FORMAT, 122);
    return this.refused(REJECT_SENDING_TIME, NO_REF_TAG);
  }

  private timeOf(field: number): number {
    return this.utc.read(this.tags.bytes, this.tags.offsetAt(field), this.tags.lengthAt(field));
  }

  private refused(reason: number, refTag: number): false {
    this.reason = reason;
    this.refTag = refTag;
    return false;
  }
}
