/** Tags that a config may not set, as hairpin writes them itself. */
import type { Path, Report } from "./report.ts";

const FRAME_TAGS = [8, 9, 10, 34, 35, 36, 43, 49, 52, 56, 97, 122];
/** Tags that the session writes into orders itself. */
export const ORDER_TAGS: ReadonlySet<number> = new Set([
  ...FRAME_TAGS,
  ...[11, 38, 40, 41, 44, 50, 54, 55, 57, 59, 60],
]);
/** And into the Logon. */
export const LOGON_TAGS: ReadonlySet<number> = new Set([
  ...FRAME_TAGS,
  ...[98, 108, 141, 553, 554, 789, 1137],
]);

/** Tags of a MarketDataRequest that the feed writes itself. */
export const REQUEST_TAGS: ReadonlySet<number> = new Set([
  ...FRAME_TAGS,
  ...[55, 146, 262, 263, 264, 265, 266, 267, 269],
]);

export function reservedTags(
  tags: Record<string, string | undefined> | undefined,
  reserved: ReadonlySet<number>,
  path: Path,
  report: Report,
): void {
  for (const tag of Object.keys(tags ?? {})) {
    if (reserved.has(Number(tag))) report.error([...path, tag], `tag ${tag} is written by hairpin`);
  }
}
