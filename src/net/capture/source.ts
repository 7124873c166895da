/** What a CapturePort hands on: packets of one file, a batch at a time, all in one arena. */
import type { PacketBatch } from "./batch.ts";
import type { SkippedFrames } from "./udp-in-frame.ts";

export interface PacketSource {
  /** "pcap", "pcapng" or "ITCH file". */
  readonly kind: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly batch: PacketBatch;
  readonly skipped: SkippedFrames;
  /** Why reading ended early; undefined while it goes on, and at a proper end. */
  fault: string | undefined;
  /** Unix seconds from which times count; 0 where times are those of a day without a date. */
  originS: number;
  /** Packets that were seen, skipped ones too. */
  seen: number;
  /** All packets that were ready are handed on: the next ones. False at the end. */
  refill(): Promise<boolean>;
}
