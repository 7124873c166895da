/**
 * The capture ring: the shared segment over which an engine's tape goes to control. One writer (the
 * engine: head, lost, ended), one reader (control: everything of a slot).
 *
 *   | magic, version, size, engine | head, lost, ended | slot | slot 0 | slot 1 | data |
 *
 * What control has written to disk is told by tail and file sizes together, in two slots of which one
 * counts: who takes over from a killed control cuts the files back to those sizes, and goes on there.
 */
export const TAPE_RING_HEADER = 4096;
export const TAPE_RING_BYTES_MIN = 1 << 16;

const MAGIC = 0x50415448;
const VERSION = 1;

/** Words of the header. */
export const TR_MAGIC = 0;
export const TR_VERSION = 1;
export const TR_SIZE = 2;
export const TR_ENGINE = 3;
export const TR_HEAD = 16;
/** 1 = there was no room: nothing is recorded any more until the engine starts again. */
export const TR_LOST = 17;
/** 1 = the engine has stopped, and nothing follows. */
export const TR_ENDED = 18;
export const TR_SLOT = 32;
/** Words of slot k: tail, run number of the files (0 = none yet); then three doubles, as in TapeDone. */
export const TR_SLOTS = 36;
export const TR_SLOT_WORDS = 8;

/** Bytes of a segment with `dataBytes` (a power of two) of data. */
export function tapeRingBytes(dataBytes: number): number {
  return TAPE_RING_HEADER + dataBytes;
}

export function layoutTapeRing(buffer: ArrayBuffer, dataBytes: number, engine: number): void {
  const header = new Int32Array(buffer, 0, TAPE_RING_HEADER / 4).fill(0);
  header[TR_VERSION] = VERSION;
  header[TR_SIZE] = dataBytes;
  header[TR_ENGINE] = engine;
  Atomics.store(header, TR_MAGIC, MAGIC);
}

/** True for a segment that was laid out by this version. */
export function isTapeRing(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength < TAPE_RING_HEADER) return false;
  const header = new Int32Array(buffer, 0, TAPE_RING_HEADER / 4);
  const size = header[TR_SIZE]!;
  return (
    Atomics.load(header, TR_MAGIC) === MAGIC &&
    header[TR_VERSION] === VERSION &&
    size >= TAPE_RING_BYTES_MIN &&
    (size & (size - 1)) === 0 &&
    tapeRingBytes(size) <= buffer.byteLength
  );
}

/** What is on disk. */
export interface TapeDone {
  /** Cursor: bytes modulo 2^32. */
  tail: number;
  /** Run number of the file pair, 0 = none yet. */
  epoch: number;
  /** Sizes of the pair, bytes. */
  tapeBytes: number;
  packetBytes: number;
  /** The wall offset that the tape told last, ns. */
  wallOffsetNs: number;
}

export function readDone(buffer: ArrayBuffer): TapeDone {
  const words = new Int32Array(buffer, 0, TAPE_RING_HEADER / 4);
  const at = TR_SLOTS + (Atomics.load(words, TR_SLOT) & 1) * TR_SLOT_WORDS;
  const doubles = new Float64Array(buffer, 0, TAPE_RING_HEADER / 8);
  return {
    tail: words[at]!,
    epoch: words[at + 1]!,
    tapeBytes: doubles[(at >> 1) + 1]!,
    packetBytes: doubles[(at >> 1) + 2]!,
    wallOffsetNs: doubles[(at >> 1) + 3]!,
  };
}

/** Makes `done` count, all of it at once. */
export function writeDone(buffer: ArrayBuffer, done: TapeDone): void {
  const words = new Int32Array(buffer, 0, TAPE_RING_HEADER / 4);
  const doubles = new Float64Array(buffer, 0, TAPE_RING_HEADER / 8);
  const other = (Atomics.load(words, TR_SLOT) & 1) ^ 1;
  const at = TR_SLOTS + other * TR_SLOT_WORDS;
  words[at] = done.tail;
  words[at + 1] = done.epoch;
  doubles[(at >> 1) + 1] = done.tapeBytes;
  doubles[(at >> 1) + 2] = done.packetBytes;
  doubles[(at >> 1) + 3] = done.wallOffsetNs;
  Atomics.store(words, TR_SLOT, other);
}

/** True once its engine has written the last entry. */
export function isTapeEnded(buffer: ArrayBuffer): boolean {
  return Atomics.load(new Int32Array(buffer, 0, TAPE_RING_HEADER / 4), TR_ENDED) === 1;
}

/** How full it is. */
export interface TapeRingState {
  usedBytes: number;
  sizeBytes: number;
  /** It was full once: nothing more of this run is recorded. */
  isLost: boolean;
}

/** Null when there is none. */
export function tapeRingState(buffer: ArrayBuffer | null): TapeRingState | null {
  if (buffer === null || !isTapeRing(buffer)) return null;
  const header = new Int32Array(buffer, 0, TAPE_RING_HEADER / 4);
  return {
    usedBytes: (Atomics.load(header, TR_HEAD) - readDone(buffer).tail) >>> 0,
    sizeBytes: header[TR_SIZE]!,
    isLost: Atomics.load(header, TR_LOST) !== 0,
  };
}
