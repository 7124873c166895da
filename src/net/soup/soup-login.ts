// @hot
/**
 * Login packets of SoupBinTCP 3.00, see soup-packets.ts. Text is ASCII; numbers are
 * ASCII digits with spaces before them. Offsets are in the payload, behind length and type:
 *
 *   L  0 username char[6] │ 6 password char[10] │ 16 session char[10] │ 26 next sequence char[20]
 *   A  0 session char[10] │ 10 next sequence char[20]
 *   J  0 reason char: A = user or password, S = no such session
 */
import {
  SOUP_HEADER_BYTES,
  SOUP_LOGIN_ACCEPTED,
  SOUP_LOGIN_REJECTED,
  SOUP_LOGIN_REQUEST,
  writeSoupHeader,
} from "./soup-packets.ts";

export const SOUP_USERNAME_BYTES = 6;
export const SOUP_PASSWORD_BYTES = 10;
export const SOUP_SESSION_BYTES = 10;
export const SOUP_SEQUENCE_BYTES = 20;

export const SOUP_LOGIN_USERNAME_AT = 0;
export const SOUP_LOGIN_PASSWORD_AT = 6;
export const SOUP_LOGIN_SESSION_AT = 16;
export const SOUP_LOGIN_SEQUENCE_AT = 26;
/** Payloads. */
export const SOUP_LOGIN_REQUEST_BYTES = 46;
export const SOUP_LOGIN_ACCEPTED_BYTES = 30;
export const SOUP_LOGIN_REJECTED_BYTES = 1;

export const SOUP_ACCEPTED_SESSION_AT = 0;
export const SOUP_ACCEPTED_SEQUENCE_AT = 10;

/** Why a login was rejected. */
export const SOUP_NOT_AUTHORIZED = 0x41;
export const SOUP_NO_SESSION = 0x53;

const SPACE = 0x20;
const ZERO = 0x30;

/**
 * Writes a login request at `at`: 49 bytes. username up to 6 characters, password up to 10, both
 * padded behind; session up to 10, padded in front, "" = the one that is on. sequence: the first
 * message wanted; 0 = from now on, 1 = from the beginning. What is longer is cut. Returns the size.
 */
export function writeSoupLogin(
  bytes: Uint8Array,
  at: number,
  username: string,
  password: string,
  session: string,
  sequence: number,
): number {
  const size = writeSoupHeader(bytes, at, SOUP_LOGIN_REQUEST, SOUP_LOGIN_REQUEST_BYTES);
  const payload = at + SOUP_HEADER_BYTES;
  writeLeft(bytes, payload + SOUP_LOGIN_USERNAME_AT, SOUP_USERNAME_BYTES, username);
  writeLeft(bytes, payload + SOUP_LOGIN_PASSWORD_AT, SOUP_PASSWORD_BYTES, password);
  writeRight(bytes, payload + SOUP_LOGIN_SESSION_AT, SOUP_SESSION_BYTES, session);
  writeSoupSequence(bytes, payload + SOUP_LOGIN_SEQUENCE_AT, sequence);
  return size;
}

/** Writes a login accepted at `at`, 33 bytes: session and number of the next S. Returns the size. */
export function writeSoupAccepted(
  bytes: Uint8Array,
  at: number,
  session: string,
  sequence: number,
): number {
  const size = writeSoupHeader(bytes, at, SOUP_LOGIN_ACCEPTED, SOUP_LOGIN_ACCEPTED_BYTES);
  const payload = at + SOUP_HEADER_BYTES;
  writeRight(bytes, payload + SOUP_ACCEPTED_SESSION_AT, SOUP_SESSION_BYTES, session);
  writeSoupSequence(bytes, payload + SOUP_ACCEPTED_SEQUENCE_AT, sequence);
  return size;
}

/** Writes a login rejected at `at`, 4 bytes: SOUP_NOT_AUTHORIZED or SOUP_NO_SESSION. */
export function writeSoupRejected(bytes: Uint8Array, at: number, reason: number): number {
  const size = writeSoupHeader(bytes, at, SOUP_LOGIN_REJECTED, SOUP_LOGIN_REJECTED_BYTES);
  bytes[at + SOUP_HEADER_BYTES] = reason;
  return size;
}

/** Writes a number (a whole one below 2^53) into the 20 characters at `at`: digits to the right. */
export function writeSoupSequence(bytes: Uint8Array, at: number, sequence: number): void {
  let left = sequence;
  let i = at + SOUP_SEQUENCE_BYTES - 1;
  do {
    const tens = Math.floor(left / 10);
    bytes[i--] = ZERO + (left - tens * 10);
    left = tens;
  } while (left > 0);
  while (i >= at) bytes[i--] = SPACE;
}

/**
 * Reads the number in the 20 characters at `at`: spaces or zeros before it, spaces behind it. -1
 * when it is none, or 2^53 and above.
 */
export function readSoupSequence(bytes: Uint8Array, at: number): number {
  const end = at + SOUP_SEQUENCE_BYTES;
  let i = at;
  while (i < end && bytes[i] === SPACE) i++;
  const first = i;
  let value = 0;
  while (i < end && bytes[i] !== SPACE) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return -1;
    i++;
  }
  if (i === first) return -1;
  while (i < end) if (bytes[i++] !== SPACE) return -1;
  return value;
}

/**
 * True when the 10 characters of two session names are the same but for the spaces around them:
 * some pad in front, some behind.
 */
export function isSameSoupSession(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): boolean {
  let i = 0;
  let k = 0;
  while (i < SOUP_SESSION_BYTES && a[aAt + i] === SPACE) i++;
  while (k < SOUP_SESSION_BYTES && b[bAt + k] === SPACE) k++;
  while (i < SOUP_SESSION_BYTES || k < SOUP_SESSION_BYTES) {
    const left = i < SOUP_SESSION_BYTES ? a[aAt + i++]! : SPACE;
    const right = k < SOUP_SESSION_BYTES ? b[bAt + k++]! : SPACE;
    if (left !== right) return false;
  }
  return true;
}

function writeLeft(bytes: Uint8Array, at: number, length: number, text: string): void {
  for (let i = 0; i < length; i++) bytes[at + i] = i < text.length ? text.charCodeAt(i) : SPACE;
}

function writeRight(bytes: Uint8Array, at: number, length: number, text: string): void {
  const used = Math.min(text.length, length);
  for (let i = 0; i < length - used; i++) bytes[at + i] = SPACE;
  for (let i = 0; i < used; i++) bytes[at + length - used + i] = text.charCodeAt(i);
}
