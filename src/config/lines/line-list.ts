/** What a venue's list of lines comes down to, whatever its form: feeds with lines. */
import { shown } from "../../core/shown.ts";

export type LineRole = "live" | "gap" | "snapshot" | "definition";

export interface ListedLine {
  group: string;
  port: number;
  /** Sender, where the list names one. */
  source?: string;
  role: LineRole;
  /** For people: "incremental A". */
  label: string;
}

export interface ListedFeed {
  /** Of [[feed]]: cme-310, bzx-7, opra-12. */
  name: string;
  protocol: "mdp3" | "pitch" | "opra";
  /** Further keys of [[feed]]. */
  keys: Record<string, string | number>;
  /** For people: what it is, in the venue's words. */
  label: string;
  lines: ListedLine[];
}

export interface LineList {
  feeds: ListedFeed[];
  /** What the list has and no feed can be made of, each as a few words. */
  leftOut: string[];
}

/** A list that can't be used. The message is one sentence: where, what, and what is allowed. */
export class LineListError extends Error {
  override name = "LineListError";
}

/** Live lines of one feed, and lines of all roles, at most: as the config has it. */
const LIVE_MAX = 4;
const LINES_MAX = 12;
const NAME = /^[a-z][a-z0-9-]{0,23}$/;

/** `where` is the place in the list, for the message: "units.csv:3: port". */
export function readGroup(where: string, found: string): string {
  const first = isIpv4(found) ? Number(found.split(".")[0]) : 0;
  if (first >= 224 && first <= 239) return found;
  throw wrong(where, found, "a multicast address, 224.0.0.0 to 239.255.255.255");
}

export function readSource(where: string, found: string): string {
  if (isIpv4(found) && Number(found.split(".")[0]) < 224) return found;
  throw wrong(where, found, "the IPv4 address of a sender, e.g. 10.0.0.1");
}

export function readWhole(where: string, found: string, min: number, max: number): number {
  const number = /^[0-9]{1,9}$/.test(found) ? Number(found) : -1;
  if (number >= min && number <= max) return number;
  throw wrong(where, found, `a whole number from ${min} to ${max}`);
}

export function readChoice<T extends string>(
  where: string,
  found: string,
  allowed: readonly T[],
): T {
  const choice = allowed.find((one) => one === found);
  if (choice !== undefined) return choice;
  throw wrong(where, found, allowed.join(" or "));
}

export function wrong(where: string, found: string, allowed: string): LineListError {
  return new LineListError(`${where}: found "${shown(found)}"; allowed: ${allowed}`);
}

/** Throws when no [[feed]] can have such a name or so many lines. */
export function checkFeed(where: string, feed: ListedFeed): void {
  if (!NAME.test(feed.name)) {
    const allowed = "up to 24 characters: a to z, 0 to 9 and -, a letter first";
    throw wrong(`${where}: its name`, feed.name, allowed);
  }
  const live = feed.lines.filter(({ role }) => role === "live").length;
  if (live < 1 || live > LIVE_MAX) {
    throw new LineListError(
      `${where}: found ${live} live lines; allowed: 1 to ${LIVE_MAX} that bring the same`,
    );
  }
  if (feed.lines.length > LINES_MAX) {
    throw new LineListError(`${where}: found ${feed.lines.length} lines; allowed: ${LINES_MAX}`);
  }
  const seen = new Set<string>();
  for (const { group, port } of feed.lines) {
    const place = `${group}:${port}`;
    if (seen.has(place)) {
      throw new LineListError(`${where}: ${place} is there twice; allowed: each line once`);
    }
    seen.add(place);
  }
}

/** Throws unless all that was asked for is among `known`. */
export function checkWanted(
  file: string,
  what: string,
  wanted: readonly string[],
  known: readonly string[],
): void {
  const strange = wanted.find((one) => !known.includes(one));
  if (strange === undefined) return;
  const more = known.length > SHOWN ? ` and ${known.length - SHOWN} more` : "";
  const has = known.length === 0 ? "none" : known.slice(0, SHOWN).join(", ") + more;
  throw new LineListError(`${file}: there is no ${what} "${shown(strange)}"; it has ${has}`);
}

const SHOWN = 8;

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) < 256);
}
