/**
 * Payload of a metered datagram. All big-endian.
 *
 *   0 sequence u32 | 4 mark u32 | 8 sent, ns f64 | 16 address u32 | 20 port u16 | 22 MAC 6 bytes | 28 run u32
 *
 * The sequence counts from 0 in each run. `sent` is the sender's TSC clock, read before it hands the
 * datagram over. Address, port and MAC are where a reflector sends it back to; address 0 = nowhere.
 */
export const STAMP_SEQUENCE = 0;
export const STAMP_MARK = 4;
export const STAMP_SENT_NS = 8;
export const STAMP_ADDRESS = 16;
export const STAMP_PORT = 20;
export const STAMP_MAC = 22;
export const STAMP_RUN = 28;
export const STAMP_BYTES = 32;

/** "hprt" */
export const MARK = 0x68707274;
/** Sequences end before they would wrap. */
export const SEQUENCE_END = 0xffffffff;
