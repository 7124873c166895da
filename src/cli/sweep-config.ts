/** Looks at a sweep's config before the first run: a wrong key would fail in every one of them. */
import { anyHost } from "../config/any-host.ts";
import type { Override, OverrideList } from "../config/override.ts";
import { parseSet } from "../config/override.ts";
import { checkAll, reportProblems } from "./check.ts";
import { CliError, EXIT_CONFIG, EXIT_USAGE } from "./exit-codes.ts";
import type { Io } from "./io.ts";

/** `--set` words to paths and their values. */
export function listsOf(words: readonly string[]): OverrideList[] {
  try {
    return words.map(parseSet);
  } catch (error) {
    throw new CliError(EXIT_USAGE, (error as Error).message);
  }
}

/** Every value once, beside the first ones of the other lists; throws CliError. */
export async function checkSweep(
  file: string,
  lists: readonly OverrideList[],
  io: Io,
): Promise<void> {
  const first = lists.map(({ path, values }): Override => ({ path, value: values[0]! }));
  await checkOne(file, first, io);
  for (const [k, { path, values }] of lists.entries()) {
    for (const value of values.slice(1)) await checkOne(file, first.with(k, { path, value }), io);
  }
}

async function checkOne(file: string, sets: Override[], io: Io): Promise<void> {
  const result = await checkAll(file, { host: anyHost, sets });
  if (result.config !== undefined) return;
  reportProblems(result, io);
  const words = sets.map(({ path, value }) => ` --set ${path}=${value}`);
  throw new CliError(
    EXIT_CONFIG,
    `${file} can't be used${words.length > 0 ? " with" : ""}${words.join("")}`,
  );
}
