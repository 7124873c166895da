/** What a key of the config may hold, in words, read from the schema. */
import { z } from "zod";
import { configSchema } from "./schema.ts";

/** The part of JSON Schema that z.toJSONSchema makes of ours, with our own `unit` and `allowed`. */
export interface Shape {
  type?: string;
  description?: string;
  unit?: string;
  allowed?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Shape[];
  items?: Shape;
  properties?: Record<string, Shape>;
  required?: string[];
  additionalProperties?: Shape | boolean;
}

let cached: Shape | undefined;

/** The schema of the whole config. */
export function configShape(): Shape {
  cached ??= shapeOf(configSchema);
  return cached;
}

export function shapeOf(schema: z.ZodType): Shape {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Shape;
}

/** The shape at a path, or undefined when the schema has no such key. */
export function shapeAt(root: Shape, path: readonly PropertyKey[]): Shape | undefined {
  let shape: Shape | undefined = root;
  for (const part of path) {
    if (shape === undefined) return undefined;
    if (typeof part === "number") shape = shape.items ?? shape.anyOf?.find((s) => s.items)?.items;
    else shape = shape.properties?.[String(part)] ?? rest(shape);
  }
  return shape;
}

function rest(shape: Shape): Shape | undefined {
  return typeof shape.additionalProperties === "object" ? shape.additionalProperties : undefined;
}

/** "a whole number from 1 to 65536 (turns)" */
export function allowedText(shape: Shape): string {
  const unit = shape.unit === undefined ? "" : ` (${shape.unit})`;
  if (shape.allowed !== undefined) return shape.allowed + unit;
  if (shape.enum !== undefined) return shape.enum.map((v) => JSON.stringify(v)).join(" or ") + unit;
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.anyOf !== undefined) return shape.anyOf.map(allowedText).join(" or ");
  if (shape.type === "boolean") return "true or false";
  if (shape.type === "integer") return `a whole number ${rangeText(shape)}${unit}`.trim();
  if (shape.type === "number") return `a number ${rangeText(shape)}${unit}`.trim();
  if (shape.type === "array") return listText(shape);
  if (shape.type === "object") return "a table";
  return `text of ${shape.minLength ?? 0} to ${shape.maxLength ?? "any number of"} characters`;
}

function rangeText(shape: Shape): string {
  const { minimum: low, maximum: high, exclusiveMinimum: above } = shape;
  const upTo = high === undefined ? "" : `up to ${boundText(high)}`;
  if (above !== undefined) return `above ${boundText(above)}${upTo === "" ? "" : `, ${upTo}`}`;
  if (low === undefined) return upTo;
  return high === undefined
    ? `from ${boundText(low)} upward`
    : `from ${boundText(low)} to ${boundText(high)}`;
}

/** 1000, 1e15: nobody counts fifteen zeros. */
function boundText(bound: number): string {
  return Math.abs(bound) >= 1e12 ? bound.toExponential().replace("+", "") : String(bound);
}

function listText(shape: Shape): string {
  const { minItems: min, maxItems: max } = shape;
  if (min !== undefined && max !== undefined) return `a list of ${min} to ${max}`;
  return max === undefined ? "a list" : `a list of up to ${max}`;
}
