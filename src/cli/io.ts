/** Data to stdout, words to stderr. A reader that went away ends the program quietly. */
import { writeSync } from "node:fs";

export interface Io {
  /** Data. */
  out(text: string): void;
  /** Words for a person. */
  err(text: string): void;
  /** True when colour and redrawing make sense on stdout. */
  readonly isTerminal: boolean;
  /** Columns of the terminal; 80 when it is none. */
  readonly columns: number;
}

/** stdout's reader closed the pipe, as `head` does. */
export class PipeClosed extends Error {}

export const processIo: Io = {
  out: (text) => writeAll(1, text),
  err: (text) => {
    try {
      writeAll(2, text);
    } catch {
      // Nobody reads the words; there is nobody to tell.
    }
  },
  isTerminal: process.stdout.isTTY === true,
  columns: process.stdout.columns ?? 80,
};

/** One JSON document, with a line end. */
export function outJson(io: Io, value: unknown): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE") throw new PipeClosed();
      if (code !== "EAGAIN") throw error;
      Bun.sleepSync(1);
    }
  }
}
