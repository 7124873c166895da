/**
 * Cboe's units as a table, a row a line. Cboe publishes them in documents (the multicast addresses of a
 * matching unit, by data centre and feed); the table is what of them a feed needs:
 *
 *   feed,unit,role,group,port,source,line
 *   bzx,7,live,239.3.7.1,30307,10.3.0.1,A
 *   bzx,7,live,239.4.7.1,30307,10.4.0.1,B
 *   bzx,7,gap,239.3.7.2,30407,10.3.0.1,A
 *
 * feed, unit, group and port are needed. role: live (default), or gap: where answers to gap requests
 * come. edition: of the message layouts, us-equities by default.
 */
import { PITCH_EDITIONS } from "../../feed/pitch/pitch-editions.ts";
import {
  checkFeed,
  checkWanted,
  type LineList,
  type ListedFeed,
  type ListedLine,
  readChoice,
  readGroup,
  readSource,
  readWhole,
  wrong,
} from "./line-list.ts";
import { type Column, type Row, readTable } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { name: "feed", isNeeded: true },
  { name: "unit", isNeeded: true },
  { name: "role", isNeeded: false },
  { name: "group", isNeeded: true },
  { name: "port", isNeeded: true },
  { name: "source", isNeeded: false },
  { name: "line", isNeeded: false },
  { name: "edition", isNeeded: false },
];
const EDITION = "us-equities";

/** `units`: only these, as names of feeds (bzx-7) or units (7); none given: all. Throws LineListError. */
export function cboeUnits(text: string, file: string, units: readonly string[]): LineList {
  const feeds = new Map<string, ListedFeed>();
  for (const row of readTable(text, file, COLUMNS)) addRow(feeds, row);
  const all = [...feeds.values()];
  const names = all.flatMap(({ name, keys }) => [name, String(keys["unit"])]);
  checkWanted(file, "unit", units, [...new Set(names)]);
  const wanted = all.filter(
    ({ name, keys }) =>
      units.length === 0 || units.includes(name) || units.includes(String(keys["unit"])),
  );
  for (const feed of wanted) {
    feed.lines.sort((a, b) => Number(a.role !== "live") - Number(b.role !== "live"));
    checkFeed(`${file}: ${feed.name}`, feed);
  }
  return { feeds: wanted, leftOut: [] };
}

function addRow(feeds: Map<string, ListedFeed>, { where, fields }: Row): void {
  const unit = readWhole(`${where}: unit`, fields["unit"]!, 1, 255);
  const word = fields["feed"]!.toLowerCase().replace(/[ _]+/g, "-");
  const name = `${word}-${unit}`;
  const edition = readChoice(`${where}: edition`, fields["edition"] || EDITION, PITCH_EDITIONS);
  let feed = feeds.get(name);
  if (feed === undefined) {
    const label = `Cboe ${fields["feed"]!.toUpperCase()} unit ${unit}`;
    feed = { name, protocol: "pitch", keys: { unit, edition }, label, lines: [] };
    feeds.set(name, feed);
  }
  if (feed.keys["edition"] !== edition) {
    throw wrong(`${where}: edition`, edition, `${feed.keys["edition"]}, as ${name} has above`);
  }
  feed.lines.push(lineOf(where, fields));
}

function lineOf(where: string, fields: Record<string, string>): ListedLine {
  const role = readChoice(`${where}: role`, fields["role"] || "live", ["live", "gap"] as const);
  const source = fields["source"]!;
  const what = role === "live" ? "live" : "gap responses";
  return {
    group: readGroup(`${where}: group`, fields["group"]!),
    port: readWhole(`${where}: port`, fields["port"]!, 1, 65_535),
    ...(source === "" ? {} : { source: readSource(`${where}: source`, source) }),
    role,
    label: `${what} ${fields["line"]!}`.trim(),
  };
}
