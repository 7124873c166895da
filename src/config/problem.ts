/** One thing wrong with a config. */
export interface Problem {
  severity: "error" | "warning";
  /** File as the user named it. */
  file: string;
  /** 1-based; 0 = the file as a whole. */
  line: number;
  column: number;
  /** Where in the config, e.g. `engine[1].core`; "" = the file as a whole. */
  key: string;
  /** A sentence: what was found, what is allowed, and the nearest key when there is one. */
  message: string;
}

/** `demo.toml:12: engine[1].core: found 99; this machine has no core 99 ...` */
export function formatProblem(p: Problem): string {
  const place = p.line > 0 ? (p.column > 0 ? `:${p.line}:${p.column}` : `:${p.line}`) : "";
  const key = p.key === "" ? "" : `${p.key}: `;
  return `${p.file}${place}: ${p.severity === "warning" ? "warning: " : ""}${key}${p.message}`;
}

/** By line; the file as a whole first. */
export function sortProblems(problems: Problem[]): Problem[] {
  return problems.sort(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  );
}

/** Thrown by loadConfig when there is at least one error; carries warnings too. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** `["engine", 1, "core"]` to `engine[1].core`. */
export function keyText(path: readonly PropertyKey[]): string {
  let out = "";
  for (const part of path) {
    if (typeof part === "number") out += `[${part}]`;
    else {
      const word = String(part);
      const bare = /^[A-Za-z0-9_-]+$/.test(word) ? word : JSON.stringify(word);
      out += out === "" ? bare : `.${bare}`;
    }
  }
  return out;
}

/** A value as the user wrote it, short. */
export function foundText(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value instanceof Date) return "a date";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return value === null ? "null" : "a table";
  const out = JSON.stringify(value) ?? String(value);
  return out.length > 60 ? `${out.slice(0, 57)}...` : out;
}
