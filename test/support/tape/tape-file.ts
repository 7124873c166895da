/** A tape on disk as entries that a test may change. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TAPE_HEAD_BYTES, tapeNames } from "../../../src/journal/tape/tape-head.ts";

export interface TapeEntry {
  type: number;
  index: number;
  body: Buffer;
}

export interface TapeFile {
  /** Magic and JSON. */
  head: Buffer;
  entries: TapeEntry[];
}

export const tapePath = (directory: string, epoch = 1) => join(directory, tapeNames(0, epoch).tape);
export const packetsPath = (directory: string, epoch = 1) =>
  join(directory, tapeNames(0, epoch).packets);

export function readTape(directory: string, epoch = 1): TapeFile {
  const bytes = readFileSync(tapePath(directory, epoch));
  let at = TAPE_HEAD_BYTES + ((bytes.readUInt32LE(8) + 7) & ~7);
  const head = bytes.subarray(0, at);
  const entries: TapeEntry[] = [];
  while (at < bytes.length) {
    const length = bytes.readUInt32LE(at);
    entries.push({
      type: bytes.readUInt16LE(at + 4),
      index: bytes.readUInt16LE(at + 6),
      body: bytes.subarray(at + 8, at + length),
    });
    at += length;
  }
  return { head, entries };
}

export function writeTape(directory: string, file: TapeFile, epoch = 1): void {
  writeFileSync(
    tapePath(directory, epoch),
    Buffer.concat([file.head, ...file.entries.map(bytesOf)]),
  );
}

function bytesOf({ body, index, type }: TapeEntry): Buffer {
  const front = Buffer.alloc(8);
  front.writeUInt32LE(8 + body.length, 0);
  front.writeUInt16LE(type, 4);
  front.writeUInt16LE(index, 6);
  return Buffer.concat([front, body]);
}
