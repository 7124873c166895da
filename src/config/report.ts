/** Collects problems against paths of the config; knows the file and line of each. */
import type { Host } from "./host.ts";
import type { Problem } from "./problem.ts";
import { keyText } from "./problem.ts";

export type Path = readonly (string | number)[];

export interface Origin {
  file: string;
  line: number;
  column: number;
}

/** What checks may look at besides the config. */
export interface CheckOptions {
  host: Host;
  /** Unix milliseconds. */
  nowMs: number;
  /** Makes a path of the config absolute. */
  absolute: (path: string) => string;
}

export class Report {
  readonly problems: Problem[] = [];

  constructor(private readonly originOf: (path: Path) => Origin) {}

  error(path: Path, message: string): void {
    this.add("error", path, message);
  }

  warn(path: Path, message: string): void {
    this.add("warning", path, message);
  }

  /** For a value that is not there; says nothing when one was, and has an error already. */
  missing(path: Path, message: string): void {
    if (!this.has(path)) this.error(path, `missing; ${message}`);
  }

  /** True when there is an error about this very path. */
  has(path: Path): boolean {
    const key = keyText(path);
    return this.problems.some((p) => p.severity === "error" && p.key === key);
  }

  /** Line of a path, for "first on line N". */
  line(path: Path): number {
    return this.originOf(path).line;
  }

  private add(severity: Problem["severity"], path: Path, message: string): void {
    this.problems.push({ severity, ...this.originOf(path), key: keyText(path), message });
  }
}

/** Every field may be missing: checks run over what there is, so that all errors show at once. */
export type Loose<T> = T extends readonly (infer E)[]
  ? Loose<E>[]
  : T extends object
    ? { [K in keyof T]?: Loose<T[K]> }
    : T;
