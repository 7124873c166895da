/** Says what is wrong with a strategy's params: the key, what was found, what is allowed. */
import type { z } from "zod";

/** One sentence per mistake; empty = they fit. */
export function paramProblems(schema: z.ZodType, params: Record<string, unknown>): string[] {
  const known = keysOf(schema);
  const problems: string[] = [];
  if (known !== undefined) {
    for (const key of Object.keys(params)) {
      if (!known.includes(key)) problems.push(unknownKey(key, known));
    }
  }
  const result = schema.safeParse(params);
  if (result.success) return problems;
  for (const issue of result.error.issues) {
    if (issue.code === "unrecognized_keys") continue;
    const path = issue.path.map(String).join(".");
    const found = valueAt(params, issue.path);
    const shown = found === undefined ? "is missing" : `is ${JSON.stringify(found)}`;
    problems.push(`params.${path} ${shown}; allowed: ${allowed(issue)}`);
  }
  return problems;
}

function unknownKey(key: string, known: string[]): string {
  if (known.length === 0) return `params.${key} is not known; it takes no params`;
  const near = known.toSorted((a, b) => distance(key, a) - distance(key, b))[0]!;
  const hint = distance(key, near) <= 3 ? ` Did you mean ${near}?` : "";
  return `params.${key} is not known; allowed: ${known.join(", ")}.${hint}`;
}

function keysOf(schema: z.ZodType): string[] | undefined {
  const shape = (schema as { shape?: Record<string, unknown> }).shape;
  return shape === undefined ? undefined : Object.keys(shape);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) at = (at as Record<PropertyKey, unknown> | undefined)?.[key];
  return at;
}

function allowed(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`;
    case "invalid_type":
      return issue.expected === "int" ? "a whole number" : `a value of type ${issue.expected}`;
    case "invalid_value":
      return issue.values.map((v) => JSON.stringify(v)).join(", ");
    default:
      return issue.message;
  }
}

/** Edit distance, for the nearest key. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + cost));
    }
    row = next;
  }
  return row[b.length]!;
}
