/** Laying out and inspecting an hp_journal: control's and the tests' side, cold. */
import {
  HP_ABI_VERSION,
  HP_JOURNAL__ABI_W,
  HP_JOURNAL__BROKEN_W,
  HP_JOURNAL__DATA_SIZE_W,
  HP_JOURNAL__DURABLE_W,
  HP_JOURNAL__ENGINE_W,
  HP_JOURNAL__EPOCH_W,
  HP_JOURNAL__HEAD_W,
  HP_JOURNAL__MAGIC_W,
  HP_JOURNAL__NEXT_NUMBER_W,
  HP_JOURNAL__TAIL_W,
  HP_JOURNAL_DATA,
  HP_JR_PAD,
  HP_MAGIC,
  HP_RECORD__NUMBER_W,
} from "../ffi/layout.ts";
import { SCAN_OK, scanRecord } from "./record.ts";

export const JOURNAL_RING_BYTES_MIN = 4096;
export const JOURNAL_RING_BYTES_MAX = 1 << 30;

export interface RingLayoutOptions {
  /** Bytes of data behind the header: a power of two, 4 KiB to 1 GiB. */
  dataBytes: number;
  engine: number;
  epoch: number;
  /** Number of the first record, 1 for a new session date. */
  nextNumber: number;
}

/** Bytes of a journal segment with `dataBytes` of data. */
export function ringBytes(dataBytes: number): number {
  return HP_JOURNAL_DATA + dataBytes;
}

/** Lays an empty ring out. Throws on a size that is no power of two or does not fit. */
export function layoutRing(buffer: ArrayBuffer, options: RingLayoutOptions): void {
  const size = options.dataBytes;
  if (!isRingSize(size) || ringBytes(size) > buffer.byteLength) {
    throw new Error(
      `journal ring: ${size} bytes of data; wanted a power of two from ${JOURNAL_RING_BYTES_MIN} ` +
        `to ${JOURNAL_RING_BYTES_MAX} that fits into ${buffer.byteLength - HP_JOURNAL_DATA}`,
    );
  }
  const header = new Uint32Array(buffer, 0, HP_JOURNAL_DATA / 4).fill(0);
  header[HP_JOURNAL__ABI_W] = HP_ABI_VERSION;
  header[HP_JOURNAL__DATA_SIZE_W] = size;
  header[HP_JOURNAL__EPOCH_W] = options.epoch;
  header[HP_JOURNAL__ENGINE_W] = options.engine;
  header[HP_JOURNAL__NEXT_NUMBER_W] = options.nextNumber;
  // The magic last: a ring with it is whole.
  Atomics.store(header, HP_JOURNAL__MAGIC_W, HP_MAGIC);
}

/**
 * Number of the last record of a DRAINED ring, or null when its header can be trusted. An engine that
 * dies inside commit may have counted a record that it never published: that record then stands,
 * whole, at the head.
 */
export function lastNumberIn(buffer: ArrayBuffer): number | null {
  const state = ringState(buffer);
  if (typeof state === "string") return null;
  const words = new Int32Array(buffer, HP_JOURNAL_DATA, state.dataBytes / 4);
  let at = state.head & (state.dataBytes - 1);
  const isPad =
    at !== 0 &&
    words[at >>> 2] === state.dataBytes - at &&
    (words[(at >>> 2) + 1]! & 0xffff) === HP_JR_PAD;
  if (isPad) at = 0;
  if (scanRecord(words, at, state.dataBytes) !== SCAN_OK) return null;
  const number = words[(at >>> 2) + HP_RECORD__NUMBER_W]! >>> 0;
  return number + 1 === state.nextNumber ? number - 1 : null;
}

export interface RingState {
  dataBytes: number;
  epoch: number;
  engine: number;
  /** Cursors: bytes modulo 2^32. */
  head: number;
  tail: number;
  durable: number;
  /** head - tail. */
  usedBytes: number;
  nextNumber: number;
  /** 0, or the status code of a failing disk. */
  broken: number;
}

/** The cursors of a ring, or a sentence that says why it is none. */
export function ringState(buffer: ArrayBuffer): RingState | string {
  if (buffer.byteLength < HP_JOURNAL_DATA) return "is shorter than a journal header";
  const header = new Uint32Array(buffer, 0, HP_JOURNAL_DATA / 4);
  if (Atomics.load(header, HP_JOURNAL__MAGIC_W) !== HP_MAGIC) return "has no journal magic";
  if (header[HP_JOURNAL__ABI_W] !== HP_ABI_VERSION) {
    return `was laid out by version ${header[HP_JOURNAL__ABI_W]}, this is ${HP_ABI_VERSION}`;
  }
  const dataBytes = header[HP_JOURNAL__DATA_SIZE_W]!;
  if (!isRingSize(dataBytes) || ringBytes(dataBytes) > buffer.byteLength) {
    return `claims ${dataBytes} bytes of data in a segment of ${buffer.byteLength}`;
  }
  const head = Atomics.load(header, HP_JOURNAL__HEAD_W);
  const tail = Atomics.load(header, HP_JOURNAL__TAIL_W);
  const usedBytes = (head - tail) >>> 0;
  if (usedBytes > dataBytes || (head & 7) !== 0 || (tail & 7) !== 0) {
    return `has cursors that cannot be (head ${head}, tail ${tail})`;
  }
  return {
    dataBytes,
    epoch: header[HP_JOURNAL__EPOCH_W]!,
    engine: header[HP_JOURNAL__ENGINE_W]!,
    head,
    tail,
    durable: Atomics.load(header, HP_JOURNAL__DURABLE_W),
    usedBytes,
    nextNumber: header[HP_JOURNAL__NEXT_NUMBER_W]!,
    broken: Atomics.load(header, HP_JOURNAL__BROKEN_W) | 0,
  };
}

function isRingSize(size: number): boolean {
  return (
    size >= JOURNAL_RING_BYTES_MIN && size <= JOURNAL_RING_BYTES_MAX && (size & (size - 1)) === 0
  );
}
