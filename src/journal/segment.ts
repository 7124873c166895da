/**
 * A segment file: a header of 64 bytes, then records exactly as they stood in the ring, without the
 * ring's padding. Little-endian. Named <directory>/<date>/<engine>-<index, 6 digits>.hpj.
 *
 *    0 magic "HPJS"   4 version   8 abi    12 engine   16 epoch   20 first record's number
 *   24 config hash   28 header bytes      32 session start, Unix s (f64)
 *   40 session date, 8 characters YYYYMMDD               60 CRC-32 of bytes 0..59
 */
import { HP_ABI_VERSION } from "../ffi/layout.ts";

export const SEGMENT_HEADER_BYTES = 64;
export const SEGMENT_VERSION = 1;
const SEGMENT_MAGIC = 0x534a5048;
const CRC_AT = 60;

export interface SegmentHeader {
  engine: number;
  epoch: number;
  firstNumber: number;
  configHash: number;
  /** Start of the session date, Unix seconds. */
  sessionStartS: number;
  /** YYYYMMDD */
  date: string;
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SEGMENT_MAGIC, true);
  view.setUint32(4, SEGMENT_VERSION, true);
  view.setUint32(8, HP_ABI_VERSION, true);
  view.setUint32(12, header.engine, true);
  view.setUint32(16, header.epoch, true);
  view.setUint32(20, header.firstNumber, true);
  view.setUint32(24, header.configHash, true);
  view.setUint32(28, SEGMENT_HEADER_BYTES, true);
  view.setFloat64(32, header.sessionStartS, true);
  for (let i = 0; i < 8; i++) bytes[40 + i] = header.date.charCodeAt(i);
  view.setUint32(CRC_AT, Bun.hash.crc32(bytes.subarray(0, CRC_AT)), true);
  return bytes;
}

/** The header, or a sentence that says what is wrong with it. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | string {
  if (bytes.length < SEGMENT_HEADER_BYTES) {
    return `segment header is ${bytes.length} bytes of ${SEGMENT_HEADER_BYTES}`;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES);
  if (view.getUint32(0, true) !== SEGMENT_MAGIC) return "not a journal segment (wrong magic)";
  if (view.getUint32(CRC_AT, true) !== Bun.hash.crc32(bytes.subarray(0, CRC_AT))) {
    return "segment header fails its CRC-32";
  }
  const version = view.getUint32(4, true);
  const abi = view.getUint32(8, true);
  if (version !== SEGMENT_VERSION || abi !== HP_ABI_VERSION) {
    return `segment of version ${version}.${abi}, this is ${SEGMENT_VERSION}.${HP_ABI_VERSION}`;
  }
  return {
    engine: view.getUint32(12, true),
    epoch: view.getUint32(16, true),
    firstNumber: view.getUint32(20, true),
    configHash: view.getUint32(24, true),
    sessionStartS: view.getFloat64(32, true),
    date: String.fromCharCode(...bytes.subarray(40, 48)),
  };
}

export function segmentName(engine: number, index: number): string {
  return `${engine}-${String(index).padStart(6, "0")}.hpj`;
}

/** Engine and index of a segment's file name, or null when it is something else. */
export function parseSegmentName(name: string): { engine: number; index: number } | null {
  const match = /^(\d+)-(\d{6,})\.hpj$/.exec(name);
  return match === null ? null : { engine: Number(match[1]), index: Number(match[2]) };
}

/** Indices of an engine's segments among file names, ascending. */
export function segmentIndices(names: readonly string[], engine: number): number[] {
  return names
    .map(parseSegmentName)
    .filter((parsed) => parsed !== null && parsed.engine === engine)
    .map((parsed) => parsed!.index)
    .sort((a, b) => a - b);
}
