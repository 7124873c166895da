/** Counters of the feed handlers, in hp_engine.counters (range 0-31), summed over an engine's feeds. */
export const FEED_PACKETS = 0;
/** Messages handed to the decoder, in order, each once. */
export const FEED_MESSAGES = 1;
/** Packets whose messages had all been seen: the other line's copy, or a late resend. */
export const FEED_DUPLICATES = 2;
export const FEED_HEARTBEATS = 3;
/** Shorter than a MoldUDP64 header. */
export const FEED_BAD_HEADER = 4;
/** A block length runs past the end of the packet, or the count promises more than there is. */
export const FEED_BAD_BLOCK = 5;
/** Bytes after the last block: a length or the count lies. The packet is refused. */
export const FEED_TRAILING = 6;
/** Sequence 0, or 2^53 and above. */
export const FEED_BAD_SEQUENCE = 7;
/** Message blocks of length zero (legal; each takes a sequence number). */
export const FEED_ZERO_BLOCKS = 8;
/** Longer than the Port's slot: cut off by the Port. */
export const FEED_TRUNCATED = 9;
/** Late packets of the session before this one. */
export const FEED_OLD_SESSION = 10;
/** Packets of an unknown session that nothing has confirmed yet. */
export const FEED_STRANGE_SESSION = 11;
export const FEED_SESSIONS = 12;
export const FEED_GAPS = 13;
/** Messages applied from a re-request. */
export const FEED_RECOVERED = 14;
/** Messages given up. */
export const FEED_LOST_MESSAGES = 15;
/** Requests published for control, repeats included. */
export const FEED_REQUESTS = 16;
export const FEED_GIVE_UPS = 17;
/** Packets that came ahead of a missing one and were held. */
export const FEED_HELD = 18;
/** Held or arriving packets dropped because the window was full. */
export const FEED_WINDOW_OVERFLOWS = 19;
/** Packets ahead that are longer than a window slot. */
export const FEED_OVERSIZE = 20;
/** Sequences too far ahead to believe on one packet's word. */
export const FEED_JUMPS = 21;
/** Data after the end of the session. */
export const FEED_AFTER_END = 22;
export const FEED_STALES = 23;
/** Message type not in the table of the protocol (PITCH: of the edition). */
export const FEED_UNKNOWN_TYPE = 24;
/** Length is not that of the type. */
export const FEED_BAD_LENGTH = 25;
/** Messages of instruments (PITCH: or units) that nobody subscribed to. */
export const FEED_FILTERED = 26;
/** Packets of which only the tail was new. */
export const FEED_PARTIALS = 27;
/** End-of-session packets. */
export const FEED_ENDS = 28;
/** OPRA: blocks whose sum is not what they say. */
export const FEED_BAD_CHECKSUM = 29;

export const FEED_COUNTER_NAMES: Record<number, string> = {
  [FEED_PACKETS]: "feed_packets",
  [FEED_MESSAGES]: "feed_messages",
  [FEED_DUPLICATES]: "feed_duplicates",
  [FEED_HEARTBEATS]: "feed_heartbeats",
  [FEED_BAD_HEADER]: "feed_bad_header",
  [FEED_BAD_BLOCK]: "feed_bad_block",
  [FEED_TRAILING]: "feed_trailing_bytes",
  [FEED_BAD_SEQUENCE]: "feed_bad_sequence",
  [FEED_ZERO_BLOCKS]: "feed_zero_blocks",
  [FEED_TRUNCATED]: "feed_truncated",
  [FEED_OLD_SESSION]: "feed_old_session",
  [FEED_STRANGE_SESSION]: "feed_strange_session",
  [FEED_SESSIONS]: "feed_sessions",
  [FEED_GAPS]: "feed_gaps",
  [FEED_RECOVERED]: "feed_recovered",
  [FEED_LOST_MESSAGES]: "feed_lost_messages",
  [FEED_REQUESTS]: "feed_requests",
  [FEED_GIVE_UPS]: "feed_give_ups",
  [FEED_HELD]: "feed_held",
  [FEED_WINDOW_OVERFLOWS]: "feed_window_overflows",
  [FEED_OVERSIZE]: "feed_oversize",
  [FEED_JUMPS]: "feed_jumps",
  [FEED_AFTER_END]: "feed_after_end",
  [FEED_STALES]: "feed_stales",
  [FEED_UNKNOWN_TYPE]: "feed_unknown_type",
  [FEED_BAD_LENGTH]: "feed_bad_length",
  [FEED_FILTERED]: "feed_filtered",
  [FEED_PARTIALS]: "feed_partials",
  [FEED_ENDS]: "feed_ends",
  [FEED_BAD_CHECKSUM]: "feed_bad_checksum",
};
