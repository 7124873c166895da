/** Numbers of tests, summed over parts, and how they are read from what a part printed. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/** One step that passes or fails as a whole. */
export function stepCounts(isGood: boolean): Counts {
  return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0 };
}

/**
 * From a JUnit file as `bun test` writes it: the totals stand in the root element. Undefined when
 * it is none, as after a crash.
 */
export function countsOfJunit(xml: string): Counts | undefined {
  const root = xml.match(/<testsuites\b[^>]*>/)?.[0];
  if (root === undefined) return undefined;
  const get = (name: string) => {
    const value = root.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1];
    return value === undefined ? undefined : Number(value);
  };
  const tests = get("tests");
  if (tests === undefined) return undefined;
  const failed = (get("failures") ?? 0) + (get("errors") ?? 0);
  const skipped = get("skipped") ?? 0;
  return { passed: Math.max(0, tests - failed - skipped), failed, skipped };
}

/** From the last `N passed, N failed` that a program printed; undefined when it printed none. */
export function countsOfText(output: string): Counts | undefined {
  const all = [...output.matchAll(/\b(\d+) passed, (\d+) failed\b/g)];
  const last = all.at(-1);
  if (last === undefined) return undefined;
  const skipped = output.match(/^(\d+) skipped$/m)?.[1];
  return { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(skipped ?? 0) };
}

/** A part that ended badly without saying which test failed has one failure more. */
export function settle(counts: Counts | undefined, exitCode: number): Counts {
  if (counts === undefined) return stepCounts(exitCode === 0);
  if (exitCode !== 0 && counts.failed === 0) return { ...counts, failed: 1 };
  return counts;
}
