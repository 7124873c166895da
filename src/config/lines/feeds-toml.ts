/** Feeds of a line list as [[feed]] sections of a config. */
import type { ListedFeed, ListedLine } from "./line-list.ts";

export interface FeedsTomlOptions {
  /** Where all lines come in: a [[port]], or an interface. */
  interface: string;
  /** Engine that reads the feeds. Absent: the key is left out. */
  engine?: string;
  /** Leaves the senders out: lines are then joined whoever sends. */
  isAnySource: boolean;
  /** Where the list is from, for the comment above each feed. */
  from: string;
}

export function feedsToml(feeds: readonly ListedFeed[], options: FeedsTomlOptions): string {
  return feeds.map((feed) => sectionOf(feed, options)).join("\n");
}

function sectionOf(feed: ListedFeed, options: FeedsTomlOptions): string {
  const keys: [string, string | number][] = [
    ["name", feed.name],
    ...(options.engine === undefined ? [] : [["engine", options.engine] as [string, string]]),
    ["protocol", feed.protocol],
    ...Object.entries(feed.keys),
  ];
  const out = [
    `# ${oneLine(feed.label)}; from ${oneLine(options.from)}`,
    "[[feed]]",
    ...keys.map(([key, value]) => `${key} = ${literal(value)}`),
    "lines = [",
    ...feed.lines.map((line) => `  ${lineOf(line, options)}, # ${oneLine(line.label)}`),
    "]",
  ];
  return `${out.join("\n")}\n`;
}

function lineOf(line: ListedLine, options: FeedsTomlOptions): string {
  const fields: [string, string | number][] = [
    ["group", line.group],
    ["port", line.port],
    ["interface", options.interface],
  ];
  if (line.source !== undefined && !options.isAnySource) fields.push(["source", line.source]);
  if (line.role !== "live") fields.push(["role", line.role]);
  return `{ ${fields.map(([key, value]) => `${key} = ${literal(value)}`).join(", ")} }`;
}

/** JSON's escapes are TOML's, but for DEL. */
function literal(value: string | number): string {
  return typeof value === "number"
    ? String(value)
    : JSON.stringify(value).replace(/\x7f/g, "\\u007f");
}

/** Text of a list in a comment: no control characters, which could end it. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}
