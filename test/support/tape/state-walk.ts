/** Everything that objects remember, as one list of numbers: what a turn changed is what differs. */

type Leaf = (path: string, value: number) => void;

/** Longer arrays are books, rings and arenas: they change with packets and records only. */
const ARRAY_MAX = 4096;

/** Values below `root` in a fixed order; `skip`: paths that are not looked at. */
export function stateOf(root: object, skip: RegExp): number[] {
  const out: number[] = [];
  walk(root, skip, (_, value) => out.push(value));
  return out;
}

/** Paths at which two states of `root` differ. */
export function differences(
  root: object,
  skip: RegExp,
  before: readonly number[],
  after: readonly number[],
): string[] {
  const out: string[] = [];
  let at = 0;
  walk(root, skip, (path) => {
    if (!Object.is(before[at], after[at])) out.push(`${path}: ${before[at]} -> ${after[at]}`);
    at++;
  });
  if (before.length !== after.length) out.push(`${before.length} -> ${after.length} values`);
  return out;
}

function walk(root: object, skip: RegExp, leaf: Leaf): void {
  const seen = new Set<object>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value === "number") leaf(path, value);
    else if (typeof value === "boolean") leaf(path, value ? 1 : 0);
    else if (typeof value === "string") leaf(path, Bun.hash.crc32(value));
    if (value === null || typeof value !== "object" || seen.has(value)) return;
    seen.add(value);
    if (ArrayBuffer.isView(value)) {
      const array = value as unknown as ArrayLike<number>;
      if (array.length > ARRAY_MAX || value instanceof DataView) return;
      for (let i = 0; i < array.length; i++) leaf(`${path}[${i}]`, array[i]!);
      return;
    }
    if (value instanceof ArrayBuffer) return;
    for (const [key, inner] of Object.entries(value)) {
      const at = `${path}.${key}`;
      if (!skip.test(at)) visit(inner, at);
    }
  };
  visit(root, "");
}
