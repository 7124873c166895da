/**
 * The tape: every input of an engine, in the order in which it consumed them. Played back, they give
 * the same session again, byte for byte (replay/tape).
 *
 * An entry, little-endian, 8-byte aligned, in the ring as on disk:
 *
 *   | u32 bytes, this header included | u16 type | u16 index | body ... |
 *
 * A turn of the engine's loop is a TURN entry and what it consumed behind it. Turns in which nothing
 * came in and nothing happened are not on the tape: they change nothing.
 */

/** Room up to the end of the ring. Not on disk. */
export const TAPE_PAD = 0;
/** An engine begins. Body: TAPE_START_* */
export const TAPE_START = 1;
/**
 * A turn begins. Body: f64 number of the turn, 0 = everything before the first; i32 the live order that
 * is looked at next (order/order-poll.ts), i32 0.
 */
export const TAPE_TURN = 2;
/** The clock was read. Body: f64 ns since the start of the session date. */
export const TAPE_CLOCK = 3;
/** Control moved the wall clock. Body: f64 offset, ns. */
export const TAPE_WALL = 4;
/**
 * A port gave packets, which follow. Index: 2 * feed, + 1 = its recovery; from TAPE_DEVICES on: a device,
 * whose packets are of several feeds. Body: i32 count; below 0 a status: HP_EGONE once for a device that
 * has disappeared, and whatever it was on tapes of older versions.
 */
export const TAPE_BURST = 5;
export const TAPE_DEVICES = 0x4000;
/** In place of a device's status: its link went down, or is back. */
export const TAPE_LINK_DOWN = -1001;
export const TAPE_LINK_UP = -1002;
/**
 * One of them. Index: line; of a device: feed * 256 + line. Body: u32 bytes, u32 flags (HP_RX_*), f64
 * receive stamp, and in the ring the bytes; on disk they are in the pcapng beside the tape, packet for
 * packet.
 */
export const TAPE_PACKET = 6;
/** What an order session's socket said. Index: the socket's handle. Body: i32 result, i32 0. */
export const TAPE_TCP_OPEN = 7;
export const TAPE_TCP_STATE = 8;
export const TAPE_TCP_SENT = 9;
/** Body: i32 result; above 0 so many bytes follow. */
export const TAPE_TCP_RECEIVED = 10;
/** Body: i32 kill bits, i32 arm, i32 disarm requests, i32 stop. */
export const TAPE_CONTROL = 11;
/** Index: 1 = the guard is alive. */
export const TAPE_GUARD = 12;
/**
 * What the journal said about its ring, when it said something new. Control changes that at any moment,
 * in the middle of a turn too, so the number of the question within its turn, from 1, stands behind the
 * answer. Body: i32 1 = there is room for new orders, i32 question.
 */
export const TAPE_ROOM = 13;
/** It took no record. Body: i32 0, i32 question. */
export const TAPE_FULL = 14;
/** Body: i32 cursor up to which it is on disk, i32 question. */
export const TAPE_DURABLE = 15;
/** The engine stopped in good order. */
export const TAPE_END = 16;

export const TAPE_HEADER_BYTES = 8;

/** Body of TAPE_START, as words; then the JSON of tape-head.ts. */
export const TAPE_START_EPOCH = 0;
/** Number of the first journal record that belongs to the tape. */
export const TAPE_START_NUMBER = 1;
/** Cursor of the journal ring, and its size. */
export const TAPE_START_HEAD = 2;
export const TAPE_START_RING = 3;
export const TAPE_START_ARM_SEEN = 4;
export const TAPE_START_IS_RESTART = 5;
/** Bytes of the JSON. */
export const TAPE_START_JSON = 6;
export const TAPE_START_WORDS = 8;
