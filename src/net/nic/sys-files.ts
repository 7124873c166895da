/** Small files of /sys, /proc and /dev below a root; what is missing or unreadable is undefined. */
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from "node:fs";
import { basename, join } from "node:path";

export class SysFiles {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Without the white space around it. Interfaces come and go, and some files refuse to be read. */
  text(path: string): string | undefined {
    try {
      return readFileSync(join(this.root, path), "utf8").trim();
    } catch {
      return undefined;
    }
  }

  /** A whole number, decimal or 0x; undefined when it is none. */
  number(path: string): number | undefined {
    const text = this.text(path);
    if (text === undefined || !/^(-?\d+|0x[0-9a-f]+)$/i.test(text)) return undefined;
    return Number(text);
  }

  /** Names in a folder, sorted; none when it is not there. */
  names(path: string): string[] {
    try {
      return readdirSync(join(this.root, path)).sort();
    } catch {
      return [];
    }
  }

  exists(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  /** Last part of what a link points to. */
  linkName(path: string): string | undefined {
    try {
      return basename(readlinkSync(join(this.root, path)));
    } catch {
      return undefined;
    }
  }

  /** Where a link leads in the end. */
  realPath(path: string): string | undefined {
    try {
      return realpathSync(join(this.root, path));
    } catch {
      return undefined;
    }
  }

  isWritable(path: string): boolean {
    try {
      accessSync(join(this.root, path), constants.R_OK | constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }
}
