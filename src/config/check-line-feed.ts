/** Feeds whose packets come on lines: which keys and roles a protocol has. */
import { feedSchema, type LineProtocol } from "./feed.ts";
import type { Loose, Report } from "./report.ts";
import type { CheckedConfig } from "./schema.ts";

type Feed = NonNullable<Loose<CheckedConfig>["feed"]>[number];
type Role = NonNullable<CheckedConfig["feed"][number]["lines"]>[number]["role"];

/** Longest symbol on the feed. */
export const SYMBOL_CHARACTERS: Record<LineProtocol, number> = {
  itch50: 8,
  pitch: 8,
  mdp3: 20,
  // Root, date, call or put, strike: SPXW231229C04500000
  opra: 20,
  deep: 8,
  tops: 8,
};

const LIVE_LINES_MAX = 4;

const ROLES: Record<LineProtocol, readonly Role[]> = {
  itch50: ["live"],
  pitch: ["live", "gap"],
  mdp3: ["live", "snapshot", "definition"],
  opra: ["live"],
  deep: ["live"],
  tops: ["live"],
};

/** Keys that only some protocols have. */
const OWN_KEYS = {
  unit: ["pitch"],
  edition: ["pitch"],
  templates: ["mdp3"],
  channel: ["mdp3"],
  rerequest: ["itch50", "pitch"],
  snapshot: ["itch50", "pitch"],
  join: ["itch50", "pitch"],
  extended_hours: ["itch50", "deep", "tops"],
} as const satisfies Partial<Record<keyof typeof feedSchema.shape, readonly LineProtocol[]>>;

export function checkLineFeed(feed: Feed, protocol: LineProtocol, i: number, report: Report): void {
  const { lines } = feed;
  if (lines === undefined) {
    report.missing(
      ["feed", i, "lines"],
      `needed: the lines of a feed with protocol = "${protocol}"`,
    );
  }
  if (feed.session !== undefined) {
    report.error(
      ["feed", i, "session"],
      `a feed with protocol = "${protocol}" comes by lines; a session needs protocol = "fix"`,
    );
  }
  if (protocol === "pitch" && feed.unit === undefined) {
    report.missing(["feed", i, "unit"], "needed: the unit of Cboe that comes by the lines");
  }
  for (const [key, owners] of Object.entries(OWN_KEYS)) {
    const name = key as keyof typeof OWN_KEYS;
    const found = feed[name];
    if ((owners as readonly string[]).includes(protocol) || isDefault(name, found)) continue;
    const whose = owners.map((owner) => `"${owner}"`).join(" or ");
    report.error(["feed", i, key], `a key of feeds with protocol = ${whose}, not "${protocol}"`);
  }
  if (lines !== undefined) checkRoles(lines, protocol, i, report);
}

function isDefault(key: keyof typeof OWN_KEYS, found: unknown): boolean {
  return found === undefined || found === feedSchema.shape[key].parse(undefined);
}

function checkRoles(
  lines: NonNullable<Feed["lines"]>,
  protocol: LineProtocol,
  i: number,
  report: Report,
): void {
  const allowed = ROLES[protocol];
  lines.forEach(({ role }, k) => {
    if (role === undefined || allowed.includes(role)) return;
    const names = allowed.map((r) => `"${r}"`).join(", ");
    report.error(
      ["feed", i, "lines", k, "role"],
      `found "${role}"; allowed with protocol = "${protocol}": ${names}`,
    );
  });
  const live = lines.filter(({ role }) => (role ?? "live") === "live").length;
  if (live >= 1 && live <= LIVE_LINES_MAX) return;
  report.error(
    ["feed", i, "lines"],
    `found ${live} lines with role = "live"; allowed: 1 to ${LIVE_LINES_MAX}`,
  );
}
