/**
 * The bytes of a capture, in pieces, unpacked when they start as gzip or Zstandard do. The unpacker
 * is fed little pieces, so that data which unpacks to very much does not fill the memory.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { ZstdFrames } from "./zstd-frames.ts";

type Unpacker = ReturnType<typeof createGunzip>;

const READ_BYTES = 1 << 18;
/** Compressed bytes handed over at once: small at first, more while they unpack to little. */
const PIECE_BYTES_MIN = 1 << 10;
const PIECE_BYTES_MAX = 1 << 15;
const UNPACKED_LOW = 1 << 20;
const UNPACKED_HIGH = 1 << 22;

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
const FOREIGN: readonly [name: string, magic: readonly number[]][] = [
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["lz4", [0x04, 0x22, 0x4d, 0x18]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
];

export class CaptureBytes {
  /** True when what next() gives is not what is in the file. */
  isPacked = false;
  /** Why the data ended early: words without the file's name. */
  fault: string | undefined;
  private fd: number;
  private readonly raw = new Uint8Array(READ_BYTES);
  private rawAt = 0;
  private rawEnd = 0;
  private rawTotal = 0;
  private unpacker: Unpacker | undefined;
  private frames: ZstdFrames | undefined;
  private unpacked: Uint8Array[] = [];
  private pieceBytes = PIECE_BYTES_MIN;
  private isOver = false;
  private over: Promise<void> = Promise.resolve();

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Throws an error with one sentence when the file can't be read. */
  static open(path: string): CaptureBytes {
    let fd = -1;
    try {
      fd = openSync(path, "r");
      if (fstatSync(fd).isDirectory()) throw new Error("it is a folder");
      const bytes = new CaptureBytes(fd);
      bytes.begin();
      return bytes;
    } catch (error) {
      if (fd >= 0) closeSync(fd);
      throw new Error(`${path}: can't be read: ${reasonOf(error)}`);
    }
  }

  /** The next bytes, never an empty piece; undefined at the end. Good until the next call. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.unpacker === undefined) return this.plain();
    while (this.unpacked.length === 0 && !this.isOver) await this.feed(this.unpacker);
    return this.unpacked.shift();
  }

  close(): void {
    if (this.fd < 0) return;
    this.isOver = true;
    this.unpacker?.destroy();
    closeSync(this.fd);
    this.fd = -1;
  }

  private begin(): void {
    this.read();
    const head = this.raw.subarray(0, this.rawEnd);
    const startsWith = (magic: readonly number[]) => magic.every((byte, i) => head[i] === byte);
    const foreign = FOREIGN.find(([, magic]) => startsWith(magic));
    if (foreign !== undefined) throw new Error(`${foreign[0]} is not known here; unpack it first`);
    if (startsWith(GZIP)) this.unpackWith(createGunzip({ chunkSize: 1 << 16 }));
    else if (startsWith(ZSTD)) {
      this.frames = new ZstdFrames();
      this.unpackWith(createZstdDecompress({ chunkSize: 1 << 16 }) as unknown as Unpacker);
    }
  }

  private unpackWith(unpacker: Unpacker): void {
    this.isPacked = true;
    this.unpacker = unpacker;
    unpacker.on("data", (piece: Uint8Array) => {
      if (piece.length > 0) this.unpacked.push(piece);
    });
    this.over = new Promise((resolve) => {
      const finish = (error?: Error) => {
        if (error !== undefined && !this.isOver) {
          this.fault = `the compressed data is damaged or cut off (${error.message})`;
        }
        this.isOver = true;
        resolve();
      };
      unpacker.once("error", finish);
      unpacker.once("end", () => finish());
      unpacker.once("close", () => finish());
    });
  }

  private plain(): Uint8Array | undefined {
    if (this.rawAt === this.rawEnd && !this.read()) return undefined;
    const piece = this.raw.subarray(this.rawAt, this.rawEnd);
    this.rawAt = this.rawEnd;
    return piece;
  }

  /** Hands one piece to the unpacker, or tells it that there are no more. */
  private async feed(unpacker: Unpacker): Promise<void> {
    if (this.rawAt === this.rawEnd && !this.read()) {
      unpacker.end();
      await this.over;
      if (this.frames?.isWhole === false) this.fault ??= "the compressed data is cut off";
      return;
    }
    const stop = Math.min(this.rawEnd, this.rawAt + this.pieceBytes);
    const piece = this.raw.slice(this.rawAt, stop);
    this.rawAt = stop;
    this.frames?.push(piece);
    const taken = new Promise<void>((resolve) => {
      unpacker.write(piece, () => resolve());
    });
    // After an error or the end of the data nobody calls back.
    await Promise.race([taken, this.over]);
    let size = 0;
    for (const out of this.unpacked) size += out.length;
    if (size > UNPACKED_HIGH) this.pieceBytes = PIECE_BYTES_MIN;
    else if (size < UNPACKED_LOW) this.pieceBytes = Math.min(2 * this.pieceBytes, PIECE_BYTES_MAX);
  }

  /** False at the end of the file. */
  private read(): boolean {
    if (this.fd < 0) return false;
    try {
      const bytesRead = readSync(this.fd, this.raw, 0, READ_BYTES, null);
      this.rawAt = 0;
      this.rawEnd = bytesRead;
      this.rawTotal += bytesRead;
      return bytesRead > 0;
    } catch (error) {
      if (this.rawTotal === 0) throw error;
      this.rawAt = 0;
      this.rawEnd = 0;
      this.fault = `can't be read further than byte ${this.rawTotal}: ${reasonOf(error)}`;
      return false;
    }
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "permission denied";
  if (code === "EISDIR") return "it is a folder";
  return message;
}
