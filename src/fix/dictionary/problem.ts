/** What is wrong with a dictionary, collected: a person wants all of it, not the first. */

export interface DictionaryProblem {
  /** A warning leaves the dictionary usable; the message says what was taken instead. */
  severity: "error" | "warning";
  /** The file's name, or the built-in name. */
  file: string;
  /** 1-based line where the offending element begins; 0 = the file as a whole. */
  line: number;
  /** One sentence: what is wrong, and what is allowed. */
  message: string;
}

/** Where something stands: an element is one. */
export interface Place {
  file: string;
  line: number;
}

/** "line 7", and of which file when it is another than `from`'s. */
export function placeText(at: Place, from: Place): string {
  return at.file === from.file ? `line ${at.line}` : `line ${at.line} of ${at.file}`;
}

/** More than this are counted, not kept. */
export const PROBLEMS_MAX = 100;

/** `FIX dictionary X.xml: line 7: Order uses component Thing, which is not defined` */
export function formatDictionaryProblem(p: DictionaryProblem): string {
  const line = p.line > 0 ? ` line ${p.line}:` : "";
  const warning = p.severity === "warning" ? " warning:" : "";
  return `FIX dictionary ${p.file}:${line}${warning} ${p.message}`;
}

/**
 * A dictionary that cannot be used. The message is one sentence: the first error, with file and
 * line, and how many there are besides. `problems` holds them all, warnings too, in order of line.
 */
export class DictionaryError extends Error {
  override name = "DictionaryError";
  readonly problems: readonly DictionaryProblem[];
  /** Problems beyond PROBLEMS_MAX, which were counted only. */
  readonly dropped: number;
  /** Errors all in all, the dropped ones too. */
  readonly errors: number;

  constructor(
    message: string,
    problems: readonly DictionaryProblem[] = [],
    dropped = 0,
    errors = 1,
  ) {
    super(message);
    this.errors = errors;
    this.problems = problems;
    this.dropped = dropped;
  }
}

export class Problems {
  readonly list: DictionaryProblem[] = [];
  errors = 0;
  dropped = 0;

  error(at: Place, message: string): void {
    this.errors++;
    this.add({ severity: "error", file: at.file, line: at.line, message });
  }

  warn(at: Place, message: string): void {
    this.add({ severity: "warning", file: at.file, line: at.line, message });
  }

  /** Throws DictionaryError when there has been an error. */
  throwIfAny(): void {
    if (this.errors === 0) return;
    const sorted = this.sorted();
    const first = sorted.find((p) => p.severity === "error")!;
    const rest = this.errors - 1;
    const more = rest > 0 ? ` (and ${rest} ${rest === 1 ? "error" : "errors"} more)` : "";
    throw new DictionaryError(
      formatDictionaryProblem(first) + more,
      sorted,
      this.dropped,
      this.errors,
    );
  }

  /** By file in order of appearance, then by line. */
  sorted(): DictionaryProblem[] {
    const files = [...new Set(this.list.map((p) => p.file))];
    return this.list.toSorted(
      (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line,
    );
  }

  private add(problem: DictionaryProblem): void {
    if (this.list.length < PROBLEMS_MAX) this.list.push(problem);
    else {
      this.dropped++;
      // An error is never crowded out by warnings.
      if (problem.severity === "error") this.replaceWarning(problem);
    }
  }

  private replaceWarning(problem: DictionaryProblem): void {
    const at = this.list.findLastIndex((p) => p.severity === "warning");
    if (at >= 0) this.list[at] = problem;
  }
}
