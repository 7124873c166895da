/**
 * Sequence numbers in the packets of a feed that is replayed: which one a capture begins with, and,
 * with --late, packets numbered as if the session had begun there.
 */
import type { FeedOptions } from "../engine/options.ts";
import { IEXTP_HEADER_BYTES, IEXTP_SEQUENCE } from "../feed/iex/iextp-framing.ts";
import { MOLD_HEADER_BYTES, MOLD_SEQUENCE } from "../feed/itch/mold-framing.ts";
import { PACKET_HEADER_BYTES } from "../feed/mdp3/mdp3-fields.ts";
import { BLOCK_HEADER_BYTES } from "../feed/opra/block-framing.ts";
import { UNIT_HEADER_BYTES, UNIT_NUMBER, UNIT_SEQUENCE } from "../feed/pitch/unit-framing.ts";

export interface Numbering {
  /** Of the first frame of the feed in a packet; 0 = it tells none. */
  first(view: DataView, offset: number, length: number): number;
  /**
   * Takes `by` off every number of the feed in a packet. Absent: books of the protocol find out by
   * themselves what of them is right, so that there is nothing to pretend.
   */
  lower?(view: DataView, offset: number, length: number, by: number): void;
}

const WORD = 2 ** 32;
const OPRA_SEQUENCE = 6;

const MOLD: Numbering = {
  first: (view, offset, length) =>
    length < MOLD_HEADER_BYTES
      ? 0
      : view.getUint32(offset + MOLD_SEQUENCE) * WORD + view.getUint32(offset + MOLD_SEQUENCE + 4),
  lower(view, offset, length, by) {
    const seq = MOLD.first(view, offset, length) - by;
    view.setUint32(offset + MOLD_SEQUENCE, Math.floor(seq / WORD));
    view.setUint32(offset + MOLD_SEQUENCE + 4, seq % WORD);
  },
};

const IEX: Numbering = {
  first: (view, offset, length) =>
    length < IEXTP_HEADER_BYTES
      ? 0
      : view.getUint32(offset + IEXTP_SEQUENCE + 4, true) * WORD +
        view.getUint32(offset + IEXTP_SEQUENCE, true),
  lower(view, offset, length, by) {
    const seq = IEX.first(view, offset, length) - by;
    view.setUint32(offset + IEXTP_SEQUENCE + 4, Math.floor(seq / WORD), true);
    view.setUint32(offset + IEXTP_SEQUENCE, seq % WORD, true);
  },
};

const OPRA: Numbering = {
  first: (view, offset, length) =>
    length < BLOCK_HEADER_BYTES ? 0 : view.getUint32(offset + OPRA_SEQUENCE),
};

const MDP3: Numbering = {
  first: (view, offset, length) =>
    length < PACKET_HEADER_BYTES ? 0 : view.getUint32(offset, true),
};

/** Units share datagrams: only the headers of this one count. */
function pitchUnit(unit: number): Numbering {
  return {
    first(view, offset, length) {
      const at = ownHeader(view, offset, offset + length, unit);
      return at < 0 ? 0 : view.getUint32(at + UNIT_SEQUENCE, true);
    },
    lower(view, offset, length, by) {
      const stop = offset + length;
      for (let at = ownHeader(view, offset, stop, unit); at >= 0; ) {
        view.setUint32(at + UNIT_SEQUENCE, view.getUint32(at + UNIT_SEQUENCE, true) - by, true);
        at = ownHeader(view, at + stepOf(view, at), stop, unit);
      }
    },
  };
}

/** The next numbered header of a unit from `at` on, -1 = there is none. */
function ownHeader(view: DataView, from: number, stop: number, unit: number): number {
  for (let at = from; at + UNIT_HEADER_BYTES <= stop; ) {
    const isNumbered = view.getUint32(at + UNIT_SEQUENCE, true) !== 0;
    if (isNumbered && (unit === 0 || view.getUint8(at + UNIT_NUMBER) === unit)) return at;
    at += stepOf(view, at);
  }
  return -1;
}

/** To the next header; a length that can't be must not stop the way through the packet. */
function stepOf(view: DataView, at: number): number {
  return Math.max(UNIT_HEADER_BYTES, view.getUint16(at, true));
}

export function numberingOf(feed: FeedOptions): Numbering {
  switch (feed.protocol) {
    case "pitch":
      return pitchUnit(feed.pitch?.unit ?? 0);
    case "deep":
    case "tops":
      return IEX;
    case "opra":
      return OPRA;
    case "mdp3":
      return MDP3;
    default:
      return MOLD;
  }
}
