/**
 * A snapshot on its way from control to a feed: slices of at most SLICE_BYTES_MAX, in the feed's
 * recovery ring as packets of line SLICE_LINE (src/net/desc.ts). Ours, little-endian:
 *
 *   0 kind u8 │ 8 sequence f64 │ 16 session char[10] │ 32 blocks of u16 big-endian length + message
 *
 *   begin     session that the snapshot is of, as in hp_feed: books are cleared
 *   messages  blocks; each goes to the decoder as it is
 *   end       sequence of the first live message to apply on top of it
 *   abandon   it will not be finished: the feed goes on asking
 */
export const SLICE_KIND = 0;
export const SLICE_SEQUENCE = 8;
export const SLICE_SESSION = 16;
export const SLICE_HEADER_BYTES = 32;
export const SLICE_BYTES_MAX = 1400;

export const SLICE_BEGIN = 1;
export const SLICE_MESSAGES = 2;
export const SLICE_END = 3;
export const SLICE_ABANDON = 4;
