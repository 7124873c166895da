/** The memory of a path's own objects, as words: for WorkingSet. Cold, once before arming. */
import { StrategyHost } from "../strategy/host.ts";
import { WorkingSet } from "./working-set.ts";

/**
 * Of each array the first so many bytes: tables fill from the front, and of those that go round a
 * part would be guessed. All of a path's arrays so take about a quarter of a second-level cache.
 */
export const ARRAY_BYTES_MAX = 8192;

export function workingSetOf(root: object): WorkingSet {
  return new WorkingSet(arraysOf(root));
}

/** Of a longer list, one entry per instrument or the like, no entry is looked at: it would take long. */
const LIST_MAX = 1024;

/**
 * Typed arrays that `root` leads to by fields, private ones too, each buffer once. Left out: strategies
 * (a user's code), ports and streams (their arenas belong to the kernel or to a device).
 */
export function arraysOf(root: object): Int32Array[] {
  const seen = new Set<unknown>();
  const arrays: Int32Array[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value) || isOutside(value)) return;
    seen.add(value);
    if (Array.isArray(value) && value.length > LIST_MAX) return;
    if (!ArrayBuffer.isView(value)) {
      for (const field of Object.values(Object.getOwnPropertyDescriptors(value))) {
        visit(field.value);
      }
      return;
    }
    const { buffer, byteOffset, byteLength } = value;
    const length = Math.min(byteLength, ARRAY_BYTES_MAX) >> 2;
    if (seen.has(buffer) || byteOffset % 4 !== 0 || length === 0) return;
    seen.add(buffer);
    arrays.push(new Int32Array(buffer, byteOffset, length));
  };
  visit(root);
  return arrays;
}

function isOutside(value: object): boolean {
  return value instanceof StrategyHost || "rxBurst" in value || "recv" in value;
}
