/**
 * OPRA's lines as a table, a row a line, commas or blanks between the fields:
 *
 *   line,group_a,port_a,group_b,port_b
 *   12,239.5.0.12,45012,239.6.0.12,46012
 *
 * The header may be left out. source_a and source_b may follow: the senders. Without a group B its fields
 * are empty, or a single - where blanks separate.
 */
import {
  checkFeed,
  checkWanted,
  type LineList,
  LineListError,
  type ListedFeed,
  type ListedLine,
  readGroup,
  readSource,
  readWhole,
} from "./line-list.ts";
import { type Column, type Row, readTable } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { name: "line", isNeeded: true },
  { name: "group_a", isNeeded: true },
  { name: "port_a", isNeeded: true },
  { name: "group_b", isNeeded: false },
  { name: "port_b", isNeeded: false },
  { name: "source_a", isNeeded: false },
  { name: "source_b", isNeeded: false },
];
const LINE_MAX = 999;

/** `lines`: only these numbers; none given: all. Throws LineListError. */
export function opraLines(text: string, file: string, lines: readonly string[]): LineList {
  const feeds = new Map<string, ListedFeed>();
  for (const row of readTable(text, file, COLUMNS, true)) {
    const feed = feedOf(row);
    const number = feed.name.slice("opra-".length);
    if (feeds.has(number)) {
      throw new LineListError(`${row.where}: line ${number} is there twice; allowed: once`);
    }
    checkFeed(row.where, feed);
    feeds.set(number, feed);
  }
  checkWanted(file, "line", lines, [...feeds.keys()]);
  const wanted = [...feeds].filter(([number]) => lines.length === 0 || lines.includes(number));
  return { feeds: wanted.map(([, feed]) => feed), leftOut: [] };
}

function feedOf({ where, fields }: Row): ListedFeed {
  const number = readWhole(`${where}: line`, fields["line"]!, 1, LINE_MAX);
  const lines: ListedLine[] = [];
  for (const side of ["a", "b"]) {
    const field = (name: string) => (fields[name] === "-" ? "" : fields[name]!);
    const [group, port, source] = ["group", "port", "source"].map((n) => field(`${n}_${side}`));
    if (group === "" && port === "" && side === "b") continue;
    lines.push({
      group: readGroup(`${where}: group_${side}`, group!),
      port: readWhole(`${where}: port_${side}`, port!, 1, 65_535),
      ...(source === "" ? {} : { source: readSource(`${where}: source_${side}`, source!) }),
      role: "live",
      label: side.toUpperCase(),
    });
  }
  return {
    name: `opra-${number}`,
    protocol: "opra",
    keys: {},
    label: `OPRA line ${number}`,
    lines,
  };
}
