/** What a person is told of refused subscriptions. Cold: a few times a day. */
import type { Instruments } from "../../book/instruments.ts";
import type { TagIndex } from "../codec/tag-index.ts";
import { givenUpText, refusalText, rejectText } from "./reject-reasons.ts";

export class MarketDataNotices {
  constructor(
    private readonly feed: string,
    private readonly instruments: Instruments,
    private readonly tell: ((sentence: string) => void) | null,
  ) {}

  /** MarketDataRequestReject (Y); instrument below 0 = all. */
  refused(instrument: number, tags: TagIndex): void {
    this.tell?.(refusalText(this.feed, this.symbol(instrument), text(tags, 281), text(tags, 58)));
  }

  /** Reject or BusinessMessageReject of a V. */
  rejected(instrument: number, reason: number): void {
    this.tell?.(rejectText(this.feed, this.symbol(instrument), reason));
  }

  gaveUp(instrument: number, tries: number): void {
    this.tell?.(givenUpText(this.feed, this.symbol(instrument), tries));
  }

  private symbol(instrument: number): string {
    return instrument < 0 ? "" : this.instruments.definitions[instrument]!.symbol;
  }
}

function text(tags: TagIndex, tag: number): string {
  const field = tags.find(tag);
  if (field < 0) return "";
  const offset = tags.offsetAt(field);
  const bytes = tags.bytes.subarray(offset, offset + tags.lengthAt(field));
  // It goes to a terminal: what does not print is shown as '?'.
  return Buffer.from(bytes)
    .toString("latin1")
    .replaceAll(/[^\x20-\x7e]/g, "?");
}
