/**
 * The disk as the journal uses it, so that a test can fill it, break it and tear it. Every method
 * throws an error with a `code` (ENOSPC, EIO ...) as node:fs does.
 */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { sayWhat } from "../core/system-error.ts";
import { HP_ENOENT, HP_ENOSPC, HP_EPERM, HP_ESYS } from "../ffi/layout.ts";

export interface JournalFiles {
  makeDirectory(path: string): void;
  /** Creates a file that must not exist; returns a descriptor for writing. */
  create(path: string): number;
  /** Writes at a position; returns the bytes taken, which may be fewer. */
  write(fd: number, bytes: Uint8Array, position: number): number;
  truncate(fd: number, length: number): void;
  sync(fd: number): void;
  /** As sync, without holding the caller up. `done` is called once. */
  syncLater(fd: number, done: (error: Error | null) => void): void;
  /** Makes created and renamed names in a directory durable. */
  syncDirectory(path: string): void;
  close(fd: number): void;
  remove(path: string): void;
  /** Writes a small file whole and durably, in place of one that may be there. */
  replace(path: string, text: string): void;
  /** Names in a directory, empty when there is none. */
  list(path: string): string[];
  /** A whole file, or its first `bytesMax` bytes. */
  read(path: string, bytesMax?: number): Uint8Array;
}

export const realFiles: JournalFiles = {
  makeDirectory(path) {
    fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  },
  create(path) {
    return fs.openSync(path, "wx", 0o600);
  },
  write(fd, bytes, position) {
    return fs.writeSync(fd, bytes, 0, bytes.length, position);
  },
  truncate(fd, length) {
    fs.ftruncateSync(fd, length);
  },
  sync(fd) {
    fs.fdatasyncSync(fd);
  },
  syncLater(fd, done) {
    fs.fdatasync(fd, (error) => done(error));
  },
  syncDirectory(path) {
    const fd = fs.openSync(path, "r");
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
  close(fd) {
    fs.closeSync(fd);
  },
  remove(path) {
    fs.unlinkSync(path);
  },
  replace(path, text) {
    replaceFile(path, text);
  },
  list(path) {
    try {
      return fs.readdirSync(path);
    } catch (error) {
      if (errorCode(error) === "ENOENT") return [];
      throw sayWhat(`can't read the folder ${path}`, error);
    }
  },
  read(path, bytesMax) {
    if (bytesMax === undefined) return fs.readFileSync(path);
    const fd = fs.openSync(path, "r");
    try {
      const bytes = new Uint8Array(bytesMax);
      return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytesMax, 0));
    } finally {
      fs.closeSync(fd);
    }
  },
};

/**
 * Writes a small file so that after a crash it is either the old or the new one, whole. Throws one
 * sentence, with the error's code.
 */
export function writeFileDurably(path: string, text: string): void {
  try {
    replaceFile(path, text);
  } catch (error) {
    throw sayWhat(`can't write ${path}`, error);
  }
}

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.new`;
  const fd = fs.openSync(temporary, "w", 0o600);
  try {
    fs.writeSync(fd, text);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(temporary, path);
  realFiles.syncDirectory(dirname(path));
}

export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** The shim status that stands for a failed file operation, for hp_journal.broken. */
export function errorStatus(error: unknown): number {
  switch (errorCode(error)) {
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return HP_ENOSPC;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return HP_EPERM;
    case "ENOENT":
      return HP_ENOENT;
    default:
      return HP_ESYS;
  }
}
