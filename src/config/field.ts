/**
 * Builders for the leaves of the schema. Each takes its text first, and carries range, unit and
 * default with it, so that an error message, `--help` and the reference page say the same thing.
 */
import { z } from "zod";

interface NumberOptions {
  min?: number;
  max?: number;
  unit?: string;
}

/** A whole number. Without a default it is required. */
export function whole(text: string, o: NumberOptions = {}) {
  return z
    .int()
    .min(o.min ?? 0)
    .max(o.max ?? 0x7fffffff)
    .meta({ description: text, ...(o.unit === undefined ? {} : { unit: o.unit }) });
}

/** Any finite number. */
export function real(text: string, o: NumberOptions = {}) {
  return z
    .number()
    .min(o.min ?? -1e15)
    .max(o.max ?? 1e15)
    .meta({ description: text, ...(o.unit === undefined ? {} : { unit: o.unit }) });
}

/** Greater than zero. */
export function positive(text: string, o: { max?: number; unit?: string } = {}) {
  return z
    .number()
    .gt(0)
    .max(o.max ?? 1e15)
    .meta({ description: text, ...(o.unit === undefined ? {} : { unit: o.unit }) });
}

/** Text of 1 to `max` printable characters; `pattern` with `allowed`, the same in words. */
export function text(
  description: string,
  o: { pattern?: RegExp; allowed?: string; max?: number } = {},
) {
  const base = z
    .string()
    .min(1)
    .max(o.max ?? 200)
    .regex(o.pattern ?? PRINTABLE);
  return base.meta({ description, ...(o.allowed === undefined ? {} : { allowed: o.allowed }) });
}

export function choice<const T extends readonly [string, ...string[]]>(
  description: string,
  values: T,
) {
  return z.enum(values).meta({ description });
}

export function flag(description: string) {
  return z.boolean().meta({ description });
}

/** A path; relative ones are taken from the folder of the config file. */
export function path(description: string) {
  return text(description, { allowed: "a path (relative ones start at this file's folder)" });
}

/** The name by which other sections refer to this one. */
export function name(description: string) {
  return text(description, {
    pattern: /^[a-z][a-z0-9-]{0,23}$/,
    allowed: "a name of 1 to 24 characters: a to z, 0 to 9 and -, a letter first",
  });
}

export function ipv4(description: string) {
  return text(description, { pattern: IPV4, allowed: "an IPv4 address" });
}

export function hostPort(description: string) {
  return text(description, {
    pattern: /^[A-Za-z0-9][A-Za-z0-9.-]*:([1-9][0-9]{0,4})$/,
    allowed: 'host and port, e.g. "127.0.0.1:9001"',
  });
}

export const IPV4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
const PRINTABLE = /^[^\p{Cc}]+$/u;

/**
 * FIX tags with their text. TOML keys are text, values may be written as text or whole number.
 * Which tags are refused: check-tags.ts.
 */
export function tags(description: string) {
  return z
    .record(
      z.string().regex(/^[1-9][0-9]{0,4}$/),
      z
        .union([
          z
            .string()
            .min(1)
            .max(64)
            .regex(/^[\x20-\x7e]+$/),
          z.int(),
        ])
        .transform((value) => String(value))
        .meta({
          description: "value of the tag",
          allowed: "printable ASCII text or a whole number",
        }),
    )
    .meta({ description, allowed: 'tag numbers and their text, e.g. { "1" = "ACCT" }' });
}
