// @hot
/**
 * SoupBinTCP 3.00 (Nasdaq, 2017-02-22): packets over a TCP stream, big-endian.
 *
 *   0  length u16: type and payload, not itself │ 2  type char │ 3  payload
 *
 *   client ─▶ server  L login request 46 B · U unsequenced data · R heartbeat · O logout
 *   server ─▶ client  A login accepted 30 B · J login rejected 1 B · S sequenced data ·
 *                     U unsequenced data · H heartbeat · Z end of session
 *   either            + debug text, which means nothing
 *
 * Sequenced data is numbered by counting: the first packet after A has the number that A tells.
 * Who has sent nothing for a second sends a heartbeat; who has heard nothing for 15 s takes the
 * other for dead.
 */

/** Length and type. */
export const SOUP_HEADER_BYTES = 3;
/** Largest packet that the length can tell, header included. */
export const SOUP_PACKET_BYTES_MAX = 65_537;

export const SOUP_DEBUG = 0x2b;
export const SOUP_LOGIN_ACCEPTED = 0x41;
export const SOUP_SERVER_HEARTBEAT = 0x48;
export const SOUP_LOGIN_REJECTED = 0x4a;
export const SOUP_LOGIN_REQUEST = 0x4c;
export const SOUP_LOGOUT = 0x4f;
export const SOUP_CLIENT_HEARTBEAT = 0x52;
export const SOUP_SEQUENCED = 0x53;
export const SOUP_UNSEQUENCED = 0x55;
export const SOUP_END_OF_SESSION = 0x5a;

/** Silence after which one sends a heartbeat, and after which the other is dead. */
export const SOUP_HEARTBEAT_MS = 1000;
export const SOUP_DEAD_MS = 15_000;

/**
 * Writes length and type at `at`; the caller puts `payloadLength` bytes (0 to 65,534) behind them.
 * Returns the size of the packet. The bytes must be there: nothing is checked.
 */
export function writeSoupHeader(
  bytes: Uint8Array,
  at: number,
  type: number,
  payloadLength: number,
): number {
  const length = payloadLength + 1;
  bytes[at] = length >>> 8;
  bytes[at + 1] = length & 0xff;
  bytes[at + 2] = type;
  return SOUP_HEADER_BYTES + payloadLength;
}

/** Writes a packet whose payload is source[from, to). Returns its size. */
export function writeSoupPacket(
  bytes: Uint8Array,
  at: number,
  type: number,
  source: Uint8Array,
  from: number,
  to: number,
): number {
  const size = writeSoupHeader(bytes, at, type, to - from);
  const shift = at + SOUP_HEADER_BYTES - from;
  for (let i = from; i < to; i++) bytes[shift + i] = source[i]!;
  return size;
}
